// cortico profile: instructions op by op, on a simulated board.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "compiler/tools/inputs.h"

namespace cortico::tools {
namespace {

struct Options {
  std::string program;
  std::string input;
  std::string on = "qemu";
};

RunResult Measure(const PteInput& program, const Options& options, Console& console) {
  RunOptions run;
  run.venue = ParseVenue(options.on);
  run.profile = true;
  if (!options.input.empty()) {
    const Dataset data = ReadData(options.input, DataInputs(program.file), console);
    return RunSamples(program, data, {0}, run, console, "run");
  }
  Diagnostics diagnostics(program.path);
  console.progress().Update("run", 0, 0);
  auto result = RunProgram(program.bytes, program.path,
                           {MadeUpSample(InputTypes(program.file), false)}, run, diagnostics);
  console.progress().Clear();
  ThrowIfError(diagnostics);
  console.Show(diagnostics.all());
  return std::move(result.value());
}

int RunProfile(const Options& options, Console& console) {
  if (ParseVenue(options.on).kind == Venue::Kind::kHost)
    throw UsageError("--on host: this machine counts no instructions of the target; take qemu");
  ExpectOneStream({options.program, options.input});
  const PteInput program = ReadProgram(options.program, console);
  const RunResult result = Measure(program, options, console);

  using Align = Table::Align;
  Table table({{"#", Align::kRight},
               {"node", Align::kLeft},
               {"module", Align::kLeft},
               {"op", Align::kLeft},
               {"instructions", Align::kRight},
               {"share", Align::kRight}});
  uint64_t in_ops = 0;
  for (const OpProfile& op : result.ops) in_ops += op.instructions;
  const uint64_t total = std::max(result.instructions, in_ops);
  const auto share = [&](uint64_t n) {
    return total == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(total);
  };
  Json list = Json::array();
  for (size_t i = 0; i < result.ops.size(); ++i) {
    const OpProfile& op = result.ops[i];
    const bool known = result.ops.size() == program.file.calls.size();
    const Location where = known ? program.file.calls[i].location : Location();
    const std::string name = known ? CallName(program.file, program.file.calls[i]) : "";
    table.Row({fmt::format("{}", i), name, where.module_path, op.name,
               Grouped(static_cast<int64_t>(op.instructions)), Percent(share(op.instructions))});
    list.push_back({{"op", op.name},
                    {"location", ToJson(where)},
                    {"instructions", op.instructions},
                    {"share", share(op.instructions)}});
  }
  table.Row({"", "", "", "between ops", Grouped(static_cast<int64_t>(total - in_ops)),
             Percent(share(total - in_ops))});
  table.Row({"", "", "", "total", Grouped(static_cast<int64_t>(total)), Percent(1)});

  console.ReportJson(Json{{"program", program.path},
                          {"board", result.board},
                          {"cpu", result.cpu},
                          {"unit", "instructions, not cycles"},
                          {"instructions", total},
                          {"between_ops", total - in_ops},
                          {"stack_bytes", result.stack_bytes},
                          {"record_bytes", result.record_bytes},
                          {"arena_bytes", result.arena_bytes},
                          {"ops", list}});
  const Palette& palette = console.palette();
  console.ReportText(
      fmt::format("{} on {} ({}): {} instructions for one run\n{}"
                  "Instructions, not cycles: a simulator knows nothing of pipelines and memory.\n"
                  "arena {} (records {} of it), stack {}\n",
                  palette(Style::kBold, program.path), result.board, result.cpu,
                  Grouped(static_cast<int64_t>(total)), table.ToString(2, palette),
                  ByteCount(static_cast<int64_t>(result.arena_bytes)),
                  ByteCount(static_cast<int64_t>(result.record_bytes)),
                  ByteCount(static_cast<int64_t>(result.stack_bytes))));
  return kDone;
}

}  // namespace

void AddProfile(CLI::App& app, Invocation& invocation) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand("profile", "Instructions per op, with the share of the whole");
  c->add_option("program", o->program, "A program; - is standard input")
      ->required()
      ->type_name("MODEL.pte");
  c->add_option("--on", o->on, "qemu, qemu:BOARD, fvp")->type_name("WHERE")->capture_default_str();
  c->add_option("--input", o->input, "Its first sample is run; without it, zeros")
      ->type_name("X.npy");
  AddCommonFlags(*c, invocation.common);
  c->callback([&invocation, o] {
    invocation.run = [o](Console& console) { return RunProfile(*o, console); };
  });
}

}  // namespace cortico::tools
