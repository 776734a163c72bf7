// Runs a program file: in this process with the device's runtime, or on a simulated board.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/program.h"
#include "compiler/target.h"

namespace cortico {

/// Where a program runs.
struct Venue {
  enum class Kind { kHost, kQemu, kFvp } kind = Kind::kHost;
  std::string
      board;  ///< QEMU machine or core ("mps3-an547", "m4"); empty: one that fits the program

  /// "host", "qemu", "qemu:BOARD", "fvp"; nullopt when it is none of these.
  static std::optional<Venue> Parse(std::string_view text);
  std::string ToString() const;
};

struct OpProfile {
  std::string name;           ///< operator name, "cortex_m::quantized_conv2d"
  uint64_t instructions = 0;  ///< of one run; 0 on the host
};

struct RunOptions {
  Venue venue;
  bool profile = false;  ///< fill RunResult::ops (first sample)
  /// Keep the result of every op as well ("layer by layer"): RunResult::op_outputs.
  bool keep_op_outputs = false;
  /// A simulator that writes no result for so long is given up; 0: by the program's size.
  int timeout_seconds = 0;
  std::function<void(size_t done, size_t total)> progress;  ///< may be empty
};

struct RunResult {
  /// Per sample, one tensor per output of the program.
  std::vector<Sample> outputs;
  /// With keep_op_outputs: per sample, per executed op, its first output. Logical (N C H W) order.
  std::vector<std::vector<HostTensor>> op_outputs;
  std::vector<OpProfile> ops;
  uint64_t instructions = 0;  ///< of one Run(), hooks left out; 0 on the host
  uint64_t record_bytes = 0;  ///< the runtime's own records in the arena; of a 32-bit core
  uint64_t arena_bytes = 0;   ///< used in all banks, records included
  uint64_t stack_bytes = 0;   ///< most that Load and Run had in use; 0 on the host
  std::string board;          ///< "host", or the QEMU machine
  std::string cpu;            ///< core that it stands for
};

/// Runs every sample, from the program's initial state on; what state a sample leaves the next one
/// finds. Inputs have the program's types and sizes; inputs and results are row-major, whatever
/// their order in the program's memory. An index out of range in the data is a warning. Null when
/// `diagnostics` received an error: a program that cannot be loaded, a board of another family, a
/// simulator or a runner that is missing (the message says which command mends it), a run without
/// its success marker, or one that took too long.
std::optional<RunResult> RunProgram(const std::vector<uint8_t>& pte, const std::string& name,
                                    const std::vector<Sample>& samples, const RunOptions& options,
                                    Diagnostics& diagnostics);

/// Inputs and outputs as the program file declares them (names from its named data).
struct ProgramIo {
  struct Tensor {
    std::string name;
    TensorType type;
  };
  std::vector<Tensor> inputs, outputs;
};
std::optional<ProgramIo> ReadProgramIo(const std::vector<uint8_t>& pte, const std::string& name,
                                       Diagnostics& diagnostics);

/// A firmware that was, or could be, built: one row of the cores in boards/boards.inc.
struct SimulatedBoard {
  std::string preset;   ///< "m55"; the runner's name
  std::string cpu;      ///< "cortex-m55"
  Isa isa;              ///< family of the runner's kernels
  std::string machine;  ///< "mps3-an547"
};

/// The cores in the order of the list, then boards that are nobody's first choice: a runner for one
/// of these is built in a folder named after it.
std::vector<SimulatedBoard> AllBoards();

/// What a run on a board takes from this machine. `lacks` says what is missing, `remedy` the command
/// that mends it; both are empty when all is there.
struct Equipment {
  std::string runner;     ///< path of the firmware
  std::string simulator;  ///< path of QEMU or of the FVP
  std::string lacks, remedy;
};
Equipment FindEquipment(const SimulatedBoard& board, Venue::Kind kind);

/// The board that RunProgram takes; see Venue. Nullopt for the host, and after an error: a damaged
/// file, no such board.
std::optional<SimulatedBoard> BoardFor(const std::vector<uint8_t>& pte, const Venue& venue,
                                       Diagnostics& diagnostics);

/// The prebuilt runner of a preset ("m55"), or empty: beside the tool in a build tree
/// (build/<preset>/firmware/runner.elf), in an installation (share/cortico/runners), or in
/// $CORTICO_RUNNERS.
std::string FindRunner(std::string_view preset);
/// The simulator's path, or empty.
std::string FindQemu();

}  // namespace cortico
