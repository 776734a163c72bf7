#include "compiler/run/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/run/listing.h"
#include "compiler/run/venues.h"

namespace cortico {
namespace {

std::string SizesOf(const TensorType& type) {
  return fmt::format("{}[{}]", Name(type.dtype), fmt::join(type.sizes, ","));
}

// Says what does not fit, once per input and not once per sample.
void CheckSamples(const std::vector<Sample>& samples, const ProgramListing& program,
                  Diagnostics& diagnostics) {
  for (size_t s = 0; s < samples.size(); ++s) {
    const Sample& sample = samples[s];
    if (sample.size() != program.inputs.size()) {
      diagnostics.Error({}, fmt::format("sample {} has {} inputs, the program takes {}", s,
                                        sample.size(), program.inputs.size()));
      return;
    }
    for (size_t i = 0; i < sample.size(); ++i) {
      const ProgramListing::Tensor& input = program.inputs[i];
      const TensorType& type = sample[i].type;
      if (type.dtype != input.type.dtype || type.sizes != input.type.sizes) {
        diagnostics.Error({}, fmt::format("input '{}' is {}, sample {} has {}", input.name,
                                          SizesOf(input.type), s, SizesOf(type)));
        return;
      }
      CORTICO_CHECK(static_cast<int64_t>(sample[i].data.size()) == type.nbytes());
    }
  }
}

}  // namespace

Bytes PackInputs(const Sample& sample, const ProgramListing& program) {
  Bytes packed;
  for (size_t i = 0; i < sample.size(); ++i) {
    const Bytes bytes = ToMemoryOrder(sample[i], program.inputs[i].type);
    packed.insert(packed.end(), bytes.begin(), bytes.end());
  }
  return packed;
}

void ReportRefusal(Error error, const std::string& op, const ProgramListing& program,
                   Diagnostics& diagnostics) {
  // The device says which op it is, by name; which call of it only the file may tell.
  std::vector<std::string> calls;
  Location location;
  for (size_t i = 0; i < program.calls.size() && !op.empty(); ++i) {
    const ProgramListing::Call& call = program.calls[i];
    if (call.op != op) continue;
    location = call.location;
    calls.push_back(location.node.empty() ? std::to_string(i)
                                          : fmt::format("{} '{}'", i, location.node));
  }
  std::string where;
  if (calls.size() == 1) {
    where = fmt::format("op {} ({}): ", calls[0], op);
  } else if (!calls.empty()) {
    location = {};
    where = fmt::format("one of the ops {} ({}): ", fmt::join(calls, ", "), op);
  } else if (!op.empty()) {
    where = op + ": ";
  }
  std::string remedy;
  if (error == Error::kUnknownOperator) {
    remedy = "compile the program again with this version, or rebuild the runner";
  } else if (error == Error::kTruncated || error == Error::kNotAProgram ||
             error == Error::kCorrupt || error == Error::kIndexOutOfRange ||
             error == Error::kSizeOverflow) {
    remedy = "compile it again, or copy it again if it came from elsewhere";
  }
  diagnostics.Error(location, where + ToString(error), remedy);
}

void ReportDataErrors(size_t samples, size_t total, Diagnostics& diagnostics) {
  if (samples == 0) return;
  diagnostics.Warning({}, fmt::format("an index in the data was out of range in {} of {} samples; "
                                      "it was clamped",
                                      samples, total));
}

std::optional<RunResult> RunProgram(const std::vector<uint8_t>& pte, const std::string& name,
                                    const std::vector<Sample>& samples, const RunOptions& options,
                                    Diagnostics& diagnostics) {
  Diagnostics own(name);
  std::optional<RunResult> result;
  if (const auto program = ListProgram(pte, own)) {
    CheckSamples(samples, *program, own);
    if (own.ok()) {
      result = options.venue.kind == Venue::Kind::kHost
                   ? RunOnHost(pte, *program, samples, options, own)
                   : RunOnSimulator(pte, *program, samples, options, own);
    }
  }
  diagnostics.Append(own);
  return own.ok() ? std::move(result) : std::nullopt;
}

std::optional<ProgramIo> ReadProgramIo(const std::vector<uint8_t>& pte, const std::string& name,
                                       Diagnostics& diagnostics) {
  Diagnostics own(name);
  std::optional<ProgramIo> io;
  if (const auto program = ListProgram(pte, own)) {
    io.emplace();
    for (const auto& tensor : program->inputs) io->inputs.push_back({tensor.name, tensor.type});
    for (const auto& tensor : program->outputs) io->outputs.push_back({tensor.name, tensor.type});
  }
  diagnostics.Append(own);
  return io;
}

}  // namespace cortico
