// The table of ops that a firmware links: what the runtime knows of an op. It names none itself.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/core/fields.h"
#include "runtime/core/span.h"
#include "runtime/model/record_size.h"

namespace cortico {

/// What a run may report. An op that reads indices from data takes it as second argument of Run.
struct RunContext {
  /// The first thing wrong with the data itself; the op has clamped it and gone on.
  Error data_error = Error::kOk;
};

class FlatReader;
class Model;

/// Reads a field of a kind that few ops have (kInList and those behind it) from a value of the
/// program, which exists.
Error ReadOtherField(const Model& model, FlatReader& reader, uint32_t value, uint8_t code,
                     uint8_t* field);

struct OpRow {
  const char* name;      ///< "cortex_m::quantized_conv2d"
  const char* overload;  ///< "out"
  const uint8_t* fields;
  uint8_t field_count;
  uint16_t record_bytes;
  Error (*check)(const void* record);
  void (*run)(const void* record, RunContext& context);
  /// ReadOtherField, or null for an op without such fields: most firmwares do without that code.
  decltype(&ReadOtherField) read_other;
};

namespace internal {

template <class Op, class = void>
struct OverloadOf {
  static constexpr const char* kName = "out";
};
template <class Op>
struct OverloadOf<Op, std::void_t<decltype(Op::kOverload)>> {
  static constexpr const char* kName = Op::kOverload;
};

template <class Op, class = void>
struct TakesContext : std::false_type {};
template <class Op>
struct TakesContext<
    Op, std::void_t<decltype(Run(std::declval<const Op&>(), std::declval<RunContext&>()))>>
    : std::true_type {};

template <template <class> class Op>
struct RowOf {
  using OnDevice = Op<Device>;
  static constexpr FieldCodes kFields = FieldCodesOf<Op>();
  struct Codes {
    uint8_t codes[kFields.count];
  };
  static constexpr Codes Trim() {
    Codes result = {};
    for (int i = 0; i < kFields.count; ++i) result.codes[i] = kFields.codes[i];
    return result;
  }
  static constexpr Codes kCodes = Trim();

  static_assert(RecordSize(kFields, kTensorHere) == sizeof(OnDevice),
                "an op's members stand in the order of its field list, and there are no others");
  static_assert(sizeof(void*) != 4 || RecordSize(kFields, kTensorOnTarget) == sizeof(OnDevice),
                "kTensorOnTarget is the size that a Tensor has on a 32-bit core");
  static_assert(std::is_trivially_destructible_v<OnDevice> &&
                std::is_trivially_copyable_v<OnDevice>);

  static Error CheckRecord(const void* record) {
    return Check(*static_cast<const OnDevice*>(record));
  }
  static void RunRecord(const void* record, RunContext& context) {
    if constexpr (TakesContext<OnDevice>::value) {
      Run(*static_cast<const OnDevice*>(record), context);
    } else {
      (void)context;
      Run(*static_cast<const OnDevice*>(record));
    }
  }
};

}  // namespace internal

/// The row of one op. A table is a constexpr array of them: constant data, nothing to initialise.
template <template <class> class Op>
constexpr OpRow RowOf() {
  using Row = internal::RowOf<Op>;
  return {Op<Device>::kName,   internal::OverloadOf<Op<Device>>::kName,
          Row::kCodes.codes,   Row::kFields.count,
          sizeof(Op<Device>),  Row::CheckRecord,
          Row::RunRecord,          HasOtherFields(Row::kFields) ? ReadOtherField : nullptr};
}

/// The ops of this firmware. Defined by a generated file: ops/all_ops.cc for every op there is, one
/// of cortico_op_table (cmake/cortico_op.cmake) for those of certain models.
Span<const OpRow> LinkedOps();

}  // namespace cortico
