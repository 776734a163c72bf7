// Instructions, by the FPGAIO block's COUNTER: QEMU has no cycles, but with `-icount shift=7` each
// instruction lasts 128 ns of virtual time, more than two ticks of it.
//
// SysTick is no alternative: 24 bits, and about one tick an instruction.
#include "boards/common/board.h"
#include "runtime/platform/platform.h"

namespace cortico::board {
namespace {

struct Row {
  std::string_view board;
  uintptr_t fpgaio;
  uint32_t ticks_per_100;
};

constexpr Row kRows[] = {
#define CORTICO_BOARD(board, model, fpgaio, ticks) {board, fpgaio, ticks},
#include "boards/boards.inc"
};

constexpr Row Find(std::string_view board) {
  for (const Row& row : kRows) {
    if (row.board == board) return row;
  }
  return {};
}

constexpr Row kBoard = Find(CORTICO_BOARD_NAME);
static_assert(kBoard.ticks_per_100 != 0, "the board has no row in boards.inc");

// instructions = ticks * 100 / ticks_per_100, as a multiplication: a division would cost the M0 a
// number of instructions that depends on the value.
constexpr uint32_t kFactor = 25600 / kBoard.ticks_per_100;  // 1/256 instruction per tick
static_assert(kFactor * kBoard.ticks_per_100 == 25600, "the factor must be exact");

// The clock is that of COUNTER: 128 ns an instruction, ticks_per_100 / 100 ticks each.
constexpr uint32_t kTicksPerCentisecond = kBoard.ticks_per_100 * 10000000u / 12800u;

// Not inlined, so that each reading costs the same.
__attribute__((noinline)) uint64_t ReadInstructions() {
  // COUNTER wraps after 1.3 G (3.2 ticks) or 1.7 G instructions. CLK100HZ, started at the same
  // moment, says how often it has.
  const uint32_t centiseconds = *reinterpret_cast<volatile uint32_t*>(kBoard.fpgaio + 0x14);
  const uint32_t low = *reinterpret_cast<volatile uint32_t*>(kBoard.fpgaio + 0x18);
  const uint64_t coarse = static_cast<uint64_t>(centiseconds) * kTicksPerCentisecond;
  const auto correction = static_cast<int32_t>(low - static_cast<uint32_t>(coarse));
  return (coarse + static_cast<uint64_t>(static_cast<int64_t>(correction))) * kFactor >> 8;
}

uint32_t Measure(uint32_t rounds) {
  const uint64_t start = ReadInstructions();
  SpinLoop(rounds);
  return static_cast<uint32_t>(ReadInstructions() - start);
}

}  // namespace

__attribute__((noinline)) void SpinLoop(uint32_t rounds) {
  __asm volatile(
      ".syntax unified\n\t"
      "1:\n\t"
      "subs %0, %0, #1\n\t"
      "bne 1b\n\t"
      : "+l"(rounds)
      :
      : "cc");
}

bool StartInstructionCounter() {
  if constexpr (kBoard.fpgaio == 0) {
    return false;
  } else {
    // Two lengths, so that the call and the reading drop out; 1 each way for rounding.
    constexpr uint32_t kRounds = 500;
    const uint32_t shorter = Measure(kRounds);
    const uint32_t difference = Measure(3 * kRounds) - shorter;
    if (difference + 2 - 4 * kRounds > 4) return false;
    platform::SetInstructionCounter(ReadInstructions);
    return true;
  }
}

}  // namespace cortico::board
