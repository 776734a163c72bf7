// cortico-embed: writes the C++ source that carries programs or arrays into a firmware. CMake's
// cortico_add_model() calls it; by hand it serves other build systems.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "compiler/data/file.h"
#include "compiler/data/npy.h"
#include "compiler/emit/cpp_model/embed.h"

namespace {

using namespace cortico;

bool WriteText(const std::string& path, const std::string& text, Diagnostics& diagnostics) {
  return WriteFileAtomically(
      path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()), diagnostics);
}

bool WriteBoth(const std::string& folder, const std::string& name, const EmbeddedSource& source,
               Diagnostics& diagnostics) {
  const std::filesystem::path stem = std::filesystem::path(folder) / name;
  return WriteText(stem.string() + ".h", source.header, diagnostics) &&
         WriteText(stem.string() + ".cc", source.source, diagnostics);
}

struct Options {
  std::vector<std::string> files;
  std::string name, folder = ".", output;
};

std::optional<EmbeddedProgram> ReadProgram(const std::string& path, Diagnostics& diagnostics) {
  auto bytes = ReadFile(path, kMaxFileSize, diagnostics);
  if (!bytes) return std::nullopt;
  return EmbeddedProgram{path, std::move(*bytes)};
}

bool Model(const Options& options, Diagnostics& diagnostics) {
  const std::string& path = options.files.front();
  const auto program = ReadProgram(path, diagnostics);
  if (!program) return false;
  const std::string name = options.name.empty() ? IdentifierOf(path) : options.name;
  const auto source = EmbedModel(*program, name, diagnostics);
  return source && WriteBoth(options.folder, name, *source, diagnostics);
}

bool Ops(const Options& options, Diagnostics& diagnostics) {
  std::vector<EmbeddedProgram> programs;
  for (const std::string& path : options.files) {
    auto program = ReadProgram(path, diagnostics);
    if (program) programs.push_back(std::move(*program));
  }
  if (!diagnostics.ok()) return false;
  const auto source = EmbedOpTable(programs, diagnostics);
  return source && WriteText(options.output, *source, diagnostics);
}

bool Data(const Options& options, Diagnostics& diagnostics) {
  const std::string& path = options.files.front();
  const auto arrays = ReadArrays(path, diagnostics);
  if (!arrays) return false;
  const std::string name = options.name.empty() ? IdentifierOf(path) : options.name;
  const auto source = EmbedArrays(*arrays, name, diagnostics);
  return source && WriteBoth(options.folder, name, *source, diagnostics);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes C++ source that carries programs or arrays into a firmware.",
               "cortico-embed");
  app.set_version_flag("--version", "cortico-embed " CORTICO_VERSION, "The version");
  app.require_subcommand(1);
  Options options;
  const auto identifier = [](const std::string& name) {
    return IdentifierOf(name + ".") == name ? "" : "'" + name + "' is no C++ identifier";
  };

  CLI::App* model = app.add_subcommand("model", "A program: <name>.h and <name>.cc");
  CLI::App* data = app.add_subcommand("data", "Arrays (.npy, .npz): <name>.h and <name>.cc");
  for (CLI::App* command : {model, data}) {
    command->add_option("file", options.files)->required()->expected(1);
    command->add_option("--name", options.name, "Namespace and stem of the files")
        ->check(identifier);
    command->add_option("--folder", options.folder, "Where to write them")
        ->check(CLI::ExistingDirectory);
  }
  CLI::App* ops = app.add_subcommand("ops", "The table of the ops that some programs use");
  ops->add_option("programs", options.files)->required();
  ops->add_option("-o,--output", options.output, "The .cc to write")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  Diagnostics diagnostics;
  const bool done = *model ? Model(options, diagnostics)
                    : *ops ? Ops(options, diagnostics)
                           : Data(options, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    std::cerr << "cortico-embed: " << diagnostic.ToString() << '\n';
  }
  return done && diagnostics.ok() ? 0 : 1;
}
