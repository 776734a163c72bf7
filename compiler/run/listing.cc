#include "compiler/run/listing.h"

#include <algorithm>
#include <cstring>

#include "cortico_pte_generated.h"
#include "runtime/core/arena.h"
#include "runtime/model/op_row.h"
#include "runtime/program/io_table.h"
#include "runtime/program/program.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;

class Lister {
 public:
  Lister(const Program& program, ProgramListing& listing)
      : program_(program), reader_(program.reader()), listing_(listing) {}

  Error List() {
    ReadTarget();
    const auto sizes = reader_.Vector<int64_t>(program_.plan(),
                                               fb::ExecutionPlan::VT_NON_CONST_BUFFER_SIZES);
    if (!reader_.ok()) return Error::kCorrupt;
    for (uint32_t i = 1; i < sizes.count; ++i) {
      const auto bytes = reader_.Element<int64_t>(sizes, i);
      if (bytes < 0 || bytes > INT32_MAX) return Error::kSizeOverflow;
      listing_.planned.push_back(static_cast<uint32_t>(bytes));
    }
    if (listing_.planned.size() > kMaxBanks) return Error::kUnsupported;
    CORTICO_RETURN_IF_ERROR(ReadEnds(fb::ExecutionPlan::VT_INPUTS, "input_", listing_.inputs));
    CORTICO_RETURN_IF_ERROR(ReadEnds(fb::ExecutionPlan::VT_OUTPUTS, "output_", listing_.outputs));
    ReadIo();
    return ReadCalls();
  }

 private:
  // A family first; a core's name may follow.
  void ReadTarget() {
    const Span<const uint8_t> target = program_.NamedData(kTargetKey);
    if (target.empty() || target[0] > static_cast<uint8_t>(Isa::kMve)) return;
    listing_.isa = static_cast<Isa>(target[0]);
    for (uint8_t c : Span<const uint8_t>(target.data() + 1, target.size() - 1)) {
      if (c == 0) break;
      listing_.cpu += static_cast<char>(c);
    }
  }

  Error ReadTensor(uint32_t value, ProgramListing::Tensor& tensor) {
    const FlatVector values = reader_.Tables(program_.plan(), fb::ExecutionPlan::VT_VALUES);
    const FlatPos entry = reader_.Element(values, value);
    const FlatPos table = reader_.Table(entry, fb::EValue::VT_VAL);
    if (!reader_.ok()) return Error::kCorrupt;
    if (table == 0) return Error::kIndexOutOfRange;
    const auto kind = reader_.Scalar<uint8_t>(entry, fb::EValue::VT_VAL_TYPE);
    if (kind == fb::KernelTypes_TensorList) {  // a result of several tensors
      const auto items = reader_.Vector<int32_t>(table, fb::TensorList::VT_ITEMS);
      if (!reader_.ok() || items.count == 0 || in_list_) return Error::kBadArgument;
      in_list_ = true;
      const Error error =
          ReadTensor(static_cast<uint32_t>(reader_.Element<int32_t>(items, 0)), tensor);
      in_list_ = false;
      return error;
    }
    if (kind != fb::KernelTypes_Tensor) return Error::kBadArgument;

    tensor.type.dtype = static_cast<DType>(reader_.Scalar<uint8_t>(table, fb::Tensor::VT_SCALAR_TYPE));
    const uint32_t element = SizeOf(tensor.type.dtype);
    if (element == 0) return Error::kBadType;
    const auto sizes = reader_.Vector<int32_t>(table, fb::Tensor::VT_SIZES);
    const auto order = reader_.Vector<uint8_t>(table, fb::Tensor::VT_DIM_ORDER);
    if (!reader_.ok() || order.count != sizes.count) return Error::kCorrupt;
    if (sizes.count > kMaxRank) return Error::kUnsupported;
    int64_t bytes = element;
    unsigned seen = 0;
    for (uint32_t i = 0; i < sizes.count; ++i) {
      const auto size = reader_.Element<int32_t>(sizes, i);
      if (size < 0 || (size != 0 && bytes > INT32_MAX / size)) return Error::kSizeOverflow;
      bytes *= size;
      tensor.type.sizes.push_back(size);
      const auto dim = reader_.Element<uint8_t>(order, i);
      if (dim >= sizes.count) return Error::kCorrupt;
      seen |= 1u << dim;
      tensor.type.dim_order.push_back(dim);
    }
    if (seen != (1u << sizes.count) - 1) return Error::kCorrupt;
    if (std::is_sorted(tensor.type.dim_order.begin(), tensor.type.dim_order.end())) {
      tensor.type.dim_order.clear();
    }
    const FlatPos place = reader_.Table(table, fb::Tensor::VT_ALLOCATION_INFO);
    if (!reader_.ok()) return Error::kCorrupt;
    if (place == 0) return Error::kOk;
    const auto id = reader_.Scalar<uint32_t>(place, fb::AllocationDetails::VT_MEMORY_ID);
    tensor.offset = reader_.Scalar<uint32_t>(place, fb::AllocationDetails::VT_MEMORY_OFFSET_LOW);
    if (!reader_.ok()) return Error::kCorrupt;
    if (id == 0 || id > listing_.planned.size()) return Error::kIndexOutOfRange;
    const uint32_t limit = listing_.planned[id - 1];
    if (tensor.offset > limit || bytes > limit - tensor.offset) return Error::kSizeOverflow;
    tensor.bank = static_cast<int>(id) - 1;
    return Error::kOk;
  }

  Error ReadEnds(uint32_t list, const char* stem, std::vector<ProgramListing::Tensor>& ends) {
    const auto values = reader_.Vector<int32_t>(program_.plan(), list);
    if (!reader_.ok()) return Error::kCorrupt;
    for (uint32_t i = 0; i < values.count; ++i) {
      ProgramListing::Tensor tensor;
      CORTICO_RETURN_IF_ERROR(
          ReadTensor(static_cast<uint32_t>(reader_.Element<int32_t>(values, i)), tensor));
      tensor.name = stem + std::to_string(i);
      ends.push_back(std::move(tensor));
    }
    return Error::kOk;
  }

  static void Describe(ProgramListing::Tensor& tensor, const IoEntry& entry) {
    if (*entry.name != '\0') tensor.name = entry.name;
    if (!entry.quantized) return;
    Quantization quantization;
    quantization.scales = {static_cast<double>(entry.scale)};
    quantization.zero_points = {entry.zero_point};
    tensor.type.quantization = quantization;
  }

  void ReadIo() {
    const Result<IoTable> table = IoTable::Open(program_.NamedData(kIoKey));
    if (!table.ok()) return;
    const IoTable& io = table.value();
    for (size_t i = 0; i < listing_.inputs.size() && static_cast<int>(i) < io.inputs(); ++i) {
      Describe(listing_.inputs[i], io.input(static_cast<int>(i)));
    }
    for (size_t i = 0; i < listing_.outputs.size() && static_cast<int>(i) < io.outputs(); ++i) {
      Describe(listing_.outputs[i], io.output(static_cast<int>(i)));
    }
  }

  Error ReadCalls() {
    const FlatVector chains = reader_.Tables(program_.plan(), fb::ExecutionPlan::VT_CHAINS);
    const FlatVector operators = reader_.Tables(program_.plan(), fb::ExecutionPlan::VT_OPERATORS);
    for (uint32_t c = 0; c < chains.count; ++c) {
      const FlatVector instructions =
          reader_.Tables(reader_.Element(chains, c), fb::Chain::VT_INSTRUCTIONS);
      for (uint32_t i = 0; i < instructions.count; ++i) {
        const FlatPos instruction = reader_.Element(instructions, i);
        if (reader_.Scalar<uint8_t>(instruction, fb::Instruction::VT_INSTR_ARGS_TYPE) !=
            fb::InstructionArguments_KernelCall) {
          return Error::kUnsupported;
        }
        const FlatPos call = reader_.Table(instruction, fb::Instruction::VT_INSTR_ARGS);
        const FlatPos op = reader_.Element(
            operators,
            static_cast<uint32_t>(reader_.Scalar<int32_t>(call, fb::KernelCall::VT_OP_INDEX)));
        const auto args = reader_.Vector<int32_t>(call, fb::KernelCall::VT_ARGS);
        if (!reader_.ok()) return Error::kCorrupt;
        if (op == 0) return Error::kIndexOutOfRange;
        ProgramListing::Call entry;
        entry.op = reader_.String(op, fb::Operator::VT_NAME);
        entry.overload = reader_.String(op, fb::Operator::VT_OVERLOAD);
        ProgramListing::Tensor output;
        if (args.count != 0 &&
            ReadTensor(static_cast<uint32_t>(reader_.Element<int32_t>(args, args.count - 1)),
                       output) == Error::kOk) {
          entry.output = std::move(output);
        }
        CountRecord(entry);
        listing_.calls.push_back(std::move(entry));
      }
    }
    return reader_.ok() ? Error::kOk : Error::kCorrupt;
  }

  void CountRecord(const ProgramListing::Call& call) {
    for (const OpRow& row : LinkedOps()) {
      if (call.op != row.name || call.overload != row.overload) continue;
      FieldCodes codes;
      std::copy_n(row.fields, row.field_count, codes.codes);
      codes.count = row.field_count;
      listing_.target_record_bytes += 4 + RecordSize(codes, kTensorOnTarget);
      listing_.host_record_bytes += static_cast<uint32_t>(sizeof(OpRow*)) + row.record_bytes;
      return;
    }
  }

  const Program& program_;
  FlatReader reader_;
  ProgramListing& listing_;
  bool in_list_ = false;
};

// Calls copy(logical, memory) with the element numbers of each element in both orders.
template <class Copy>
void ForEachElement(const TensorType& type, Copy copy) {
  const std::vector<int64_t> strides = StridesOf(type);
  std::vector<int64_t> index(type.sizes.size());
  const int64_t count = type.numel();
  int64_t memory = 0;
  for (int64_t logical = 0; logical < count; ++logical) {
    copy(logical, memory);
    for (size_t d = index.size(); d-- > 0;) {
      memory += strides[d];
      if (++index[d] < type.sizes[d]) break;
      memory -= strides[d] * index[d];
      index[d] = 0;
    }
  }
}

}  // namespace

Error ListProgram(Span<const uint8_t> pte, ProgramListing* listing) {
  CORTICO_TRY(const Program program, Program::Open(pte));
  return Lister(program, *listing).List();
}

AlignedBytes::AlignedBytes(const std::vector<uint8_t>& bytes) : AlignedBytes(bytes.size()) {
  if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
}

Bytes ToMemoryOrder(const HostTensor& tensor, const TensorType& type) {
  if (type.dim_order.empty()) return tensor.data;
  Bytes bytes(tensor.data.size());
  const size_t element = SizeOf(type.dtype);
  ForEachElement(type, [&](int64_t logical, int64_t memory) {
    std::memcpy(bytes.data() + static_cast<size_t>(memory) * element,
                tensor.data.data() + static_cast<size_t>(logical) * element, element);
  });
  return bytes;
}

HostTensor ToLogicalOrder(const uint8_t* bytes, const TensorType& type) {
  HostTensor tensor;
  tensor.type = type;
  tensor.type.dim_order.clear();
  tensor.data.resize(static_cast<size_t>(type.nbytes()));
  const size_t element = SizeOf(type.dtype);
  ForEachElement(type, [&](int64_t logical, int64_t memory) {
    std::memcpy(tensor.data.data() + static_cast<size_t>(logical) * element,
                bytes + static_cast<size_t>(memory) * element, element);
  });
  return tensor;
}

}  // namespace cortico
