// The kinds of field that few ops have. A firmware links this when one of its ops does.
#include <cstring>

#include "cortico_pte_generated.h"
#include "runtime/core/result.h"
#include "runtime/model/model.h"
#include "runtime/model/op_row.h"
#include "runtime/model/record_size.h"
#include "runtime/program/flat.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;

Error ReadInt(FlatReader& reader, FlatPos table, uint8_t kind, int32_t* out) {
  if (kind != fb::KernelTypes_Int) return Error::kBadArgument;
  const auto number = reader.Scalar<int64_t>(table, fb::Int::VT_INT_VAL);
  *out = static_cast<int32_t>(number);
  return *out == number ? Error::kOk : Error::kBadArgument;
}

// A number of any type, as a float.
Error ReadNumber(FlatReader& reader, FlatPos table, uint8_t kind, float* out) {
  switch (kind) {
    case fb::KernelTypes_Double:
      *out = static_cast<float>(reader.Scalar<double>(table, fb::Double::VT_DOUBLE_VAL));
      return Error::kOk;
    case fb::KernelTypes_Int: {
      // By way of 32 bits: from 64 it takes 800 bytes of libgcc.
      int32_t integer = 0;
      CORTICO_RETURN_IF_ERROR(ReadInt(reader, table, kind, &integer));
      *out = static_cast<float>(integer);
      return Error::kOk;
    }
    case fb::KernelTypes_Bool:
      *out = reader.Scalar<uint8_t>(table, fb::Bool::VT_BOOL_VAL) != 0 ? 1.0f : 0.0f;
      return Error::kOk;
    default:
      return Error::kBadArgument;
  }
}

// The count, or -1 for none; then the numbers.
Error ReadFloats(FlatReader& reader, FlatPos table, uint8_t kind, uint32_t most, uint8_t* field) {
  int32_t count = -1;
  if (kind == fb::KernelTypes_DoubleList) {
    const FlatVector items = reader.Vector<double>(table, fb::DoubleList::VT_ITEMS);
    if (!reader.ok()) return Error::kCorrupt;
    if (items.count > most) return Error::kBadArgument;
    count = static_cast<int32_t>(items.count);
    for (uint32_t i = 0; i < items.count; ++i) {
      const auto number = static_cast<float>(reader.Element<double>(items, i));
      std::memcpy(field + 4 + 4 * i, &number, sizeof(number));
    }
  } else if (kind != fb::KernelTypes_Null) {
    return Error::kBadArgument;
  }
  std::memcpy(field, &count, sizeof(count));
  return Error::kOk;
}

Error ReadText(FlatReader& reader, FlatPos table, uint8_t kind, uint8_t* field) {
  if (kind != fb::KernelTypes_String) return Error::kBadArgument;
  const char* const text = reader.String(table, fb::String::VT_STRING_VAL);
  if (text == nullptr) return Error::kCorrupt;
  std::memcpy(field, &text, sizeof(text));
  return Error::kOk;
}

// Value and a mark that it is there, as in OptionalScalar and OptionalInt; the record is zeros.
void MarkPresent(uint8_t* field) {
  const int32_t present = 1;
  std::memcpy(field + 4, &present, sizeof(present));
}

Error ReadPlain(FlatReader& reader, FlatPos table, uint8_t kind, uint8_t code, uint8_t* field) {
  switch (KindOf(code)) {
    case FieldKindCode::kScalar:
      return ReadNumber(reader, table, kind, reinterpret_cast<float*>(field));
    case FieldKindCode::kOptionalScalar:
      if (kind == fb::KernelTypes_Null) return Error::kOk;
      MarkPresent(field);
      return ReadNumber(reader, table, kind, reinterpret_cast<float*>(field));
    case FieldKindCode::kOptionalInt:
      if (kind == fb::KernelTypes_Null) return Error::kOk;
      MarkPresent(field);
      return ReadInt(reader, table, kind, reinterpret_cast<int32_t*>(field));
    case FieldKindCode::kOptionalFloats:
      return ReadFloats(reader, table, kind, LengthOf(code), field);
    case FieldKindCode::kText:
      return ReadText(reader, table, kind, field);
    default:
      return Error::kBadArgument;
  }
}

}  // namespace

// What reads tensors, and with them the model's own tables.
class OtherFields {
 public:
  OtherFields(const Model& model, FlatReader& reader) : model_(model), reader_(reader) {}

  Error Read(uint32_t value, uint8_t code, uint8_t* field) {
    uint8_t kind = 0;
    const FlatPos table = model_.Value(reader_, value, &kind);
    switch (KindOf(code)) {
      case FieldKindCode::kInList:
        return ReadTensors(table, kind, LengthOf(code), field);
      case FieldKindCode::kOptionalIn: {
        uint32_t nbytes = 0;
        return kind == fb::KernelTypes_Null
                   ? Error::kOk
                   : model_.ReadTensor(value, reinterpret_cast<Tensor*>(field), &nbytes);
      }
      default:
        return ReadPlain(reader_, table, kind, code, field);
    }
  }

 private:
  // At most `most` tensors: their count, then they, as in InList.
  Error ReadTensors(FlatPos table, uint8_t kind, uint32_t most, uint8_t* field) {
    if (kind != fb::KernelTypes_TensorList) return Error::kBadArgument;
    const FlatVector items = reader_.Vector<int32_t>(table, fb::TensorList::VT_ITEMS);
    if (!reader_.ok()) return Error::kCorrupt;
    if (items.count > most) return Error::kBadArgument;
    *reinterpret_cast<int32_t*>(field) = static_cast<int32_t>(items.count);
    auto* tensor = reinterpret_cast<Tensor*>(field + AlignUp(4, kTensorHere.alignment));
    for (uint32_t i = 0; i < items.count; ++i, ++tensor) {
      uint32_t nbytes = 0;
      CORTICO_RETURN_IF_ERROR(model_.ReadTensor(
          static_cast<uint32_t>(reader_.Element<int32_t>(items, i)), tensor, &nbytes));
    }
    return Error::kOk;
  }

  const Model& model_;
  FlatReader& reader_;
};

Error ReadOtherField(const Model& model, FlatReader& reader, uint32_t value, uint8_t code,
                     uint8_t* field) {
  const Error error = OtherFields(model, reader).Read(value, code, field);
  return reader.ok() ? error : Error::kCorrupt;
}

}  // namespace cortico
