// Reads a program file on the host, for reports. Any bytes: an error, never a fault.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/emit/pte/report_data.h"
#include "compiler/graph/graph.h"

namespace cortico {

struct PteValue {
  enum class Kind {
    kNull,
    kInt,
    kBool,
    kDouble,
    kTensor,
    kString,
    kIntList,
    kDoubleList,
    kBoolList,
    kTensorList
  };
  Kind kind = Kind::kNull;
  int64_t integer = 0;  ///< kInt, kBool
  double real = 0;
  std::string text;
  std::vector<int64_t> items;  ///< kIntList: the integers; kBoolList: 0 or 1; kTensorList: numbers
                               ///< of values, -1 for None
  std::vector<double> reals;

  struct Tensor {
    TensorType type;   ///< quantization when the report table is there
    std::string name;  ///< likewise
    std::string origin;
    int64_t bytes = 0;
    uint32_t constant = 0;  ///< number of the constant; 0: none
    int bank = -1;          ///< -1: not planned
    int64_t offset = 0;
  } tensor;
};

struct PteCall {
  std::string op;              ///< "cortex_m::quantized_conv2d"
  std::string overload;        ///< "out"
  std::vector<int> args;       ///< numbers of values, the repeated result included
  int64_t constant_bytes = 0;  ///< of constants that no earlier call uses
  Location location;           ///< with a report table
  std::string fallback_reason;
  int64_t work = 0;            ///< of a fallback: OpDefinition::Work
};

struct PteFile {
  std::vector<PteValue> values;
  std::vector<int> inputs, outputs;
  std::vector<std::string> input_names, output_names;  ///< "" where the file does not say
  std::vector<PteCall> calls;
  std::vector<int64_t> bank_bytes;

  int64_t file_bytes = 0;
  int64_t table_bytes = 0;     ///< header and FlatBuffer
  int64_t constant_bytes = 0;  ///< each constant once, padding included
  std::map<std::string, Bytes> named_data;

  std::optional<Isa> isa;  ///< what it was compiled for; nullopt for a file that is not ours
  std::string cpu;         ///< with a report table
  std::optional<PteReport> report;

  /// The bytes of a constant, from the file.
  Bytes ConstantData(const PteValue::Tensor& tensor) const;

  Bytes file;                       ///< a copy of the whole
  int64_t constant_segment_at = 0;  ///< from the start of the file
  std::vector<uint64_t> constant_offsets;
};

/// Nullopt after an error. A report table that cannot be read is a warning.
std::optional<PteFile> ReadPte(Bytes file, Diagnostics& diagnostics);

}  // namespace cortico
