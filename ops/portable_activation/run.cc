#include "ops/portable_activation/op.h"

#include <cmath>
#include <cstring>

#include "ops/portable.h"

namespace cortico::ops {
namespace {

CORTICO_AT_LOAD Error CheckFunction(const Tensor& self, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(self));
  return CheckSame(self, out);
}

void Map(const Tensor& self, const Tensor& out, portable::Function f, const float* parameters) {
  portable::Map(ArrayOf(self), ArrayOf(out), out.numel(), f, parameters);
}

// NaN comes through; where the bounds cross, the upper one holds.
float Held(float x, const float* bounds) {
  const float high = x < bounds[0] ? bounds[0] : x;
  return high > bounds[1] ? bounds[1] : high;
}

float GeluOf(float x, const float*) {
  return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752f));
}

float GeluByTanh(float x, const float*) {
  const float inner = 0.79788456080286536f * (x + 0.044715f * x * x * x);
  return 0.5f * x * (1.0f + std::tanh(inner));
}

bool IsTanh(const AtenGelu<Device>& op) { return std::strcmp(op.approximate.v, "tanh") == 0; }

}  // namespace

Error Check(const AtenClamp<Device>& op) { return CheckFunction(op.self, op.out); }

void Run(const AtenClamp<Device>& op) {
  const float bounds[2] = {op.min.present ? op.min.v : -__builtin_inff(),
                           op.max.present ? op.max.v : __builtin_inff()};
  Map(op.self, op.out, Held, bounds);
}

Error Check(const AtenHardtanh<Device>& op) { return CheckFunction(op.self, op.out); }

void Run(const AtenHardtanh<Device>& op) {
  const float bounds[2] = {op.min_val.v, op.max_val.v};
  Map(op.self, op.out, Held, bounds);
}

Error Check(const AtenLeakyRelu<Device>& op) { return CheckFunction(op.self, op.out); }

void Run(const AtenLeakyRelu<Device>& op) {
  Map(
      op.self, op.out,
      [](float x, const float* slope) -> float { return x > 0.0f ? x : x * *slope; },
      &op.negative_slope.v);
}

Error Check(const AtenElu<Device>& op) { return CheckFunction(op.self, op.out); }

void Run(const AtenElu<Device>& op) {
  const float parameters[3] = {op.alpha.v, op.scale.v, op.input_scale.v};
  Map(
      op.self, op.out,
      [](float x, const float* p) -> float {
        return x > 0.0f ? x * p[1] : std::expm1(x * p[2]) * p[0] * p[1];
      },
      parameters);
}

Error Check(const AtenGelu<Device>& op) {
  if (!IsTanh(op) && std::strcmp(op.approximate.v, "none") != 0) return Error::kBadArgument;
  return CheckFunction(op.self, op.out);
}

void Run(const AtenGelu<Device>& op) {
  Map(op.self, op.out, IsTanh(op) ? GeluByTanh : GeluOf, nullptr);
}

}  // namespace cortico::ops
