// From tables to records. What is needed once is read here and laid down in the arena, one record
// per call, in the order of the calls: a pointer to the op's row, then the op's struct. What is
// needed seldom (inputs, outputs, initial values) is read from the program whenever it is asked for
// and costs no memory; Load has read it once already, so that it cannot fail later.
#include "runtime/model/model.h"

#include <cstring>

#include "cortico_pte_generated.h"
#include "kernels/common/variants.h"
#include "runtime/core/layout.h"
#include "runtime/platform/platform.h"

namespace cortico {
namespace fb = executorch_flatbuffer;

namespace {

constexpr uint32_t kMaxBytes = INT32_MAX;

// The host runs programs of every family; see ops/checks.h for what that asks of an op.
#if defined(__arm__)
constexpr bool kAnyFamily = false;
#else
constexpr bool kAnyFamily = true;
#endif

}  // namespace

// The value's table, and in `kind` its tag; absent, with the tag of nothing, for a bad index.
FlatPos Model::Value(FlatReader& reader, uint32_t index, uint8_t* kind) const {
  const FlatVector values = reader.Tables(program_.plan(), fb::ExecutionPlan::VT_VALUES);
  const FlatPos value = reader.Element(values, index);
  *kind = reader.Scalar<uint8_t>(value, fb::EValue::VT_VAL_TYPE);
  return reader.Table(value, fb::EValue::VT_VAL);
}

Error Model::ReadTensor(uint32_t value, Tensor* tensor, uint32_t* nbytes) const {
  FlatReader reader = program_.reader();
  uint8_t kind = 0;
  const FlatPos table = Value(reader, value, &kind);
  if (!reader.ok()) return Error::kCorrupt;
  if (table == 0) return Error::kIndexOutOfRange;
  if (kind != fb::KernelTypes_Tensor) return Error::kBadArgument;

  const auto dtype =
      static_cast<DType>(reader.Scalar<uint8_t>(table, fb::Tensor::VT_SCALAR_TYPE));
  const uint32_t element = SizeOf(dtype);
  if (element == 0) return Error::kBadType;
  const FlatVector sizes = reader.Vector<int32_t>(table, fb::Tensor::VT_SIZES);
  const FlatVector order = reader.Vector<uint8_t>(table, fb::Tensor::VT_DIM_ORDER);
  const FlatPos extra = reader.Table(table, fb::Tensor::VT_EXTRA_TENSOR_INFO);
  if (reader.Scalar<int32_t>(table, fb::Tensor::VT_STORAGE_OFFSET) != 0 ||
      reader.Scalar<uint8_t>(table, fb::Tensor::VT_SHAPE_DYNAMISM) !=
          fb::TensorShapeDynamism_STATIC ||
      reader.Scalar<uint8_t>(extra, fb::ExtraTensorInfo::VT_LOCATION) !=
          fb::TensorDataLocation_SEGMENT ||
      reader.Scalar<uint8_t>(extra, fb::ExtraTensorInfo::VT_DEVICE_TYPE) != fb::DeviceType_CPU ||
      sizes.count > kMaxRank) {
    return reader.ok() ? Error::kUnsupported : Error::kCorrupt;
  }
  const uint8_t* const dims = reader.Address(order.first);
  if (!reader.ok() || order.count != sizes.count || !IsPermutation(dims, order.count)) {
    return Error::kCorrupt;
  }

  // The product of the sizes fits, and so does that of any subset of them: a size of 0 must not
  // hide an overflow that an op would run into on its way.
  uint32_t bytes = element;
  bool empty = false;
  for (uint32_t i = 0; i < sizes.count; ++i) {
    const auto size = reader.Element<int32_t>(sizes, i);
    if (size < 0) return Error::kSizeOverflow;
    if (size == 0) {
      empty = true;
      continue;
    }
    const uint64_t product = uint64_t{bytes} * static_cast<uint32_t>(size);
    if (product > kMaxBytes) return Error::kSizeOverflow;
    bytes = static_cast<uint32_t>(product);
  }
  if (empty) bytes = 0;

  tensor->sizes = reinterpret_cast<const int32_t*>(reader.Address(sizes.first));
  tensor->dtype = dtype;
  tensor->rank = static_cast<uint8_t>(sizes.count);
  tensor->layout = LayoutOf(tensor->sizes, dims, sizes.count);
  tensor->is_constant = false;
  tensor->data = nullptr;
  *nbytes = bytes;

  const auto buffer = reader.Scalar<uint32_t>(table, fb::Tensor::VT_DATA_BUFFER_IDX);
  const FlatPos place = reader.Table(table, fb::Tensor::VT_ALLOCATION_INFO);
  if (place != 0) {
    const auto id = reader.Scalar<uint32_t>(place, fb::AllocationDetails::VT_MEMORY_ID);
    const auto offset =
        reader.Scalar<uint32_t>(place, fb::AllocationDetails::VT_MEMORY_OFFSET_LOW);
    const auto high =
        reader.Scalar<uint32_t>(place, fb::AllocationDetails::VT_MEMORY_OFFSET_HIGH);
    const FlatVector planned = reader.Vector<int64_t>(
        program_.plan(), fb::ExecutionPlan::VT_NON_CONST_BUFFER_SIZES);
    if (!reader.ok()) return Error::kCorrupt;
    if (id == 0 || id >= planned.count) return Error::kIndexOutOfRange;
    // Load has seen to it that no bank is larger than its part of the arena.
    const auto bank_bytes = static_cast<uint32_t>(reader.Element<int64_t>(planned, id));
    if (high != 0 || offset > bank_bytes || bytes > bank_bytes - offset) {
      return Error::kSizeOverflow;
    }
    if ((offset & (element - 1)) != 0) return Error::kMisaligned;
    // A bank without planned bytes may be missing from the arena; an empty tensor in it has none.
    uint8_t* const bank = arena_.bank(static_cast<int>(id) - 1).data();
    if (bank != nullptr) tensor->data = bank + offset;
  } else if (buffer != 0) {
    if (!reader.ok()) return Error::kCorrupt;
    const FlatPos constants =
        reader.Table(program_.root(), fb::Program::VT_CONSTANT_SEGMENT);
    CORTICO_TRY(const uint8_t* data, program_.SegmentData(constants, buffer, bytes));
    if ((reinterpret_cast<uintptr_t>(data) & (element - 1)) != 0) return Error::kMisaligned;
    tensor->data = const_cast<uint8_t*>(data);
    tensor->is_constant = true;
  } else if (bytes != 0) {
    return reader.ok() ? Error::kUnsupported : Error::kCorrupt;
  }
  return reader.ok() ? Error::kOk : Error::kCorrupt;
}

// `data` is null for a tensor that starts with whatever is in the arena.
Error Model::InitialValue(uint32_t value, const Tensor& tensor, uint32_t nbytes,
                          const uint8_t** data) const {
  *data = nullptr;
  FlatReader reader = program_.reader();
  uint8_t kind = 0;
  const FlatPos table = Value(reader, value, &kind);
  const auto buffer = reader.Scalar<uint32_t>(table, fb::Tensor::VT_DATA_BUFFER_IDX);
  if (tensor.is_constant || buffer == 0) return Error::kOk;
  const FlatPos extra = reader.Table(table, fb::Tensor::VT_EXTRA_TENSOR_INFO);
  const auto index =
      reader.Scalar<uint64_t>(extra, fb::ExtraTensorInfo::VT_MUTABLE_DATA_SEGMENTS_IDX);
  const FlatVector states =
      reader.Tables(program_.root(), fb::Program::VT_MUTABLE_DATA_SEGMENTS);
  if (index >= states.count) return Error::kIndexOutOfRange;
  const FlatPos state = reader.Element(states, static_cast<uint32_t>(index));
  if (!reader.ok()) return Error::kCorrupt;
  CORTICO_TRY(*data, program_.SegmentData(state, buffer, nbytes));
  return Error::kOk;
}

// Visits every value, because the values are the only list of what is state.
Error Model::ResetState() {
  FlatReader reader = program_.reader();
  const uint32_t count = reader.Tables(program_.plan(), fb::ExecutionPlan::VT_VALUES).count;
  for (uint32_t i = 0; i < count; ++i) {
    uint8_t kind = 0;
    Value(reader, i, &kind);
    if (!reader.ok()) return Error::kCorrupt;
    if (kind != fb::KernelTypes_Tensor) continue;
    Tensor tensor;
    uint32_t nbytes = 0;
    CORTICO_RETURN_IF_ERROR(ReadTensor(i, &tensor, &nbytes));
    const uint8_t* data = nullptr;
    CORTICO_RETURN_IF_ERROR(InitialValue(i, tensor, nbytes, &data));
    if (data != nullptr && nbytes != 0) std::memcpy(tensor.data, data, nbytes);
  }
  return Error::kOk;
}

void Model::Reset() { (void)ResetState(); }

TensorView Model::View(uint32_t list, int32_t i, int32_t end) const {
  FlatReader reader = program_.reader();
  const FlatVector values = reader.Vector<int32_t>(program_.plan(), list);
  if (static_cast<uint32_t>(i) >= values.count) return {};
  Tensor tensor;
  uint32_t nbytes = 0;
  const auto value =
      static_cast<uint32_t>(reader.Element<int32_t>(values, static_cast<uint32_t>(i)));
  if (ReadTensor(value, &tensor, &nbytes) != Error::kOk) return {};
  return {program_, tensor, nbytes, end};
}

TensorView Model::Input(int32_t i) const { return View(fb::ExecutionPlan::VT_INPUTS, i, i); }
TensorView Model::Output(int32_t i) const {
  return View(fb::ExecutionPlan::VT_OUTPUTS, i, num_inputs_ + i);
}

void Model::Run() {
  RunContext context;
  const uint8_t* at = records_;
  for (int32_t i = 0; i < num_ops_; ++i) {
    const OpRow& row = **reinterpret_cast<const OpRow* const*>(at);
    at += sizeof(const OpRow*);
    if (hook_ != nullptr) hook_(hook_context_, i, row.name, true);
    row.run(at, context);
    if (hook_ != nullptr) hook_(hook_context_, i, row.name, false);
    at += row.record_bytes;
  }
  data_error_ = context.data_error;
}

// What exists only during Load.
class ModelLoader {
 public:
  ModelLoader(Model& model, Span<const OpRow> table)
      : model_(model), table_(table), reader_(model.program_.reader()) {}

  Error Load() {
    CORTICO_RETURN_IF_ERROR(CheckTarget());
    CORTICO_RETURN_IF_ERROR(TakeArena());
    CORTICO_RETURN_IF_ERROR(CheckEnds());
    CORTICO_RETURN_IF_ERROR(LoadChains());
    return model_.ResetState();
  }

 private:
  Error CheckTarget() const {
    const Span<const uint8_t> family = model_.program_.NamedData(kTargetKey);
    if (family.data() == nullptr) return Error::kOk;
    if (family.size() != 1) return Error::kCorrupt;
    return kAnyFamily || family[0] == static_cast<uint8_t>(kernels::kIsa) ? Error::kOk
                                                                          : Error::kWrongTarget;
  }

  // Banks against the plan; what bank 0 has left becomes the space for records.
  Error TakeArena() {
    const FlatVector planned =
        reader_.Vector<int64_t>(model_.program_.plan(),
                                fb::ExecutionPlan::VT_NON_CONST_BUFFER_SIZES);
    if (!reader_.ok()) return Error::kCorrupt;
    if (planned.count > kMaxBanks + 1) return Error::kUnsupported;
    for (int bank = 0; bank < kMaxBanks; ++bank) {
      const Span<uint8_t> memory = model_.arena_.bank(bank);
      const uint32_t id = static_cast<uint32_t>(bank) + 1;
      const int64_t bytes = id < planned.count ? reader_.Element<int64_t>(planned, id) : 0;
      if (reinterpret_cast<uintptr_t>(memory.data()) % kArenaAlignment != 0) {
        return Error::kMisaligned;
      }
      if (bytes < 0 || bytes > static_cast<int64_t>(kMaxBytes)) return Error::kSizeOverflow;
      if (static_cast<uint64_t>(bytes) > memory.size()) return Error::kArenaTooSmall;
      if (bank == 0) {
        const size_t first = AlignUp(static_cast<uint32_t>(bytes), kArenaAlignment);
        next_ = memory.data();
        if (first < memory.size()) {
          next_ += first;
          left_ = memory.size() - first;
        }
      }
    }
    model_.records_ = next_;
    return Error::kOk;
  }

  Error CheckEnds() {
    const FlatPos plan = model_.program_.plan();
    const FlatVector inputs = reader_.Vector<int32_t>(plan, fb::ExecutionPlan::VT_INPUTS);
    const FlatVector outputs = reader_.Vector<int32_t>(plan, fb::ExecutionPlan::VT_OUTPUTS);
    if (!reader_.ok()) return Error::kCorrupt;
    model_.num_inputs_ = static_cast<int32_t>(inputs.count);
    model_.num_outputs_ = static_cast<int32_t>(outputs.count);
    CORTICO_RETURN_IF_ERROR(CheckTensors(inputs, true));
    return CheckTensors(outputs, false);
  }

  Error CheckTensors(FlatVector values, bool written) {
    for (uint32_t i = 0; i < values.count; ++i) {
      Tensor tensor;
      uint32_t nbytes = 0;
      CORTICO_RETURN_IF_ERROR(model_.ReadTensor(
          static_cast<uint32_t>(reader_.Element<int32_t>(values, i)), &tensor, &nbytes));
      if (written && tensor.is_constant) return Error::kUnsupported;
    }
    return Error::kOk;
  }

  Error LoadChains() {
    const FlatVector chains =
        reader_.Tables(model_.program_.plan(), fb::ExecutionPlan::VT_CHAINS);
    for (uint32_t c = 0; c < chains.count; ++c) {
      const FlatPos chain = reader_.Element(chains, c);
      const FlatVector instructions = reader_.Tables(chain, fb::Chain::VT_INSTRUCTIONS);
      for (uint32_t i = 0; i < instructions.count; ++i) {
        CORTICO_RETURN_IF_ERROR(LoadCall(reader_.Element(instructions, i)));
      }
    }
    return reader_.ok() ? Error::kOk : Error::kCorrupt;
  }

  Error LoadCall(FlatPos instruction) {
    const auto kind =
        reader_.Scalar<uint8_t>(instruction, fb::Instruction::VT_INSTR_ARGS_TYPE);
    const FlatPos call = reader_.Table(instruction, fb::Instruction::VT_INSTR_ARGS);
    if (!reader_.ok()) return Error::kCorrupt;
    if (kind != fb::InstructionArguments_KernelCall) return Error::kUnsupported;

    const FlatVector operators =
        reader_.Tables(model_.program_.plan(), fb::ExecutionPlan::VT_OPERATORS);
    const FlatPos op = reader_.Element(
        operators,
        static_cast<uint32_t>(reader_.Scalar<int32_t>(call, fb::KernelCall::VT_OP_INDEX)));
    const char* const name = reader_.String(op, fb::Operator::VT_NAME);
    const char* const overload = reader_.String(op, fb::Operator::VT_OVERLOAD);
    const FlatVector args = reader_.Vector<int32_t>(call, fb::KernelCall::VT_ARGS);
    if (!reader_.ok()) return Error::kCorrupt;
    if (op == 0) return Error::kIndexOutOfRange;
    const OpRow* row = Find(name, overload);
    const Error error = row == nullptr ? Error::kUnknownOperator : LoadRecord(*row, args);
    if (error != Error::kOk) platform::Log(name);
    return error;
  }

  const OpRow* Find(const char* name, const char* overload) const {
    for (const OpRow& row : table_) {
      if (SameText(row.name, name) && SameText(row.overload, overload)) {
        return &row;
      }
    }
    return nullptr;
  }

  Error LoadRecord(const OpRow& row, FlatVector args) {
    // A writer repeats the result of an .out op after the arguments, or a list of several.
    if (args.count != row.field_count) {
      if (args.count != row.field_count + 1u) return Error::kBadArgument;
      const uint32_t repeated = Arg(args, args.count - 1);
      uint8_t kind = 0;
      if (repeated != Arg(args, args.count - 2)) model_.Value(reader_, repeated, &kind);
      if (kind != 0 && kind != fb::KernelTypes_TensorList) return Error::kBadArgument;
      if (!reader_.ok()) return Error::kCorrupt;
    }
    const uint32_t bytes = static_cast<uint32_t>(sizeof(const OpRow*)) + row.record_bytes;
    if (bytes > left_) return Error::kArenaTooSmall;
    const OpRow* const pointer = &row;
    std::memcpy(next_, &pointer, sizeof(pointer));
    uint8_t* const record = next_ + sizeof(pointer);
    std::memset(record, 0, row.record_bytes);

    uint32_t end = 0;
    for (uint32_t i = 0; i < row.field_count; ++i) {
      const FieldShape shape = FieldShapeOf(row.fields[i], kTensorHere);
      const uint32_t at = AlignUp(end, shape.alignment);
      CORTICO_RETURN_IF_ERROR(ReadField(row.fields[i], Arg(args, i), record + at));
      end = at + shape.bytes;
    }
    CORTICO_RETURN_IF_ERROR(row.check(record));
    next_ += bytes;
    left_ -= bytes;
    model_.record_bytes_ += bytes;
    ++model_.num_ops_;
    return Error::kOk;
  }

  uint32_t Arg(FlatVector args, uint32_t i) const {
    return static_cast<uint32_t>(reader_.Element<int32_t>(args, i));
  }

  Error ReadField(uint8_t code, uint32_t value, uint8_t* field) {
    uint8_t kind = 0;
    const FlatPos table = model_.Value(reader_, value, &kind);
    if (!reader_.ok()) return Error::kCorrupt;
    if (table == 0 && kind != fb::KernelTypes_Null) return Error::kIndexOutOfRange;

    const FieldKindCode field_kind = KindOf(code);
    switch (field_kind) {
      case FieldKindCode::kOptionalIn:
      case FieldKindCode::kOptionalConstant:
        if (kind == fb::KernelTypes_Null) return Error::kOk;
        [[fallthrough]];
      case FieldKindCode::kIn:
      case FieldKindCode::kConstant:
      case FieldKindCode::kScratch:
      case FieldKindCode::kOut: {
        auto* const tensor = reinterpret_cast<Tensor*>(field);
        uint32_t nbytes = 0;
        CORTICO_RETURN_IF_ERROR(model_.ReadTensor(value, tensor, &nbytes));
        if (field_kind == FieldKindCode::kIn || field_kind == FieldKindCode::kOptionalIn) {
          return Error::kOk;
        }
        const bool wants_constant = field_kind == FieldKindCode::kConstant ||
                                    field_kind == FieldKindCode::kOptionalConstant;
        return tensor->is_constant == wants_constant ? Error::kOk : Error::kBadArgument;
      }
      case FieldKindCode::kInList:
        return ReadTensors(LengthOf(code), table, kind, field);
      case FieldKindCode::kInt:
        return ReadInt(table, kind, reinterpret_cast<int32_t*>(field));
      case FieldKindCode::kFloat:
        return kind == fb::KernelTypes_Double ? ReadNumber(table, kind, field)
                                              : Error::kBadArgument;
      case FieldKindCode::kScalar:
        return ReadNumber(table, kind, field);
      case FieldKindCode::kOptionalScalar: {
        if (kind == fb::KernelTypes_Null) return Error::kOk;
        const int32_t present = 1;
        std::memcpy(field + 4, &present, sizeof(present));
        return ReadNumber(table, kind, field);
      }
      case FieldKindCode::kOptionalInt: {
        if (kind == fb::KernelTypes_Null) return Error::kOk;
        const int32_t present = 1;
        std::memcpy(field + 4, &present, sizeof(present));
        return ReadInt(table, kind, reinterpret_cast<int32_t*>(field));
      }
      case FieldKindCode::kOptionalFloats:
        return ReadFloats(LengthOf(code), table, kind, field);
      case FieldKindCode::kText: {
        if (kind != fb::KernelTypes_String) return Error::kBadArgument;
        const char* const text = reader_.String(table, fb::String::VT_STRING_VAL);
        if (!reader_.ok() || text == nullptr) return Error::kCorrupt;
        std::memcpy(field, &text, sizeof(text));
        return Error::kOk;
      }
      case FieldKindCode::kBool:
        if (kind != fb::KernelTypes_Bool) return Error::kBadArgument;
        *field = reader_.Scalar<uint8_t>(table, fb::Bool::VT_BOOL_VAL) != 0;
        return Error::kOk;
      case FieldKindCode::kDType: {
        int32_t number = 0;
        CORTICO_RETURN_IF_ERROR(ReadInt(table, kind, &number));
        const auto dtype = static_cast<DType>(number);
        if (number < 0 || number > UINT8_MAX || SizeOf(dtype) == 0) return Error::kBadArgument;
        *field = static_cast<uint8_t>(dtype);
        return Error::kOk;
      }
      case FieldKindCode::kOptionalIntList:
        if (kind == fb::KernelTypes_Null) {
          *reinterpret_cast<int32_t*>(field) = -1;
          return Error::kOk;
        }
        [[fallthrough]];
      case FieldKindCode::kIntList:
      case FieldKindCode::kInts:
        return ReadInts(code, table, kind, reinterpret_cast<int32_t*>(field));
    }
    return Error::kBadArgument;
  }

  // A list of at most `most` tensors: their count, then they, as in InList.
  Error ReadTensors(uint32_t most, FlatPos table, uint8_t kind, uint8_t* field) {
    if (kind != fb::KernelTypes_TensorList) return Error::kBadArgument;
    const FlatVector items = reader_.Vector<int32_t>(table, fb::TensorList::VT_ITEMS);
    if (!reader_.ok()) return Error::kCorrupt;
    if (items.count > most) return Error::kBadArgument;
    *reinterpret_cast<int32_t*>(field) = static_cast<int32_t>(items.count);
    auto* tensor = reinterpret_cast<Tensor*>(field + AlignUp(4, kTensorHere.alignment));
    for (uint32_t i = 0; i < items.count; ++i, ++tensor) {
      uint32_t nbytes = 0;
      CORTICO_RETURN_IF_ERROR(model_.ReadTensor(Arg(items, i), tensor, &nbytes));
    }
    return Error::kOk;
  }

  Error ReadInt(FlatPos table, uint8_t kind, int32_t* out) {
    if (kind != fb::KernelTypes_Int) return Error::kBadArgument;
    const auto number = reader_.Scalar<int64_t>(table, fb::Int::VT_INT_VAL);
    *out = static_cast<int32_t>(number);
    return *out == number ? Error::kOk : Error::kBadArgument;
  }

  // A number of any type, as a float.
  Error ReadNumber(FlatPos table, uint8_t kind, uint8_t* field) {
    float number = 0;
    switch (kind) {
      case fb::KernelTypes_Double:
        number = static_cast<float>(reader_.Scalar<double>(table, fb::Double::VT_DOUBLE_VAL));
        break;
      case fb::KernelTypes_Int:
        number = static_cast<float>(reader_.Scalar<int64_t>(table, fb::Int::VT_INT_VAL));
        break;
      case fb::KernelTypes_Bool:
        number = reader_.Scalar<uint8_t>(table, fb::Bool::VT_BOOL_VAL) != 0 ? 1.0f : 0.0f;
        break;
      default:
        return Error::kBadArgument;
    }
    std::memcpy(field, &number, sizeof(number));
    return reader_.ok() ? Error::kOk : Error::kCorrupt;
  }

  // The count, or -1 for none; then the numbers.
  Error ReadFloats(uint32_t most, FlatPos table, uint8_t kind, uint8_t* field) {
    int32_t count = -1;
    if (kind == fb::KernelTypes_DoubleList) {
      const FlatVector items = reader_.Vector<double>(table, fb::DoubleList::VT_ITEMS);
      if (!reader_.ok()) return Error::kCorrupt;
      if (items.count > most) return Error::kBadArgument;
      count = static_cast<int32_t>(items.count);
      for (uint32_t i = 0; i < items.count; ++i) {
        const auto number = static_cast<float>(reader_.Element<double>(items, i));
        std::memcpy(field + 4 + 4 * i, &number, sizeof(number));
      }
    } else if (kind != fb::KernelTypes_Null) {
      return Error::kBadArgument;
    }
    std::memcpy(field, &count, sizeof(count));
    return reader_.ok() ? Error::kOk : Error::kCorrupt;
  }

  // The list's items are values too, each an Int.
  Error ReadInts(uint8_t code, FlatPos table, uint8_t kind, int32_t* out) {
    if (kind != fb::KernelTypes_IntList) return Error::kBadArgument;
    const FlatVector items = reader_.Vector<int64_t>(table, fb::IntList::VT_ITEMS);
    if (!reader_.ok()) return Error::kCorrupt;
    const uint32_t n = LengthOf(code);
    if (KindOf(code) == FieldKindCode::kInts) {
      if (items.count != n) return Error::kBadArgument;
    } else {
      if (items.count > n) return Error::kBadArgument;
      *out++ = static_cast<int32_t>(items.count);
    }
    for (uint32_t i = 0; i < items.count; ++i) {
      const auto index = static_cast<uint64_t>(reader_.Element<int64_t>(items, i));
      if (index > UINT32_MAX) return Error::kIndexOutOfRange;
      uint8_t item_kind = 0;
      const FlatPos item = model_.Value(reader_, static_cast<uint32_t>(index), &item_kind);
      if (item == 0) return reader_.ok() ? Error::kIndexOutOfRange : Error::kCorrupt;
      CORTICO_RETURN_IF_ERROR(ReadInt(item, item_kind, &out[i]));
    }
    return Error::kOk;
  }

  Model& model_;
  Span<const OpRow> table_;
  FlatReader reader_;
  uint8_t* next_ = nullptr;
  size_t left_ = 0;
};

Result<Model> Model::Load(const Program& program, const Arena& arena, Span<const OpRow> table) {
  if (program.plan() == 0) return Error::kUnsupported;
  Model model;
  model.program_ = program;
  model.arena_ = arena;
  const Error error = ModelLoader(model, table).Load();
  if (error != Error::kOk) return error;
  return model;
}

}  // namespace cortico
