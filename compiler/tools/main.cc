// The command `cortico`. Each subcommand is in the file of its name.
#include <CLI/CLI.hpp>

#include "compiler/tools/console.h"

int main(int argc, char** argv) {
  using namespace cortico::tools;
  CLI::App app("PyTorch models on Arm Cortex-M: compiles, analyzes, runs, validates.", "cortico");
  app.set_version_flag("--version", "cortico " CORTICO_VERSION, "The version");
  app.set_help_flag("-h,--help", "This text");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 the model or the data is at fault, 2 the command line is, 3 we are.");

  Invocation invocation;
  AddCompile(app, invocation);
  AddAnalyze(app, invocation);
  AddRun(app, invocation);
  AddValidate(app, invocation);
  AddProfile(app, invocation);
  AddOps(app, invocation);
  AddTargets(app, invocation);
  AddDoctor(app, invocation);
  return ParseAndRun(app, invocation, argc, argv);
}
