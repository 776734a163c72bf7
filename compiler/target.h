// What is compiled for: a core, its family of instructions, its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cortico {

/// Families of kernels. The numbers are stored in program files.
enum class Isa : uint8_t { kScalar = 0, kDsp = 1, kMve = 2 };
const char* ToString(Isa isa);

/// A memory bank that activations may be planned into, in order of preference.
struct MemoryBank {
  std::string name;
  int64_t bytes = 0;
};

/// Which ops a program may use.
enum class Dialect {
  kCortico,     ///< cortex_m:: and our own cortico:: where it helps
  kExecutorch,  ///< only ops and schemas of ExecuTorch's Cortex-M backend
};

struct TargetConfig {
  std::string cpu = "cortex-m55";
  Isa isa = Isa::kMve;
  Dialect dialect = Dialect::kCortico;
  std::vector<MemoryBank> memory;  ///< empty: one bank without a limit
  /// Inputs and outputs that would be float32 are int8, with the parameters of what reads or writes
  /// them.
  bool int8_io = false;

  /// "cortex-m55", "m55", "Cortex-M4" …; nullopt for a core that is not in the table.
  static std::optional<TargetConfig> Find(std::string_view name);
  /// The same; throws CompileError for an unknown core.
  static TargetConfig FromString(std::string_view name);
};

struct CpuInfo {
  const char* cpu;
  Isa isa;
  const char* preset;  ///< CMake preset, and the stem of the prebuilt runner
  const char* notes;
};
/// Every core that can be compiled for, smallest first.
const std::vector<CpuInfo>& AllCpus();

/// "dtcm=256K,sram=2M" → banks; nullopt and a sentence in `error` when it cannot be read.
std::optional<std::vector<MemoryBank>> ParseMemory(std::string_view text, std::string* error);

}  // namespace cortico
