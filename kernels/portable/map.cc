#include <cstring>

#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

// Not a cast: what does not fit is undefined there.
int64_t ToInt(float x) {
  if (!(x == x)) return 0;
  if (x >= 9223372036854775808.0f) return INT64_MAX;
  if (x < -9223372036854775808.0f) return INT64_MIN;
  return static_cast<int64_t>(x);
}

// Calls f(i, places) for every position, `places` those of N operands.
template <int N, class F>
void Each(const Broadcast& box, F f) {
  int32_t at[kMaxRank] = {};
  int32_t place[N] = {};
  for (int32_t i = 0;; ++i) {
    f(i, place);
    int d = box.rank - 1;
    for (; d >= 0; --d) {
      for (int k = 0; k < N; ++k) place[k] += box.strides[k][d];
      if (++at[d] < box.sizes[d]) break;
      for (int k = 0; k < N; ++k) place[k] -= at[d] * box.strides[k][d];
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

}  // namespace

float Array::Float(int32_t i) const {
  return element == Element::kFloat32 ? static_cast<const float*>(data)[i]
                                      : static_cast<float>(Int(i));
}

int64_t Array::Int(int32_t i) const {
  switch (element) {
    case Element::kFloat32:
      return ToInt(static_cast<const float*>(data)[i]);
    case Element::kInt64:
      return static_cast<const int64_t*>(data)[i];
    case Element::kInt32:
      return static_cast<const int32_t*>(data)[i];
    case Element::kUInt8:
      return static_cast<const uint8_t*>(data)[i];
    case Element::kBool:
      return static_cast<const uint8_t*>(data)[i] != 0;
  }
  return 0;
}

void Array::Set(int32_t i, float value) const {
  if (element == Element::kFloat32) {
    static_cast<float*>(data)[i] = value;
  } else if (element == Element::kBool) {
    static_cast<uint8_t*>(data)[i] = value != 0.0f;
  } else {
    Set(i, ToInt(value));
  }
}

void Array::Set(int32_t i, int64_t value) const {
  switch (element) {
    case Element::kFloat32:
      static_cast<float*>(data)[i] = static_cast<float>(value);
      return;
    case Element::kInt64:
      static_cast<int64_t*>(data)[i] = value;
      return;
    case Element::kInt32:
      static_cast<int32_t*>(data)[i] = static_cast<int32_t>(value);
      return;
    case Element::kUInt8:
      static_cast<uint8_t*>(data)[i] = static_cast<uint8_t>(value);
      return;
    case Element::kBool:
      static_cast<uint8_t*>(data)[i] = value != 0;
      return;
  }
}

void Map(Array in, Array out, int32_t count, Function f, const float* parameters) {
  for (int32_t i = 0; i < count; ++i) out.Set(i, f(in.Float(i), parameters));
}

void MapInts(Array in, Array out, int32_t count, IntFunction f, const float* parameters) {
  for (int32_t i = 0; i < count; ++i) out.Set(i, f(in.Int(i), parameters));
}

void Combine(const Broadcast& box, Array a, Array b, Array out, Function2 f, float parameter) {
  Each<2>(box, [&](int32_t i, const int32_t* at) {
    out.Set(i, f(a.Float(at[0]), b.Float(at[1]), parameter));
  });
}

void CombineInts(const Broadcast& box, Array a, Array b, Array out, IntFunction2 f,
                 int64_t parameter) {
  Each<2>(box, [&](int32_t i, const int32_t* at) {
    out.Set(i, f(a.Int(at[0]), b.Int(at[1]), parameter));
  });
}

void Choose(const Broadcast& box, Array condition, Array a, Array b, Array out) {
  const bool floats = out.element == Element::kFloat32;
  Each<3>(box, [&](int32_t i, const int32_t* at) {
    const bool first = condition.Int(at[0]) != 0;
    const Array& from = first ? a : b;
    const int32_t place = at[first ? 1 : 2];
    if (floats) {
      out.Set(i, from.Float(place));
    } else {
      out.Set(i, from.Int(place));
    }
  });
}

}  // namespace cortico::kernels::portable
