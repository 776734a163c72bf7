// Damage at random, the same for the same seed: to bytes, to JSON, and inside of zip archives whose
// checksums fit again afterwards, since otherwise the checksum would be all that is ever tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"

namespace cortico::testing {

/// splitmix64: every seed is as good as any other, so a case is made from its number alone.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  /// Case `number` of a run with this seed.
  Random(uint64_t seed, uint64_t number) : state_(Random(seed).Next() ^ Random(~number).Next()) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 for n = 0.
  size_t Below(size_t n) { return n == 0 ? 0 : static_cast<size_t>(Next() % n); }
  bool Percent(unsigned chance) { return Below(100) < chance; }
  template <class List>
  const auto& Pick(const List& list) {
    return list[Below(std::size(list))];
  }

 private:
  uint64_t state_;
};

/// [begin, end) of bytes that say how others are to be read: two of three hits go there.
using Ranges = std::vector<std::pair<size_t, size_t>>;

/// One to three of: a bit flipped, a byte set, an extreme 32-bit or 64-bit number, blocks copied,
/// swapped, deleted, inserted, overwritten with zeros.
void MutateBytes(Random& random, const Ranges& important, Bytes* bytes);

/// Lengths at which a file of `size` bytes is cut: every one when `full`; otherwise all of the first
/// 1,000, those around where the ranges begin and end, and enough others to make about 2,000.
std::vector<size_t> TruncationLengths(size_t size, const Ranges& important, bool full);

/// A document with one to three of: a number replaced by an extreme one, a key dropped or renamed, an
/// element dropped or doubled, a value of another type, a part from elsewhere, nesting, and text
/// that is no JSON.
std::string MutateJson(Random& random, const nlohmann::json& document);

/// A zip archive taken apart.
class Archive {
 public:
  /// Nothing for bytes that are no archive.
  static std::optional<Archive> Open(const Bytes& bytes);

  /// The archive with damage inside of one or two entries, or with an entry missing, renamed, cut
  /// or exchanged with another. `mutate_bytes` takes the place of MutateBytes.
  Bytes Mutate(Random& random, const std::function<void(Bytes*)>& mutate_bytes = nullptr) const;
  /// Records of the archive itself, in the file that it was opened from.
  const Ranges& records() const { return records_; }

 private:
  struct Entry {
    std::string name;
    Bytes bytes;
    std::optional<nlohmann::json> json;
  };
  static void MutateEntry(Random& random, const Entry& entry,
                          const std::function<void(Bytes*)>& mutate_bytes, Bytes* bytes);

  std::vector<Entry> entries_;
  std::vector<size_t> documents_;  ///< numbers of the entries that are JSON
  Ranges records_;
};

}  // namespace cortico::testing
