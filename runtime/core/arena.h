// The memory that a model runs in, given by its user: one to four banks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/core/span.h"

namespace cortico {

inline constexpr int kMaxBanks = 4;
/// Of every bank's first byte, and of whatever the planner puts on a boundary in it.
inline constexpr size_t kArenaAlignment = 16;

/// Bank i holds what the program plans for memory id i + 1: activations, scratch, mutable state.
/// The records of the model's ops (Model::RecordBytes) follow in bank 0, after its planned bytes
/// rounded up to 16. The banks must not overlap, and must outlive the models loaded into them; a
/// bank that serves two models serves them in turn.
class Arena {
 public:
  constexpr Arena() = default;
  constexpr Arena(Span<uint8_t> bank) : banks_{bank}, count_(1) {}  // NOLINT: implicit by design
  template <size_t N>
  constexpr Arena(uint8_t (&bank)[N]) : Arena(Span<uint8_t>(bank)) {}  // NOLINT: implicit by design
  /// Banks beyond the fourth are left out: no program can refer to them.
  constexpr explicit Arena(Span<const Span<uint8_t>> banks) {
    for (const Span<uint8_t>& bank : banks) {
      if (count_ < kMaxBanks) banks_[count_++] = bank;
    }
  }

  constexpr int count() const { return count_; }
  constexpr Span<uint8_t> bank(int i) const { return banks_[i]; }

 private:
  Span<uint8_t> banks_[kMaxBanks] = {};
  int count_ = 0;
};

}  // namespace cortico
