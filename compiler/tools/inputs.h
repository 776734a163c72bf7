// Files that the commands read, and names of those they write. Whatever is wrong with one is thrown
// as CompileError; a command line that cannot be meant as UsageError.
#pragma once

#include <string>
#include <vector>

#include "compiler/data/dataset.h"
#include "compiler/emit/pte/read_pte.h"
#include "compiler/import/pt2.h"
#include "compiler/program.h"
#include "compiler/run/run.h"
#include "compiler/target.h"
#include "compiler/tools/console.h"

namespace cortico::tools {

/// "standard input" for "-".
std::string DisplayName(const std::string& path);

/// Standard input can be read once: throws UsageError when two of these paths are "-".
void ExpectOneStream(const std::vector<std::string>& paths);

/// By the first bytes.
enum class FileKind { kPt2, kPte, kOther };
FileKind KindOf(const Bytes& bytes);
Bytes ReadBytes(const std::string& path);

/// Warnings and notes are shown.
ExportedProgram ReadModel(const std::string& path, const ImportOptions& options, Console& console);
ExportedProgram ReadModel(const Bytes& bytes, const std::string& path, const ImportOptions& options,
                          Console& console);

/// A program file and its bytes.
struct PteInput {
  std::string path;
  Bytes bytes;
  PteFile file;
};
PteInput ReadProgram(const std::string& path, Console& console);
PteInput ReadProgram(Bytes bytes, const std::string& path, Console& console);

/// Inputs of a program as a dataset needs them; a nameless one is "input_0", ….
std::vector<DataInput> DataInputs(const PteFile& file);
/// What a report calls a call: its node in the exported graph, or else its result, or else its op.
std::string CallName(const PteFile& file, const PteCall& call);
/// Its outputs' names; a nameless one is "output_0", ….
std::vector<std::string> OutputNames(const PteFile& file);
const TensorType& InputType(const PteFile& file, size_t i);
const TensorType& OutputType(const PteFile& file, size_t i);

Dataset ReadData(const std::string& path, const std::vector<DataInput>& inputs, Console& console);

/// `count` indices spread evenly over [0, total): data are often sorted by class.
std::vector<size_t> Spread(size_t total, size_t count);
/// A sample of zeros, or (noise) of numbers in [-1, 1) that are the same every time.
Sample MadeUpSample(const std::vector<TensorType>& types, bool noise);
std::vector<TensorType> InputTypes(const PteFile& file);

/// "model.pt2" → "model.pte". Throws UsageError for "-" and for a name that already ends so.
std::string OutputBeside(const std::string& input);
/// Throws UsageError when `output` is one of the inputs, or its folder does not exist.
void ExpectNewFile(const std::string& output, const std::vector<std::string>& inputs);
void WriteBytes(const std::string& path, std::span<const uint8_t> bytes);

/// Throws UsageError for a core that is not in the table.
TargetConfig ParseTarget(const std::string& name);
/// Throws UsageError for what is no venue.
Venue ParseVenue(const std::string& text);

/// Runs these samples with a progress bar, in parts where they would fill the memory; throws
/// CompileError.
RunResult RunSamples(const PteInput& program, const Dataset& data,
                     const std::vector<size_t>& indices, RunOptions options, Console& console,
                     const std::string& title);

}  // namespace cortico::tools
