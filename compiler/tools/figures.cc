#include "compiler/tools/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "compiler/graph/op_domain.h"

namespace cortico::tools {
namespace {

/// A tensor's bytes in the arena.
struct Range {
  int bank = 0;
  int64_t begin = 0, end = 0;
  bool Overlaps(const Range& other) const {
    return bank == other.bank && begin < other.end && other.begin < end;
  }
};

int64_t UnionBytes(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::tie(a.bank, a.begin, a.end) < std::tie(b.bank, b.begin, b.end);
  });
  int64_t bytes = 0;
  int bank = -1;
  int64_t covered = 0;
  for (const Range& range : ranges) {
    if (range.bank != bank) covered = 0;
    bank = range.bank;
    bytes += std::max<int64_t>(0, range.end - std::max(range.begin, covered));
    covered = std::max(covered, range.end);
  }
  return bytes;
}

/// What a call does with its arguments, by the op's schema.
struct CallTensors {
  std::vector<int> reads, scratch, writes;  ///< planned values
  std::vector<int> all_reads;               ///< constants too
};

CallTensors TensorsOf(const PteFile& file, const PteCall& call) {
  CallTensors tensors;
  const OpDefinition* op = FindOp(call.op);
  const std::vector<FieldInfo> fields = op != nullptr ? op->fields() : std::vector<FieldInfo>();
  const auto add = [&](int value, FieldKind kind) {
    const PteValue& v = file.values[static_cast<size_t>(value)];
    if (v.kind != PteValue::Kind::kTensor) return;
    if (kind == FieldKind::kIn || kind == FieldKind::kOptionalIn || kind == FieldKind::kConstant)
      tensors.all_reads.push_back(value);
    if (v.tensor.bank < 0) return;
    auto& list = kind == FieldKind::kScratch ? tensors.scratch
                 : kind == FieldKind::kOut   ? tensors.writes
                                             : tensors.reads;
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  };
  for (size_t i = 0; i < call.args.size(); ++i) {
    const int arg = call.args[i];
    const PteValue& value = file.values[static_cast<size_t>(arg)];
    // An op that is not ours: an out variant ends with its result, named twice.
    const FieldKind kind = i < fields.size()         ? fields[i].kind
                           : !fields.empty()         ? FieldKind::kOut
                           : arg == call.args.back() ? FieldKind::kOut
                                                     : FieldKind::kIn;
    if (value.kind == PteValue::Kind::kTensorList) {
      for (const int64_t item : value.items)
        if (item >= 0) add(static_cast<int>(item), kind);
    } else {
      add(arg, kind);
    }
  }
  return tensors;
}

/// When every planned value is alive. Time is counted in calls; inputs are written at -1.
class Lifetimes {
 public:
  explicit Lifetimes(const PteFile& file) : file_(file) {
    for (const PteCall& call : file.calls) calls_.push_back(TensorsOf(file, call));
    for (const int input : file.inputs) Seen(input, -1);
    for (int t = 0; t < Count(); ++t) {
      const CallTensors& tensors = calls_[static_cast<size_t>(t)];
      for (const int value : tensors.reads) Read(value, t);
      for (const int value : tensors.scratch) Seen(value, t);
      scratch_.insert(tensors.scratch.begin(), tensors.scratch.end());
      for (const int value : tensors.writes) Seen(value, t);
    }
    for (const int output : file.outputs) Read(output, Count());
  }

  int Count() const { return static_cast<int>(calls_.size()); }
  const CallTensors& call(size_t i) const { return calls_[i]; }

  Range PlaceOf(int value) const {
    const PteValue::Tensor& tensor = file_.values[static_cast<size_t>(value)].tensor;
    return {tensor.bank, tensor.offset, tensor.offset + tensor.bytes};
  }
  int64_t LiveBytes(int t, bool with_scratch) const {
    std::vector<Range> ranges;
    for (const auto& [value, life] : lives_) {
      if (t < life.first || t > life.second) continue;
      if (!with_scratch && IsScratch(value)) continue;
      ranges.push_back(PlaceOf(value));
    }
    return UnionBytes(std::move(ranges));
  }
  int64_t Peak() const {
    int64_t peak = 0;
    for (int t = -1; t <= Count(); ++t) peak = std::max(peak, LiveBytes(t, false));
    return peak;
  }
  bool IsScratch(int value) const { return scratch_.contains(value); }
  bool has_scratch() const { return !scratch_.empty(); }

 private:
  void Seen(int value, int t) {
    if (file_.values[static_cast<size_t>(value)].tensor.bank < 0) return;
    auto [it, fresh] = lives_.try_emplace(value, t, t);
    if (!fresh) it->second.second = std::max(it->second.second, t);
  }
  void Read(int value, int t) {
    if (file_.values[static_cast<size_t>(value)].tensor.bank < 0) return;
    // A view that needs no call is read without being written: its bytes are those of an earlier
    // value, from which on it lives.
    if (!lives_.contains(value)) Seen(value, LastWriteOf(PlaceOf(value), t));
    Seen(value, t);
  }
  int LastWriteOf(const Range& range, int before) const {
    for (int t = before - 1; t >= 0; --t)
      for (const int value : calls_[static_cast<size_t>(t)].writes)
        if (PlaceOf(value).Overlaps(range)) return t;
    return -1;
  }

  const PteFile& file_;
  std::vector<CallTensors> calls_;
  std::set<int> scratch_;
  std::map<int, std::pair<int, int>> lives_;
};

OpCost CostOf(const PteFile& file, const Lifetimes& lifetimes, size_t i) {
  const PteCall& call = file.calls[i];
  const CallTensors& tensors = lifetimes.call(i);
  const auto type = [&](int value) { return file.values[static_cast<size_t>(value)].tensor.type; };
  const auto shape = [&](int value) {
    TensorType plain = type(value);
    plain.quantization.reset();
    plain.dim_order.clear();
    return plain.ToString();
  };
  OpCost cost;
  cost.op = call.op;
  cost.location = call.location;
  cost.fallback_reason = call.fallback_reason;
  cost.work = call.work;
  cost.constant_bytes = call.constant_bytes;
  cost.live_bytes = lifetimes.LiveBytes(static_cast<int>(i), true);
  for (const int value : tensors.scratch)
    cost.scratch_bytes += file.values[static_cast<size_t>(value)].tensor.bytes;
  if (!call.fallback_reason.empty())
    for (const auto* list : {&tensors.reads, &tensors.writes})
      for (const int value : *list)
        cost.float_bytes += file.values[static_cast<size_t>(value)].tensor.bytes;
  for (const int value : tensors.reads)
    cost.inputs += (cost.inputs.empty() ? "" : ", ") + shape(value);
  for (const int value : tensors.writes) {
    cost.type += (cost.type.empty() ? "" : ", ") + shape(value);
    if (cost.value.empty()) cost.value = file.values[static_cast<size_t>(value)].tensor.name;
    for (const int read : tensors.reads)
      cost.in_place |= lifetimes.PlaceOf(read).Overlaps(lifetimes.PlaceOf(value));
  }
  return cost;
}

/// What the records of all calls take, or nothing when an op does not tell.
std::optional<int64_t> RecordsOf(const PteFile& file) {
  int64_t bytes = 0;
  for (const PteCall& call : file.calls) {
    const OpDefinition* op = FindOp(call.op);
    if (op == nullptr || op->RecordBytes() == 0) return std::nullopt;
    bytes += op->RecordBytes();
  }
  return bytes;
}

Ram RamOf(const PteFile& file, const Lifetimes& lifetimes) {
  Ram ram;
  ram.records = RecordsOf(file);
  for (size_t b = 0; b < file.bank_bytes.size(); ++b)
    ram.banks.push_back({fmt::format("bank{}", b), file.bank_bytes[b], std::nullopt});
  if (file.report) {
    ram.activations = file.report->activation_bytes;
    ram.scratch = file.report->scratch_bytes;
    ram.largest_scratch = file.report->largest_scratch;
    ram.lower_bound = file.report->lower_bound;
    for (size_t b = 0; b < ram.banks.size() && b < file.report->banks.size(); ++b) {
      ram.banks[b].name = file.report->banks[b].name;
      ram.banks[b].limit = file.report->banks[b].limit;
    }
    return ram;
  }
  // Without the planner's word: what is alive at one time, and what the arena has beyond it.
  const int64_t total = std::accumulate(file.bank_bytes.begin(), file.bank_bytes.end(), int64_t{0});
  ram.lower_bound = lifetimes.Peak();
  ram.activations = lifetimes.has_scratch() ? std::min(ram.lower_bound, total) : total;
  ram.scratch = total - ram.activations;
  return ram;
}

Flash FlashOf(const PteFile& file) {
  Flash flash;
  flash.constants = file.constant_bytes;
  flash.program = file.table_bytes;
  for (const auto& [key, data] : file.named_data)
    flash.reports += static_cast<int64_t>(data.size());
  flash.file = file.file_bytes;
  return flash;
}

Json OptionalNumber(const std::optional<int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

int64_t Figures::fallbacks() const {
  return std::count_if(ops.begin(), ops.end(),
                       [](const OpCost& op) { return !op.fallback_reason.empty(); });
}

Figures FiguresOf(const PteFile& file) {
  const Lifetimes lifetimes(file);
  Figures figures;
  figures.cpu = file.cpu;
  figures.family = file.isa ? ToString(*file.isa) : "";
  if (file.report) {
    figures.dialect = file.report->dialect == Dialect::kExecutorch ? "executorch" : "cortico";
    figures.model_file = file.report->model_file;
  }
  figures.ram = RamOf(file, lifetimes);
  figures.flash = FlashOf(file);
  for (size_t i = 0; i < file.calls.size(); ++i) {
    figures.ops.push_back(CostOf(file, lifetimes, i));
    figures.ram.largest_scratch =
        std::max(figures.ram.largest_scratch, figures.ops.back().scratch_bytes);
  }
  return figures;
}

void MeasureStack(const PteInput& program, int timeout_seconds, Console& console, Ram& ram) {
  if (!program.file.isa) {
    ram.unmeasured = "the program does not say which family of cores it is for";
    return;
  }
  if (FindQemu().empty()) {
    ram.unmeasured = "no simulator: see `cortico doctor`";
    return;
  }
  RunOptions options;
  options.venue = Venue::Parse("qemu").value();
  options.timeout_seconds = timeout_seconds;
  console.progress().Update("measure the stack on the simulator", 0, 0);
  Diagnostics diagnostics(program.path);
  const auto result =
      RunProgram(program.bytes, program.path, {MadeUpSample(InputTypes(program.file), false)},
                 options, diagnostics);
  console.progress().Clear();
  if (!result) {
    ram.unmeasured = "the simulator gave no answer: `cortico profile` says why";
    std::vector<Diagnostic> problems;
    for (Diagnostic d : diagnostics.all()) {
      if (d.severity == Severity::kError) ram.unmeasured = d.message;
      d.severity = std::min(d.severity, Severity::kWarning);
      problems.push_back(std::move(d));
    }
    // Without a runner nothing was to be expected; with one, a program that does not run is news.
    const auto& cpus = AllCpus();
    if (std::any_of(cpus.begin(), cpus.end(), [&](const CpuInfo& cpu) {
          return cpu.isa == *program.file.isa && !FindRunner(cpu.preset).empty();
        }))
      console.Show(problems);
    return;
  }
  ram.stack = static_cast<int64_t>(result->stack_bytes);
  ram.records = static_cast<int64_t>(result->record_bytes);
  ram.measured_on = result->board;
}

std::string RamText(const Ram& ram, const Palette& palette) {
  using Align = Table::Align;
  Table table({{"", Align::kLeft}, {"", Align::kLeft}, {"", Align::kRight}, {"", Align::kLeft}});
  const auto known = [](const std::optional<int64_t>& bytes) {
    return bytes ? ByteCount(*bytes) : std::string("not known");
  };
  table.Row({"RAM", "activations", ByteCount(ram.activations),
             "lower bound " + ByteCount(ram.lower_bound)});
  table.Row({"", "scratch", ByteCount(ram.scratch),
             ram.largest_scratch > ram.scratch
                 ? fmt::format("the largest is {}, partly where activations were",
                               ByteCount(ram.largest_scratch))
                 : ""});
  table.Row({"", "records", known(ram.records), ""});
  table.Row({"", "stack", known(ram.stack),
             ram.stack ? "measured on " + ram.measured_on : ram.unmeasured});
  for (const Ram::Bank& bank : ram.banks) {
    const std::string share = bank.limit ? fmt::format("of {}: {}", ByteCount(*bank.limit),
                                                       Percent(static_cast<double>(bank.bytes) /
                                                               static_cast<double>(*bank.limit)))
                                         : "";
    table.Row({"", "in " + bank.name, ByteCount(bank.bytes), share});
  }
  return table.ToString(2, palette);
}

std::string FlashText(const Flash& flash, const Palette& palette) {
  using Align = Table::Align;
  Table table({{"", Align::kLeft}, {"", Align::kLeft}, {"", Align::kRight}, {"", Align::kLeft}});
  table.Row({"flash", "constants", ByteCount(flash.constants), ""});
  table.Row({"", "program", ByteCount(flash.program), ""});
  table.Row({"", "for reports", ByteCount(flash.reports),
             flash.reports > 256 ? "--strip leaves it out" : ""});
  table.Row({"", "file", ByteCount(flash.file), ""});
  return table.ToString(2, palette);
}

std::string FallbackCost(const OpCost& op) {
  return fmt::format("{} of floats, {} elements or multiplications", ByteCount(op.float_bytes),
                     Grouped(op.work));
}

std::string OpsText(const Figures& figures, const Palette& palette) {
  using Align = Table::Align;
  Table table({{"#", Align::kRight},
               {"node", Align::kLeft},
               {"module", Align::kLeft},
               {"op", Align::kLeft},
               {"runs on", Align::kLeft},
               {"reads", Align::kLeft},
               {"result", Align::kLeft},
               {"RAM alive", Align::kRight},
               {"scratch", Align::kRight},
               {"constants", Align::kRight},
               {"", Align::kLeft}});
  for (size_t i = 0; i < figures.ops.size(); ++i) {
    const OpCost& op = figures.ops[i];
    const std::string remark = !op.fallback_reason.empty() ? "fallback (" + FallbackCost(op) + "): " +
                                                                 op.fallback_reason
                               : op.in_place               ? "in place"
                                                           : "";
    table.Row({fmt::format("{}", i), op.location.node.empty() ? op.value : op.location.node,
               op.location.module_path, op.op, figures.family, op.inputs, op.type,
               Grouped(op.live_bytes), op.scratch_bytes > 0 ? Grouped(op.scratch_bytes) : "",
               op.constant_bytes > 0 ? Grouped(op.constant_bytes) : "", remark});
  }
  return table.ToString(2, palette);
}

Json ToJson(const Ram& ram) {
  Json banks = Json::array();
  for (const Ram::Bank& bank : ram.banks)
    banks.push_back(
        {{"name", bank.name}, {"bytes", bank.bytes}, {"limit", OptionalNumber(bank.limit)}});
  Json json = {{"activations", ram.activations},
               {"lower_bound", ram.lower_bound},
               {"scratch", ram.scratch},
               {"largest_scratch", ram.largest_scratch},
               {"records", OptionalNumber(ram.records)},
               {"stack", OptionalNumber(ram.stack)},
               {"banks", banks}};
  if (ram.stack)
    json["measured_on"] = ram.measured_on;
  else
    json["stack_unknown_because"] = ram.unmeasured;
  return json;
}

Json ToJson(const Flash& flash) {
  return {{"constants", flash.constants},
          {"program", flash.program},
          {"reports", flash.reports},
          {"file", flash.file}};
}

Json ToJson(const OpCost& op) {
  return {
      {"op", op.op},
      {"location", ToJson(op.location)},
      {"value", op.value},
      {"reads", op.inputs},
      {"result", op.type},
      {"live_bytes", op.live_bytes},
      {"scratch_bytes", op.scratch_bytes},
      {"constant_bytes", op.constant_bytes},
      {"in_place", op.in_place},
      {"fallback_reason", op.fallback_reason.empty() ? Json(nullptr) : Json(op.fallback_reason)},
      {"fallback_work", op.work},
      {"fallback_float_bytes", op.float_bytes}};
}

Json ToJson(const Figures& figures) {
  Json ops = Json::array();
  for (const OpCost& op : figures.ops) ops.push_back(ToJson(op));
  return {{"target", {{"cpu", figures.cpu}, {"isa", figures.family}, {"dialect", figures.dialect}}},
          {"ram", ToJson(figures.ram)},
          {"flash", ToJson(figures.flash)},
          {"fallbacks", figures.fallbacks()},
          {"ops", ops}};
}

}  // namespace cortico::tools
