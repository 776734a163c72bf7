// Functions of one element: activations and plain mathematics.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

namespace cortico {
namespace {

bool IsWhole(const HostTensor& x) {
  const DType dtype = x.type.dtype;
  return dtype == DType::kInt64 || dtype == DType::kInt32 || dtype == DType::kUInt8 ||
         dtype == DType::kBool;
}

template <class F>
void Apply(OpCall& call, const F& f) {
  const char* name = call.Has("input") ? "input" : "self";
  const HostTensor* given = call.OptionalTensor(name);
  const HostTensor& x = given != nullptr && IsWhole(*given) ? *given : call.Float(name);
  if (!call.ok()) return;
  HostTensor& out = call.AddResult(x.type.sizes);
  if (!call.ok()) return;
  float* to = out.As<float>();
  const int64_t count = x.type.numel();
  if (IsWhole(x)) {
    for (int64_t i = 0; i < count; ++i) to[i] = f(FloatAt(x, i));
    return;
  }
  const float* from = x.As<float>();
  for (int64_t i = 0; i < count; ++i) to[i] = f(from[i]);
}

// A function that keeps whole numbers whole.
template <class F>
bool ApplyToWhole(OpCall& call, const F& f) {
  const HostTensor* x = call.OptionalTensor("self");
  if (x == nullptr || !IsWhole(*x) || x->type.dtype == DType::kBool) return false;
  HostTensor& out = call.AddResult(x->type.sizes, x->type.dtype);
  for (int64_t i = 0; call.ok() && i < x->type.numel(); ++i) SetInt(&out, i, f(IntAt(*x, i)));
  return true;
}
int64_t Negative(int64_t n) { return static_cast<int64_t>(0 - static_cast<uint64_t>(n)); }

// NaN comes through, as in torch.
float Clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }
float SigmoidOf(float x) { return 1.0f / (1.0f + std::exp(-x)); }

void Relu(OpCall& call) {
  if (ApplyToWhole(call, [](int64_t n) { return n < 0 ? 0 : n; })) return;
  Apply(call, [](float x) { return x < 0.0f ? 0.0f : x; });
}
void Relu6(OpCall& call) {
  Apply(call, [](float x) { return Clamp(x, 0.0f, 6.0f); });
}
void Hardtanh(OpCall& call) {
  const auto low = static_cast<float>(call.Number("min_val", -1.0));
  const auto high = static_cast<float>(call.Number("max_val", 1.0));
  Apply(call, [=](float x) { return Clamp(x, low, high); });
}
void ClampOp(OpCall& call) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto low = static_cast<float>(call.Number("min", -kInfinity));
  const auto high = static_cast<float>(call.Number("max", kInfinity));
  // When min > max, torch gives max.
  Apply(call, [=](float x) { return x < low || x > high ? std::min(std::max(x, low), high) : x; });
}
void Sigmoid(OpCall& call) { Apply(call, SigmoidOf); }
void Tanh(OpCall& call) {
  Apply(call, [](float x) { return std::tanh(x); });
}
void Silu(OpCall& call) {
  Apply(call, [](float x) { return x / (1.0f + std::exp(-x)); });
}
void Gelu(OpCall& call) {
  const std::string mode = call.Text("approximate", "none");
  if (mode == "none") {
    Apply(call, [](float x) { return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752f)); });
  } else if (mode == "tanh") {
    Apply(call, [](float x) {
      const float inner = 0.79788456080286536f * (x + 0.044715f * x * x * x);
      return 0.5f * x * (1.0f + std::tanh(inner));
    });
  } else {
    call.Fail("approximate '" + mode + "' is unknown");
  }
}
void Hardswish(OpCall& call) {
  Apply(call, [](float x) { return x * Clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f; });
}
void Hardsigmoid(OpCall& call) {
  Apply(call, [](float x) { return Clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f; });
}
void LeakyRelu(OpCall& call) {
  const auto slope = static_cast<float>(call.Number("negative_slope", 0.01));
  Apply(call, [=](float x) { return x > 0.0f ? x : x * slope; });
}
void Elu(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  const auto scale = static_cast<float>(call.Number("scale", 1.0));
  const auto input_scale = static_cast<float>(call.Number("input_scale", 1.0));
  Apply(call, [=](float x) {
    return x > 0.0f ? x * scale : std::expm1(x * input_scale) * alpha * scale;
  });
}
void Neg(OpCall& call) {
  if (ApplyToWhole(call, Negative)) return;
  Apply(call, [](float x) { return -x; });
}
void Abs(OpCall& call) {
  if (ApplyToWhole(call, [](int64_t n) { return n < 0 ? Negative(n) : n; })) return;
  Apply(call, [](float x) { return std::fabs(x); });
}
void Exp(OpCall& call) {
  Apply(call, [](float x) { return std::exp(x); });
}
void Log(OpCall& call) {
  Apply(call, [](float x) { return std::log(x); });
}
void Sqrt(OpCall& call) {
  Apply(call, [](float x) { return std::sqrt(x); });
}
void Rsqrt(OpCall& call) {
  Apply(call, [](float x) { return 1.0f / std::sqrt(x); });
}
void Reciprocal(OpCall& call) {
  Apply(call, [](float x) { return 1.0f / x; });
}

float SoftplusOf(float x, float beta, float threshold) {
  return x * beta > threshold ? x : std::log1p(std::exp(x * beta)) / beta;
}
void Softplus(OpCall& call) {
  const auto beta = static_cast<float>(call.Number("beta", 1.0));
  const auto threshold = static_cast<float>(call.Number("threshold", 20.0));
  Apply(call, [=](float x) { return SoftplusOf(x, beta, threshold); });
}
void Mish(OpCall& call) {
  Apply(call, [](float x) { return x * std::tanh(SoftplusOf(x, 1.0f, 20.0f)); });
}
void LogSigmoid(OpCall& call) {
  Apply(call, [](float x) { return std::min(x, 0.0f) - std::log1p(std::exp(-std::fabs(x))); });
}
void Celu(OpCall& call) {
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  Apply(call, [=](float x) { return x > 0.0f ? x : alpha * std::expm1(x / alpha); });
}
void Selu(OpCall& call) {
  constexpr float kAlpha = 1.6732632423543772f, kScale = 1.0507009873554805f;
  Apply(call, [](float x) { return kScale * (x > 0.0f ? x : kAlpha * std::expm1(x)); });
}
void Threshold(OpCall& call) {
  const auto threshold = static_cast<float>(call.Number("threshold", 0.0));
  const auto value = static_cast<float>(call.Number("value", 0.0));
  Apply(call, [=](float x) { return x <= threshold ? value : x; });
}
void Softsign(OpCall& call) {
  Apply(call, [](float x) { return x / (1.0f + std::fabs(x)); });
}
void Hardshrink(OpCall& call) {
  const auto lambda = static_cast<float>(call.Number("lambd", 0.5));
  Apply(call, [=](float x) { return std::fabs(x) <= lambda ? 0.0f : x; });
}
void Softshrink(OpCall& call) {
  const auto lambda = static_cast<float>(call.Number("lambd", 0.5));
  Apply(call, [=](float x) { return x > lambda ? x - lambda : x < -lambda ? x + lambda : 0.0f; });
}
void Sin(OpCall& call) {
  Apply(call, [](float x) { return std::sin(x); });
}
void Cos(OpCall& call) {
  Apply(call, [](float x) { return std::cos(x); });
}
void Erf(OpCall& call) {
  Apply(call, [](float x) { return std::erf(x); });
}
void Log1p(OpCall& call) {
  Apply(call, [](float x) { return std::log1p(x); });
}
void Expm1(OpCall& call) {
  Apply(call, [](float x) { return std::expm1(x); });
}
void Square(OpCall& call) {
  Apply(call, [](float x) { return x * x; });
}
void Sign(OpCall& call) {
  if (ApplyToWhole(call, [](int64_t n) { return (n > 0) - (n < 0); })) return;
  Apply(call, [](float x) { return static_cast<float>((x > 0.0f) - (x < 0.0f)); });
}
void Floor(OpCall& call) {
  Apply(call, [](float x) { return std::floor(x); });
}
void Ceil(OpCall& call) {
  Apply(call, [](float x) { return std::ceil(x); });
}
void Round(OpCall& call) {
  Apply(call, [](float x) { return std::nearbyint(x); });
}

void Acos(OpCall& call) {
  Apply(call, [](float x) { return std::acos(x); });
}
void Acosh(OpCall& call) {
  Apply(call, [](float x) { return std::acosh(x); });
}
void Asin(OpCall& call) {
  Apply(call, [](float x) { return std::asin(x); });
}
void Asinh(OpCall& call) {
  Apply(call, [](float x) { return std::asinh(x); });
}
void Atan(OpCall& call) {
  Apply(call, [](float x) { return std::atan(x); });
}
void Atanh(OpCall& call) {
  Apply(call, [](float x) { return std::atanh(x); });
}
void Cosh(OpCall& call) {
  Apply(call, [](float x) { return std::cosh(x); });
}
void Sinh(OpCall& call) {
  Apply(call, [](float x) { return std::sinh(x); });
}
void Tan(OpCall& call) {
  Apply(call, [](float x) { return std::tan(x); });
}
void Log10(OpCall& call) {
  Apply(call, [](float x) { return std::log10(x); });
}
void Log2(OpCall& call) {
  Apply(call, [](float x) { return std::log2(x); });
}
void Trunc(OpCall& call) {
  Apply(call, [](float x) { return std::trunc(x); });
}

constexpr AtenEntry kOps[] = {
    {"aten.softplus.default", Softplus},
    {"aten.mish.default", Mish},
    {"aten.mish_.default", Mish},
    {"aten.log_sigmoid.default", LogSigmoid},
    {"aten.celu.default", Celu},
    {"aten.celu_.default", Celu},
    {"aten.selu.default", Selu},
    {"aten.selu_.default", Selu},
    {"aten.threshold.default", Threshold},
    {"aten.softsign.default", Softsign},
    {"aten.hardshrink.default", Hardshrink},
    {"aten.softshrink.default", Softshrink},
    {"aten.sin.default", Sin},
    {"aten.cos.default", Cos},
    {"aten.erf.default", Erf},
    {"aten.log1p.default", Log1p},
    {"aten.expm1.default", Expm1},
    {"aten.square.default", Square},
    {"aten.sign.default", Sign},
    {"aten.floor.default", Floor},
    {"aten.ceil.default", Ceil},
    {"aten.round.default", Round},
    {"aten.relu.default", Relu},
    {"aten.relu_.default", Relu},
    {"aten.relu6.default", Relu6},
    {"aten.relu6_.default", Relu6},
    {"aten.hardtanh.default", Hardtanh},
    {"aten.hardtanh_.default", Hardtanh},
    {"aten.clamp.default", ClampOp},
    {"aten.clamp_.default", ClampOp},
    {"aten.clamp_min.default", ClampOp},
    {"aten.clamp_max.default", ClampOp},
    {"aten.sigmoid.default", Sigmoid},
    {"aten.sigmoid_.default", Sigmoid},
    {"aten.tanh.default", Tanh},
    {"aten.tanh_.default", Tanh},
    {"aten.silu.default", Silu},
    {"aten.silu_.default", Silu},
    {"aten.gelu.default", Gelu},
    {"aten.gelu_.default", Gelu},
    {"aten.hardswish.default", Hardswish},
    {"aten.hardswish_.default", Hardswish},
    {"aten.hardsigmoid.default", Hardsigmoid},
    {"aten.hardsigmoid_.default", Hardsigmoid},
    {"aten.leaky_relu.default", LeakyRelu},
    {"aten.leaky_relu_.default", LeakyRelu},
    {"aten.elu.default", Elu},
    {"aten.elu_.default", Elu},
    {"aten.neg.default", Neg},
    {"aten.abs.default", Abs},
    {"aten.exp.default", Exp},
    {"aten.log.default", Log},
    {"aten.sqrt.default", Sqrt},
    {"aten.rsqrt.default", Rsqrt},
    {"aten.reciprocal.default", Reciprocal},
    {"aten.acos.default", Acos},
    {"aten.acosh.default", Acosh},
    {"aten.asin.default", Asin},
    {"aten.asinh.default", Asinh},
    {"aten.atan.default", Atan},
    {"aten.atanh.default", Atanh},
    {"aten.cosh.default", Cosh},
    {"aten.sinh.default", Sinh},
    {"aten.tan.default", Tan},
    {"aten.log10.default", Log10},
    {"aten.log2.default", Log2},
    {"aten.trunc.default", Trunc},
};

}  // namespace

std::span<const AtenEntry> UnaryOps() { return kOps; }

}  // namespace cortico
