#include "ops/portable_unary/op.h"

#include <cmath>

#include "ops/portable.h"

namespace cortico::ops {
namespace {

enum class Result { kFloat, kNumber, kMask };

int64_t Negative(int64_t n) { return static_cast<int64_t>(0 - static_cast<uint64_t>(n)); }

CORTICO_AT_LOAD Error CheckUnary(const Tensor& self, const Tensor& out, Result result) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(self));
  CORTICO_RETURN_IF_ERROR(CheckPlain(out));
  const bool keeps = result == Result::kNumber && IsInteger(self.dtype);
  const DType wanted = keeps                       ? self.dtype
                       : result == Result::kMask ? DType::kBool
                                                   : DType::kFloat32;
  if (out.dtype != wanted) return Error::kBadType;
  return SameSizes(self, out) ? Error::kOk : Error::kBadShape;
}

void RunUnary(const Tensor& self, const Tensor& out, portable::Function f,
              portable::IntFunction g) {
  if (g != nullptr && !IsFloat(self)) {
    portable::MapInts(ArrayOf(self), ArrayOf(out), out.numel(), g);
  } else {
    portable::Map(ArrayOf(self), ArrayOf(out), out.numel(), f);
  }
}

}  // namespace

#define CORTICO_UNARY(Struct, result, x_formula, g)                                      \
  Error Check(const Struct<Device>& op) { return CheckUnary(op.self, op.out, result); } \
  void Run(const Struct<Device>& op) {                                                   \
    const auto f = [](float x, const float*) -> float { return x_formula; };             \
    RunUnary(op.self, op.out, f, g);                                                     \
  }
#define CORTICO_INT_FUNCTION(n_formula) \
  ([](int64_t n, const float*) -> int64_t { return n_formula; })
#define CORTICO_FUNCTION(Struct, name, x) CORTICO_UNARY(Struct, Result::kFloat, x, nullptr)
#define CORTICO_NUMBER_FUNCTION(Struct, name, x, n) \
  CORTICO_UNARY(Struct, Result::kNumber, x, CORTICO_INT_FUNCTION(n))
#define CORTICO_PREDICATE(Struct, name, x, n) \
  CORTICO_UNARY(Struct, Result::kMask, x, CORTICO_INT_FUNCTION(n))
#include "ops/portable_unary/unary.inc"
#undef CORTICO_FUNCTION
#undef CORTICO_NUMBER_FUNCTION
#undef CORTICO_PREDICATE
#undef CORTICO_INT_FUNCTION
#undef CORTICO_UNARY

Error Check(const AtenToCopy<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.self));
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.out));
  return SameSizes(op.self, op.out) ? Error::kOk : Error::kBadShape;
}

void Run(const AtenToCopy<Device>& op) {
  RunUnary(
      op.self, op.out, [](float x, const float*) -> float { return x; },
      [](int64_t n, const float*) -> int64_t { return n; });
}

}  // namespace cortico::ops
