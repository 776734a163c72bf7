// How an op's fields lie in its record: as the members of its struct do. From the field list alone,
// as constant expressions, for the core that this is compiled for and, on the host, for the 32-bit
// core that a program is compiled for: the compiler tells the size of the arena to the byte.
#pragma once

#include <cstdint>

#include "runtime/core/fields.h"

namespace cortico {

/// A field's kind, in the lower five bits of a code; in the upper three, of a list, how many
/// elements it may have beyond the first.
enum class FieldKindCode : uint8_t {
  kIn,
  kConstant,
  kOptionalConstant,
  kScratch,
  kOut,
  kInt,
  kFloat,
  kBool,
  kDType,
  kInts,
  kIntList,
  kOptionalIntList,
  kInList,
  kOptionalIn,
  kScalar,
  kOptionalScalar,
  kOptionalInt,
  kOptionalFloats,
  kText,
};

inline constexpr int kMaxFields = 32;

constexpr FieldKindCode KindOf(uint8_t code) { return static_cast<FieldKindCode>(code & 31); }
constexpr uint32_t LengthOf(uint8_t code) { return (code >> 5) + 1u; }

/// The visitor that turns a field list into codes.
struct FieldCodes {
  uint8_t codes[kMaxFields] = {};
  uint8_t count = 0;

  constexpr void operator()(const char*, In<Device>&) { Add(FieldKindCode::kIn); }
  template <int N>
  constexpr void operator()(const char*, InList<Device, N>&) {
    Add(FieldKindCode::kInList, N);
  }
  constexpr void operator()(const char*, OptionalIn<Device>&) { Add(FieldKindCode::kOptionalIn); }
  constexpr void operator()(const char*, Constant<Device>&) { Add(FieldKindCode::kConstant); }
  constexpr void operator()(const char*, OptionalConstant<Device>&) {
    Add(FieldKindCode::kOptionalConstant);
  }
  constexpr void operator()(const char*, Scratch<Device>&) { Add(FieldKindCode::kScratch); }
  constexpr void operator()(const char*, Out<Device>&) { Add(FieldKindCode::kOut); }
  constexpr void operator()(const char*, int32_t&) { Add(FieldKindCode::kInt); }
  constexpr void operator()(const char*, float&) { Add(FieldKindCode::kFloat); }
  constexpr void operator()(const char*, bool&) { Add(FieldKindCode::kBool); }
  constexpr void operator()(const char*, DType&) { Add(FieldKindCode::kDType); }
  template <int N>
  constexpr void operator()(const char*, Ints<N>&) {
    Add(FieldKindCode::kInts, N);
  }
  template <int N>
  constexpr void operator()(const char*, IntList<N>&) {
    Add(FieldKindCode::kIntList, N);
  }
  template <int N>
  constexpr void operator()(const char*, OptionalIntList<N>&) {
    Add(FieldKindCode::kOptionalIntList, N);
  }
  constexpr void operator()(const char*, Scalar&) { Add(FieldKindCode::kScalar); }
  constexpr void operator()(const char*, OptionalScalar&) { Add(FieldKindCode::kOptionalScalar); }
  constexpr void operator()(const char*, OptionalInt&) { Add(FieldKindCode::kOptionalInt); }
  template <int N>
  constexpr void operator()(const char*, OptionalFloats<N>&) {
    Add(FieldKindCode::kOptionalFloats, N);
  }
  constexpr void operator()(const char*, Text&) { Add(FieldKindCode::kText); }

 private:
  // A length beyond 8 leaves the byte, and the record's size tells (RowOf).
  constexpr void Add(FieldKindCode kind, int n = 1) {
    codes[count++] = static_cast<uint8_t>(static_cast<int>(kind) | (n - 1) << 5);
  }
};

template <template <class> class Op>
constexpr FieldCodes FieldCodesOf() {
  Op<Device> op = {};
  FieldCodes visitor;
  Op<Device>::Fields(op, visitor);
  return visitor;
}

constexpr uint32_t AlignUp(uint32_t value, uint32_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Bytes and alignment of one field.
struct FieldShape {
  uint32_t bytes;
  uint32_t alignment;
};

/// `tensor`: that of a Tensor on the core in question.
constexpr FieldShape FieldShapeOf(uint8_t code, FieldShape tensor) {
  const uint32_t n = LengthOf(code);
  switch (KindOf(code)) {
    case FieldKindCode::kIn:
    case FieldKindCode::kOptionalIn:
    case FieldKindCode::kConstant:
    case FieldKindCode::kOptionalConstant:
    case FieldKindCode::kScratch:
    case FieldKindCode::kOut:
      return tensor;
    case FieldKindCode::kInt:
    case FieldKindCode::kFloat:
    case FieldKindCode::kScalar:
      return {4, 4};
    case FieldKindCode::kOptionalScalar:
    case FieldKindCode::kOptionalInt:
      return {8, 4};
    case FieldKindCode::kText:  // a pointer, as the largest member of a Tensor is
      return {tensor.alignment, tensor.alignment};
    case FieldKindCode::kBool:
    case FieldKindCode::kDType:
      return {1, 1};
    case FieldKindCode::kInts:
      return {4 * n, 4};
    case FieldKindCode::kIntList:
    case FieldKindCode::kOptionalIntList:
    case FieldKindCode::kOptionalFloats:
      return {4 + 4 * n, 4};
    case FieldKindCode::kInList:
      return {AlignUp(4, tensor.alignment) + n * tensor.bytes, tensor.alignment};
  }
  return {0, 1};
}

inline constexpr FieldShape kTensorHere = {sizeof(Tensor), alignof(Tensor)};
inline constexpr FieldShape kTensorOnTarget = {12, 4};

/// Bytes of a record whose fields have these codes.
constexpr uint32_t RecordSize(const FieldCodes& fields, FieldShape tensor) {
  uint32_t end = 0;
  for (int i = 0; i < fields.count; ++i) {
    const FieldShape field = FieldShapeOf(fields.codes[i], tensor);
    end = AlignUp(end, field.alignment) + field.bytes;
  }
  return AlignUp(end, tensor.alignment);
}

/// Bytes that one call of the op takes from the arena of a 32-bit core, the pointer to the op's row
/// included. A model's need is the sum over its calls, after bank 0's planned bytes rounded up
/// to 16.
template <template <class> class Op>
constexpr uint32_t TargetRecordBytes() {
  return 4 + RecordSize(FieldCodesOf<Op>(), kTensorOnTarget);
}

}  // namespace cortico
