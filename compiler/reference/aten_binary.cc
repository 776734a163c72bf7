// Functions of two elements, tensors broadcast against each other or against a number.
#include <cmath>
#include <string>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

// The second operand: a tensor, or a number as a tensor without dimensions. The number is rounded
// to float32 first, as torch does.
const HostTensor& Operand(OpCall& call, const char* name, HostTensor* number) {
  const Arg* arg = call.node().Find(name);
  if (arg == nullptr || std::holds_alternative<Value*>(*arg)) return call.Float(name);
  number->type = {DType::kFloat32, {}, {}, {}};
  number->data.resize(sizeof(float));
  *number->As<float>() = static_cast<float>(call.Number(name, 0.0));
  return *number;
}

template <class F>
void Apply(OpCall& call, const F& f, const char* left = "self", const char* right = "other") {
  HostTensor left_number, right_number;
  const HostTensor& a = Operand(call, left, &left_number);
  const HostTensor& b = Operand(call, right, &right_number);
  if (!call.ok()) return;
  Sizes sizes;
  if (!BroadcastSizes(a.type.sizes, b.type.sizes, &sizes))
    return call.Fail(ToText(a.type.sizes) + " and " + ToText(b.type.sizes) + " do not broadcast");
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const float *x = a.As<float>(), *y = b.As<float>();
  float* z = out.As<float>();
  const int64_t count = NumelOf(sizes);
  if (a.type.sizes == b.type.sizes) {
    for (int64_t i = 0; i < count; ++i) z[i] = f(x[i], y[i]);
    return;
  }
  if (b.type.numel() == 1) {
    const float number = y[0];
    for (int64_t i = 0; i < count; ++i) z[i] = f(x[i], number);
    return;
  }
  // Row by row along the last dimension; the others are counted like an odometer.
  const Sizes step_a = BroadcastStrides(a.type.sizes, sizes);
  const Sizes step_b = BroadcastStrides(b.type.sizes, sizes);
  const int64_t width = sizes.back(), dx = step_a.back(), dy = step_b.back();
  for (int64_t start = 0; start < count; start += width) {
    int64_t rest = start / width, at_a = 0, at_b = 0;
    for (size_t d = sizes.size() - 1; d-- > 0;) {
      at_a += rest % sizes[d] * step_a[d];
      at_b += rest % sizes[d] * step_b[d];
      rest /= sizes[d];
    }
    for (int64_t i = 0; i < width; ++i) z[start + i] = f(x[at_a + i * dx], y[at_b + i * dy]);
  }
}

void Add(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  Apply(call, [=](float a, float b) { return a + alpha * b; });
}
void Sub(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  Apply(call, [=](float a, float b) { return a - alpha * b; });
}
void Rsub(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  Apply(call, [=](float a, float b) { return b - alpha * a; });
}
void Mul(OpCall& call) {
  Apply(call, [](float a, float b) { return a * b; });
}
void Div(OpCall& call) {
  if (call.Has("rounding_mode")) return call.Fail("division with a rounding mode is not computed");
  Apply(call, [](float a, float b) { return a / b; });
}
void Maximum(OpCall& call) {
  // The comparison is written so that a NaN on either side comes through.
  Apply(call, [](float a, float b) { return a >= b || std::isnan(a) ? a : b; });
}
void Minimum(OpCall& call) {
  Apply(call, [](float a, float b) { return a <= b || std::isnan(a) ? a : b; });
}
void Pow(OpCall& call) {
  Apply(
      call, [](float a, float b) { return b == 2.0f ? a * a : std::pow(a, b); }, "self",
      "exponent");
}

constexpr AtenEntry kOps[] = {
    {"aten.add.Tensor", Add},          {"aten.add.Scalar", Add},
    {"aten.add_.Tensor", Add},         {"aten.add_.Scalar", Add},
    {"aten.sub.Tensor", Sub},          {"aten.sub.Scalar", Sub},
    {"aten.sub_.Tensor", Sub},         {"aten.sub_.Scalar", Sub},
    {"aten.rsub.Scalar", Rsub},        {"aten.rsub.Tensor", Rsub},
    {"aten.mul.Tensor", Mul},          {"aten.mul.Scalar", Mul},
    {"aten.mul_.Tensor", Mul},         {"aten.mul_.Scalar", Mul},
    {"aten.div.Tensor", Div},          {"aten.div.Scalar", Div},
    {"aten.div_.Tensor", Div},         {"aten.div_.Scalar", Div},
    {"aten.div.Tensor_mode", Div},     {"aten.maximum.default", Maximum},
    {"aten.minimum.default", Minimum}, {"aten.pow.Tensor_Scalar", Pow},
    {"aten.pow.Tensor_Tensor", Pow},
};

}  // namespace

std::span<const AtenEntry> BinaryOps() { return kOps; }

}  // namespace cortico
