// What several ops answer alike: how a bias and scales become integers, how a result's size follows
// from a window, how logical order and N H W C order are exchanged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/lower_context.h"
#include "compiler/graph/op_domain.h"
#include "compiler/program.h"
#include "kernels/testing/reference.h"

namespace cortico::rules {

/// The integer constants of a layer that multiplies by constant weights.
struct WeightedLayer {
  Value* bias = nullptr;        ///< int32, one per output channel; null when the layer has none
  Value* multipliers = nullptr; ///< int32, one per output channel
  Value* shifts = nullptr;
  std::vector<FixedPoint> factors;  ///< the same numbers, one per channel
};

/// Makes them for `node` (arguments "input", "weight", "bias" on quantized types) with `channels`
/// outputs: factor_o = scale_in * scale_w[o] / scale_out, bias_o = round(b_o / (scale_in * scale_w[o])).
/// The weight has a scale per slice of `axis`; where these are fewer than the channels (groups of a
/// transposed convolution) every group uses them again.
/// Returns why it cannot be done, or an empty string.
std::string PrepareWeightedLayer(Node* node, int64_t channels, LowerContext& context,
                                 WeightedLayer* layer, int axis = 0);

/// Why `value` is no int8 tensor of one scale and zero point; empty when it is.
std::string ExpectInt8(const Value* value, const char* what);

/// Why `value` (an argument of the dialect) has another element type or rank; empty when it has
/// both. A negative rank is any.
std::string ExpectTensor(const Value* value, const char* what, DType dtype, int rank = -1);
/// The same for a constant with one int32 for each of `count` channels; an absent one passes.
std::string ExpectInt32s(const Value* value, const char* what, int64_t count);

/// int8 affine per tensor on both sides with the same parameters; why not, otherwise.
std::string ExpectSameParameters(const Value* input, const Value* output);

/// Whether neither is quantized: then an op that only moves data has no parameters to keep.
bool ArePlain(const Value* input, const Value* output);

/// Two entries from a list of one or two ("stride=2" means 2, 2).
std::array<int32_t, 2> Pair(const Ints64& list);

/// floor or ceil((size + 2 * padding - dilation * (window - 1) - 1) / stride) + 1, by PyTorch's
/// rule that the last window of ceil mode starts inside the image or its left padding. 0 when no
/// window fits, or the numbers describe none (an entry below 1, a negative padding).
int64_t WindowedSize(int64_t size, int64_t window, int64_t stride, int64_t padding,
                     int64_t dilation, bool ceil_mode);

/// A rank-4 type's sizes as N H W C.
reference::Shape NhwcShape(const TensorType& type);

/// Elements in logical order → N H W C order, and back. Rank 4.
std::vector<int8_t> ToNhwc(const HostTensor& tensor);
HostTensor FromNhwc(const TensorType& logical_type, const std::vector<int8_t>& data);

/// An op's one int8 result, in logical order, as `Reference` gives it.
std::vector<HostTensor> OneResult(const TensorType& logical_type, const std::vector<int8_t>& data);

/// A constant int32 tensor's elements.
std::vector<int32_t> Int32s(const Value* constant);

/// `type` as data in logical order: no dim order.
TensorType Contiguous(TensorType type);

}  // namespace cortico::rules
