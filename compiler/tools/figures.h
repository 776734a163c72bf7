// What a program costs: RAM in four figures and by bank, flash by part, and both op by op.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/tools/console.h"
#include "compiler/tools/inputs.h"

namespace cortico::tools {

struct Ram {
  int64_t activations = 0;      ///< planned; what the arena would be without scratch
  int64_t scratch = 0;          ///< what scratch adds to it
  int64_t largest_scratch = 0;  ///< of any op; most of it usually lies where activations were
  int64_t lower_bound = 0;      ///< most bytes of activations alive at one time in this order
  /// The runtime's own records in the arena, and the stack; nullopt when they could not be found
  /// out.
  std::optional<int64_t> records, stack;
  std::string measured_on;  ///< board that told the stack
  std::string unmeasured;   ///< or why none did

  struct Bank {
    std::string name;
    int64_t bytes = 0;  ///< planned, without records
    std::optional<int64_t> limit;
  };
  std::vector<Bank> banks;

  int64_t planned() const { return activations + scratch; }
};

struct Flash {
  int64_t constants = 0;  ///< weights, biases, multipliers
  int64_t program = 0;    ///< tables: ops, arguments, shapes
  int64_t reports = 0;    ///< named data; --strip leaves the target alone
  int64_t file = 0;
};

/// One kernel call.
struct OpCost {
  std::string op;
  Location location;
  std::string value;       ///< name of the result in the exported graph
  std::string type;        ///< of the result: "i8[1,8,14,14]"
  std::string inputs;      ///< types of the tensors it reads, constants left out
  int64_t live_bytes = 0;  ///< planned bytes alive while it runs, shared ones counted once
  int64_t scratch_bytes = 0;
  int64_t constant_bytes = 0;
  bool in_place = false;        ///< the result lies in an input's memory
  std::string fallback_reason;  ///< empty: an integer op, one that only moves data, or float on wish
  int64_t work = 0;             ///< of a fallback: multiplications, or elements
  int64_t float_bytes = 0;      ///< of a fallback: the floats that it reads and writes in RAM
};

struct Figures {
  std::string cpu, family, dialect, model_file;
  Ram ram;
  Flash flash;
  std::vector<OpCost> ops;
  int64_t fallbacks() const;
};

/// From the program alone. Where it has no report table, activations are what is alive at one time
/// by the calls, and scratch is the rest of the arena.
Figures FiguresOf(const PteFile& file);

/// Runs one sample of zeros on the simulated board that fits, for the stack. Says in
/// Ram::unmeasured when there is none or it takes longer than `timeout_seconds`.
void MeasureStack(const PteInput& program, int timeout_seconds, Console& console, Ram& ram);

/// The RAM and flash lines of a report.
std::string RamText(const Ram& ram, const Palette& palette);
std::string FlashText(const Flash& flash, const Palette& palette);
/// What a fallback costs, in words.
std::string FallbackCost(const OpCost& op);
/// One row per op.
std::string OpsText(const Figures& figures, const Palette& palette);

Json ToJson(const Ram& ram);
Json ToJson(const Flash& flash);
Json ToJson(const OpCost& op);
/// All of it, with "ops" as a list.
Json ToJson(const Figures& figures);

}  // namespace cortico::tools
