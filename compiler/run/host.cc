// In this process, with the device's runtime and the kernels of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compiler/run/listing.h"
#include "compiler/run/venues.h"
#include "runtime/model/model.h"
#include "runtime/platform/platform.h"

namespace cortico {
namespace {

// The runtime names the op at fault in the log; nothing of it is printed here.
thread_local std::string* log_line = nullptr;

class KeepLog {
 public:
  KeepLog() {
    log_line = &line_;
    platform::SetLogSink([](std::string_view line) {
      if (log_line != nullptr) *log_line = line;
    });
  }
  ~KeepLog() {
    platform::SetLogSink(nullptr);
    log_line = nullptr;
  }
  KeepLog(const KeepLog&) = delete;
  KeepLog& operator=(const KeepLog&) = delete;

  const std::string& line() const { return line_; }

 private:
  std::string line_;
};

// Each bank in memory of its own, no larger than it must be: a sanitizer sees a step over its end.
class HostArena {
 public:
  explicit HostArena(const ProgramListing& program) {
    for (uint32_t bytes : program.planned) banks_.emplace_back(bytes);
    if (banks_.empty()) banks_.emplace_back(0);
    const size_t planned = (banks_[0].size() + 15) / 16 * 16;
    banks_[0] = AlignedBytes(planned + program.host_record_bytes);
    for (AlignedBytes& bank : banks_) {
      // What a program reads before it has written it shall not happen to be zero.
      if (bank.size() != 0) std::memset(bank.data(), 0xA5, bank.size());
      spans_.emplace_back(bank.data(), bank.size());
    }
  }

  Arena arena() const { return Arena(Span<const Span<uint8_t>>(spans_.data(), spans_.size())); }
  const uint8_t* At(const ProgramListing::Tensor& tensor) const {
    return tensor.bank < 0 ? nullptr
                           : banks_[static_cast<size_t>(tensor.bank)].data() + tensor.offset;
  }

 private:
  std::vector<AlignedBytes> banks_;
  std::vector<Span<uint8_t>> spans_;
};

struct KeepOutputs {
  const ProgramListing& program;
  const HostArena& arena;
  std::vector<HostTensor> outputs;
};

void KeepHook(void* context, int32_t index, const char*, bool begin) {
  if (begin) return;
  auto& keep = *static_cast<KeepOutputs*>(context);
  const auto& output = keep.program.calls[static_cast<size_t>(index)].output;
  HostTensor tensor;
  if (output && output->bank >= 0) {
    tensor = ToLogicalOrder(keep.arena.At(*output), output->type);
  }
  keep.outputs.push_back(std::move(tensor));
}

}  // namespace

std::optional<RunResult> RunOnHost(const std::vector<uint8_t>& pte, const ProgramListing& listing,
                                   const std::vector<Sample>& samples, const RunOptions& options,
                                   Diagnostics& diagnostics) {
  const AlignedBytes bytes(pte);
  const HostArena arena(listing);
  Result<Program> program = Program::Open(Span<const uint8_t>(bytes.data(), bytes.size()));
  if (!program.ok()) {
    ReportRefusal(program.error(), "", listing, diagnostics);
    return std::nullopt;
  }
  const KeepLog log;
  Result<Model> loaded = Model::Load(program.value(), arena.arena());
  if (!loaded.ok()) {
    ReportRefusal(loaded.error(), log.line(), listing, diagnostics);
    return std::nullopt;
  }
  Model& model = loaded.value();

  RunResult result;
  result.board = result.cpu = "host";
  result.record_bytes = listing.target_record_bytes;
  for (size_t i = 0; i < listing.planned.size(); ++i) {
    result.arena_bytes +=
        i == 0 ? (listing.planned[0] + uint64_t{15}) / 16 * 16 : listing.planned[i];
  }
  result.arena_bytes += result.record_bytes;
  if (options.profile) {
    for (const ProgramListing::Call& call : listing.calls) result.ops.push_back({call.op, 0});
  }

  KeepOutputs keep = {listing, arena, {}};
  if (options.keep_op_outputs) model.set_op_hook(KeepHook, &keep);
  size_t data_errors = 0;
  for (size_t s = 0; s < samples.size(); ++s) {
    for (size_t i = 0; i < samples[s].size(); ++i) {
      const TensorView input = model.Input(static_cast<int32_t>(i));
      const Bytes data = ToMemoryOrder(samples[s][i], listing.inputs[i].type);
      CORTICO_CHECK(data.size() == input.nbytes());
      if (!data.empty()) std::memcpy(input.data(), data.data(), data.size());
    }
    model.Run();
    if (model.DataError() != Error::kOk) ++data_errors;
    Sample outputs;
    for (size_t i = 0; i < listing.outputs.size(); ++i) {
      const TensorView output = model.Output(static_cast<int32_t>(i));
      outputs.push_back(
          ToLogicalOrder(static_cast<const uint8_t*>(output.data()), listing.outputs[i].type));
    }
    result.outputs.push_back(std::move(outputs));
    if (options.keep_op_outputs) {
      result.op_outputs.push_back(std::move(keep.outputs));
      keep.outputs.clear();
    }
    if (options.progress) options.progress(s + 1, samples.size());
  }
  ReportDataErrors(data_errors, samples.size(), diagnostics);
  return result;
}

}  // namespace cortico
