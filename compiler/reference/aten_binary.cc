// Functions of two elements, tensors broadcast against each other or against a number.
#include <algorithm>
#include <cmath>
#include <string>

#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

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

// Operands that are not all float32: whole numbers are computed in int64 and, beside a float, as
// floats; unless `keeps_whole`, always as floats.
template <class F, class G>
bool ApplyToNumbers(OpCall& call, const F& f, const G& g, bool keeps_whole = true,
                    const char* right = "other") {
  const HostTensor* a = call.OptionalTensor("self");
  const HostTensor* b = call.OptionalTensor(right);
  const auto is_float = [](const HostTensor* t) { return t == nullptr || t->type.dtype == DType::kFloat32; };
  if (is_float(a) && is_float(b)) return false;
  const auto number = [&call](const char* name, HostTensor* made) {
    const Arg* arg = call.node().Find(name);
    const bool real = arg != nullptr && std::holds_alternative<double>(*arg);
    made->type = {real ? DType::kFloat32 : DType::kInt64, {}, {}, {}};
    made->data.resize(static_cast<size_t>(made->type.nbytes()));
    SetNumber(made, 0, call.Number(name, 0.0));
    return made;
  };
  HostTensor left, other;
  if (a == nullptr) a = number("self", &left);
  if (b == nullptr) b = number(right, &other);
  const bool floats = !keeps_whole || a->type.dtype == DType::kFloat32 || b->type.dtype == DType::kFloat32;
  Sizes sizes;
  if (!BroadcastSizes(a->type.sizes, b->type.sizes, &sizes))
    return call.Fail(ToText(a->type.sizes) + " and " + ToText(b->type.sizes) + " do not broadcast"), true;
  HostTensor& out = call.AddResult(sizes, call.node().output()->type.dtype);
  if (!call.ok()) return true;
  const Places at_a(a->type.sizes, sizes), at_b(b->type.sizes, sizes);
  for (int64_t i = 0; i < out.type.numel(); ++i) {
    if (floats) SetFloat(&out, i, f(FloatAt(*a, at_a[i]), FloatAt(*b, at_b[i])));
    else SetInt(&out, i, g(IntAt(*a, at_a[i]), IntAt(*b, at_b[i])));
  }
  return true;
}

// Whole numbers wrap around.
int64_t WholeSum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t WholeProduct(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

void Add(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  const auto whole = static_cast<int64_t>(alpha);
  if (ApplyToNumbers(
          call, [=](float a, float b) { return a + alpha * b; },
          [=](int64_t a, int64_t b) { return WholeSum(a, WholeProduct(whole, b)); }))
    return;
  Apply(call, [=](float a, float b) { return a + alpha * b; });
}
void Sub(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  const auto whole = static_cast<int64_t>(alpha);
  if (ApplyToNumbers(
          call, [=](float a, float b) { return a - alpha * b; },
          [=](int64_t a, int64_t b) { return WholeSum(a, WholeProduct(-whole, b)); }))
    return;
  Apply(call, [=](float a, float b) { return a - alpha * b; });
}
void Rsub(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  Apply(call, [=](float a, float b) { return b - alpha * a; });
}
void Mul(OpCall& call) {
  if (ApplyToNumbers(call, [](float a, float b) { return a * b; }, WholeProduct)) return;
  Apply(call, [](float a, float b) { return a * b; });
}
void Div(OpCall& call) {
  if (call.Has("rounding_mode")) {
    const std::string mode(call.Text("rounding_mode", ""));
    const bool down = mode == "floor";
    if (!down && mode != "trunc") return call.Fail("the rounding mode '" + mode + "'");
    return Apply(call, [=](float a, float b) { return down ? std::floor(a / b) : std::trunc(a / b); });
  }
  if (ApplyToNumbers(call, [](float a, float b) { return a / b; }, WholeProduct, false)) return;
  Apply(call, [](float a, float b) { return a / b; });
}
void Maximum(OpCall& call) {
  // The comparison is written so that a NaN on either side comes through.
  if (ApplyToNumbers(
          call, [](float a, float b) { return a >= b || std::isnan(a) ? a : b; },
          [](int64_t a, int64_t b) { return std::max(a, b); }))
    return;
  Apply(call, [](float a, float b) { return a >= b || std::isnan(a) ? a : b; });
}
void Minimum(OpCall& call) {
  if (ApplyToNumbers(
          call, [](float a, float b) { return a <= b || std::isnan(a) ? a : b; },
          [](int64_t a, int64_t b) { return std::min(a, b); }))
    return;
  Apply(call, [](float a, float b) { return a <= b || std::isnan(a) ? a : b; });
}
void Pow(OpCall& call) {
  const auto power = [](float a, float b) { return b == 2.0f ? a * a : std::pow(a, b); };
  if (ApplyToNumbers(call, power, WholeProduct, false, "exponent")) return;
  Apply(call, power, "self", "exponent");
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
    {"aten.div.Tensor_mode", Div},     {"aten.div.Scalar_mode", Div},     {"aten.maximum.default", Maximum},
    {"aten.minimum.default", Minimum}, {"aten.pow.Tensor_Scalar", Pow},
    {"aten.pow.Tensor_Tensor", Pow},   {"aten.pow.Scalar", Pow},
};

}  // namespace

std::span<const AtenEntry> BinaryOps() { return kOps; }

}  // namespace cortico
