// cortico validate: the float model beside its program, on the host and on a simulated board.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "compiler/data/convert.h"
#include "compiler/data/parallel.h"
#include "compiler/passes/canonicalize.h"
#include "compiler/pipeline.h"
#include "compiler/reference/evaluate.h"
#include "compiler/tools/inputs.h"
#include "compiler/tools/layers.h"
#include "compiler/tools/outputs.h"

namespace cortico::tools {
namespace {

struct Options {
  std::string model;
  std::string program;
  std::string data;
  std::string on = "host";
  std::optional<size_t> limit;
  size_t layers = 32;
};

/// How the data judge an output.
enum class Judge { kNone, kLabels, kValues };

/// One way to run the model, judged.
struct Score {
  std::string name;   ///< "float", "int8 on host", "int8 on mps3-an547"
  std::string where;  ///< key in JSON
  Top1 top1;
  ErrorSums truth;  ///< against `y`
  ErrorSums model;  ///< against the float model's outputs
};

[[noreturn]] void Mismatch(const std::string& program, const std::string& model,
                           const std::string& what) {
  throw CompileError({{Severity::kError,
                       program,
                       {},
                       "does not come from " + model + ": " + what,
                       "give the model that it was compiled from"}});
}

class Command {
 public:
  Command(const Options& options, Console& console)
      : options_(options), console_(console), venue_(ParseVenue(options.on)) {}

  int Run() {
    ExpectOneStream({options_.model, options_.program, options_.data});
    program_ = ReadProgram(options_.program, console_);
    model_ = ReadFloatModel();
    CheckPair();
    data_ = ReadData(options_.data, DataInputs(program_.file), console_);
    ReadModelData();
    indices_ = Spread(data_.size(), options_.limit.value_or(data_.size()));
    judge_ = ChooseJudge();

    // The simulator first: if it is missing, nobody has waited for the float model.
    std::optional<RunResult> target;
    if (venue_.kind != Venue::Kind::kHost) target = RunOn(venue_, indices_, false);
    const RunResult host = RunOn(Venue(), indices_, false);
    AddScore("int8 on host", "host", host.outputs);
    if (target) {
      board_ = target->board;
      AddScore("int8 on " + board_, "target", target->outputs);
      for (size_t i = 0; i < indices_.size(); ++i)
        differing_ += !SameBits(host.outputs[i], target->outputs[i]);
    }
    RunFloat(host.outputs, target ? &target->outputs : nullptr);
    CompareLayers();
    Report();
    return kDone;
  }

 private:
  /// A model with a symbolic batch takes the program's.
  ExportedProgram ReadFloatModel() {
    const Bytes bytes = ReadBytes(options_.model);
    if (KindOf(bytes) == FileKind::kPt2 && !program_.file.inputs.empty()) {
      Diagnostics diagnostics;
      const TensorType& first = InputType(program_.file, 0);
      if (!ImportPt2(bytes, DisplayName(options_.model), {}, diagnostics) && first.rank() > 0)
        return ReadModel(bytes, options_.model, {first.sizes[0]}, console_);
    }
    return ReadModel(bytes, options_.model, {}, console_);
  }

  void CheckPair() {
    const Graph& graph = model_.graph;
    const PteFile& file = program_.file;
    const auto check = [&](const char* what, const Values& model, size_t count, auto type_of) {
      if (model.size() != count)
        Mismatch(program_.path, model_.file,
                 fmt::format("it has {}, the model {}", Counted(static_cast<int64_t>(count), what),
                             model.size()));
      for (size_t i = 0; i < count; ++i)
        if (model[i]->type.sizes != type_of(file, i).sizes)
          Mismatch(program_.path, model_.file,
                   fmt::format("{} {} is {}, in the model {}", what, i, type_of(file, i).ToString(),
                               model[i]->type.ToString()));
    };
    check("input", graph.inputs, file.inputs.size(), InputType);
    check("output", graph.outputs, file.outputs.size(), OutputType);
    if (file.outputs.empty()) Mismatch(program_.path, model_.file, "it has no outputs");
    Diagnostics diagnostics(model_.file);
    Evaluator(graph).Check(diagnostics);
    ThrowIfError(diagnostics);
  }

  /// An int8 program's data for its float model. Integers are what they stand for.
  void ReadModelData() {
    std::vector<DataInput> inputs = DataInputs(program_.file);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const DType wanted = model_.graph.inputs[i]->type.dtype;
      if (inputs[i].type.dtype == wanted) continue;
      inputs[i].type.dtype = wanted;
      differs_ = true;
    }
    if (!differs_) return;
    if (options_.data == "-")
      throw UsageError("--data -: a program with int8 inputs needs its data twice; give a file");
    Diagnostics diagnostics(DisplayName(options_.data));
    auto data = LoadDataset(options_.data, inputs, diagnostics);
    ThrowIfError(diagnostics);
    model_data_ = std::move(*data);
  }
  Sample ModelSample(size_t index) const { return (differs_ ? model_data_ : data_).Get(index); }

  Judge ChooseJudge() {
    if (!data_.has_truth()) {
      console_.Note(DisplayName(options_.data) + " has no array 'y': no accuracy, only SQNR");
      return Judge::kNone;
    }
    if (program_.file.outputs.size() > 1)
      console_.Note("'y' is compared with the first output, " + OutputNames(program_.file)[0]);
    if (!data_.truth_is_labels()) return Judge::kValues;
    const HostTensor labels = data_.Truth(0);
    const int64_t rows = labels.type.numel();
    const int64_t numbers = OutputType(program_.file, 0).numel();
    if (rows > 0 && numbers == rows) {
      console_.Note("the output has one number per sample: 'y' is taken as values, not as labels");
      return Judge::kValues;
    }
    if (rows == 0 || numbers % rows != 0) BadTruth(0, labels);
    classes_ = numbers / rows;
    return Judge::kLabels;
  }

  [[noreturn]] void BadTruth(size_t index, const HostTensor& truth) const {
    throw CompileError(
        {{Severity::kError,
          DisplayName(options_.data),
          {},
          fmt::format("'y' of sample {} is {}, and the output is {}", index, truth.type.ToString(),
                      OutputType(program_.file, 0).ToString()),
          "give a label, or as many values as the output has, for each sample"}});
  }

  RunResult RunOn(const Venue& venue, const std::vector<size_t>& indices, bool layers) {
    RunOptions run;
    run.venue = venue;
    run.keep_op_outputs = layers;
    const std::string where =
        venue.kind == Venue::Kind::kHost ? "int8 on host" : "int8 on " + venue.ToString();
    return RunSamples(program_, data_, indices, run, console_,
                      where + (layers ? ", layer by layer" : ""));
  }

  std::vector<double> Reals(const Sample& outputs, size_t o) const {
    return ToReals(outputs.at(o), OutputType(program_.file, o).quantization);
  }

  void JudgeOutput(size_t index, const std::vector<double>& output, Score* score) const {
    if (judge_ == Judge::kNone) return;
    const HostTensor truth = data_.Truth(index);
    if (judge_ == Judge::kValues) {
      if (truth.type.numel() != static_cast<int64_t>(output.size())) BadTruth(index, truth);
      score->truth.Add(ToReals(truth, std::nullopt), output);
      return;
    }
    std::vector<int64_t> labels;
    for (const double label : ToReals(truth, std::nullopt)) {
      labels.push_back(static_cast<int64_t>(label));
      if (labels.back() < 0 || labels.back() >= classes_)
        throw CompileError(
            {{Severity::kError,
              DisplayName(options_.data),
              {},
              fmt::format("label {} of sample {} is outside of the output's {} classes",
                          labels.back(), index, classes_),
              "give labels from 0 on"}});
    }
    score->top1.Add(output, labels);
  }

  void AddScore(const std::string& name, const std::string& where,
                const std::vector<Sample>& outputs) {
    Score score{name, where, {}, {}, {}};
    for (size_t i = 0; i < indices_.size(); ++i)
      JudgeOutput(indices_[i], Reals(outputs[i], 0), &score);
    scores_.push_back(std::move(score));
  }

  static bool SameBits(const Sample& a, const Sample& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const HostTensor& x, const HostTensor& y) { return x.data == y.data; });
  }

  void RunFloat(const std::vector<Sample>& host, const std::vector<Sample>* target) {
    Score score{IsQuantized(model_.graph) ? "quantized .pt2" : "float", "float", {}, {}, {}};
    // In parts that memory holds: a part's runs on all cores, then judged in order.
    constexpr size_t kPart = 1024;
    std::vector<Evaluator> evaluators;
    for (size_t w = WorkersFor(indices_.size()); w > 0; --w) evaluators.emplace_back(model_.graph);
    for (size_t begin = 0; begin < indices_.size(); begin += kPart) {
      const size_t count = std::min(kPart, indices_.size() - begin);
      std::vector<std::vector<HostTensor>> outputs(count);
      ForEachInParallel(
          count, evaluators.size(),
          [&](size_t worker, size_t i) {
            Diagnostics diagnostics(model_.file);
            auto result = evaluators[worker].Run(ModelSample(indices_[begin + i]), diagnostics);
            ThrowIfError(diagnostics);
            outputs[i] = std::move(*result);
          },
          [&](size_t done) {
            console_.progress().Update(score.name, begin + done, indices_.size());
          });
      for (size_t i = 0; i < count; ++i) JudgeFloat(begin + i, outputs[i], host, target, &score);
    }
    console_.progress().Clear();
    scores_.insert(scores_.begin(), std::move(score));
  }

  void JudgeFloat(size_t i, const std::vector<HostTensor>& outputs,
                  const std::vector<Sample>& host, const std::vector<Sample>* target,
                  Score* score) {
    JudgeOutput(indices_[i], ToReals(outputs.at(0), std::nullopt), score);
    for (size_t o = 0; o < outputs.size(); ++o) {
      const std::vector<double> reals = ToReals(outputs[o], std::nullopt);
      scores_[0].model.Add(reals, Reals(host[i], o));
      if (target != nullptr) scores_[1].model.Add(reals, Reals((*target)[i], o));
    }
  }

  void CompareLayers() {
    layer_indices_ = Spread(indices_.size(), options_.layers);
    for (size_t& i : layer_indices_) i = indices_[i];
    if (layer_indices_.empty()) return;
    if (!program_.file.report) {
      console_.Note("no table of layers: " + program_.path + " is stripped of names");
      return;
    }
    canonical_ = model_.graph.Clone();
    Diagnostics diagnostics(model_.file);
    RewriteLog log;
    CanonicalizeForQuantization(canonical_, diagnostics, log);
    ThrowIfError(diagnostics);
    layers_.emplace(program_.file, canonical_);
    if (!layers_->any()) {
      console_.Note("no table of layers: no name of the program is one of the model's");
      layers_.reset();
      return;
    }
    std::optional<RunResult> target;
    if (!board_.empty()) target = RunOn(venue_, layer_indices_, true);
    const RunResult host = RunOn(Venue(), layer_indices_, true);

    Evaluator evaluator(canonical_);
    std::map<const Value*, std::vector<double>> truth;
    evaluator.set_hook([&](const Value& value, const HostTensor& tensor) {
      if (layers_->Wants(value)) truth[&value] = ToReals(tensor, std::nullopt);
    });
    for (size_t i = 0; i < layer_indices_.size(); ++i) {
      console_.progress().Update("layer by layer", i, layer_indices_.size());
      truth.clear();
      evaluator.Run(ModelSample(layer_indices_[i]), diagnostics);
      ThrowIfError(diagnostics);
      layers_->Add(truth, host.op_outputs.at(i), target ? &target->op_outputs.at(i) : nullptr);
    }
    console_.progress().Clear();
  }

  // ---- the report ------------------------------------------------------------------------------

  void Report() {
    if (differing_ > 0) WarnOfBits();
    console_.ReportJson(AsJson());
    console_.ReportText(ScoreText() + LayerText());
  }

  void WarnOfBits() {
    std::string first;
    if (layers_)
      for (const Layer& layer : layers_->layers())
        if (!layer.target_equals_host && first.empty()) first = ", first at " + NameOf(layer);
    console_.Show({{Severity::kWarning,
                    program_.path,
                    {},
                    fmt::format("{} of {} outputs on {} have other bits than on the host{}",
                                Grouped(differing_), Grouped(static_cast<int64_t>(indices_.size())),
                                board_, first),
                    "please report it, with the program and the data"}});
  }

  std::string NameOf(const Layer& layer) const {
    return CallName(program_.file, program_.file.calls[layer.call]);
  }

  std::string ScoreText() const {
    const Palette& palette = console_.palette();
    using Align = Table::Align;
    Table table({{"", Align::kLeft},
                 {judge_ == Judge::kLabels   ? "top-1"
                  : judge_ == Judge::kValues ? "MSE"
                                             : "",
                  Align::kRight},
                 {judge_ == Judge::kLabels   ? "right"
                  : judge_ == Judge::kValues ? "SQNR to y"
                                             : "",
                  Align::kRight},
                 {"SQNR to float", Align::kRight},
                 {"bits", Align::kLeft}});
    for (const Score& s : scores_) {
      std::string first, second;
      if (judge_ == Judge::kLabels) {
        first = Percent(s.top1.Accuracy());
        second = Grouped(s.top1.right());
      } else if (judge_ == Judge::kValues) {
        first = fmt::format("{:.6g}", s.truth.MeanSquaredError());
        second = Decibels(s.truth.Sqnr());
      }
      const bool is_target = s.where == "target";
      const std::string bits = !is_target        ? ""
                               : differing_ == 0 ? "equal to the host's"
                                                 : fmt::format("{} differ from the host's",
                                                               Counted(differing_, "output"));
      table.Row({s.name, first, second, s.where == "float" ? "" : Decibels(s.model.Sqnr()), bits});
    }
    return fmt::format("{} against {}, {}{}\n", palette(Style::kBold, program_.path), model_.file,
                       Counted(static_cast<int64_t>(indices_.size()), "run"),
                       indices_.size() < data_.size()
                           ? fmt::format(" of {}, spread evenly",
                                         Grouped(static_cast<int64_t>(data_.size())))
                           : "") +
           table.ToString(2, palette);
  }

  std::string LayerText() const {
    if (!layers_) return "";
    using Align = Table::Align;
    Table table({{"node", Align::kLeft},
                 {"module", Align::kLeft},
                 {"op", Align::kLeft},
                 {"float value", Align::kLeft},
                 {"SQNR host", Align::kRight},
                 {board_.empty() ? "" : "SQNR " + board_, Align::kRight},
                 {"largest error", Align::kRight},
                 {board_.empty() ? "" : "bits", Align::kLeft}});
    for (const Layer& layer : layers_->layers()) {
      const PteCall& call = program_.file.calls[layer.call];
      table.Row({NameOf(layer), call.location.module_path, call.op,
                 layer.truth != nullptr ? layer.truth->name : "-", Decibels(layer.host.Sqnr()),
                 board_.empty() ? "" : Decibels(layer.target.Sqnr()),
                 layer.truth != nullptr ? fmt::format("{:.4g}", layer.host.LargestError()) : "",
                 board_.empty()             ? ""
                 : layer.target_equals_host ? "equal"
                                            : "differ"});
    }
    return fmt::format("\nlayer by layer, {}\n",
                       Counted(static_cast<int64_t>(layer_indices_.size()), "run")) +
           table.ToString(2, console_.palette());
  }

  /// JSON has no infinity: exact is null with "exact": true beside it.
  static void PutDecibels(Json* json, const char* key, double db) {
    (*json)[key] = std::isfinite(db) ? Json(db) : Json(nullptr);
    if (std::isinf(db) && db > 0) (*json)[std::string(key) + "_exact"] = true;
  }

  Json AsJson() const {
    Json json = {{"program", program_.path},
                 {"model", model_.file},
                 {"runs", indices_.size()},
                 {"runs_in_data", data_.size()}};
    for (const Score& s : scores_) {
      Json& entry = json[s.where] = Json::object();
      if (judge_ == Judge::kLabels) {
        entry["top1"] = s.top1.Accuracy();
        entry["right"] = s.top1.right();
        entry["total"] = s.top1.count();
      } else if (judge_ == Judge::kValues) {
        entry["mse"] = s.truth.MeanSquaredError();
        PutDecibels(&entry, "sqnr_to_truth_db", s.truth.Sqnr());
      }
      if (s.where != "float") PutDecibels(&entry, "sqnr_to_float_db", s.model.Sqnr());
      if (s.where == "target") {
        entry["board"] = board_;
        entry["bits_equal_host"] = differing_ == 0;
        entry["outputs_with_other_bits"] = differing_;
      }
    }
    json["layer_runs"] = layers_ ? layer_indices_.size() : 0;
    Json& list = json["layers"] = Json::array();
    if (!layers_) return json;
    for (const Layer& layer : layers_->layers()) {
      const PteCall& call = program_.file.calls[layer.call];
      Json entry = {
          {"op", call.op},
          {"name", NameOf(layer)},
          {"location", ToJson(call.location)},
          {"float_value", layer.truth != nullptr ? Json(layer.truth->name) : Json(nullptr)}};
      PutDecibels(&entry, "host_sqnr_db", layer.host.Sqnr());
      if (!board_.empty()) {
        PutDecibels(&entry, "target_sqnr_db", layer.target.Sqnr());
        entry["bits_equal_host"] = layer.target_equals_host;
      }
      list.push_back(std::move(entry));
    }
    return json;
  }

  const Options& options_;
  Console& console_;
  const Venue venue_;
  PteInput program_;
  ExportedProgram model_;
  Dataset data_;
  bool differs_ = false;  ///< the model reads other types than the program
  Dataset model_data_;    ///< then
  std::vector<size_t> indices_;  ///< runs that are validated
  Judge judge_ = Judge::kNone;
  int64_t classes_ = 0;
  std::string board_;          ///< empty: host only
  int64_t differing_ = 0;      ///< runs whose outputs on the target are not the host's, bit by bit
  std::vector<Score> scores_;  ///< float, host, target
  Graph canonical_;
  std::optional<LayerTable> layers_;
  std::vector<size_t> layer_indices_;
};

}  // namespace

void AddValidate(CLI::App& app, Invocation& invocation) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand(
      "validate", "Accuracy, and SQNR layer by layer: float, int8 on the host, int8 on the target");
  c->add_option("model", o->model, "The model that the program was compiled from")
      ->required()
      ->type_name("MODEL.pt2");
  c->add_option("program", o->program, "The program")->required()->type_name("MODEL.pte");
  c->add_option(
       "--data", o->data,
       ".npz with the inputs and the truth 'y', a folder of them, or -. Whole numbers in one "
       "dimension are labels (top-1), anything else is compared by value")
      ->required()
      ->type_name("D.npz");
  c->add_option("--on", o->on, "host, or also on qemu, qemu:BOARD, fvp")
      ->type_name("WHERE")
      ->capture_default_str();
  c->add_option("--limit", o->limit, "At most so many runs, spread evenly over the data")
      ->check(PositiveWhole())
      ->type_name("N");
  c->add_option("--layers", o->layers, "Runs for the table of layers; 0: no table")
      ->type_name("N")
      ->capture_default_str();
  AddCommonFlags(*c, invocation.common);
  c->callback([&invocation, o] {
    invocation.run = [o](Console& console) { return Command(*o, console).Run(); };
  });
}

}  // namespace cortico::tools
