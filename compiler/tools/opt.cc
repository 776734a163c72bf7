// The command `cortico-opt`: passes on the text form of a graph, one by one. For tests and for
// whoever wants to see what a pass does.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "compiler/data/file.h"
#include "compiler/graph/text.h"
#include "compiler/passes/pass.h"
#include "compiler/target.h"
#include "compiler/tools/console.h"

namespace cortico::tools {
namespace {

struct Options {
  std::string input = "-";
  std::vector<std::string> passes;
  std::string output = "-";
  std::string target = TargetConfig().cpu;
  std::string dialect = "cortico";
  bool list = false;
  bool explain = false;
};

std::vector<const char*> PassNames() {
  std::vector<const char*> names;
  for (const auto* list : {&CanonicalizePasses(), &LoweringPasses()})
    for (const Pass& pass : *list) names.push_back(pass.name);
  return names;
}

TargetConfig TargetOf(const Options& options) {
  auto target = TargetConfig::Find(options.target);
  if (!target) throw UsageError(fmt::format("--target: unknown core '{}'", options.target));
  target->dialect = options.dialect == "executorch" ? Dialect::kExecutorch : Dialect::kCortico;
  return *target;
}

int RunOpt(const Options& options, Console& console) {
  if (options.list) {
    for (const char* name : PassNames()) console.ReportText(name);
    return kDone;
  }
  std::vector<const Pass*> passes;
  for (const std::string& name : options.passes) {
    passes.push_back(FindPass(name));
    if (passes.back() == nullptr)
      throw UsageError(fmt::format("--pass: there is no pass '{}'; choose from {}", name,
                                   fmt::join(PassNames(), ", ")));
  }
  const TargetConfig target = TargetOf(options);
  Diagnostics diagnostics(options.input == "-" ? "standard input" : options.input);
  const auto bytes = ReadFile(options.input, kMaxFileSize, diagnostics);
  ThrowIfError(diagnostics);
  auto graph =
      ParseGraph({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, diagnostics);
  ThrowIfError(diagnostics);
  VerifyGraph(*graph, diagnostics);
  ThrowIfError(diagnostics);

  RewriteLog log;
  for (const Pass* pass : passes) {
    PassContext context{*graph, target, diagnostics, log};
    pass->run(context);
    ThrowIfError(diagnostics);
    VerifyGraph(*graph, diagnostics);
    // The text that came in was sound, so the pass has broken it.
    if (!diagnostics.ok())
      throw InternalError(fmt::format("pass {} left a broken graph: {}", pass->name,
                                      CompileError(diagnostics.all()).what()));
  }
  console.Show(diagnostics.all());
  if (options.explain)
    for (const Rewrite& r : log)
      console.Note(fmt::format("{}: {}{}{}", r.pass, r.location.ToString(),
                               r.location.empty() ? "" : ": ", r.what));
  const std::string text = PrintGraph(*graph);
  WriteFileAtomically(options.output, {reinterpret_cast<const uint8_t*>(text.data()), text.size()},
                      diagnostics);
  ThrowIfError(diagnostics);
  return kDone;
}

}  // namespace
}  // namespace cortico::tools

int main(int argc, char** argv) {
  using namespace cortico::tools;
  CLI::App app("Runs passes on the text form of a graph.", "cortico-opt");
  Options o;
  Invocation invocation;
  app.set_version_flag("--version", "cortico-opt " CORTICO_VERSION, "The version");
  app.add_option("input", o.input, "The graph; - is standard input")
      ->type_name("IN.txt")
      ->capture_default_str();
  app.add_option("--pass", o.passes, "Passes in the order to run them, with commas between")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("PASS,...");
  app.add_option("-o,--output", o.output, "The graph afterwards; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--target", o.target, "Core to compile for")
      ->type_name("CORE")
      ->capture_default_str();
  app.add_option("--dialect", o.dialect, "Ops that may be used")
      ->check(CLI::IsMember({"cortico", "executorch"}))
      ->capture_default_str();
  app.add_flag("--list", o.list, "The names of all passes, in the pipeline's order");
  app.add_flag("--explain", o.explain, "Every rewrite, on standard error");
  AddCommonFlags(app, invocation.common, /*has_report=*/false);
  invocation.run = [&o](Console& console) { return RunOpt(o, console); };
  return ParseAndRun(app, invocation, argc, argv);
}
