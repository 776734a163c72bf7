// Zip archives in memory, for .npz and .pt2. Reading trusts no byte: an archive that claims more
// than its own size can unpack to is refused before anything is allocated.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"

namespace cortico {

struct ZipEntry {
  std::string name;
  uint64_t size = 0;  ///< unpacked
};

struct ZipLimits {
  uint64_t max_entries = 100000;
  uint64_t max_total_size = uint64_t{2} << 30;  ///< unpacked, all entries together
};

/// Stored and deflated entries with unique names; everything else is an error.
class ZipReader {
 public:
  /// Keeps a reference to `bytes`. Null, with the reason in `error`, when it is no sound archive.
  static std::unique_ptr<ZipReader> Open(std::span<const uint8_t> bytes, const ZipLimits& limits,
                                         std::string* error);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const ZipEntry* Find(std::string_view name) const;
  /// The unpacked bytes, checked against their CRC.
  std::optional<Bytes> Read(std::string_view name, std::string* error) const;

 private:
  ZipReader();
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::vector<ZipEntry> entries_;
};

/// An archive of these files. The same input gives the same bytes: every time stamp is 1980-01-01.
std::optional<Bytes> WriteZip(const std::vector<std::pair<std::string, Bytes>>& files, bool deflate,
                              std::string* error);

}  // namespace cortico
