// A value or the error that took its place. No heap, no exceptions.
#pragma once

#include <utility>

#include "runtime/core/error.h"

namespace cortico {

/// Holds a `T` when `ok()`, and an `Error` other than `kOk` otherwise.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : error_(Error::kOk), value_(std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : error_(error), value_() {}                   // NOLINT: implicit by design

  bool ok() const { return error_ == Error::kOk; }
  Error error() const { return error_; }
  /// Only when `ok()`.
  T& value() { return value_; }
  const T& value() const { return value_; }

 private:
  Error error_;
  T value_;
};

}  // namespace cortico

#define CORTICO_CONCAT_INNER(a, b) a##b
#define CORTICO_CONCAT(a, b) CORTICO_CONCAT_INNER(a, b)

/// `CORTICO_TRY(Type name, expression)`: declares `name` with the value of a `Result`, or returns
/// its error from the enclosing function.
#define CORTICO_TRY(declaration, expression) \
  CORTICO_TRY_INNER(CORTICO_CONCAT(cortico_result_, __LINE__), declaration, expression)
#define CORTICO_TRY_INNER(result, declaration, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return result.error();                 \
  declaration = std::move(result.value())

/// Returns from the enclosing function unless the `Error` is `kOk`.
#define CORTICO_RETURN_IF_ERROR(expression)                              \
  do {                                                                   \
    const ::cortico::Error cortico_error_ = (expression);                \
    if (cortico_error_ != ::cortico::Error::kOk) return cortico_error_; \
  } while (false)
