// What ops on two int8 tensors, element by element, answer alike.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/dialect/rules.h"

namespace cortico::rules {

/// True when `type` has one element per channel of the images `of`: [1, C, 1, 1].
bool IsPerChannel(const TensorType& type, const TensorType& of);

/// Why an ATen node with arguments "self" and "other" is nothing for a kernel that works element by
/// element or channel by channel; empty when it suits.
std::string UnfitElementwise(const Node& node);
/// The order in memory that such a node needs.
LayoutWish ElementwiseLayout(const Node& node);
/// What is illegal about the op of the dialect.
std::string IllegalElementwise(const TensorType& self, const TensorType& other,
                               const TensorType& out);
/// The sizes of the result.
const Ints64& ElementwiseSizes(const TensorType& self, const TensorType& other);
/// Inputs whose place the result may take.
std::vector<Overlay> ElementwiseOverlays(const TensorType& self, const TensorType& other,
                                         const TensorType& out);
/// Both inputs in logical order, the smaller one repeated to the sizes of `out`.
std::pair<std::vector<int8_t>, std::vector<int8_t>> ElementwiseOperands(
    const TensorType& out, const std::vector<const HostTensor*>& inputs);

}  // namespace cortico::rules
