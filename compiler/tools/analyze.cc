// cortico analyze: what a program costs and where each op runs; of a model, what would become of
// it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "compiler/passes/canonicalize.h"
#include "compiler/pipeline.h"
#include "compiler/tools/figures.h"
#include "compiler/tools/inputs.h"

namespace cortico::tools {
namespace {

constexpr int kMeasureSeconds = 20;

struct Options {
  std::string file;
  std::string target = TargetConfig().cpu;
  std::string dialect = "cortico";
  std::optional<int64_t> batch;
  bool for_models = false;  ///< one of the three was given
};

std::string EndsText(const PteFile& file, const Palette& palette) {
  Table table({{""}, {""}, {""}});
  const std::vector<DataInput> inputs = DataInputs(file);
  const std::vector<std::string> outputs = OutputNames(file);
  for (size_t i = 0; i < inputs.size(); ++i)
    table.Row({i == 0 ? "inputs " : "", inputs[i].name, inputs[i].type.ToString()});
  for (size_t i = 0; i < outputs.size(); ++i)
    table.Row({i == 0 ? "outputs" : "", outputs[i], OutputType(file, i).ToString()});
  return table.ToString(2, palette);
}

Json EndsJson(const PteFile& file) {
  Json json = {{"inputs", Json::array()}, {"outputs", Json::array()}};
  const auto entry = [](const std::string& name, const TensorType& type) {
    Json e = {{"name", name}, {"type", Name(type.dtype)}, {"sizes", type.sizes}};
    if (type.quantization && type.quantization->per_tensor()) {
      e["scale"] = type.quantization->scale();
      e["zero_point"] = type.quantization->zero_point();
    }
    return e;
  };
  for (const DataInput& input : DataInputs(file))
    json["inputs"].push_back(entry(input.name, input.type));
  for (size_t i = 0; i < file.outputs.size(); ++i)
    json["outputs"].push_back(entry(OutputNames(file)[i], OutputType(file, i)));
  return json;
}

/// Everything below the first line.
std::string Body(const PteFile& file, const Figures& figures, const Palette& palette) {
  return EndsText(file, palette) + RamText(figures.ram, palette) +
         FlashText(figures.flash, palette) +
         fmt::format("\n{}, {}\n", Counted(static_cast<int64_t>(figures.ops.size()), "op"),
                     Counted(figures.fallbacks(), "fallback")) +
         OpsText(figures, palette);
}

std::string TargetText(const Figures& figures) {
  if (figures.family.empty()) return "a program that does not say for which family of cores it is";
  // A stripped file says the family alone.
  if (figures.cpu.empty()) return fmt::format("for cores of the {} family", figures.family);
  return fmt::format("for {} ({}), dialect {}", figures.cpu, figures.family, figures.dialect);
}

int AnalyzeProgram(Bytes bytes, const Options& options, Console& console) {
  if (options.for_models)
    throw UsageError("--target, --dialect and --batch are for a model; a program says its own");
  const PteInput program = ReadProgram(std::move(bytes), options.file, console);
  Figures figures = FiguresOf(program.file);
  MeasureStack(program, kMeasureSeconds, console, figures.ram);

  Json json = {{"file", program.path}, {"kind", "program"}};
  json.update(ToJson(figures));
  json.update(EndsJson(program.file));
  if (program.file.report) {
    json["producer"] = program.file.report->producer;
    json["model_file"] = figures.model_file;
    json["elided_ops"] = program.file.report->elided_nodes;
  }
  console.ReportJson(json);

  const Palette& palette = console.palette();
  std::string origin;
  if (program.file.report)
    origin = fmt::format(", by {} from {}", program.file.report->producer, figures.model_file);
  else if (program.file.isa)
    origin = ", stripped of names and reasons";
  console.ReportText(
      fmt::format("{}: {}{}\n", palette(Style::kBold, program.path), TargetText(figures), origin) +
      Body(program.file, figures, palette));
  return kDone;
}

/// What would become of a model's nodes, when not all of them can be lowered.
class NodeTable {
 public:
  NodeTable(Graph& graph, const TargetConfig& target, const Diagnostics& problems) {
    std::map<const Node*, std::string> becomes;
    std::map<std::string, std::string> reasons;
    for (const Diagnostic& d : problems.all()) {
      if (d.severity != Severity::kError) continue;
      Append(&reasons[d.location.node], d.message);
      remedies_.insert(d.remedy);
    }
    const bool quantized = IsQuantized(graph);
    if (!quantized) Annotate(graph, target, &becomes, &reasons);
    std::set<std::string> nodes;
    for (const auto& node : graph.nodes()) {
      const std::string& name = node->location.node;
      nodes.insert(name);
      Row row{node.get(), becomes[node.get()], reasons[name]};
      if (row.becomes.empty() && row.why.empty() && !quantized)
        row.why = "no integer op is made from " + node->op;
      rows_.push_back(std::move(row));
    }
    for (const Diagnostic& d : problems.all())
      if (d.severity == Severity::kError && !nodes.contains(d.location.node))
        elsewhere_.push_back(d.ToString());
  }

  std::string ToText(const Palette& palette) const {
    Table table({{"node"}, {"module"}, {"source"}, {"op"}, {"result"}, {"becomes"}, {"why not"}});
    for (const Row& row : rows_) {
      const Location& where = row.node->location;
      table.Row({where.node, where.module_path, where.source, row.node->op, ResultOf(*row.node),
                 row.becomes, row.why});
    }
    std::string text = table.ToString(2, palette);
    for (const std::string& problem : elsewhere_) text += "  " + problem + "\n";
    for (const std::string& remedy : remedies_)
      if (!remedy.empty()) text += "\nwhat to do: " + remedy;
    return text;
  }

  Json ToList() const {
    Json list = Json::array();
    for (const Row& row : rows_)
      list.push_back({{"op", row.node->op},
                      {"location", ToJson(row.node->location)},
                      {"result", ResultOf(*row.node)},
                      {"becomes", row.becomes.empty() ? Json(nullptr) : Json(row.becomes)},
                      {"why_not", row.why.empty() ? Json(nullptr) : Json(row.why)}});
    return list;
  }

 private:
  struct Row {
    const Node* node;
    std::string becomes, why;
  };
  static void Annotate(Graph& graph, const TargetConfig& target,
                       std::map<const Node*, std::string>* becomes,
                       std::map<std::string, std::string>* reasons) {
    QuantizerOptions quantizer;
    quantizer.dialect = target.dialect;
    const Annotation annotation = CortexMQuantizer(quantizer).Annotate(graph);
    for (const QuantMatch& match : annotation.matches)
      for (const Node* node : match.chain)
        if (!reasons->contains(node->location.node))
          (*becomes)[node] = fmt::format("{} ({})", match.op->name(), match.pattern.name);
    for (const Rejection& r : annotation.rejections)
      if ((*reasons)[r.location.node].find(r.reason) == std::string::npos)
        Append(&(*reasons)[r.location.node], fmt::format("not as {}: {}", r.pattern, r.reason));
  }
  static void Append(std::string* text, const std::string& more) {
    *text += (text->empty() ? "" : "; ") + more;
  }
  static std::string ResultOf(const Node& node) {
    return node.outputs.empty() ? "" : node.output()->type.ToString();
  }

  std::vector<Row> rows_;
  std::vector<std::string> elsewhere_;  ///< problems of no node that is left
  std::set<std::string> remedies_;
};

class ModelAnalysis {
 public:
  ModelAnalysis(const Options& options, Console& console)
      : options_(options), console_(console), target_(ParseTarget(options.target)) {
    target_.dialect = options.dialect == "executorch" ? Dialect::kExecutorch : Dialect::kCortico;
  }

  int Run(const Bytes& bytes) {
    ExportedProgram program = ReadModel(bytes, options_.file, {options_.batch}, console_);
    quantized_ = IsQuantized(program.graph);
    Graph canonical = program.graph.Clone();
    Compilation result = Try(std::move(program));
    if (!result.diagnostics.ok()) return Refused(canonical, result);
    console_.Show(result.diagnostics.all());
    const PteInput made = ReadProgram(result.pte, options_.file, console_);
    Figures figures = FiguresOf(made.file);
    MeasureStack(made, kMeasureSeconds, console_, figures.ram);
    Json json = Head(true);
    json.update(ToJson(figures));
    json.update(EndsJson(made.file));
    console_.ReportJson(json);
    const Palette& palette = console_.palette();
    const char* trial =
        "  compiled on trial with noise for calibration: sizes are right, ranges are not\n";
    console_.ReportText(FirstLine("every op has a kernel") + (quantized_ ? "" : trial) +
                        Body(made.file, figures, palette) + RejectionText(result));
    return kDone;
  }

 private:
  /// Sizes, places and ops follow from shapes, not from ranges; so a float model is calibrated with
  /// one sample of noise to see the whole way to the file.
  Compilation Try(ExportedProgram program) {
    std::vector<TensorType> types;
    for (const Value* input : program.graph.inputs) types.push_back(input->type);
    const CalibrationData noise{1, [types](size_t) { return MadeUpSample(types, true); }};
    CompileOptions compile;
    compile.target = target_;
    compile.import.batch = options_.batch;
    console_.progress().Update("compile on trial", 0, 0);
    Compilation result = Compile(std::move(program), quantized_ ? nullptr : &noise, compile);
    console_.progress().Clear();
    return result;
  }

  int Refused(Graph& canonical, const Compilation& result) {
    Diagnostics diagnostics(result.file);
    RewriteLog log;
    CanonicalizeForQuantization(canonical, diagnostics, log);
    const NodeTable table(canonical, target_, result.diagnostics);
    Json json = Head(false);
    json["nodes"] = table.ToList();
    json["diagnostics"] = ToJson(result.diagnostics.all());
    console_.ReportJson(json);
    console_.ReportText(FirstLine("cannot be compiled") + table.ToText(console_.palette()));
    return kDone;
  }

  Json Head(bool compiles) const {
    return {{"file", DisplayName(options_.file)},
            {"kind", "model"},
            {"quantized", quantized_},
            {"compiles", compiles},
            {"calibrated_with_noise", !quantized_}};
  }

  std::string FirstLine(const std::string& verdict) const {
    return fmt::format("{}: {} model, for {} ({}): {}\n",
                       console_.palette()(Style::kBold, DisplayName(options_.file)),
                       quantized_ ? "quantized" : "float", target_.cpu, ToString(target_.isa),
                       verdict);
  }

  std::string RejectionText(const Compilation& result) const {
    std::string text;
    for (const Rejection& r : result.rejections)
      text += fmt::format("  {}: not as {}: {}\n", r.location.ToString(), r.pattern, r.reason);
    return text.empty() ? text : "\npatterns that did not fit\n" + text;
  }

  const Options& options_;
  Console& console_;
  TargetConfig target_;
  bool quantized_ = false;
};

int RunAnalyze(const Options& options, Console& console) {
  Bytes bytes = ReadBytes(options.file);
  if (KindOf(bytes) == FileKind::kPt2) return ModelAnalysis(options, console).Run(bytes);
  return AnalyzeProgram(std::move(bytes), options, console);
}

}  // namespace

void AddAnalyze(CLI::App& app, Invocation& invocation) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand(
      "analyze", "RAM by use and bank, flash by part, and every op: where it runs, or why not");
  c->add_option("file", o->file,
                "A program, or a model to be compiled on trial; - is standard input")
      ->required()
      ->type_name("MODEL.pte|MODEL.pt2");
  const auto for_models = [o](CLI::Option* option) {
    option->each([o](const std::string&) { o->for_models = true; })->group("For a model");
  };
  for_models(c->add_option("--target", o->target, "Core to compile for")
                 ->type_name("CORE")
                 ->capture_default_str());
  for_models(c->add_option("--dialect", o->dialect, "Ops that may be used")
                 ->check(CLI::IsMember({"cortico", "executorch"}))
                 ->capture_default_str());
  for_models(c->add_option("--batch", o->batch, "Samples per run")
                 ->check(PositiveWhole())
                 ->type_name("N"));
  AddCommonFlags(*c, invocation.common);
  c->callback([&invocation, o] {
    invocation.run = [o](Console& console) { return RunAnalyze(*o, console); };
  });
}

}  // namespace cortico::tools
