// What a report needs beyond the program: named data "cortico.v1.meta", JSON, for host tools only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/target.h"

namespace cortico {

inline constexpr char kMetaKey[] = "cortico.v1.meta";
inline constexpr int kMetaVersion = 1;

/// What neither the graph nor the plan tells.
struct ReportData {
  std::string producer;    ///< "cortico 0.1.0"
  std::string model_file;  ///< name of the file that was compiled, without its folder
  /// Why a node runs in float on the target, and what that costs (OpDefinition::Work), by
  /// the name of its first result.
  struct Fallback {
    std::string reason;
    int64_t work = 0;
  };
  std::map<std::string, Fallback> fallbacks;
};

/// What is stored, and read back.
struct PteReport {
  int version = kMetaVersion;
  std::string producer;
  std::string model_file;
  std::string cpu;
  Isa isa = Isa::kScalar;
  Dialect dialect = Dialect::kCortico;

  /// One per kernel call of the program, in order.
  struct Instruction {
    Location location;
    std::string fallback_reason;  ///< empty: none
    int64_t work = 0;             ///< of a fallback
  };
  std::vector<Instruction> instructions;

  /// A tensor of the program.
  struct Tensor {
    int value = 0;       ///< its number in the program
    std::string name;    ///< in the exported graph
    std::string origin;  ///< in the user's module, for a weight
    /// Per tensor only; a weight's own scales are folded into its op's constants.
    bool quantized = false;
    double scale = 0;
    int32_t zero_point = 0;
  };
  std::vector<Tensor> tensors;

  struct Bank {
    std::string name;
    int64_t bytes = 0;
    std::optional<int64_t> limit;
  };
  std::vector<Bank> banks;
  int64_t activation_bytes = 0;
  int64_t scratch_bytes = 0;
  int64_t largest_scratch = 0;
  int64_t lower_bound = 0;
  int64_t op_record_bytes = 0;
  int elided_nodes = 0;
  int in_place_nodes = 0;
};

std::string ReportToJson(const PteReport& report);
/// Nullopt and a sentence in `error` for text that is no report, or one of a newer version.
std::optional<PteReport> ReportFromJson(std::string_view json, std::string* error);

}  // namespace cortico
