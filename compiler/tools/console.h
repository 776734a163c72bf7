// What every command has in common: flags, messages, reports, the end of a run.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/tools/terminal.h"

namespace CLI {
class App;
class Validator;
}

namespace cortico::tools {

using Json = nlohmann::ordered_json;

/// What the process returns.
enum ExitCode {
  kDone = 0,
  kModelAtFault = 1,  ///< or the data, or the machine: something the message names
  kCommandLine = 2,
  kOurFault = 3,
};

/// A command line that cannot be meant (exit code 2).
class UsageError : public std::exception {
 public:
  explicit UsageError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

struct CommonOptions {
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  ColorMode color = ColorMode::kAuto;
};

/// For an option that counts something: whole numbers from 1 on.
CLI::Validator PositiveWhole();

/// Messages and reports of one run.
class Console {
 public:
  explicit Console(const CommonOptions& options);

  bool json() const { return options_.json; }
  bool verbose() const { return options_.verbose; }
  bool quiet() const { return options_.quiet; }
  /// For text that goes where reports go.
  const Palette& palette() const { return report_to_stderr_ ? err_ : out_; }
  Progress& progress() { return progress_; }

  /// Standard output is taken by the data of `-o -`: reports go to standard error. Throws
  /// UsageError when that is impossible (--json).
  void GiveStdoutToData();

  /// A report in text form; dropped with --json.
  void ReportText(std::string_view text);
  /// A report in JSON; dropped without --json. `"ok": true` is put before its fields.
  void ReportJson(const Json& json);
  /// A remark on standard error, silenced by --quiet.
  void Note(std::string_view text);
  /// One line each on standard error: errors always, warnings unless --quiet, notes if --verbose.
  void Show(const std::vector<Diagnostic>& diagnostics);
  void Error(std::string_view text);
  /// The report of a run that failed, when there is one (--json).
  void ReportFailure(int exit_code, const std::vector<Diagnostic>& diagnostics);

 private:
  CommonOptions options_;
  Palette out_, err_;
  Progress progress_;
  bool report_to_stderr_ = false;
};

/// The command that the command line asked for; set by the subcommand's callback.
struct Invocation {
  CommonOptions common;
  std::function<int(Console&)> run;
};

/// --json, -v, -q and --color, for a subcommand's own help.
void AddCommonFlags(CLI::App& command, CommonOptions& options, bool has_report = true);

/// Runs `action` and turns what it throws into messages and an exit code.
int RunGuarded(Console& console, const std::function<int(Console&)>& action);

/// Parses, runs the command that was asked for, and says how it ended.
int ParseAndRun(CLI::App& app, Invocation& invocation, int argc, char** argv);

Json ToJson(const Diagnostic& diagnostic);
Json ToJson(const std::vector<Diagnostic>& diagnostics);
Json ToJson(const Location& location);

// ---- the commands, one file each ---------------------------------------------------------------

void AddCompile(CLI::App& app, Invocation& invocation);
void AddAnalyze(CLI::App& app, Invocation& invocation);
void AddRun(CLI::App& app, Invocation& invocation);
void AddValidate(CLI::App& app, Invocation& invocation);
void AddProfile(CLI::App& app, Invocation& invocation);
void AddOps(CLI::App& app, Invocation& invocation);
void AddTargets(CLI::App& app, Invocation& invocation);
void AddDoctor(CLI::App& app, Invocation& invocation);

}  // namespace cortico::tools
