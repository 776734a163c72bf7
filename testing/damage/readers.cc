#include "testing/damage/readers.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "compiler/emit/pte/read_pte.h"
#include "compiler/graph/text.h"
#include "compiler/pipeline.h"
#include "compiler/run/run.h"
#include "compiler/tools/figures.h"
#include "runtime/model/model.h"
#include "runtime/platform/platform.h"

namespace cortico::testing {
namespace {

// Noise for inputs beyond that is more than any board holds, and only slows the test down.
constexpr int64_t kMostInput = int64_t{1} << 20;

/// What the messages break: nothing, or a sentence. Without an error for a refusal, with one for
/// what was let through, without the file's name, or with line ends and escape sequences that some
/// name in the file brought along.
std::string CheckMessages(const Diagnostics& diagnostics, const std::string& file, bool accepted) {
  if (accepted != diagnostics.ok()) {
    return accepted ? "let through with an error" : "refused without an error";
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const std::string text = diagnostic.ToString();
    if (text.find(file) == std::string::npos) return "a message that names no file: " + text;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7f) return "a message with a control character: " + text;
    }
  }
  return "";
}

/// Runs `action`; an exception is a broken promise, whatever it says.
template <class Action>
Verdict Guarded(Action action) {
  Verdict verdict;
  try {
    action(verdict);
  } catch (const std::exception& e) {
    verdict.broken = std::string("an exception: ") + e.what();
  }
  return verdict;
}

int64_t InputBytes(const std::vector<TensorType>& types) {
  int64_t bytes = 0;
  for (const TensorType& type : types) {
    int64_t all = SizeOf(type.dtype);
    for (const int64_t size : type.sizes) {
      if (size < 0 || size > kMostInput || all > kMostInput) return kMostInput + 1;
      all *= size;
    }
    bytes += all;
    if (bytes > kMostInput) return bytes;
  }
  return bytes;
}

struct Free {
  void operator()(uint8_t* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<uint8_t, Free>;

/// From the heap and no larger than asked for: a sanitizer sees a step over its end.
Memory Aligned(size_t bytes, int fill) {
  Memory memory(static_cast<uint8_t*>(std::aligned_alloc(16, (bytes + 15) / 16 * 16)));
  if (bytes != 0) std::memset(memory.get(), fill, bytes);
  return memory;
}

volatile uint8_t sink;

/// As firmware does it. What Load lets through must run.
bool RunAsFirmware(std::span<const uint8_t> bytes, const std::vector<int64_t>& bank_bytes) {
  const Memory file = Aligned(bytes.size(), 0);
  if (!bytes.empty()) std::memcpy(file.get(), bytes.data(), bytes.size());
  const Result<Program> program = Program::Open({file.get(), bytes.size()});
  if (!program.ok()) return false;
  constexpr int64_t kRecords = 16384;
  std::vector<Memory> banks;
  std::vector<Span<uint8_t>> spans;
  for (size_t i = 0; i < std::max<size_t>(1, bank_bytes.size()); ++i) {
    const int64_t planned = i < bank_bytes.size() ? bank_bytes[i] : 0;
    const auto size = static_cast<size_t>(planned + (i == 0 ? kRecords : 0) + 15) / 16 * 16;
    banks.push_back(Aligned(size, 0xA5));
    spans.emplace_back(banks.back().get(), size);
  }
  const Arena arena(Span<const Span<uint8_t>>(spans.data(), spans.size()));
  Result<Model> loaded = Model::Load(program.value(), arena);
  if (!loaded.ok()) return false;
  Model& model = loaded.value();
  for (int32_t i = 0; i < model.NumInputs(); ++i) {
    const TensorView input = model.Input(i);
    sink = static_cast<uint8_t>(input.name()[0]);
    sink = static_cast<uint8_t>(input.quantization().zero_point);
    if (input.nbytes() != 0) std::memset(input.data(), 0x3C, input.nbytes());
  }
  model.Run();
  for (int32_t i = 0; i < model.NumOutputs(); ++i) {
    const TensorView output = model.Output(i);
    sink = static_cast<uint8_t>(output.name()[0]);
    const auto* data = static_cast<const uint8_t*>(output.data());
    for (size_t b = 0; b < output.nbytes(); ++b) sink = data[b];
  }
  model.Reset();
  return true;
}

/// As `cortico analyze` and `cortico run` do it.
void RunAsCommand(std::span<const uint8_t> bytes, Verdict& verdict) {
  const std::string name = "damaged.pte";
  const Bytes copy(bytes.begin(), bytes.end());
  Diagnostics diagnostics(name);
  const auto file = ReadPte(copy, diagnostics);
  verdict.broken = CheckMessages(diagnostics, name, file.has_value());
  if (!file || !verdict.broken.empty()) return;
  for (const PteValue& value : file->values) {
    if (value.tensor.constant != 0) file->ConstantData(value.tensor);
  }
  tools::FiguresOf(*file);

  const std::vector<TensorType> types = tools::InputTypes(*file);
  if (InputBytes(types) > kMostInput) return;
  Diagnostics run(name);
  RunOptions options;
  options.venue = Venue::Parse("host").value();
  options.keep_op_outputs = true;
  const auto result = RunProgram(copy, name, {Noise(types)}, options, run);
  verdict.broken = CheckMessages(run, name, result.has_value());
  verdict.accepted = result.has_value();
}

/// The loader of data wants a path. A file in memory: on a disk, each new content would be synced
/// (a second per hundred cases), and a process that dies would leave it behind.
const std::string& WriteScratch(std::span<const uint8_t> bytes) {
  static const int file = ::memfd_create("data.npz", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  const auto size = static_cast<ssize_t>(bytes.size());
  CORTICO_CHECK(::ftruncate(file, 0) == 0 && ::pwrite(file, bytes.data(), bytes.size(), 0) == size);
  return path;
}

}  // namespace

Sample Noise(const std::vector<TensorType>& types) {
  Sample sample;
  uint32_t state = 1;
  for (const TensorType& type : types) {
    HostTensor tensor{type, Bytes(static_cast<size_t>(type.nbytes()))};
    tensor.type.dim_order.clear();
    if (type.dtype == DType::kFloat32) {
      for (int64_t i = 0; i < type.numel(); ++i) {
        state = state * 1664525 + 1013904223;
        tensor.As<float>()[i] = static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
      }
    }
    sample.push_back(std::move(tensor));
  }
  return sample;
}

Verdict TryPt2(std::span<const uint8_t> bytes, bool compile) {
  return Guarded([&](Verdict& verdict) {
    const std::string name = "damaged.pt2";
    Diagnostics diagnostics(name);
    auto program = ImportPt2(bytes, name, {}, diagnostics);
    verdict.accepted = program.has_value();
    verdict.broken = CheckMessages(diagnostics, name, program.has_value());
    if (!program || !compile || !verdict.broken.empty()) return;
    std::vector<TensorType> types;
    for (const Value* input : program->graph.inputs) types.push_back(input->type);
    if (InputBytes(types) > kMostInput) return;
    const CalibrationData noise{1, [&](size_t) { return Noise(types); }};
    const CalibrationData* calibration = IsQuantized(program->graph) ? nullptr : &noise;
    const Compilation result = Compile(std::move(*program), calibration, {});
    verdict.accepted = !result.pte.empty();
    verdict.broken = CheckMessages(result.diagnostics, name, verdict.accepted);
  });
}

Verdict TryPte(std::span<const uint8_t> bytes, const std::vector<int64_t>& bank_bytes) {
  return Guarded([&](Verdict& verdict) {
    // Refusals name the op at fault in the log, which would fill the test's output.
    platform::SetLogSink([](std::string_view) {});
    const bool ran = RunAsFirmware(bytes, bank_bytes);
    platform::SetLogSink(nullptr);
    RunAsCommand(bytes, verdict);
    verdict.accepted = verdict.accepted || ran;
  });
}

Verdict TryNpz(std::span<const uint8_t> bytes, const std::vector<DataInput>& inputs) {
  return Guarded([&](Verdict& verdict) {
    const std::string& name = WriteScratch(bytes);
    Diagnostics diagnostics(name);
    const auto data = LoadDataset(name, inputs, diagnostics);
    verdict.accepted = data.has_value();
    verdict.broken = CheckMessages(diagnostics, name, verdict.accepted);
    if (!data) return;
    constexpr size_t kMostSamples = 100;
    for (size_t i = 0; i < std::min(data->size(), kMostSamples); ++i) {
      if (data->Get(i).size() != inputs.size()) verdict.broken = "a sample of another size";
      if (data->has_truth()) data->Truth(i);
    }
  });
}

Verdict TryText(std::string_view text) {
  return Guarded([&](Verdict& verdict) {
    const std::string name = "damaged.txt";
    Diagnostics diagnostics(name);
    const auto graph = ParseGraph(text, diagnostics);
    verdict.accepted = graph.has_value();
    verdict.broken = CheckMessages(diagnostics, name, verdict.accepted);
    if (!graph || !verdict.broken.empty()) return;
    Diagnostics verify(name);
    VerifyGraph(*graph, verify);
    verdict.broken = CheckMessages(verify, name, verify.ok());
    if (!verify.ok() || !verdict.broken.empty()) return;
    const std::string printed = PrintGraph(*graph);
    Diagnostics again(name);
    const auto second = ParseGraph(printed, again);
    if (!second) {
      verdict.broken = "what was printed does not parse: " + again.all().front().ToString();
    } else if (PrintGraph(*second) != printed) {
      verdict.broken = "what was printed parses to something else:\n" + printed;
    }
  });
}

}  // namespace cortico::testing
