#include "compiler/emit/pte/read_pte.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "compiler/emit/pte/emit_pte.h"
#include "cortico_pte_generated.h"
#include "runtime/program/io_table.h"
#include "runtime/program/program.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;

/// The file is damaged, or uses what Cortico does not have; becomes one diagnostic.
struct Refusal {
  std::string what;
};

[[noreturn]] void Refuse(std::string what) { throw Refusal{std::move(what)}; }

/// Elements of a vector that may be absent. FlatBuffers' verifier looks at the alignment of the
/// count in front, which says nothing about elements of 8 bytes.
template <class T>
size_t Count(const flatbuffers::Vector<T>* vector) {
  if (vector == nullptr) return 0;
  if (reinterpret_cast<uintptr_t>(vector->Data()) % sizeof(T) != 0)
    Refuse(ToString(Error::kCorrupt));
  return vector->size();
}

std::string Text(const flatbuffers::String* text) { return text == nullptr ? "" : text->str(); }

class Reader {
 public:
  explicit Reader(Bytes bytes) { out_.file = std::move(bytes); }

  PteFile Run(Diagnostics& diagnostics) {
    const fb::Program& program = OpenTables();
    ReadSegments(program);
    if (Count(program.execution_plan()) == 0) Refuse("it has no method");
    plan_ = program.execution_plan()->Get(0);
    if (plan_ == nullptr) Refuse("it has no method");
    ReadValues();
    ReadNumbers(plan_->inputs(), out_.values.size(), &out_.inputs);
    ReadNumbers(plan_->outputs(), out_.values.size(), &out_.outputs);
    ReadCalls();
    ReadBanks();
    CheckPlaces();
    ReadNamedData(diagnostics);
    return std::move(out_);
  }

 private:
  // The first entry stands for constants.
  void ReadBanks() {
    for (size_t i = 1; i < Count(plan_->non_const_buffer_sizes()); ++i) {
      const int64_t bytes = plan_->non_const_buffer_sizes()->Get(static_cast<uint32_t>(i));
      // The device has 32-bit addresses; and a sum of such sizes does not overflow here.
      if (bytes < 0 || bytes > std::numeric_limits<uint32_t>::max()) Refuse(ToString(Error::kCorrupt));
      out_.bank_bytes.push_back(bytes);
    }
  }

  const fb::Program& OpenTables() {
    const Bytes& file = out_.file;
    // A vector's bytes are aligned for any of our types; the runtime asks for no more.
    if (const auto opened = Program::Open({file.data(), file.size()}); !opened.ok())
      Refuse(ToString(opened.error()));
    size_t tables = file.size();
    segment_base_ = file.size();
    if (file.size() >= 40 && std::memcmp(file.data() + 8, "eh00", 4) == 0) {
      uint64_t size, base;
      std::memcpy(&size, file.data() + 16, 8);
      std::memcpy(&base, file.data() + 24, 8);
      tables = size;
      if (base != 0) segment_base_ = base;
    }
    flatbuffers::Verifier verifier(file.data(), tables);
    if (!fb::VerifyProgramBuffer(verifier)) Refuse(ToString(Error::kCorrupt));
    out_.file_bytes = static_cast<int64_t>(file.size());
    out_.table_bytes = static_cast<int64_t>(tables);
    return *fb::GetProgram(file.data());
  }

  void ReadSegments(const fb::Program& program) {
    for (size_t i = 0; i < Count(program.segments()); ++i) {
      const fb::DataSegment* segment = program.segments()->Get(static_cast<uint32_t>(i));
      const uint64_t room = out_.file.size() - segment_base_;
      if (segment->offset() > room || segment->size() > room - segment->offset())
        Refuse(ToString(Error::kTruncated));
      segments_.push_back({segment_base_ + segment->offset(), segment->size()});
    }
    if (const fb::SubsegmentOffsets* constants = program.constant_segment();
        Count(constants == nullptr ? nullptr : constants->offsets()) > 0) {
      if (constants->segment_index() >= segments_.size()) Refuse(ToString(Error::kIndexOutOfRange));
      constants_ = segments_[constants->segment_index()];
      out_.constant_segment_at = static_cast<int64_t>(constants_.begin);
      out_.constant_bytes = static_cast<int64_t>(constants_.size);
      out_.constant_offsets.assign(constants->offsets()->begin(), constants->offsets()->end());
    }
    for (size_t i = 0; i < Count(program.named_data()); ++i) {
      const fb::NamedData* named = program.named_data()->Get(static_cast<uint32_t>(i));
      if (named->segment_index() >= segments_.size()) Refuse(ToString(Error::kIndexOutOfRange));
      const Range& range = segments_[named->segment_index()];
      const auto first = out_.file.begin() + static_cast<ptrdiff_t>(range.begin);
      out_.named_data[Text(named->key())] =
          Bytes(first, first + static_cast<ptrdiff_t>(range.size));
    }
  }

  template <class Vector>
  void ReadNumbers(const Vector* numbers, size_t limit, std::vector<int>* out) {
    for (uint32_t i = 0; i < Count(numbers); ++i) {
      const int64_t number = numbers->Get(i);
      if (number < 0 || static_cast<uint64_t>(number) >= limit)
        Refuse(ToString(Error::kIndexOutOfRange));
      out->push_back(static_cast<int>(number));
    }
  }

  const fb::EValue& ValueTable(int64_t number) const {
    if (number < 0 || static_cast<uint64_t>(number) >= Count(plan_->values()))
      Refuse(ToString(Error::kIndexOutOfRange));
    return *plan_->values()->Get(static_cast<uint32_t>(number));
  }

  void ReadValues() {
    for (uint32_t i = 0; i < Count(plan_->values()); ++i)
      out_.values.push_back(ReadValue(ValueTable(i)));
  }

  PteValue ReadValue(const fb::EValue& value) const {
    using Kind = PteValue::Kind;
    PteValue out;
    if (const auto* v = value.val_as<fb::Int>()) {
      out.kind = Kind::kInt;
      out.integer = v->int_val();
    } else if (const auto* b = value.val_as<fb::Bool>()) {
      out.kind = Kind::kBool;
      out.integer = b->bool_val();
    } else if (const auto* d = value.val_as<fb::Double>()) {
      out.kind = Kind::kDouble;
      out.real = d->double_val();
    } else if (const auto* s = value.val_as<fb::String>()) {
      out.kind = Kind::kString;
      out.text = Text(s->string_val());
    } else if (const auto* tensor = value.val_as<fb::Tensor>()) {
      out.kind = Kind::kTensor;
      out.tensor = ReadTensor(*tensor);
    } else if (const auto* ints = value.val_as<fb::IntList>()) {
      out.kind = Kind::kIntList;
      for (uint32_t i = 0; i < Count(ints->items()); ++i) {
        const auto* item = ValueTable(ints->items()->Get(i)).val_as<fb::Int>();
        if (item == nullptr) Refuse("a list of integers holds something else");
        out.items.push_back(item->int_val());
      }
    } else if (const auto* reals = value.val_as<fb::DoubleList>()) {
      out.kind = Kind::kDoubleList;
      if (Count(reals->items()) > 0)
        out.reals.assign(reals->items()->begin(), reals->items()->end());
    } else if (const auto* bools = value.val_as<fb::BoolList>()) {
      out.kind = Kind::kBoolList;
      for (uint32_t i = 0; i < Count(bools->items()); ++i)
        out.items.push_back(bools->items()->Get(i) != 0);
    } else if (const auto* list = value.val_as<fb::TensorList>()) {
      ReadTensorList(list->items(), false, &out);
    } else if (const auto* optional = value.val_as<fb::OptionalTensorList>()) {
      ReadTensorList(optional->items(), true, &out);
    } else if (value.val_as<fb::Null>() == nullptr) {
      Refuse("it holds a value of an unknown kind");
    }
    return out;
  }

  void ReadTensorList(const flatbuffers::Vector<int32_t>* items, bool optional,
                      PteValue* out) const {
    out->kind = PteValue::Kind::kTensorList;
    for (uint32_t i = 0; i < Count(items); ++i) {
      const int32_t number = items->Get(i);
      if (!(optional && number == -1) && ValueTable(number).val_as<fb::Tensor>() == nullptr)
        Refuse("a list of tensors holds something else");
      out->items.push_back(number);
    }
  }

  PteValue::Tensor ReadTensor(const fb::Tensor& tensor) const {
    PteValue::Tensor out;
    out.type.dtype = static_cast<DType>(tensor.scalar_type());
    out.bytes = SizeOf(out.type.dtype);
    if (out.bytes == 0) Refuse("a tensor has an unknown element type");
    for (uint32_t i = 0; i < Count(tensor.sizes()); ++i) {
      const int64_t size = tensor.sizes()->Get(i);
      if (size < 0 || (size != 0 && out.bytes > std::numeric_limits<int32_t>::max() / size))
        Refuse("a tensor's size is out of range");
      out.type.sizes.push_back(size);
      out.bytes *= size;
    }
    ReadDimOrder(tensor, &out);
    if (static_cast<int>(tensor.shape_dynamism()) != 0) Refuse("a tensor's shape is dynamic");
    if (tensor.data_buffer_idx() != 0 && tensor.allocation_info() == nullptr) {
      out.constant = tensor.data_buffer_idx();
      if (out.constant >= out_.constant_offsets.size()) Refuse(ToString(Error::kIndexOutOfRange));
      const uint64_t offset = out_.constant_offsets[out.constant];
      if (offset > constants_.size || static_cast<uint64_t>(out.bytes) > constants_.size - offset)
        Refuse("a constant leads out of the file");
    }
    if (const fb::AllocationDetails* place = tensor.allocation_info()) {
      if (place->memory_id() == 0) Refuse("a tensor has memory id 0");
      out.bank = static_cast<int>(std::min<uint32_t>(place->memory_id() - 1, INT32_MAX));
      out.offset = static_cast<int64_t>(
          (uint64_t{place->memory_offset_high()} << 32 | place->memory_offset_low()) & INT64_MAX);
    }
    return out;
  }

  static void ReadDimOrder(const fb::Tensor& tensor, PteValue::Tensor* out) {
    const size_t rank = out->type.sizes.size();
    if (Count(tensor.dim_order()) == 0) return;
    if (tensor.dim_order()->size() != rank) Refuse("a tensor's dim order does not fit its rank");
    std::vector<bool> seen(rank, false);
    for (const uint8_t dim : *tensor.dim_order()) {
      if (dim >= rank || seen[dim]) Refuse("a tensor's dim order is no permutation");
      seen[dim] = true;
      out->type.dim_order.push_back(dim);
    }
    if (std::is_sorted(out->type.dim_order.begin(), out->type.dim_order.end()))
      out->type.dim_order.clear();
  }

  void ReadCalls() {
    std::set<uint32_t> counted;
    for (uint32_t c = 0; c < Count(plan_->chains()); ++c) {
      const auto* instructions = plan_->chains()->Get(c)->instructions();
      for (uint32_t i = 0; i < Count(instructions); ++i) {
        const auto* call = instructions->Get(i)->instr_args_as<fb::KernelCall>();
        if (call == nullptr) Refuse("it holds delegates or control flow");
        if (call->op_index() < 0 ||
            static_cast<size_t>(call->op_index()) >= Count(plan_->operators()))
          Refuse(ToString(Error::kIndexOutOfRange));
        const fb::Operator* op = plan_->operators()->Get(static_cast<uint32_t>(call->op_index()));
        PteCall out;
        out.op = Text(op->name());
        out.overload = Text(op->overload());
        ReadNumbers(call->args(), out_.values.size(), &out.args);
        for (const int arg : out.args) {
          const PteValue::Tensor& tensor = out_.values[static_cast<size_t>(arg)].tensor;
          if (tensor.constant != 0 && counted.insert(tensor.constant).second)
            out.constant_bytes += tensor.bytes;
        }
        out_.calls.push_back(std::move(out));
      }
    }
  }

  void CheckPlaces() const {
    for (const PteValue& value : out_.values) {
      if (value.tensor.bank < 0) continue;
      if (static_cast<size_t>(value.tensor.bank) >= out_.bank_bytes.size() ||
          value.tensor.offset >
              out_.bank_bytes[static_cast<size_t>(value.tensor.bank)] - value.tensor.bytes)
        Refuse("a tensor lies outside of its memory");
    }
    for (const std::vector<int>* list : {&out_.inputs, &out_.outputs})
      for (const int number : *list)
        if (out_.values[static_cast<size_t>(number)].kind != PteValue::Kind::kTensor)
          Refuse("an input or output is not a tensor");
  }

  void ReadNamedData(Diagnostics& diagnostics) {
    if (const auto it = out_.named_data.find(kTargetKey); it != out_.named_data.end()) {
      if (it->second.size() != 1) Refuse(ToString(Error::kCorrupt));
      if (it->second[0] > static_cast<uint8_t>(Isa::kMve))
        Refuse("it is for an unknown family of cores");
      out_.isa = static_cast<Isa>(it->second[0]);
    }
    out_.input_names.resize(out_.inputs.size());
    out_.output_names.resize(out_.outputs.size());
    if (const auto it = out_.named_data.find(kIoKey); it != out_.named_data.end()) {
      const auto table = IoTable::Open({it->second.data(), it->second.size()});
      if (table.ok())
        ReadNames(table.value());
      else
        diagnostics.Warning({},
                            std::string("names of inputs and outputs: ") + ToString(table.error()));
    }
    if (const auto it = out_.named_data.find(kMetaKey); it != out_.named_data.end()) {
      std::string error;
      out_.report = ReportFromJson(
          {reinterpret_cast<const char*>(it->second.data()), it->second.size()}, &error);
      if (out_.report)
        UseReport();
      else
        diagnostics.Warning({}, error);
    }
  }

  void ReadNames(const IoTable& table) {
    for (size_t i = 0; i < std::min(out_.inputs.size(), static_cast<size_t>(table.inputs())); ++i)
      out_.input_names[i] = table.input(static_cast<int>(i)).name;
    for (size_t i = 0; i < std::min(out_.outputs.size(), static_cast<size_t>(table.outputs())); ++i)
      out_.output_names[i] = table.output(static_cast<int>(i)).name;
  }

  void UseReport() {
    const PteReport& report = *out_.report;
    out_.cpu = report.cpu;
    for (size_t i = 0; i < std::min(out_.calls.size(), report.instructions.size()); ++i) {
      out_.calls[i].location = report.instructions[i].location;
      out_.calls[i].fallback_reason = report.instructions[i].fallback_reason;
      out_.calls[i].work = report.instructions[i].work;
    }
    for (const PteReport::Tensor& info : report.tensors) {
      if (info.value < 0 || static_cast<size_t>(info.value) >= out_.values.size()) continue;
      PteValue::Tensor& tensor = out_.values[static_cast<size_t>(info.value)].tensor;
      tensor.name = info.name;
      tensor.origin = info.origin;
      if (info.quantized)
        tensor.type.quantization = Quantization{{info.scale}, {info.zero_point}, -1, -128, 127};
    }
  }

  struct Range {
    uint64_t begin = 0, size = 0;
  };

  PteFile out_;
  const fb::ExecutionPlan* plan_ = nullptr;
  uint64_t segment_base_ = 0;
  std::vector<Range> segments_;
  Range constants_;
};

}  // namespace

Bytes PteFile::ConstantData(const PteValue::Tensor& tensor) const {
  CORTICO_CHECK(tensor.constant != 0 && tensor.constant < constant_offsets.size());
  const auto first = file.begin() + static_cast<ptrdiff_t>(constant_segment_at) +
                     static_cast<ptrdiff_t>(constant_offsets[tensor.constant]);
  return Bytes(first, first + static_cast<ptrdiff_t>(tensor.bytes));
}

std::optional<PteFile> ReadPte(Bytes file, Diagnostics& diagnostics) {
  try {
    return Reader(std::move(file)).Run(diagnostics);
  } catch (const Refusal& refusal) {
    diagnostics.Error({}, refusal.what, "give a .pte file that cortico or ExecuTorch has written");
    return std::nullopt;
  }
}

}  // namespace cortico
