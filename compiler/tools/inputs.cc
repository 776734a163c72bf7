#include "compiler/tools/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "compiler/data/file.h"

namespace cortico::tools {
namespace {

constexpr uint64_t kMaxModel = uint64_t{2} << 30;

[[noreturn]] void Refuse(const std::string& path, const std::string& what,
                         const std::string& remedy) {
  throw CompileError({{Severity::kError, DisplayName(path), {}, what, remedy}});
}

// Shows warnings and notes of what was read; throws when an error is among them.
void Settle(const Diagnostics& diagnostics, Console& console) {
  ThrowIfError(diagnostics);
  console.Show(diagnostics.all());
}

std::string NameOr(const std::vector<std::string>& names, size_t i, const char* otherwise) {
  return i < names.size() && !names[i].empty() ? names[i] : fmt::format("{}_{}", otherwise, i);
}

bool SameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || (std::filesystem::equivalent(a, b, error) && !error);
}

}  // namespace

std::string DisplayName(const std::string& path) { return path == "-" ? "standard input" : path; }

void ExpectOneStream(const std::vector<std::string>& paths) {
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    throw UsageError("'-' is given twice, and standard input can be read once");
}

FileKind KindOf(const Bytes& bytes) {
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), "PK", 2) == 0) return FileKind::kPt2;
  if (bytes.size() >= 8 && std::memcmp(bytes.data() + 4, "ET", 2) == 0) return FileKind::kPte;
  return FileKind::kOther;
}

Bytes ReadBytes(const std::string& path) {
  Diagnostics diagnostics(DisplayName(path));
  auto bytes = ReadFile(path, kMaxModel, diagnostics);
  ThrowIfError(diagnostics);
  return std::move(bytes.value());
}

ExportedProgram ReadModel(const Bytes& bytes, const std::string& path, const ImportOptions& options,
                          Console& console) {
  if (KindOf(bytes) == FileKind::kPte)
    Refuse(path, "is a program (.pte) where a model (.pt2) is wanted",
           "give the file that torch.export.save wrote");
  Diagnostics diagnostics(DisplayName(path));
  auto program = ImportPt2(bytes, DisplayName(path), options, diagnostics);
  Settle(diagnostics, console);
  return std::move(program.value());
}

ExportedProgram ReadModel(const std::string& path, const ImportOptions& options, Console& console) {
  return ReadModel(ReadBytes(path), path, options, console);
}

PteInput ReadProgram(Bytes bytes, const std::string& path, Console& console) {
  if (KindOf(bytes) == FileKind::kPt2)
    Refuse(path, "is an archive (.pt2) where a program (.pte) is wanted",
           "compile it first: cortico compile MODEL.pt2 --calibrate DATA");
  Diagnostics diagnostics(DisplayName(path));
  auto file = ReadPte(bytes, diagnostics);
  Settle(diagnostics, console);
  return {DisplayName(path), std::move(bytes), std::move(file.value())};
}

PteInput ReadProgram(const std::string& path, Console& console) {
  return ReadProgram(ReadBytes(path), path, console);
}

const TensorType& InputType(const PteFile& file, size_t i) {
  return file.values.at(static_cast<size_t>(file.inputs.at(i))).tensor.type;
}

const TensorType& OutputType(const PteFile& file, size_t i) {
  return file.values.at(static_cast<size_t>(file.outputs.at(i))).tensor.type;
}

std::vector<TensorType> InputTypes(const PteFile& file) {
  std::vector<TensorType> types;
  for (size_t i = 0; i < file.inputs.size(); ++i) types.push_back(InputType(file, i));
  return types;
}

std::vector<DataInput> DataInputs(const PteFile& file) {
  std::vector<DataInput> inputs;
  for (size_t i = 0; i < file.inputs.size(); ++i)
    inputs.push_back({NameOr(file.input_names, i, "input"), InputType(file, i)});
  return inputs;
}

std::string CallName(const PteFile& file, const PteCall& call) {
  if (!call.location.node.empty()) return call.location.node;
  // The result is the last argument of an out variant.
  if (!call.args.empty()) {
    const PteValue& last = file.values.at(static_cast<size_t>(call.args.back()));
    if (!last.tensor.name.empty()) return last.tensor.name;
  }
  return call.op;
}

std::vector<std::string> OutputNames(const PteFile& file) {
  std::vector<std::string> names;
  for (size_t i = 0; i < file.outputs.size(); ++i)
    names.push_back(NameOr(file.output_names, i, "output"));
  return names;
}

Dataset ReadData(const std::string& path, const std::vector<DataInput>& inputs, Console& console) {
  Diagnostics diagnostics(DisplayName(path));
  auto data = LoadDataset(path, inputs, diagnostics);
  Settle(diagnostics, console);
  if (data->empty()) Refuse(path, "holds no samples", "give at least one");
  return std::move(*data);
}

std::vector<size_t> Spread(size_t total, size_t count) {
  std::vector<size_t> indices;
  count = std::min(count, total);
  for (size_t i = 0; i < count; ++i) indices.push_back(i * total / count);
  return indices;
}

Sample MadeUpSample(const std::vector<TensorType>& types, bool noise) {
  Sample sample;
  uint32_t state = 1;
  for (const TensorType& type : types) {
    HostTensor tensor{type, Bytes(static_cast<size_t>(type.nbytes()), 0)};
    tensor.type.dim_order.clear();
    if (noise && type.dtype == DType::kFloat32) {
      for (int64_t i = 0; i < type.numel(); ++i) {
        state = state * 1664525 + 1013904223;  // Numerical Recipes' generator
        tensor.As<float>()[i] = static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
      }
    }
    sample.push_back(std::move(tensor));
  }
  return sample;
}

std::string OutputBeside(const std::string& input) {
  if (input == "-") throw UsageError("a model from standard input has no name: give -o FILE");
  std::filesystem::path path(input);
  path.replace_extension(".pte");
  if (path == std::filesystem::path(input))
    throw UsageError("the output would replace the input: give -o FILE");
  return path.string();
}

void ExpectNewFile(const std::string& output, const std::vector<std::string>& inputs) {
  if (output == "-") return;
  // Said now, not after minutes of calibration.
  const std::filesystem::path folder = std::filesystem::path(output).parent_path();
  if (std::error_code error; !folder.empty() && !std::filesystem::is_directory(folder, error))
    throw UsageError(fmt::format("-o: there is no folder '{}'", folder.string()));
  for (const std::string& input : inputs)
    if (input != "-" && SameFile(input, output))
      throw UsageError(fmt::format("'{}' is an input: give another name for the output", output));
}

void WriteBytes(const std::string& path, std::span<const uint8_t> bytes) {
  Diagnostics diagnostics(path);
  WriteFileAtomically(path, bytes, diagnostics);
  ThrowIfError(diagnostics);
}

TargetConfig ParseTarget(const std::string& name) {
  if (auto target = TargetConfig::Find(name)) return *target;
  std::string known;
  for (const CpuInfo& cpu : AllCpus()) known += std::string(known.empty() ? "" : ", ") + cpu.cpu;
  throw UsageError(fmt::format("--target: unknown core '{}'; choose one of {}", name, known));
}

Venue ParseVenue(const std::string& text) {
  if (auto venue = Venue::Parse(text)) return *venue;
  throw UsageError(fmt::format("--on: '{}' is none of host, qemu, qemu:BOARD, fvp", text));
}

RunResult RunSamples(const PteInput& program, const Dataset& data,
                     const std::vector<size_t>& indices, RunOptions options, Console& console,
                     const std::string& title) {
  // A state that samples leave behind ends with a part: as few parts as memory allows.
  constexpr int64_t kMostBytes = int64_t{256} << 20;
  int64_t each = 1;
  for (const TensorType& type : InputTypes(program.file)) each += type.nbytes();
  const auto part = static_cast<size_t>(std::max<int64_t>(1, kMostBytes / each));

  RunResult whole;
  size_t before = 0;
  options.progress = [&](size_t done, size_t) {
    console.progress().Update(title, before + done, indices.size());
  };
  while (before < indices.size()) {
    std::vector<Sample> samples;
    for (size_t i = before; i < std::min(indices.size(), before + part); ++i)
      samples.push_back(data.Get(indices[i]));
    Diagnostics diagnostics(program.path);
    auto result = RunProgram(program.bytes, program.path, samples, options, diagnostics);
    Settle(diagnostics, console);
    CORTICO_CHECK(result.has_value() && result->outputs.size() == samples.size());
    before += samples.size();
    if (before == samples.size()) {
      whole = std::move(*result);
      continue;
    }
    std::move(result->outputs.begin(), result->outputs.end(), std::back_inserter(whole.outputs));
    std::move(result->op_outputs.begin(), result->op_outputs.end(),
              std::back_inserter(whole.op_outputs));
  }
  console.progress().Clear();
  return whole;
}

}  // namespace cortico::tools
