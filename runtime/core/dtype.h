// Element types, numbered as in the program file (ExecuTorch's ScalarType).
#pragma once

#include <cstdint>

namespace cortico {

/// One row per type: enumerator, number in the program file, bytes per element, short name.
#define CORTICO_DTYPES(X)         \
  X(kUInt8, 0, 1, "u8")           \
  X(kInt8, 1, 1, "i8")            \
  X(kInt16, 2, 2, "i16")          \
  X(kInt32, 3, 4, "i32")          \
  X(kInt64, 4, 8, "i64")          \
  X(kFloat16, 5, 2, "f16")        \
  X(kFloat32, 6, 4, "f32")        \
  X(kFloat64, 7, 8, "f64")        \
  X(kBool, 11, 1, "bool")         \
  X(kBFloat16, 15, 2, "bf16")     \
  X(kUInt16, 27, 2, "u16")        \
  X(kUInt32, 28, 4, "u32")        \
  X(kUInt64, 29, 8, "u64")

enum class DType : uint8_t {
#define CORTICO_DTYPE_ENUMERATOR(name, number, bytes, text) name = number,
  CORTICO_DTYPES(CORTICO_DTYPE_ENUMERATOR)
#undef CORTICO_DTYPE_ENUMERATOR
};

/// Bytes per element; 0 for a number that is no known type.
constexpr uint32_t SizeOf(DType dtype) {
  switch (dtype) {
#define CORTICO_DTYPE_SIZE(name, number, bytes, text) \
  case DType::name:                                   \
    return bytes;
    CORTICO_DTYPES(CORTICO_DTYPE_SIZE)
#undef CORTICO_DTYPE_SIZE
  }
  return 0;
}

/// Short name such as "i8"; "?" for a number that is no known type.
constexpr const char* Name(DType dtype) {
  switch (dtype) {
#define CORTICO_DTYPE_NAME(name, number, bytes, text) \
  case DType::name:                                   \
    return text;
    CORTICO_DTYPES(CORTICO_DTYPE_NAME)
#undef CORTICO_DTYPE_NAME
  }
  return "?";
}

}  // namespace cortico
