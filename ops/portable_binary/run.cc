#include "ops/portable_binary/op.h"

#include <cmath>

#include "ops/portable.h"

namespace cortico::ops {
namespace {

enum class Result { kNumber, kFloat, kMask };

// Integers wrap around, as in torch: unsigned, where that is defined.
int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t Product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

bool InFloat(const Tensor& self, const Tensor& other) { return IsFloat(self) || IsFloat(other); }

CORTICO_AT_LOAD Error CheckBinary(const Tensor& self, const Tensor& other, const Tensor& out,
                                  Result result) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(out));
  CORTICO_RETURN_IF_ERROR(CheckBroadcast(self, out));
  CORTICO_RETURN_IF_ERROR(CheckBroadcast(other, out));
  const bool ints = result == Result::kNumber && !InFloat(self, other);
  const bool good = ints                      ? !IsFloat(out)
                    : result == Result::kMask ? out.dtype == DType::kBool
                                              : IsFloat(out);
  return good ? Error::kOk : Error::kBadType;
}

// `g` may be null: then the function is one of floats.
void RunBinary(const Tensor& self, const Tensor& other, const Tensor& out, portable::Function2 f,
               portable::IntFunction2 g, float alpha = 1.0f) {
  const portable::Broadcast box = BroadcastOf(out, &self, &other);
  if (g == nullptr || InFloat(self, other)) {
    portable::Combine(box, ArrayOf(self), ArrayOf(other), ArrayOf(out), f, alpha);
  } else {
    portable::CombineInts(box, ArrayOf(self), ArrayOf(other), ArrayOf(out), g,
                          static_cast<int64_t>(alpha));
  }
}

}  // namespace

#define CORTICO_BINARY(Struct, result, scale, f, g)                                            \
  Error Check(const Struct<Device>& op) {                                                      \
    return scale >= -16777216.0f && scale <= 16777216.0f                                       \
               ? CheckBinary(op.self, op.other, op.out, result)                                \
               : Error::kBadArgument;                                                          \
  }                                                                                            \
  void Run(const Struct<Device>& op) { RunBinary(op.self, op.other, op.out, f, g, scale); }
#define CORTICO_OF_FLOATS(formula)                         \
  ([](float a, float b, [[maybe_unused]] float alpha) -> float { return formula; })
#define CORTICO_OF_INTS(formula)                                 \
  ([](int64_t a, int64_t b, [[maybe_unused]] int64_t alpha) -> int64_t { return formula; })
#define CORTICO_SCALED(Struct, name, f, i) \
  CORTICO_BINARY(Struct, Result::kNumber, op.alpha.v, CORTICO_OF_FLOATS(f), CORTICO_OF_INTS(i))
#define CORTICO_ARITHMETIC(Struct, name, aten, f, i) \
  CORTICO_BINARY(Struct, Result::kNumber, 1.0f, CORTICO_OF_FLOATS(f), CORTICO_OF_INTS(i))
#define CORTICO_REAL(Struct, name, aten, f) \
  CORTICO_BINARY(Struct, Result::kFloat, 1.0f, CORTICO_OF_FLOATS(f), nullptr)
#define CORTICO_COMPARISON(Struct, name, aten, overload, f) \
  CORTICO_BINARY(Struct, Result::kMask, 1.0f, CORTICO_OF_FLOATS(f), CORTICO_OF_INTS(f))
#include "ops/portable_binary/binary.inc"
#undef CORTICO_SCALED
#undef CORTICO_ARITHMETIC
#undef CORTICO_REAL
#undef CORTICO_COMPARISON
#undef CORTICO_OF_FLOATS
#undef CORTICO_OF_INTS
#undef CORTICO_BINARY

Error Check(const AtenPow<Device>& op) {
  return CheckBinary(op.self, op.exponent, op.out, Result::kFloat);
}

void Run(const AtenPow<Device>& op) {
  RunBinary(
      op.self, op.exponent, op.out,
      [](float a, float b, float) -> float { return b == 2.0f ? a * a : std::pow(a, b); }, nullptr);
}

Error Check(const AtenWhere<Device>& op) {
  if (op.condition.dtype != DType::kBool) return Error::kBadType;
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.out));
  CORTICO_RETURN_IF_ERROR(CheckBroadcast(op.condition, op.out));
  CORTICO_RETURN_IF_ERROR(CheckBroadcast(op.self, op.out));
  CORTICO_RETURN_IF_ERROR(CheckBroadcast(op.other, op.out));
  return IsFloat(op.out) == InFloat(op.self, op.other) ? Error::kOk : Error::kBadType;
}

void Run(const AtenWhere<Device>& op) {
  portable::Choose(BroadcastOf(op.out, &op.condition, &op.self, &op.other), ArrayOf(op.condition),
                   ArrayOf(op.self), ArrayOf(op.other), ArrayOf(op.out));
}

}  // namespace cortico::ops
