// cortico run: a program on data.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "compiler/data/convert.h"
#include "compiler/data/npy.h"
#include "compiler/tools/inputs.h"
#include "compiler/tools/outputs.h"

namespace cortico::tools {
namespace {

struct Options {
  std::string program;
  std::string input;
  std::string output;
  std::string on = "host";
};

/// The first elements of a tensor, as many as fit a line.
std::string Preview(const HostTensor& tensor, int64_t first, int64_t count) {
  constexpr int64_t kMost = 10;
  std::string text;
  for (int64_t i = first; i < first + std::min(count, kMost); ++i)
    text += fmt::format("{}{:.6g}", i == first ? "" : ", ", ElementAsDouble(tensor, i));
  return text + (count > kMost ? ", …" : "");
}

Json Values(const HostTensor& tensor) {
  Json list = Json::array();
  for (int64_t i = 0; i < tensor.type.numel(); ++i) {
    if (IsFloat(tensor.type.dtype))
      list.push_back(ElementAsDouble(tensor, i));
    else
      list.push_back(static_cast<int64_t>(ElementAsDouble(tensor, i)));
  }
  return list;
}

std::string Text(const NamedTensors& outputs, const RunResult& result, const Palette& palette) {
  constexpr int64_t kRows = 10;
  std::string text =
      fmt::format("{} on {}\n", Counted(static_cast<int64_t>(result.outputs.size()), "run"),
                  result.board == "host" ? "the host" : result.board);
  for (const auto& [name, tensor] : outputs) {
    text += fmt::format("{}  {}\n", palette(Style::kBold, name), tensor.type.ToString());
    const int64_t rows = tensor.type.rank() == 0 ? 1 : tensor.type.sizes[0];
    const int64_t each = rows == 0 ? 0 : tensor.type.numel() / rows;
    for (int64_t row = 0; row < std::min(rows, kRows); ++row)
      text += fmt::format("  [{}] {}\n", row, Preview(tensor, row * each, each));
    if (rows > kRows)
      text += fmt::format("  … {} more; -o FILE writes all\n", Grouped(rows - kRows));
  }
  return text;
}

void Write(const std::string& path, const NamedTensors& outputs) {
  Diagnostics diagnostics(path);
  if (outputs.size() == 1) {
    WriteNpy(path, outputs.front().second, diagnostics);
  } else {
    WriteNpz(path, outputs, diagnostics);
  }
  ThrowIfError(diagnostics);
}

/// One output makes a .npy, several make an .npz: a name that says the other one would lie.
void ExpectFittingName(const std::string& path, size_t outputs) {
  if (outputs == 1 && path.ends_with(".npz"))
    throw UsageError("-o: the program has one output, which is written as .npy");
  if (outputs > 1 && path.ends_with(".npy"))
    throw UsageError(
        fmt::format("-o: the program has {} outputs, which are written as .npz", outputs));
}

int RunRun(const Options& options, Console& console) {
  const Venue venue = ParseVenue(options.on);
  ExpectOneStream({options.program, options.input});
  if (!options.output.empty()) ExpectNewFile(options.output, {options.program, options.input});
  if (options.output == "-") console.GiveStdoutToData();
  const PteInput program = ReadProgram(options.program, console);
  ExpectFittingName(options.output, program.file.outputs.size());
  const Dataset data = ReadData(options.input, DataInputs(program.file), console);

  const Stopwatch watch;
  RunOptions run;
  run.venue = venue;
  const RunResult result =
      RunSamples(program, data, Spread(data.size(), data.size()), run, console, "run");
  const NamedTensors outputs = StackOutputs(program.file, result.outputs);
  if (!options.output.empty()) Write(options.output, outputs);

  Json json = {{"program", program.path},
               {"samples", data.size()},
               {"board", result.board},
               {"seconds", watch.Seconds()}};
  if (result.instructions > 0) json["instructions"] = result.instructions;
  Json& list = json["outputs"] = Json::array();
  for (const auto& [name, tensor] : outputs) {
    Json entry = {{"name", name}, {"type", Name(tensor.type.dtype)}, {"sizes", tensor.type.sizes}};
    if (options.output.empty()) entry["values"] = Values(tensor);
    list.push_back(std::move(entry));
  }
  if (!options.output.empty()) json["output"] = options.output;
  console.ReportJson(json);
  if (options.output.empty()) {
    console.ReportText(Text(outputs, result, console.palette()));
  } else if (!console.quiet()) {
    std::string text = fmt::format(
        "{}: {} on {}, {}\n",
        DisplayName(options.output == "-" ? "standard output" : options.output),
        Counted(static_cast<int64_t>(data.size()), "run"), result.board, Duration(watch.Seconds()));
    for (const auto& [name, tensor] : outputs)
      text += fmt::format("  {}  {}\n", name, tensor.type.ToString());
    console.ReportText(text);
  }
  return kDone;
}

}  // namespace

void AddRun(CLI::App& app, Invocation& invocation) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand("run", "A program on data: one sample or many");
  c->add_option("program", o->program, "A program; - is standard input")
      ->required()
      ->type_name("MODEL.pte");
  c->add_option("--input", o->input, ".npy, .npz or -; the first axis counts samples")
      ->required()
      ->type_name("X.npy");
  c->add_option("-o,--output", o->output,
                "One output: .npy; several: .npz, named after them; - is standard output")
      ->type_name("FILE");
  c->add_option("--on", o->on, "host, qemu, qemu:BOARD, fvp")
      ->type_name("WHERE")
      ->capture_default_str();
  AddCommonFlags(*c, invocation.common);
  c->callback(
      [&invocation, o] { invocation.run = [o](Console& console) { return RunRun(*o, console); }; });
}

}  // namespace cortico::tools
