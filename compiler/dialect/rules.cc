#include "compiler/dialect/rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cortico::rules {

std::string ExpectInt8(const Value* value, const char* what) {
  if (value == nullptr) return std::string(what) + " is missing";
  const auto& q = value->type.quantization;
  if (q && value->type.dtype != DType::kInt8)
    return std::string(what) + " is quantized to " + Name(value->type.dtype) + ", not to int8";
  if (!q) return std::string(what) + " is not quantized to int8";
  if (!q->per_tensor()) return std::string(what) + " is quantized per channel, not per tensor";
  return "";
}

std::string ExpectTensor(const Value* value, const char* what, DType dtype, int rank) {
  if (value == nullptr) return std::string(what) + " is missing";
  if (value->type.dtype != dtype || (rank >= 0 && value->type.rank() != rank))
    return std::string(what) + " is " + value->type.ToString() + ", not " + Name(dtype) +
           (rank >= 0 ? " of rank " + std::to_string(rank) : "");
  return "";
}

std::string ExpectInt32s(const Value* value, const char* what, int64_t count) {
  if (value == nullptr) return "";
  if (value->type.dtype != DType::kInt32 || value->type.sizes != Ints64{count})
    return std::string(what) + " is " + value->type.ToString() + ", not " + std::to_string(count) +
           " of i32";
  return "";
}

std::string ExpectSameParameters(const Value* input, const Value* output) {
  if (std::string reason = ExpectInt8(input, "its input"); !reason.empty()) return reason;
  if (std::string reason = ExpectInt8(output, "its result"); !reason.empty()) return reason;
  const Quantization& a = *input->type.quantization;
  const Quantization& b = *output->type.quantization;
  if (a.scale() != b.scale() || a.zero_point() != b.zero_point())
    return "its input and its result are quantized with different parameters";
  return "";
}

bool ArePlain(const Value* input, const Value* output) {
  return input != nullptr && !input->type.quantization && !output->type.quantization &&
         input->type.dtype != DType::kInt8 && input->type.dtype == output->type.dtype;
}

std::array<int32_t, 2> Pair(const Ints64& list) {
  CORTICO_CHECK(!list.empty());
  return {static_cast<int32_t>(list.front()), static_cast<int32_t>(list.back())};
}

int64_t WindowedSize(int64_t size, int64_t window, int64_t stride, int64_t padding,
                     int64_t dilation, bool ceil_mode) {
  if (window < 1 || stride < 1 || dilation < 1 || padding < 0) return 0;
  const int64_t span = size + 2 * padding - dilation * (window - 1) - 1;
  if (span < 0) return 0;
  int64_t result = (span + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (result - 1) * stride >= size + padding) --result;
  return result;
}

namespace {

// Per output channel, the largest sum of products with an int8 input of any zero point.
std::vector<double> LargestSums(const Value& weight, int axis, int64_t channels) {
  const int64_t slices = weight.type.sizes.at(static_cast<size_t>(axis));
  const int64_t inner = StridesOf(weight.type)[static_cast<size_t>(axis)];
  std::vector<double> sums(static_cast<size_t>(slices), 0.0);
  const int8_t* data = weight.DataAs<int8_t>();
  for (int64_t i = 0; i < weight.type.numel(); ++i)
    sums[static_cast<size_t>(i / inner % slices)] += 255.0 * std::abs(int{data[i]});
  std::vector<double> all;
  for (int64_t o = 0; o < channels; ++o) all.push_back(sums[static_cast<size_t>(o % slices)]);
  return all;
}

}  // namespace

std::string PrepareWeightedLayer(Node* node, int64_t channels, LowerContext& context,
                                 WeightedLayer* layer, int axis) {
  const Value* input = node->Tensor("input");
  const Value* weight = node->Tensor("weight");
  if (std::string why = ExpectInt8(input, "its input"); !why.empty()) return why;
  if (std::string why = ExpectInt8(node->output(), "its result"); !why.empty()) return why;
  if (weight == nullptr || !weight->is_constant()) return "its weight is not a constant";
  const auto& wq = weight->type.quantization;
  if (weight->type.dtype != DType::kInt8 || !wq) return "its weight is not quantized to int8";
  if (!wq->per_tensor() && wq->axis != axis)
    return "its weight is quantized along dimension " + std::to_string(wq->axis) +
           ", not along its output channels";
  for (int32_t zero_point : wq->zero_points)
    if (zero_point != 0) return "its weight is not quantized symmetrically (zero point not 0)";

  const double in_scale = input->type.quantization->scale();
  const double out_scale = node->output()->type.quantization->scale();
  const auto weight_scale = [&](int64_t o) {
    return wq->per_tensor() ? wq->scale() : wq->scales[static_cast<size_t>(o) % wq->scales.size()];
  };
  const Value* bias = node->Tensor("bias");
  const std::vector<double> most = LargestSums(*weight, axis, channels);
  std::vector<int32_t> multipliers, shifts, integers;
  for (int64_t o = 0; o < channels; ++o) {
    const double unit = in_scale * weight_scale(o);
    const FixedPoint factor = ToFixedPoint(unit / out_scale);
    // The kernels shift left before they multiply, in 32 bits.
    if (std::ldexp(most[static_cast<size_t>(o)], factor.shift) >= 2147483648.0)
      return "its result's scale is so fine beside those of its input and weight that 32 bits "
             "cannot hold a sum";
    layer->factors.push_back(factor);
    multipliers.push_back(factor.multiplier);
    shifts.push_back(factor.shift);
    if (bias == nullptr) continue;
    double real = 0;
    if (bias->type.dtype == DType::kFloat32) {
      real = bias->DataAs<float>()[o];
    } else if (bias->type.dtype == DType::kInt32 && bias->type.quantization) {
      const Quantization& bq = *bias->type.quantization;
      const auto i = static_cast<size_t>(bq.per_tensor() ? 0 : o);
      real = (static_cast<double>(bias->DataAs<int32_t>()[o]) - bq.zero_points[i]) * bq.scales[i];
    } else {
      return "its bias is neither float nor int32";
    }
    // A bias quantized at this very scale comes back exactly; any other is rounded once more.
    const double units = std::nearbyint(real / unit);
    if (!(std::abs(units) <= std::numeric_limits<int32_t>::max()))
      return "its bias does not fit 32 bits at the scale of its products";
    integers.push_back(static_cast<int32_t>(units));
  }
  const std::string& name = node->output()->name;
  const TensorType type{DType::kInt32, {channels}, {}, {}};
  layer->multipliers = context.Constant(name + "_multipliers", type, multipliers);
  layer->shifts = context.Constant(name + "_shifts", type, shifts);
  if (bias != nullptr) {
    layer->bias = context.Constant(name + "_bias", type, integers);
    layer->bias->origin = bias->origin;
  }
  return "";
}

reference::Shape NhwcShape(const TensorType& type) {
  CORTICO_CHECK(type.rank() == 4);
  const auto size = [&](size_t i) { return static_cast<int>(type.sizes[i]); };
  return {size(0), size(2), size(3), size(1)};
}

std::vector<int8_t> ToNhwc(const HostTensor& tensor) {
  const reference::Shape s = NhwcShape(tensor.type);
  std::vector<int8_t> data(static_cast<size_t>(s.size()));
  const int8_t* from = tensor.As<int8_t>();
  for (int n = 0; n < s.n; ++n)
    for (int c = 0; c < s.c; ++c)
      for (int h = 0; h < s.h; ++h)
        for (int w = 0; w < s.w; ++w) data[static_cast<size_t>(s.at(n, h, w, c))] = *from++;
  return data;
}

HostTensor FromNhwc(const TensorType& logical_type, const std::vector<int8_t>& data) {
  HostTensor tensor{Contiguous(logical_type), Bytes(data.size())};
  const reference::Shape s = NhwcShape(tensor.type);
  int8_t* to = tensor.As<int8_t>();
  for (int n = 0; n < s.n; ++n)
    for (int c = 0; c < s.c; ++c)
      for (int h = 0; h < s.h; ++h)
        for (int w = 0; w < s.w; ++w) *to++ = data[static_cast<size_t>(s.at(n, h, w, c))];
  return tensor;
}

std::vector<HostTensor> OneResult(const TensorType& logical_type, const std::vector<int8_t>& data) {
  HostTensor result{Contiguous(logical_type), Bytes(data.size())};
  std::copy(data.begin(), data.end(), result.As<int8_t>());
  std::vector<HostTensor> list;
  list.push_back(std::move(result));
  return list;
}

std::vector<int32_t> Int32s(const Value* constant) {
  if (constant == nullptr) return {};
  const auto* data = constant->DataAs<int32_t>();
  return {data, data + constant->type.numel()};
}

TensorType Contiguous(TensorType type) {
  type.dim_order.clear();
  return type;
}

}  // namespace cortico::rules
