#include "compiler/quantize/prepare.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/passes/canonicalize.h"
#include "compiler/quantize/convert.h"
#include "compiler/reference/evaluate.h"

namespace cortico {
namespace {

constexpr char kNotFinite[] = "NaN or an infinity";

std::string NameOf(const Value& value) { return value.origin.empty() ? value.name : value.origin; }

bool AllFinite(const Value& constant) {
  const float* data = constant.DataAs<float>();
  return std::all_of(data, data + constant.type.numel(), [](float x) { return std::isfinite(x); });
}

}  // namespace

struct PreparedProgram::Impl {
  ExportedProgram program;
  Annotation annotation;
  RewriteLog log;
  std::vector<std::unique_ptr<Observer>> observers;         // per group
  std::unordered_map<const Value*, Observer*> observer_of;  // watched values
  std::optional<Evaluator> evaluator;
  int64_t samples = 0;
  std::vector<const Value*> broken;  // in the current sample

  void Watch(const Value& value, const HostTensor& tensor) {
    const auto it = observer_of.find(&value);
    if (it == observer_of.end() || value.is_constant()) return;
    if (!it->second->Observe(tensor.As<float>(), tensor.type.numel())) broken.push_back(&value);
  }
};

PreparedProgram::PreparedProgram(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PreparedProgram::~PreparedProgram() = default;
PreparedProgram::PreparedProgram(PreparedProgram&&) noexcept = default;
PreparedProgram& PreparedProgram::operator=(PreparedProgram&&) noexcept = default;

const ExportedProgram& PreparedProgram::program() const { return impl_->program; }
const Annotation& PreparedProgram::annotation() const { return impl_->annotation; }
const RewriteLog& PreparedProgram::log() const { return impl_->log; }
int64_t PreparedProgram::samples() const { return impl_->samples; }

bool PreparedProgram::Run(const Sample& sample, Diagnostics& diagnostics) {
  impl_->broken.clear();
  if (!impl_->evaluator->Run(sample, diagnostics).has_value()) return false;
  if (!impl_->broken.empty()) {
    // The first one in graph order is the cause, or the nearest thing to it that is watched.
    const Value& value = *impl_->broken.front();
    diagnostics.Error(value.producer != nullptr ? value.producer->location : Location{},
                      "'" + value.name + "' holds " + kNotFinite + " for calibration sample " +
                          std::to_string(impl_->samples),
                      value.producer != nullptr
                          ? "look for a division by zero or an overflow in the model"
                          : "remove the sample from the calibration data");
    return false;
  }
  ++impl_->samples;
  return true;
}

void PreparedProgram::Run(const Sample& sample) {
  Diagnostics diagnostics(impl_->program.file);
  Run(sample, diagnostics);
  ThrowIfError(diagnostics);
}

std::optional<PreparedProgram> Prepare(ExportedProgram program, const CortexMQuantizer& quantizer,
                                       Diagnostics& diagnostics) {
  auto impl = std::make_unique<PreparedProgram::Impl>();
  impl->program = std::move(program);
  impl->annotation = quantizer.Annotate(impl->program.graph);
  impl->evaluator.emplace(impl->program.graph);
  bool ok = impl->evaluator->Check(diagnostics);
  for (const std::string& rule : impl->annotation.idle_rules) {
    diagnostics.Error({}, rule,
                      "`cortico compile MODEL.pt2 --stop-after import --print` shows the nodes with "
                      "their module paths");
    ok = false;
  }

  std::vector<const Value*> checked;
  for (const QuantMatch& match : impl->annotation.matches) {
    for (const QuantPattern::Argument& argument : match.pattern.arguments) {
      const Value* value = match.chain.front()->Tensor(argument.name);
      if (value == nullptr || !value->is_constant() || AllFinite(*value) ||
          std::find(checked.begin(), checked.end(), value) != checked.end())
        continue;
      checked.push_back(value);
      diagnostics.Error(match.chain.front()->location,
                        "parameter '" + NameOf(*value) + "' holds " + kNotFinite,
                        "train the model again or repair the parameter");
      ok = false;
    }
  }
  if (!ok) return std::nullopt;

  for (size_t group = 0; group < impl->annotation.watched.size(); ++group) {
    impl->observers.push_back(MakeObserver(impl->annotation.observers[group]));
    for (const Value* value : impl->annotation.watched[group]) {
      impl->observer_of[value] = impl->observers.back().get();
      if (value->is_constant())
        impl->observers.back()->Observe(value->DataAs<float>(), value->type.numel());
    }
  }
  for (const QuantMatch& match : impl->annotation.matches)
    for (double value : match.op->Introduces(match.chain, impl->program.graph)) {
      const auto real = static_cast<float>(value);
      impl->observers[impl->annotation.group_of.at(match.output())]->Observe(&real, 1);
    }
  impl->evaluator->set_hook([raw = impl.get()](const Value& value, const HostTensor& tensor) {
    raw->Watch(value, tensor);
  });
  return PreparedProgram(std::move(impl));
}

std::optional<ExportedProgram> Convert(const PreparedProgram& prepared, Diagnostics& diagnostics) {
  const PreparedProgram::Impl& impl = *prepared.impl_;
  if (impl.samples == 0) {
    diagnostics.Error({},
                      "no calibration sample was run: the ranges of the activations are unknown",
                      "run at least one sample before the conversion");
    return std::nullopt;
  }
  std::vector<AffineParameters> parameters;
  for (size_t group = 0; group < impl.observers.size(); ++group) {
    const Range range = impl.observers[group]->range();
    const float span = std::max(range.max, 0.0f) - std::min(range.min, 0.0f);
    if (span > 0 && span / 255 < kSmallestScale && !impl.annotation.watched[group].empty()) {
      const Value& value = *impl.annotation.watched[group].front();
      diagnostics.Warning(value.producer != nullptr ? value.producer->location : Location{},
                          "'" + value.name + "' has values so small that few of int8's steps, or "
                          "none, are left of them (the smallest scale is 2^-23)",
                          "scale the model's data up");
    }
  }
  for (size_t group = 0; group < impl.observers.size(); ++group)
    parameters.push_back(impl.annotation.fixed[group].value_or(
        ChooseAffine(impl.observers[group]->range())));
  ExportedProgram converted;
  converted.file = impl.program.file;
  converted.graph =
      InsertQuantization(impl.program.graph, impl.annotation, parameters, diagnostics);
  return converted;
}

PreparedProgram PreparePt2e(const ExportedProgram& program, const CortexMQuantizer& quantizer) {
  Diagnostics diagnostics(program.file);
  ExportedProgram copy{program.file, program.graph.Clone()};
  RewriteLog log;
  CanonicalizeForQuantization(copy.graph, diagnostics, log);
  ThrowIfError(diagnostics);
  std::optional<PreparedProgram> prepared = Prepare(std::move(copy), quantizer, diagnostics);
  ThrowIfError(diagnostics);
  CORTICO_CHECK(prepared.has_value());
  prepared->impl_->log = std::move(log);
  return std::move(*prepared);
}

ExportedProgram ConvertPt2e(const PreparedProgram& prepared) {
  Diagnostics diagnostics(prepared.program().file);
  std::optional<ExportedProgram> converted = Convert(prepared, diagnostics);
  ThrowIfError(diagnostics);
  CORTICO_CHECK(converted.has_value());
  return std::move(*converted);
}

}  // namespace cortico
