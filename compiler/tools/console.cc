#include "compiler/tools/console.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>

namespace cortico::tools {
namespace {

constexpr const char* kReportUs =
    "this is a fault of cortico: please report it, with the command and the model";

const char* Word(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "?";
}

Style StyleOf(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return Style::kCyan;
    case Severity::kWarning:
      return Style::kYellow;
    case Severity::kError:
      return Style::kRed;
  }
  return Style::kBold;
}

std::string Dump(const Json& json) {
  // Names come from a user's file and may be no UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Console::Console(const CommonOptions& options)
    : options_(options),
      out_(options.color, stdout),
      err_(options.color, stderr),
      progress_(!options.quiet) {}

void Console::GiveStdoutToData() {
  if (options_.json)
    throw UsageError("--json and '-o -' both want standard output; give -o a file name");
  report_to_stderr_ = true;
}

void Console::ReportText(std::string_view text) {
  if (options_.json) return;
  progress_.Clear();
  std::FILE* stream = report_to_stderr_ ? stderr : stdout;
  std::fwrite(text.data(), 1, text.size(), stream);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stream);
}

void Console::ReportJson(const Json& json) {
  if (!options_.json) return;
  progress_.Clear();
  Json whole = {{"ok", true}};
  whole.update(json);
  std::fputs((Dump(whole) + "\n").c_str(), stdout);
}

void Console::Note(std::string_view text) {
  if (options_.quiet) return;
  progress_.Clear();
  std::fputs(fmt::format("{}\n", text).c_str(), stderr);
}

void Console::Show(const std::vector<Diagnostic>& diagnostics) {
  progress_.Clear();
  int64_t errors = 0;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::kError) ++errors;
    if (d.severity == Severity::kWarning && options_.quiet) continue;
    if (d.severity == Severity::kNote && (options_.quiet || !options_.verbose)) continue;
    std::fputs(
        fmt::format("{} {}\n", err_(StyleOf(d.severity), fmt::format("{}:", Word(d.severity))),
                    d.ToString())
            .c_str(),
        stderr);
  }
  if (errors > 1 && !options_.quiet) std::fputs((Counted(errors, "error") + "\n").c_str(), stderr);
}

void Console::Error(std::string_view text) {
  progress_.Clear();
  std::fputs(fmt::format("{} {}\n", err_(Style::kRed, "error:"), text).c_str(), stderr);
}

void Console::ReportFailure(int exit_code, const std::vector<Diagnostic>& diagnostics) {
  if (!options_.json) return;
  const Json json = {{"ok", false}, {"exit_code", exit_code}, {"diagnostics", ToJson(diagnostics)}};
  std::fputs((Dump(json) + "\n").c_str(), stdout);
}

void AddCommonFlags(CLI::App& command, CommonOptions& options, bool has_report) {
  static const std::map<std::string, ColorMode> colors = {
      {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
  if (has_report)
    command.add_flag("--json", options.json, "The report as JSON on standard output")
        ->group("Output");
  CLI::Option* verbose =
      command.add_flag("-v,--verbose", options.verbose, "Say more")->group("Output");
  command.add_flag("-q,--quiet", options.quiet, "Only errors, and what was asked for")
      ->group("Output")
      ->excludes(verbose);
  command
      .add_option_function<std::string>(
          "--color", [&options](const std::string& name) { options.color = colors.at(name); },
          "auto (on a terminal), always, never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""))
      ->group("Output");
}

int RunGuarded(Console& console, const std::function<int(Console&)>& action) {
  const auto fail = [&](int code, const std::string& text) {
    console.Error(text);
    console.ReportFailure(code, {{Severity::kError, "", {}, text, ""}});
    return code;
  };
  try {
    return action(console);
  } catch (const CompileError& e) {
    console.Show(e.diagnostics());
    console.ReportFailure(kModelAtFault, e.diagnostics());
    return kModelAtFault;
  } catch (const UsageError& e) {
    return fail(kCommandLine, e.what());
  } catch (const std::bad_alloc&) {
    return fail(kModelAtFault,
                "out of memory: the model or the data are too large for this machine");
  } catch (const std::exception& e) {
    const int code = fail(kOurFault, e.what());
    console.Note(kReportUs);
    return code;
  } catch (...) {
    const int code = fail(kOurFault, "unknown exception");
    console.Note(kReportUs);
    return code;
  }
}

namespace {

/// What CLI11 says of a command line, or something better where it says little.
std::string Complaint(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const bool lacks_command = app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  if (!lacks_command || commands.empty()) return error.what();
  std::string names;
  for (const CLI::App* command : commands)
    names += (names.empty() ? "" : ", ") + command->get_name();
  return fmt::format("there is no command '{}'; choose one of {}", argv[1], names);
}

}  // namespace

CLI::Validator PositiveWhole() {
  return {[](const std::string& text) {
            int64_t value = 0;
            const bool good = CLI::detail::lexical_cast(text, value) && value >= 1;
            return good ? std::string() : fmt::format("'{}' is no whole number above 0", text);
          },
          "", "positive whole number"};
}

int ParseAndRun(CLI::App& app, Invocation& invocation, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {
      app.exit(e);  // --help, --version
      std::fflush(stdout);
      return kDone;
    }
    std::string command = app.get_name();
    for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
    Console(invocation.common).Error(
        fmt::format("{}; see `{} --help`", Complaint(app, e, argc, argv), command));
    return kCommandLine;
  }
  Console console(invocation.common);
  const int code = RunGuarded(console, invocation.run);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    console.Error("standard output cannot be written; check the free space");
    return code == kDone ? static_cast<int>(kModelAtFault) : code;
  }
  return code;
}

Json ToJson(const Location& location) {
  Json json = Json::object();
  if (!location.node.empty()) json["node"] = location.node;
  if (!location.module_path.empty()) json["module"] = location.module_path;
  if (!location.source.empty()) json["source"] = location.source;
  return json;
}

Json ToJson(const Diagnostic& diagnostic) {
  Json json = {{"severity", Word(diagnostic.severity)}};
  if (!diagnostic.file.empty()) json["file"] = diagnostic.file;
  if (!diagnostic.location.empty()) json["location"] = ToJson(diagnostic.location);
  json["message"] = diagnostic.message;
  if (!diagnostic.remedy.empty()) json["remedy"] = diagnostic.remedy;
  return json;
}

Json ToJson(const std::vector<Diagnostic>& diagnostics) {
  Json json = Json::array();
  for (const Diagnostic& d : diagnostics) json.push_back(ToJson(d));
  return json;
}

}  // namespace cortico::tools
