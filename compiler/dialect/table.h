// A float function of one element as a table from int8 to int8.
#pragma once

#include <string>
#include <vector>

#include "compiler/graph/graph.h"

namespace cortico::rules {

/// The names of the ATen ops that are functions of one element ("aten.sigmoid.default"): those that
/// the host can evaluate element by element, and arithmetic with a number as its other operand.
const std::vector<std::string>& FunctionsOfOneElement();

/// Whether `node` computes each element of its result from the same element of its one tensor
/// argument; if not, why.
std::string NoFunctionOfOneElement(const Node& node);

/// table[q + 128] = the int8 that is nearest to f((q - zero_point_in) * scale_in) by the
/// parameters of `out`, for every int8 q; f is what `node` computes in float, and the identity for
/// "cortico.requantize". NaN becomes the zero point. `error` says why there is no table.
std::vector<int8_t> TableOf(const Node& node, const Quantization& in, const Quantization& out,
                            std::string* error);

}  // namespace cortico::rules
