// The dialect's ops as a generated source names them.
#pragma once

#include <cstdint>
#include <string>

namespace cortico {

struct OpSource {
  const char* name;          ///< "cortex_m::quantized_conv2d"
  const char* overload;      ///< "out"
  const char* folder;        ///< "quantized_conv2d", for "ops/<folder>/op.h"
  const char* type;          ///< "QuantizedConv2d", in cortico::ops
  uint32_t record_bytes_32;  ///< one call's record on a 32-bit core, pointer to the row included
  uint32_t record_bytes_64;  ///< the same on a 64-bit machine
};

/// Null for an op that the dialect does not have.
const OpSource* FindOpSource(const std::string& name, const std::string& overload);

}  // namespace cortico
