// quantized_decomposed.*: with these a quantized program runs as fake-quantized float.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "compiler/reference/aten.h"
#include "compiler/reference/quantize_value.h"

namespace cortico {
namespace {

struct Parameters {
  std::vector<double> scales;
  std::vector<int32_t> zero_points;
  int32_t qmin = 0, qmax = 0;
  DType dtype = DType::kInt8;
  int64_t slices = 1, inner = 1;  // slice of element i: i / inner % slices
};

int32_t Int32(OpCall& call, const char* name) {
  if (!call.Has(name)) call.Fail(std::string("argument '") + name + "' is missing");
  const int64_t value = call.Int(name, 0);
  if (value < INT32_MIN || value > INT32_MAX)
    call.Fail(std::string("argument '") + name + "' does not fit 32 bits");
  return static_cast<int32_t>(value);
}

// Elements of a tensor as doubles.
std::vector<double> Elements(OpCall& call, const char* name) {
  const HostTensor& t = call.Tensor(name);
  std::vector<double> elements(static_cast<size_t>(t.type.numel()));
  for (size_t i = 0; i < elements.size(); ++i) {
    switch (t.type.dtype) {
      case DType::kFloat32:
        elements[i] = t.As<float>()[i];
        break;
      case DType::kFloat64:
        elements[i] = t.As<double>()[i];
        break;
      case DType::kInt64:
        elements[i] = static_cast<double>(t.As<int64_t>()[i]);
        break;
      case DType::kInt32:
        elements[i] = t.As<int32_t>()[i];
        break;
      case DType::kInt8:
        elements[i] = t.As<int8_t>()[i];
        break;
      default:
        call.Fail(std::string("argument '") + name + "' has type " + Name(t.type.dtype));
        return elements;
    }
  }
  return elements;
}

Parameters ReadParameters(OpCall& call, const HostTensor& input) {
  Parameters p;
  const Sizes& sizes = input.type.sizes;
  std::vector<double> zero_points;
  if (call.node().op.find("per_channel") != std::string::npos) {
    p.scales = Elements(call, "scales");
    zero_points = call.Has("zero_points") ? Elements(call, "zero_points")
                                          : std::vector<double>(p.scales.size(), 0.0);
    const int64_t axis = call.Dim("axis", 0, input.type.rank());
    if (call.ok() && sizes.empty()) call.Fail("a scalar has no channels");
    if (!call.ok()) return p;
    p.slices = sizes[static_cast<size_t>(axis)];
    for (size_t d = static_cast<size_t>(axis) + 1; d < sizes.size(); ++d) p.inner *= sizes[d];
  } else if (call.node().op.ends_with(".tensor")) {
    p.scales = Elements(call, "scale");
    zero_points = Elements(call, "zero_point");
  } else {
    if (!call.Has("scale")) call.Fail("argument 'scale' is missing");
    p.scales = {call.Number("scale", 1.0)};
    zero_points = {static_cast<double>(Int32(call, "zero_point"))};
  }
  p.qmin = Int32(call, "quant_min");
  p.qmax = Int32(call, "quant_max");
  const Arg* dtype = call.node().Find("dtype");
  if (const auto* type = dtype != nullptr ? std::get_if<DType>(dtype) : nullptr)
    p.dtype = *type;
  else
    call.Fail("argument 'dtype' is missing");
  if (!call.ok()) return p;
  if (static_cast<int64_t>(p.scales.size()) != p.slices || zero_points.size() != p.scales.size())
    call.Fail(std::to_string(p.scales.size()) + " scales and " +
              std::to_string(zero_points.size()) + " zero points for " + std::to_string(p.slices) +
              " slices of a tensor of sizes " + ToText(sizes));
  for (double scale : p.scales)
    if (!(scale > 0.0) || !std::isfinite(scale))
      call.Fail("scale " + std::to_string(scale) + " is not a positive number");
  for (double zero : zero_points) {
    if (zero >= INT32_MIN && zero <= INT32_MAX)
      p.zero_points.push_back(static_cast<int32_t>(zero));
    else
      call.Fail("a zero point does not fit 32 bits");
  }
  if (p.qmin > p.qmax) call.Fail("quant_min is greater than quant_max");
  return p;
}

// Calls f(first element, end, slice) for every run of elements with the same parameters.
template <class F>
void ForEachRun(const Parameters& p, int64_t count, const F& f) {
  if (p.slices == 1) return f(0, count, size_t{0});
  for (int64_t i = 0; i < count; i += p.inner)
    f(i, i + p.inner, static_cast<size_t>(i / p.inner % p.slices));
}

template <class T>
void QuantizeAs(const Parameters& p, const HostTensor& in, HostTensor* out) {
  const float* from = in.As<float>();
  T* to = out->As<T>();
  ForEachRun(p, in.type.numel(), [&](int64_t i, int64_t end, size_t slice) {
    const float inverse = InverseScale(p.scales[slice]);
    const int32_t zero = p.zero_points[slice];
    for (; i < end; ++i) to[i] = QuantizeValue<T>(from[i], inverse, zero, p.qmin, p.qmax);
  });
}

template <class T>
void DequantizeAs(const Parameters& p, const HostTensor& in, HostTensor* out) {
  const T* from = in.As<T>();
  float* to = out->As<float>();
  ForEachRun(p, in.type.numel(), [&](int64_t i, int64_t end, size_t slice) {
    const auto scale = static_cast<float>(p.scales[slice]);
    const int32_t zero = p.zero_points[slice];
    for (; i < end; ++i) to[i] = DequantizeValue(from[i], scale, zero);
  });
}

// Whether [qmin, qmax] lies within T.
template <class T>
bool Holds(const Parameters& p) {
  return p.qmin >= std::numeric_limits<T>::min() && p.qmax <= std::numeric_limits<T>::max();
}

void Quantize(OpCall& call) {
  const HostTensor& x = call.Float("input");
  if (!call.ok()) return;
  const Parameters p = ReadParameters(call, x);
  HostTensor& out = call.AddResult(x.type.sizes, p.dtype);
  if (!call.ok()) return;
  if (p.dtype == DType::kInt8 && Holds<int8_t>(p))
    QuantizeAs<int8_t>(p, x, &out);
  else if (p.dtype == DType::kUInt8 && Holds<uint8_t>(p))
    QuantizeAs<uint8_t>(p, x, &out);
  else if (p.dtype == DType::kInt16 && Holds<int16_t>(p))
    QuantizeAs<int16_t>(p, x, &out);
  else if (p.dtype == DType::kInt32)
    QuantizeAs<int32_t>(p, x, &out);
  else
    call.Fail(std::string("quantization to ") + Name(p.dtype) + " with this range");
}

void Dequantize(OpCall& call) {
  const HostTensor& x = call.Tensor("input");
  if (!call.ok()) return;
  const Parameters p = ReadParameters(call, x);
  if (call.ok() && p.dtype != x.type.dtype)
    call.Fail(std::string("dtype is ") + Name(p.dtype) + " and the input " + Name(x.type.dtype));
  HostTensor& out = call.AddResult(x.type.sizes);
  if (!call.ok()) return;
  switch (p.dtype) {
    case DType::kInt8:
      return DequantizeAs<int8_t>(p, x, &out);
    case DType::kUInt8:
      return DequantizeAs<uint8_t>(p, x, &out);
    case DType::kInt16:
      return DequantizeAs<int16_t>(p, x, &out);
    case DType::kInt32:
      return DequantizeAs<int32_t>(p, x, &out);
    default:
      return call.Fail(std::string("dequantization of ") + Name(p.dtype));
  }
}

constexpr AtenEntry kOps[] = {
    {"quantized_decomposed.quantize_per_tensor.default", Quantize},
    {"quantized_decomposed.quantize_per_tensor.tensor", Quantize},
    {"quantized_decomposed.quantize_per_channel.default", Quantize},
    {"quantized_decomposed.dequantize_per_tensor.default", Dequantize},
    {"quantized_decomposed.dequantize_per_tensor.tensor", Dequantize},
    {"quantized_decomposed.dequantize_per_channel.default", Dequantize},
};

}  // namespace

std::span<const AtenEntry> QuantizationOps() { return kOps; }

}  // namespace cortico
