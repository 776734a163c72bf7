#include "compiler/reference/numbers.h"

#include <cmath>
#include <limits>

namespace cortico {
namespace {

int64_t ToInt(float x) {
  if (std::isnan(x)) return 0;
  if (x >= 9223372036854775808.0f) return std::numeric_limits<int64_t>::max();
  if (x < -9223372036854775808.0f) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(x);
}

}  // namespace

int64_t IntAt(const HostTensor& t, int64_t i) {
  switch (t.type.dtype) {
    case DType::kFloat32: return ToInt(t.As<float>()[i]);
    case DType::kInt64: return t.As<int64_t>()[i];
    case DType::kInt32: return t.As<int32_t>()[i];
    case DType::kInt16: return t.As<int16_t>()[i];
    case DType::kInt8: return t.As<int8_t>()[i];
    case DType::kBool: return t.As<uint8_t>()[i] != 0;
    default: return t.As<uint8_t>()[i];
  }
}

float FloatAt(const HostTensor& t, int64_t i) {
  return t.type.dtype == DType::kFloat32 ? t.As<float>()[i] : static_cast<float>(IntAt(t, i));
}

void SetInt(HostTensor* t, int64_t i, int64_t value) {
  switch (t->type.dtype) {
    case DType::kFloat32: t->As<float>()[i] = static_cast<float>(value); break;
    case DType::kInt64: t->As<int64_t>()[i] = value; break;
    case DType::kInt32: t->As<int32_t>()[i] = static_cast<int32_t>(value); break;
    case DType::kInt16: t->As<int16_t>()[i] = static_cast<int16_t>(value); break;
    case DType::kInt8: t->As<int8_t>()[i] = static_cast<int8_t>(value); break;
    case DType::kBool: t->As<uint8_t>()[i] = value != 0; break;
    default: t->As<uint8_t>()[i] = static_cast<uint8_t>(value); break;
  }
}

void SetFloat(HostTensor* t, int64_t i, float value) {
  if (t->type.dtype == DType::kFloat32) t->As<float>()[i] = value;
  else if (t->type.dtype == DType::kBool) t->As<uint8_t>()[i] = value != 0.0f;
  else SetInt(t, i, ToInt(value));
}

Places::Places(const Sizes& from, const Sizes& to) {
  const Sizes strides = BroadcastStrides(from, to);
  places_.resize(static_cast<size_t>(NumelOf(to)));
  Sizes at(to.size(), 0);
  int64_t place = 0;
  for (int64_t& p : places_) {
    p = place;
    for (size_t d = to.size(); d-- > 0;) {
      place += strides[d];
      if (++at[d] < to[d]) break;
      place -= at[d] * strides[d];
      at[d] = 0;
    }
  }
}

}  // namespace cortico
