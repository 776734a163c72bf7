// What a firmware may ask of the board it was linked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cortico::board {

// The part of a memory bank that the linked program leaves free. `base` is 16-byte aligned.
struct Bank {
  std::string_view name;
  unsigned char* base;
  size_t size;
};

// Banks of the board that have room, in the order of boards.inc (fast before big); a bank with code
// or constants is not among them. `index` past the last gives a bank of size 0.
Bank FreeBank(size_t index);

// The same by name ("dtcm", "sram", "ddr"); size 0 when the board has no such bank.
Bank FindFreeBank(std::string_view name);

// Bytes set aside for the stack.
size_t StackSize();

// The most bytes the stack has held since reset, or since the last PaintStack(): the words below
// are still as painted. A frame that is reserved but not written to its end counts up to its last
// written word.
size_t StackUsed();

// Forgets what was used so far; for measuring one call.
void PaintStack();

// Installs the board's counter of instructions if it is one: two loops of known length must differ
// by the right number of instructions. It is none on a board without FPGAIO or in a simulator that
// runs without `-icount shift=7`, where the counter shows time. Start-up has called it already.
bool StartInstructionCounter();

// Executes 2 * `rounds` instructions and a few; for calibration.
void SpinLoop(uint32_t rounds);

// Exit codes of the start-up code itself.
constexpr int kExitFault = 99;          // a fault was taken; its report is in the log
constexpr int kExitStackOverflow = 98;  // main returned, but the stack's last word was overwritten
constexpr int kExitAbort = 97;          // abort, assert, a pure virtual call

}  // namespace cortico::board
