// cortico ops: the dialect as a table for people, as Markdown for the docs, and as the kernel
// registration file that a build of ExecuTorch consumes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "compiler/emit/executorch/kernels.h"
#include "compiler/graph/op_domain.h"
#include "compiler/tools/console.h"

namespace cortico::tools {
namespace {

struct Options {
  bool yaml = false;
  bool markdown = false;
};

/// Element types of activations. Every op works on int8 but for these.
std::string TypesOf(const OpDefinition& op) {
  if (op.IsPortable()) return "float32, integers, masks";
  static const std::map<std::string_view, const char*> others = {
      {"cortex_m::quantize_per_tensor", "float32 to int8, int16"},
      {"cortex_m::dequantize_per_tensor", "int8, int16 to float32"},
      {"aten::view_copy", "any"},
      {"executorch_prim::et_view", "any"},
      {"dim_order_ops::_to_dim_order_copy", "any"},
      {"dim_order_ops::_clone_dim_order", "any"},
  };
  const auto it = others.find(op.name());
  return it == others.end() ? "int8" : it->second;
}

/// A packed op says in its name for which family its weights are laid out.
std::vector<std::string> FamiliesOf(const OpDefinition& op) {
  for (const auto& [mark, isa] : {std::pair("_mve_", Isa::kMve), std::pair("_dsp_", Isa::kDsp)})
    if (op.name().find(mark) != std::string_view::npos) return {ToString(isa)};
  return {ToString(Isa::kScalar), ToString(Isa::kDsp), ToString(Isa::kMve)};
}

std::string Joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string FloatOps(const OpDefinition& op) {
  std::vector<std::string> names;
  for (const QuantPattern& pattern : op.Patterns()) names.push_back(pattern.name);
  return Joined(names);
}

std::string Markdown() {
  std::string text = "| op | types | families | made from | schema |\n|---|---|---|---|---|\n";
  for (const auto& op : AllOps())
    text += fmt::format("| `{}` | {} | {} | {} | `{}` |\n", op->name(), TypesOf(*op),
                        Joined(FamiliesOf(*op)), FloatOps(*op), op->OutSchema());
  return text;
}

std::string Plain(const Palette& palette) {
  std::string text;
  for (const auto& op : AllOps()) {
    text += palette(Style::kBold, op->name()) + "\n";
    text += fmt::format("  types     {}\n  families  {}\n", TypesOf(*op), Joined(FamiliesOf(*op)));
    if (const std::string from = FloatOps(*op); !from.empty())
      text += fmt::format("  made from {}\n", from);
    text += fmt::format("  schema    {}\n", op->OutSchema());
  }
  return text;
}

Json AsJson() {
  Json ops = Json::array();
  for (const auto& op : AllOps()) {
    Json patterns = Json::array();
    for (const QuantPattern& pattern : op->Patterns()) patterns.push_back(pattern.ops);
    ops.push_back({{"name", op->name()},
                   {"overload", op->overload()},
                   {"schema", op->OutSchema()},
                   {"functional_schema", op->FunctionalSchema()},
                   {"families", FamiliesOf(*op)},
                   {"types", TypesOf(*op)},
                   {"patterns", patterns}});
  }
  return Json{{"ops", ops}};
}

int RunOps(const Options& options, Console& console) {
  if (console.json() && (options.yaml || options.markdown))
    throw UsageError("--json, --yaml and --markdown exclude each other");
  console.ReportJson(AsJson());
  console.ReportText(options.yaml       ? ExecutorchYaml()
                     : options.markdown ? Markdown()
                                        : Plain(console.palette()));
  return kDone;
}

}  // namespace

void AddOps(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ops", "The dialect: schemas, families, types");
  CLI::Option* yaml =
      command->add_flag("--yaml", options->yaml, "As ExecuTorch's kernel registration file");
  command->add_flag("--markdown", options->markdown, "As a Markdown table")->excludes(yaml);
  AddCommonFlags(*command, invocation.common);
  command->callback([&invocation, options] {
    invocation.run = [options](Console& console) { return RunOps(*options, console); };
  });
}

}  // namespace cortico::tools
