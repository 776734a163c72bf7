// A pointer and a count. std::span is C++20; the target is C++17.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace cortico {

template <class T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, size_t size) : data_(data), size_(size) {}
  template <size_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}  // NOLINT: implicit by design
  /// From whatever holds elements in a row: std::vector, std::array, a Span of non-const elements.
  /// The container must outlive the span.
  template <class C, class = std::enable_if_t<
                         !std::is_same_v<std::remove_cv_t<std::remove_reference_t<C>>, Span> &&
                         std::is_convertible_v<
                             std::remove_pointer_t<decltype(std::declval<C&>().data())> (*)[],
                             T (*)[]>>>
  constexpr Span(C&& c) : data_(c.data()), size_(c.size()) {}  // NOLINT: implicit by design

  constexpr T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](size_t i) const { return data_[i]; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cortico
