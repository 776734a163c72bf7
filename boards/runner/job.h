// The runner's job: its words, files and memory. The host's side of it is
// compiler/run/simulator.cc.
//
// Words on the command line (no value holds a space; names are relative to the working directory):
//   pte=FILE      the program
//   in=FILE       per sample, every input in order, as it lies in memory
//   out=FILE      written: per sample, every output in order, as it lies in memory
//   report=FILE   written: lines "name value", see below
//   samples=N
//   measure=1     count the instructions of the first sample's run (in a run of its own, from the
//                 initial state, which is restored afterwards)
//   profile=1     the same op by op
//   dump=FILE     written: per sample and op with bytes, the bytes that `list` names for it
//   list=FILE     per op three u32: memory bank, offset in it, bytes
// The report:
//   instructions N        of one Run(), hooks left out; with measure=1 and a counter
//   op INDEX N NAME       instructions of one op; with profile=1 and a counter
//   records N             bytes that the model took for its records
//   arena N               bytes in all banks, records included
//   stack N               most that Load and the first Run had in use
//   data_errors N         samples of which Model::DataError() spoke
// An error is a line on the console,
//   CORTICO ERROR open|load <number of Error> <op, when there is one>: <sentence>   exit code 1
//   CORTICO ERROR job <sentence>                                                    exit code 2
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "boards/common/board.h"
#include "runtime/core/span.h"

namespace cortico::runner {

inline constexpr int kExitRefused = 1;  // by the runtime
inline constexpr int kExitJob = 2;      // the job itself is at fault

// Collects one line for the console or the report.
class Line {
 public:
  Line& operator<<(std::string_view text);
  Line& operator<<(uint64_t number);
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[256];
  size_t size_ = 0;
};

// Says "CORTICO ERROR job ..." and ends the run.
[[noreturn]] void FailJob(std::string_view what, std::string_view name = {});

// The words of the command line, which it keeps.
class Words {
 public:
  Words();
  std::string_view Get(std::string_view key) const;   // empty when it is not there
  std::string_view Need(std::string_view key) const;  // ends the run when it is not there
  uint32_t Number(std::string_view key) const;        // 0 when it is not there

 private:
  std::string_view line_;
};

// A file, open until the end of the run. Whatever goes wrong ends the run.
class File {
 public:
  static File ForReading(std::string_view name);
  static File ForWriting(std::string_view name);
  uint32_t Size() const;
  void Read(void* to, size_t size) const;
  void Write(const void* from, size_t size) const;
  void Close() const;

 private:
  File(std::string_view name, bool write);
  std::string_view name_;
  int handle_;
};

// What the board's free banks have, handed out from the end of the biggest. Nothing comes back.
class Memory {
 public:
  Memory();
  // `size` bytes at a multiple of 16; ends the run when no bank has them.
  Span<uint8_t> Take(size_t size, std::string_view what);
  // All that is left of the bank with the most.
  Span<uint8_t> TakeRest();

 private:
  static constexpr size_t kMaxFreeBanks = 4;
  board::Bank* Biggest();
  board::Bank banks_[kMaxFreeBanks];
};

}  // namespace cortico::runner
