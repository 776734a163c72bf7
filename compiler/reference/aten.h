// The ATen ops that the host can evaluate, by name.
#pragma once

#include <span>
#include <string_view>

#include "compiler/reference/op_call.h"

namespace cortico {

/// Computes one node: reads arguments from the call, adds one result per output of the node that
/// somebody may read, or reports a failure.
using AtenFunction = void (*)(OpCall&);

struct AtenEntry {
  std::string_view name;  ///< "aten.conv2d.default"
  AtenFunction function;
};

/// Null when the op has no evaluation.
AtenFunction FindAten(std::string_view name);

// One table per file aten_*.cc.
std::span<const AtenEntry> ConvolutionOps();
std::span<const AtenEntry> MatrixOps();
std::span<const AtenEntry> UnaryOps();
std::span<const AtenEntry> BinaryOps();
std::span<const AtenEntry> PoolingOps();
std::span<const AtenEntry> ResizeOps();
std::span<const AtenEntry> ReductionOps();
std::span<const AtenEntry> NormalizationOps();
std::span<const AtenEntry> ShapeOps();
std::span<const AtenEntry> CopyOps();
std::span<const AtenEntry> QuantizationOps();
std::span<const AtenEntry> PlainOps();
std::span<const AtenEntry> IndexOps();

}  // namespace cortico
