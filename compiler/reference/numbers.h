// Elements of host tensors as numbers, whatever their type: floats, indices, masks.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "compiler/reference/op_call.h"

namespace cortico {

/// A float read as an integer is cut off towards zero and held within int64; NaN is 0.
int64_t IntAt(const HostTensor& tensor, int64_t i);
float FloatAt(const HostTensor& tensor, int64_t i);
/// A mask holds whether the number is not 0; the upper bits are lost to a narrower integer.
void SetInt(HostTensor* tensor, int64_t i, int64_t value);
void SetFloat(HostTensor* tensor, int64_t i, float value);
template <class T>
void SetNumber(HostTensor* tensor, int64_t i, T value) {
  if constexpr (std::is_floating_point_v<T>) SetFloat(tensor, i, static_cast<float>(value));
  else SetInt(tensor, i, static_cast<int64_t>(value));
}

/// Place in a tensor of sizes `from` of each position of sizes `to`, to which it broadcasts.
class Places {
 public:
  Places(const Sizes& from, const Sizes& to);
  int64_t operator[](int64_t i) const { return places_[static_cast<size_t>(i)]; }

 private:
  std::vector<int64_t> places_;
};

}  // namespace cortico
