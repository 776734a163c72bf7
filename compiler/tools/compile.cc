// cortico compile: a model to a program file.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "compiler/graph/text.h"
#include "compiler/passes/canonicalize.h"
#include "compiler/pipeline.h"
#include "compiler/tools/figures.h"
#include "compiler/tools/inputs.h"

namespace cortico::tools {
namespace {

/// How long a run of one sample may be waited for, to learn how much stack it takes.
constexpr int kMeasureSeconds = 20;

/// From so many samples on, one of them goes the whole way first: what is wrong with the model is
/// said before anybody has waited for the calibration.
constexpr size_t kTrialFrom = 256;

struct Options {
  std::string model;
  std::string output;
  std::string target = TargetConfig().cpu;
  std::string calibrate;
  bool use_float = false;
  std::string emit = "pte";
  std::string dialect = "cortico";
  std::string observer = "histogram";
  std::string io = "float";
  std::optional<int64_t> batch;
  bool no_fallback = false;
  std::string rules;
  std::string memory;
  bool explain = false;
  std::string stop_after;
  bool print = false;
  bool strip = false;
};

/// Seconds by phase, from the pipeline's reports of progress.
class PhaseClock {
 public:
  void Mark(const std::string& phase) {
    const double now = watch_.Seconds();
    if (phases_.empty() || phases_.back().first != phase) phases_.emplace_back(phase, 0.0);
    phases_.back().second += now - last_;
    last_ = now;
  }
  double Total() const { return watch_.Seconds(); }
  const std::vector<std::pair<std::string, double>>& phases() const { return phases_; }

 private:
  Stopwatch watch_;
  double last_ = 0;
  std::vector<std::pair<std::string, double>> phases_;
};

/// What the flags promise and this version has not got. Refused, so that nobody takes what comes
/// out for what was asked for.
void RefuseWhatIsMissing(const Options& options) {
  if (options.emit == "cpp")
    throw UsageError("--emit cpp: this version writes program files (--emit pte) and no C++");
}

TargetConfig TargetOf(const Options& options) {
  TargetConfig target = ParseTarget(options.target);
  target.dialect = options.dialect == "executorch" ? Dialect::kExecutorch : Dialect::kCortico;
  target.int8_io = options.io == "int8";
  if (!options.memory.empty()) {
    std::string error;
    const auto banks = ParseMemory(options.memory, &error);
    if (!banks) throw UsageError("--memory: " + error);
    target.memory = *banks;
  }
  return target;
}

/// True when the pipeline ends before it needs to know ranges.
bool StopsBeforeQuantize(const std::string& stop_after) {
  if (stop_after.empty()) return false;
  const std::vector<std::string> names = PhaseNames();
  const auto stop = std::find(names.begin(), names.end(), stop_after);
  if (stop == names.end())
    throw UsageError(fmt::format("--stop-after: there is no phase '{}'; choose one of {}",
                                 stop_after, fmt::join(names, ", ")));
  return stop < std::find(names.begin(), names.end(), "quantize");
}

/// "node 'x' (path, source): what", in the pipeline's order.
std::string ExplainText(const Compilation& result, const Figures* figures, const Palette& palette) {
  std::string text;
  const auto heading = [&](const std::string& title) {
    text += (text.empty() ? "" : "\n") + palette(Style::kBold, title) + "\n";
  };
  const auto at = [](const Location& location) {
    return location.empty() ? std::string() : location.ToString() + ": ";
  };
  heading(Counted(static_cast<int64_t>(result.log.size()), "rewrite"));
  for (const Rewrite& r : result.log)
    text += fmt::format("  {}  {}{}\n", palette(Style::kDim, r.pass), at(r.location), r.what);
  if (!result.rejections.empty()) {
    heading(fmt::format("{} not made an integer op",
                        Counted(static_cast<int64_t>(result.rejections.size()), "pattern")));
    for (const Rejection& r : result.rejections)
      text +=
          fmt::format("  {}  {}{}\n", palette(Style::kDim, r.pattern), at(r.location), r.reason);
  }
  if (figures != nullptr && figures->fallbacks() > 0) {
    heading(Counted(figures->fallbacks(), "fallback"));
    for (const OpCost& op : figures->ops)
      if (!op.fallback_reason.empty())
        text += fmt::format("  {}  {}{} ({})\n", palette(Style::kDim, op.op), at(op.location),
                            op.fallback_reason, FallbackCost(op));
  }
  return text;
}

void ExplainJson(const Compilation& result, Json* json) {
  Json& rewrites = (*json)["rewrites"] = Json::array();
  for (const Rewrite& r : result.log)
    rewrites.push_back({{"pass", r.pass}, {"location", ToJson(r.location)}, {"what", r.what}});
  Json& rejections = (*json)["rejections"] = Json::array();
  for (const Rejection& r : result.rejections)
    rejections.push_back(
        {{"pattern", r.pattern}, {"location", ToJson(r.location)}, {"reason", r.reason}});
}

/// Nodes for which no op of the dialect has a rule. Before calibration the pipeline stops at what
/// it cannot evaluate; with these the user sees everything in one go.
void AddNodesWithoutKernel(Graph graph, const TargetConfig& target, Diagnostics* diagnostics) {
  Diagnostics unused;
  RewriteLog log;
  CanonicalizeForQuantization(graph, unused, log);
  QuantizerOptions quantizer;
  quantizer.dialect = target.dialect;
  const Annotation annotation = CortexMQuantizer(quantizer).Annotate(graph);
  std::set<const Node*> matched;
  for (const QuantMatch& match : annotation.matches)
    matched.insert(match.chain.begin(), match.chain.end());
  std::set<std::string> lowered, told;
  for (const auto& op : AllOps())
    for (std::string& name : op->LowersFrom()) lowered.insert(std::move(name));
  for (const Diagnostic& d : diagnostics->all()) told.insert(d.location.node);
  std::set<const Value*> varying(graph.inputs.begin(), graph.inputs.end());
  for (const auto& node : graph.nodes()) {
    const Values inputs = node->Inputs();
    const bool constant = std::none_of(inputs.begin(), inputs.end(),
                                       [&](const Value* v) { return varying.contains(v); });
    if (!constant) varying.insert(node->outputs.begin(), node->outputs.end());
    if (constant || matched.contains(node.get()) || lowered.contains(node->op) ||
        told.contains(node->location.node))
      continue;
    diagnostics->Error(node->location, node->op + " has no kernel on the target",
                       "rewrite the module with supported ops; `cortico ops` lists them");
  }
}

/// Errors with, behind each, why its node had not become an integer op before.
[[noreturn]] void Fail(const Compilation& result) {
  std::vector<Diagnostic> all;
  for (const Diagnostic& d : result.diagnostics.all()) {
    all.push_back(d);
    if (d.severity != Severity::kError) continue;
    for (const Rejection& r : result.rejections)
      if (!r.location.node.empty() && r.location.node == d.location.node &&
          all.back().message.find(r.reason) == std::string::npos)
        all.back().message += fmt::format(" (not quantized as {}: {})", r.pattern, r.reason);
  }
  throw CompileError(std::move(all));
}

class Command {
 public:
  Command(const Options& options, Console& console) : options_(options), console_(console) {}

  int Run() {
    RefuseWhatIsMissing(options_);
    const TargetConfig target = TargetOf(options_);
    if (!options_.rules.empty()) ReadRules();
    const bool needs_no_ranges = StopsBeforeQuantize(options_.stop_after);
    const bool writes = options_.stop_after.empty() || options_.stop_after == "emit";
    ExpectOneStream({options_.model, options_.calibrate, options_.rules});
    if (writes)
      ChooseOutput();
    else
      RefuseWhatIsNotReached();
    // The graph alone on standard output, so that it can be parsed.
    if (options_.print && !console_.json()) console_.GiveStdoutToData();

    ExportedProgram program = ReadModel(options_.model, {options_.batch}, console_);
    clock_.Mark("import");
    const bool quantized = IsQuantized(program.graph);
    if (!quantized && options_.calibrate.empty() && !options_.use_float && !needs_no_ranges)
      throw UsageError(DisplayName(options_.model) +
                       " is a float model: give --calibrate DATA to quantize it, or --float to "
                       "leave it in float");
    if (quantized && options_.use_float)
      throw UsageError("--float: " + DisplayName(options_.model) + " is quantized already");
    std::optional<Dataset> data;
    if (!options_.calibrate.empty() && quantized) {
      console_.Show({{Severity::kWarning,
                      DisplayName(options_.model),
                      {},
                      "the model is quantized already: --calibrate, --observer and --override are "
                      "not used",
                      ""}});
    } else if (!options_.calibrate.empty()) {
      data = ReadCalibration(program.graph);
      clock_.Mark("read data");
    }
    const Graph imported = program.graph.Clone();
    if (writes && data && data->size() >= kTrialFrom)
      Settle(RunPipeline({program.file, imported.Clone()}, target, data, 1), imported, target);
    const size_t samples = data ? data->size() : 0;
    const Compilation result =
        Settle(RunPipeline(std::move(program), target, data, samples), imported, target);
    console_.Show(result.diagnostics.all());
    return writes ? Write(result, data) : Stop(result);
  }

 private:
  void ChooseOutput() {
    output_ = options_.output.empty() ? OutputBeside(options_.model) : options_.output;
    ExpectNewFile(output_, {options_.model, options_.calibrate});
    if (output_ != "-") return;
    if (options_.print) throw UsageError("--print and '-o -' both want standard output");
    console_.GiveStdoutToData();
  }

  void RefuseWhatIsNotReached() const {
    for (const auto& [given, flag] :
         {std::pair(!options_.output.empty(), "-o"), std::pair(options_.strip, "--strip"),
          std::pair(options_.no_fallback, "--no-fallback")})
      if (given)
        throw UsageError(
            fmt::format("{}: with --stop-after {} no file is written", flag, options_.stop_after));
  }

  void ReadRules() {
    const Bytes text = ReadBytes(options_.rules);
    Diagnostics diagnostics(DisplayName(options_.rules));
    auto rules = ParseOverrides(
        {reinterpret_cast<const char*>(text.data()), text.size()}, diagnostics);
    ThrowIfError(diagnostics);
    overrides_ = std::move(*rules);
  }

  Dataset ReadCalibration(const Graph& graph) {
    std::vector<DataInput> inputs;
    for (const Value* input : graph.inputs) inputs.push_back({input->name, input->type});
    return ReadData(options_.calibrate, inputs, console_);
  }

  /// The compilation when it went well; otherwise throws all that is wrong.
  Compilation Settle(Compilation result, const Graph& imported, const TargetConfig& target) {
    if (result.diagnostics.ok()) return result;
    if (options_.explain) console_.ReportText(ExplainText(result, nullptr, console_.palette()));
    if (std::find(result.phases.begin(), result.phases.end(), "quantize") == result.phases.end())
      AddNodesWithoutKernel(imported.Clone(), target, &result.diagnostics);
    Fail(result);
  }

  /// With the first `samples` of the data.
  Compilation RunPipeline(ExportedProgram program, const TargetConfig& target,
                          const std::optional<Dataset>& data, size_t samples) {
    CompileOptions compile;
    compile.target = target;
    compile.import.batch = options_.batch;
    compile.quantizer.observer = ParseObserver(options_.observer).value();
    compile.quantizer.overrides = overrides_;
    compile.strip = options_.strip;
    compile.no_fallback = options_.no_fallback;
    compile.stop_after = options_.stop_after;
    compile.progress = [&](const char* phase, size_t done, size_t total) {
      clock_.Mark(phase);
      console_.progress().Update(phase, done, total);
    };
    CalibrationData calibration;
    if (data) {
      calibration.count = samples;
      calibration.get = [&](size_t i) { return data->Get(i); };
    }
    Compilation result = Compile(std::move(program), data ? &calibration : nullptr, compile);
    clock_.Mark("passes, plan, emit");
    console_.progress().Clear();
    return result;
  }

  /// --stop-after: what there is so far, and no file.
  int Stop(const Compilation& result) {
    Json json = {
        {"file", result.file}, {"stopped_after", options_.stop_after}, {"phases", result.phases}};
    if (options_.explain) ExplainJson(result, &json);
    if (options_.print) json["graph"] = GraphText(result.graph);
    json["diagnostics"] = ToJson(result.diagnostics.all());
    console_.ReportJson(json);
    if (options_.print && !console_.json()) std::fputs(GraphText(result.graph).c_str(), stdout);
    if (options_.explain) console_.ReportText(ExplainText(result, nullptr, console_.palette()));
    console_.Note(fmt::format("stopped after {}; no file was written", options_.stop_after));
    return kDone;
  }

  int Write(const Compilation& result, const std::optional<Dataset>& data) {
    PteInput program =
        ReadProgram(result.pte, output_ == "-" ? "standard output" : output_, console_);
    Figures figures = FiguresOf(program.file);
    UsePlan(result, &figures);
    ExpectLoadable(program, result);
    MeasureStack(program, kMeasureSeconds, console_, figures.ram);
    clock_.Mark("measure");
    WriteBytes(output_, result.pte);

    Json json = {{"file", result.file}, {"output", output_}};
    json["calibration_samples"] = data ? Json(data->size()) : Json(nullptr);
    if (data) json["observer"] = options_.observer;
    json.update(ToJson(figures));
    json["seconds"] = clock_.Total();
    Json& phases = json["phase_seconds"] = Json::object();
    for (const auto& [phase, seconds] : clock_.phases()) phases[phase] = seconds;
    if (options_.explain) ExplainJson(result, &json);
    if (options_.print) json["graph"] = GraphText(result.graph);
    json["diagnostics"] = ToJson(result.diagnostics.all());
    console_.ReportJson(json);
    if (options_.print && !console_.json()) std::fputs(GraphText(result.graph).c_str(), stdout);
    if (options_.explain)
      console_.ReportText(ExplainText(result, &figures, console_.palette()) + "\n");
    if (!console_.quiet()) console_.ReportText(Summary(figures, data));
    return kDone;
  }

  /// What no device would take is not written: the runtime asks each op about its numbers, and is
  /// asked here.
  static void ExpectLoadable(const PteInput& program, const Compilation& result) {
    Diagnostics diagnostics(result.file);
    if (RunProgram(program.bytes, program.path, {}, RunOptions(), diagnostics)) return;
    std::vector<Diagnostic> all;
    for (Diagnostic d : diagnostics.all()) {
      if (d.severity != Severity::kError) continue;
      d.file = result.file;
      d.message = "the runtime would refuse the program: " + d.message;
      d.remedy = "look at that layer's size and scales: a layer whose sums, or whose ratio of "
                 "scales, leave 32 bits cannot be computed in integers";
      all.push_back(std::move(d));
    }
    throw CompileError(std::move(all));
  }

  /// A stripped file does not tell what the planner knows.
  void UsePlan(const Compilation& result, Figures* figures) const {
    const Plan& plan = result.plan.value();
    figures->ram.activations = plan.activation_bytes;
    figures->ram.scratch = plan.scratch_bytes;
    figures->ram.largest_scratch = plan.largest_scratch;
    figures->ram.lower_bound = plan.lower_bound;
    for (size_t b = 0; b < figures->ram.banks.size() && b < plan.banks.size(); ++b) {
      figures->ram.banks[b].name = plan.banks[b].name;
      figures->ram.banks[b].limit = plan.banks[b].limit;
    }
    figures->dialect = options_.dialect;
    figures->cpu = ParseTarget(options_.target).cpu;
  }

  std::string Summary(const Figures& figures, const std::optional<Dataset>& data) const {
    const Palette& palette = console_.palette();
    std::string text =
        fmt::format("{}: for {} ({}), dialect {}\n", palette(Style::kBold, DisplayOutput()),
                    figures.cpu, figures.family, options_.dialect);
    text += fmt::format(
        "  ops    {} lowered, {}{}\n", Grouped(static_cast<int64_t>(figures.ops.size())),
        Counted(figures.fallbacks(), "fallback"),
        figures.fallbacks() > 0 && !options_.explain ? " (--explain says why)" : "");
    if (data)
      text += fmt::format("  ranges from {}, observer {}\n",
                          Counted(static_cast<int64_t>(data->size()), "calibration sample"),
                          options_.observer);
    text += RamText(figures.ram, palette) + FlashText(figures.flash, palette);
    text += fmt::format("  time   {}\n", Duration(clock_.Total()));
    if (console_.verbose())
      for (const auto& [phase, seconds] : clock_.phases())
        text += fmt::format("         {:<20}{:>10}\n", phase, Duration(seconds));
    return text;
  }

  std::string DisplayOutput() const { return output_ == "-" ? "standard output" : output_; }

  /// Whole, so that it can be parsed again, except on a terminal.
  static std::string GraphText(const Graph& graph) {
    PrintOptions print;
    print.elide_constants = ::isatty(STDOUT_FILENO) == 1;
    return PrintGraph(graph, print);
  }

  const Options& options_;
  Console& console_;
  std::string output_;
  std::vector<OverrideRule> overrides_;
  PhaseClock clock_;
};

}  // namespace

void AddCompile(CLI::App& app, Invocation& invocation) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand("compile", "A model (.pt2) to a program (.pte)");
  c->add_option("model", o->model, "What torch.export.save wrote; - is standard input")
      ->required()
      ->type_name("MODEL.pt2");
  c->add_option("--target", o->target, "Core to compile for (`cortico targets`)")
      ->type_name("CORE")
      ->capture_default_str();
  CLI::Option* calibrate = c->add_option("--calibrate", o->calibrate,
                                         ".npy, .npz, a folder of them, or -; all samples are used")
                               ->type_name("DATA");
  CLI::Option* use_float =
      c->add_flag("--float", o->use_float, "Leave a float model in float")->excludes(calibrate);
  c->add_option("-o,--output", o->output,
                "Default: beside the model, as MODEL.pte; - is standard output")
      ->type_name("FILE");
  c->add_option("--emit", o->emit, "What to write")
      ->check(CLI::IsMember({"pte", "cpp"}))
      ->capture_default_str();
  c->add_option("--dialect", o->dialect,
                "cortico: our own ops where they help; executorch: only "
                "those of ExecuTorch's Cortex-M backend")
      ->check(CLI::IsMember({"cortico", "executorch"}))
      ->capture_default_str();
  c->add_option("--observer", o->observer, "How ranges follow from the data")
      ->check(CLI::IsMember({"histogram", "minmax", "mse", "percentile"}))
      ->needs(calibrate)
      ->capture_default_str();
  c->add_option("--io", o->io, "Type of inputs and outputs; int8: no float borders, quantization() tells the scale")
      ->check(CLI::IsMember({"float", "int8"}))
      ->capture_default_str();
  c->add_option("--batch", o->batch, "Samples per run, for a model with a symbolic batch")
      ->check(PositiveWhole())
      ->type_name("N");
  c->add_flag("--no-fallback", o->no_fallback, "A fallback is an error")->excludes(use_float);
  c->add_option("--override", o->rules, "Rules for single layers: docs/overrides.md")
      ->needs(calibrate)
      ->type_name("RULES.json");
  c->add_option("--memory", o->memory, "Banks in order of preference: dtcm=256K,sram=2M")
      ->type_name("BANKS");
  c->add_flag("--explain", o->explain, "Every rewrite, and every fallback with its reason");
  CLI::Option* stop = c->add_option("--stop-after", o->stop_after, "Stop after this phase or pass");
  stop->type_name("PHASE");
  c->add_flag("--print", o->print, "Print the graph (long constants are left out on a terminal)");
  c->add_flag("--strip", o->strip, "Keep only the target in the file's named data");
  AddCommonFlags(*c, invocation.common);
  std::string phases = "Phases: ";
  for (const std::string& name : PhaseNames()) phases += (name == "import" ? "" : ", ") + name;
  c->footer(phases + ".");
  c->callback([&invocation, o] {
    invocation.run = [o](Console& console) { return Command(*o, console).Run(); };
  });
}

}  // namespace cortico::tools
