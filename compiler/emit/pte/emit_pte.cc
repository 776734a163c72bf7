#include "compiler/emit/pte/emit_pte.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include "compiler/emit/pte/value_table.h"
#include "runtime/program/io_table.h"
#include "runtime/program/program.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;

const Location kNowhere;  // inputs and outputs of the program

constexpr char kIdentifier[] = "ET12";
constexpr uint32_t kHeaderBytes = 32;

size_t Align(size_t size) {
  return (size + kSegmentAlignment - 1) / kSegmentAlignment * kSegmentAlignment;
}

template <class T>
void Append(Bytes* bytes, T value) {
  const size_t at = bytes->size();
  bytes->resize(at + sizeof(T));
  std::memcpy(bytes->data() + at, &value, sizeof(T));
}

template <class T>
void Store(Bytes* bytes, size_t at, T value) {
  std::memcpy(bytes->data() + at, &value, sizeof(T));
}

Bytes IoData(const Graph& graph) {
  struct Entry {
    std::string name;
    const TensorType* type;
  };
  std::vector<Entry> entries;
  for (const Value* input : graph.inputs) entries.push_back({input->name, &input->type});
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    entries.push_back(
        {i < graph.output_names.size() ? graph.output_names[i] : graph.outputs[i]->name,
         &graph.outputs[i]->type});
  Bytes bytes = {IoTable::kVersion, 0};
  Append(&bytes, static_cast<uint16_t>(graph.inputs.size()));
  Append(&bytes, static_cast<uint16_t>(graph.outputs.size()));
  Append(&bytes, uint16_t{0});
  size_t name_at = bytes.size() + entries.size() * IoTable::kEntryBytes;
  Bytes names;
  for (Entry& entry : entries) {
    entry.name.resize(std::min(entry.name.size(), size_t{UINT16_MAX}));
    // A name with a zero byte inside would end there for the reader.
    entry.name.resize(std::strlen(entry.name.c_str()));
    const auto& quantization = entry.type->quantization;
    const bool quantized = quantization && quantization->per_tensor();
    Append(&bytes, quantized ? static_cast<float>(quantization->scale()) : 0.0f);
    Append(&bytes, quantized ? quantization->zero_point() : int32_t{0});
    Append(&bytes, static_cast<uint32_t>(name_at + names.size()));
    Append(&bytes, static_cast<uint16_t>(entry.name.size()));
    Append(&bytes, static_cast<uint8_t>(quantized));
    Append(&bytes, uint8_t{0});
    names.insert(names.end(), entry.name.begin(), entry.name.end());
    names.push_back(0);
  }
  bytes.insert(bytes.end(), names.begin(), names.end());
  return bytes;
}

/// A pytree of `count` leaves in the form that torch's treespec_dumps writes.
std::string Tuple(size_t count) {
  std::string text = R"({"type": "builtins.tuple", "context": "null", "children_spec": [)";
  for (size_t i = 0; i < count; ++i)
    text +=
        std::string(i == 0 ? "" : ", ") + R"({"type": null, "context": null, "children_spec": []})";
  return text + "]}";
}

/// Positional arguments, no keywords.
std::string InputTree(size_t count) {
  return R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [)" + Tuple(count) +
         R"(, {"type": "builtins.dict", "context": "[]", "children_spec": []}]}])";
}

class Emitter {
 public:
  Emitter(const Graph& graph, const Plan& plan, const TargetConfig& target,
          const ReportData& report, bool strip, Diagnostics& diagnostics, const OpLookup& find_op)
      : graph_(graph),
        plan_(plan),
        target_(target),
        report_data_(report),
        strip_(strip),
        diagnostics_(diagnostics),
        find_op_(find_op),
        values_(&builder_, plan, diagnostics) {}

  Bytes Run() {
    std::vector<int32_t> inputs, outputs;
    for (const Value* input : graph_.inputs) inputs.push_back(values_.Tensor(input, kNowhere));
    for (const Node* node : plan_.order)
      if (!plan_.IsElided(node)) EmitCall(*node);
    for (const Value* output : graph_.outputs) outputs.push_back(values_.Tensor(output, kNowhere));
    if (!ok_) return {};
    std::vector<std::pair<std::string, Bytes>> named;
    if (!strip_) {
      named.emplace_back(kIoKey, IoData(graph_));
      const std::string meta = ReportToJson(MakeReport());
      named.emplace_back(kMetaKey, Bytes(meta.begin(), meta.end()));
    }
    named.emplace_back(kTargetKey, Bytes{static_cast<uint8_t>(target_.isa)});
    return Assemble(inputs, outputs, named);
  }

 private:
  void Fail(const Location& where, const std::string& what) {
    diagnostics_.Error(where, what);
    ok_ = false;
  }

  void EmitCall(const Node& node) {
    const OpDefinition* op = find_op_(node.op);
    if (op == nullptr)
      return Fail(node.location, "'" + node.op +
                                     "' is not an op of the dialect, and no program "
                                     "can hold it");
    if (const std::string error = op->CheckFields(node); !error.empty())
      return Fail(node.location, node.op + ": " + error);
    std::vector<int32_t> args;
    Values results;
    for (const FieldInfo& field : op->fields()) {
      if (field.kind == FieldKind::kOut) {
        if (results.size() >= node.outputs.size())
          return Fail(node.location, node.op + ": result '" + field.name + "' is missing");
        results.push_back(node.outputs[results.size()]);
        args.push_back(values_.Tensor(results.back(), node.location));
      } else {
        args.push_back(EmitArgument(node, field));
      }
    }
    // An op that returns nothing (et_view) is called with its schema's arguments and no more.
    const bool returns = !op->OutSchema().ends_with("-> ()");
    if (returns && results.size() == 1) args.push_back(args.back());
    if (returns && results.size() > 1) args.push_back(values_.TensorList(results, node.location));
    const int op_index = OperatorIndex(*op);
    const auto call = fb::CreateKernelCall(builder_, op_index, builder_.CreateVector(args));
    instructions_.push_back(fb::CreateInstruction(
        builder_, fb::InstructionArgumentsTraits<fb::KernelCall>::enum_value, call.Union()));
    calls_.push_back({node.location, "", 0});
    const auto it = report_data_.fallbacks.find(node.output()->name);
    if (it == report_data_.fallbacks.end()) return;
    calls_.back().fallback_reason = it->second.reason;
    calls_.back().work = it->second.work;
  }

  int EmitArgument(const Node& node, const FieldInfo& field) {
    const Arg* arg = node.Find(field.name);
    if (arg == nullptr) return values_.Null();
    return std::visit(
        [&](const auto& value) -> int {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate>) return values_.Null();
          if constexpr (std::is_same_v<T, Value*>)
            return value == nullptr ? values_.Null() : values_.Tensor(value, node.location);
          if constexpr (std::is_same_v<T, int64_t>)
            return field.kind == FieldKind::kFloat ? values_.Double(static_cast<double>(value))
                                                   : values_.Int(value);
          if constexpr (std::is_same_v<T, double>) return values_.Double(value);
          if constexpr (std::is_same_v<T, bool>) return values_.Bool(value);
          if constexpr (std::is_same_v<T, DType>) return values_.Int(static_cast<int64_t>(value));
          if constexpr (std::is_same_v<T, std::string>) return values_.String(value);
          if constexpr (std::is_same_v<T, Ints64>) return values_.IntList(value);
          if constexpr (std::is_same_v<T, Doubles>) return values_.DoubleList(value);
          if constexpr (std::is_same_v<T, Values>) return values_.TensorList(value, node.location);
          Fail(node.location, node.op + ": argument '" + field.name + "' has no form in a program");
          return 0;
        },
        *arg);
  }

  int OperatorIndex(const OpDefinition& op) {
    const auto key = std::make_pair(std::string(op.name()), std::string(op.overload()));
    const auto [it, fresh] = operator_index_.try_emplace(key, static_cast<int>(operators_.size()));
    if (fresh)
      operators_.push_back(
          fb::CreateOperatorDirect(builder_, key.first.c_str(), key.second.c_str()));
    return it->second;
  }

  PteReport MakeReport() const {
    PteReport report;
    report.producer = report_data_.producer;
    report.model_file = report_data_.model_file;
    report.cpu = target_.cpu;
    report.isa = target_.isa;
    report.dialect = target_.dialect;
    report.instructions = calls_;
    for (const auto& [number, value] : values_.tensors()) {
      PteReport::Tensor tensor;
      tensor.value = number;
      tensor.name = value->name;
      tensor.origin = value->origin;
      const auto& quantization = value->type.quantization;
      tensor.quantized = quantization && quantization->per_tensor();
      if (tensor.quantized) {
        tensor.scale = quantization->scale();
        tensor.zero_point = quantization->zero_point();
      }
      report.tensors.push_back(std::move(tensor));
    }
    for (const BankUse& bank : plan_.banks)
      report.banks.push_back({bank.name, bank.bytes, bank.limit});
    report.activation_bytes = plan_.activation_bytes;
    report.scratch_bytes = plan_.scratch_bytes;
    report.largest_scratch = plan_.largest_scratch;
    report.lower_bound = plan_.lower_bound;
    report.op_record_bytes = plan_.op_record_bytes;
    report.elided_nodes = static_cast<int>(plan_.elided.size());
    std::set<const Node*> in_place;
    for (const TakenOverlay& overlay : plan_.overlays) in_place.insert(overlay.node);
    report.in_place_nodes = static_cast<int>(in_place.size());
    return report;
  }

  flatbuffers::Offset<fb::ExecutionPlan> ExecutionPlan(const std::vector<int32_t>& inputs,
                                                       const std::vector<int32_t>& outputs) {
    const std::string leaf = R"([1, {"type": null, "context": null, "children_spec": []}])";
    const auto container = fb::CreateContainerMetadataDirect(
        builder_, InputTree(inputs.size()).c_str(),
        (outputs.size() == 1 ? leaf : "[1, " + Tuple(outputs.size()) + "]").c_str());
    const auto chain = fb::CreateChainDirect(builder_, &inputs, &outputs, &instructions_);
    const std::vector<flatbuffers::Offset<fb::Chain>> chains = {chain};
    const auto values = values_.Finish();
    const std::vector<flatbuffers::Offset<fb::BackendDelegate>> delegates;
    std::vector<int64_t> sizes = {0};  // memory ids count from 1
    size_t used = 1;                   // banks at the end that hold nothing are not asked for
    for (const auto& [value, place] : plan_.placements)
      used = std::max(used, static_cast<size_t>(place.bank) + 1);
    for (size_t b = 0; b < used; ++b) sizes.push_back(plan_.banks[b].bytes);
    return fb::CreateExecutionPlanDirect(builder_, "forward", container, &values, &inputs, &outputs,
                                         &chains, &operators_, &delegates, &sizes);
  }

  Bytes Assemble(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                 const std::vector<std::pair<std::string, Bytes>>& named) {
    const auto plan = ExecutionPlan(inputs, outputs);
    Bytes segments = values_.constants().bytes();
    std::vector<flatbuffers::Offset<fb::DataSegment>> segment_tables = {
        fb::CreateDataSegment(builder_, 0, segments.size())};
    std::vector<flatbuffers::Offset<fb::NamedData>> names;
    for (const auto& [key, data] : named) {
      segments.resize(Align(segments.size()));
      names.push_back(fb::CreateNamedDataDirect(builder_, key.c_str(),
                                                static_cast<uint32_t>(segment_tables.size())));
      segment_tables.push_back(fb::CreateDataSegment(builder_, segments.size(), data.size()));
      segments.insert(segments.end(), data.begin(), data.end());
    }
    const std::vector<flatbuffers::Offset<fb::ExecutionPlan>> plans = {plan};
    const std::vector<flatbuffers::Offset<fb::Buffer>> inline_constants;
    const std::vector<flatbuffers::Offset<fb::BackendDelegateInlineData>> inline_delegates;
    const auto constants =
        fb::CreateSubsegmentOffsetsDirect(builder_, 0, &values_.constants().offsets());
    const auto program =
        fb::CreateProgramDirect(builder_, 0, &plans, &inline_constants, &inline_delegates,
                                &segment_tables, constants, nullptr, &names);
    builder_.Finish(program, kIdentifier);
    return WithHeader(segments);
  }

  /// Puts the header between the identifier and the tables. Offsets in the tables are relative, so
  /// only the one in front of the header changes; its size keeps their alignment.
  Bytes WithHeader(const Bytes& segments) {
    const uint8_t* tables = builder_.GetBufferPointer();
    const size_t size = builder_.GetSize() + kHeaderBytes;
    const size_t base = Align(size);
    Bytes file(8 + kHeaderBytes, 0);
    std::memcpy(file.data(), tables, 8);
    uint32_t root;
    std::memcpy(&root, tables, sizeof(root));
    Store(&file, 0, root + kHeaderBytes);
    std::memcpy(file.data() + 8, "eh00", 4);
    Store(&file, 12, kHeaderBytes);
    Store(&file, 16, uint64_t{size});
    Store(&file, 24, uint64_t{base});
    Store(&file, 32, uint64_t{segments.size()});
    file.insert(file.end(), tables + 8, tables + builder_.GetSize());
    file.resize(base);
    file.insert(file.end(), segments.begin(), segments.end());
    return file;
  }

  const Graph& graph_;
  const Plan& plan_;
  const TargetConfig& target_;
  const ReportData& report_data_;
  const bool strip_;
  Diagnostics& diagnostics_;
  const OpLookup& find_op_;
  flatbuffers::FlatBufferBuilder builder_;
  emit::ValueTable values_;
  std::vector<flatbuffers::Offset<fb::Operator>> operators_;
  std::map<std::pair<std::string, std::string>, int> operator_index_;
  std::vector<flatbuffers::Offset<fb::Instruction>> instructions_;
  std::vector<PteReport::Instruction> calls_;
  bool ok_ = true;
};

}  // namespace

Bytes EmitPte(const Graph& lowered, const Plan& plan, const TargetConfig& target,
              const ReportData& report, bool strip, Diagnostics& diagnostics,
              const OpLookup& find_op) {
  Diagnostics own(diagnostics.file());
  Bytes bytes = Emitter(lowered, plan, target, report, strip, own, find_op).Run();
  const bool ok = own.ok();
  diagnostics.Append(own);
  return ok ? bytes : Bytes{};
}

}  // namespace cortico
