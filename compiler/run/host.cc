// In this process, with the device's runtime and the kernels of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>

#include "compiler/data/parallel.h"
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

// One loaded model with memory of its own, for the samples of one thread.
class HostModel {
 public:
  explicit HostModel(const ProgramListing& listing) : listing_(listing), arena_(listing) {}

  Error Load(const Program& program) {
    Result<Model> loaded = Model::Load(program, arena_.arena());
    if (!loaded.ok()) return loaded.error();
    model_.emplace(loaded.value());
    return Error::kOk;
  }

  /// Runs sample `s`; its results go to place `s` of `result`, which has one for every sample.
  void Run(const std::vector<Sample>& samples, size_t s, RunResult* result) {
    for (size_t i = 0; i < samples[s].size(); ++i) {
      const TensorView input = model_->Input(static_cast<int32_t>(i));
      const Bytes data = ToMemoryOrder(samples[s][i], listing_.inputs[i].type);
      CORTICO_CHECK(data.size() == input.nbytes());
      if (!data.empty()) std::memcpy(input.data(), data.data(), data.size());
    }
    KeepOutputs keep = {listing_, arena_, {}};
    if (!result->op_outputs.empty()) model_->set_op_hook(KeepHook, &keep);
    model_->Run();
    if (model_->DataError() != Error::kOk) ++data_errors_;
    for (size_t i = 0; i < listing_.outputs.size(); ++i) {
      const TensorView output = model_->Output(static_cast<int32_t>(i));
      result->outputs[s].push_back(
          ToLogicalOrder(static_cast<const uint8_t*>(output.data()), listing_.outputs[i].type));
    }
    if (!result->op_outputs.empty()) result->op_outputs[s] = std::move(keep.outputs);
  }

  size_t data_errors() const { return data_errors_; }

 private:
  const ProgramListing& listing_;
  HostArena arena_;
  std::optional<Model> model_;
  size_t data_errors_ = 0;
};

RunResult Describe(const ProgramListing& listing, const RunOptions& options, size_t samples) {
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
  result.outputs.resize(samples);
  if (options.keep_op_outputs) result.op_outputs.resize(samples);
  return result;
}

}  // namespace

std::optional<RunResult> RunOnHost(const std::vector<uint8_t>& pte, const ProgramListing& listing,
                                   const std::vector<Sample>& samples, const RunOptions& options,
                                   Diagnostics& diagnostics) {
  const AlignedBytes bytes(pte);
  Result<Program> program = Program::Open(Span<const uint8_t>(bytes.data(), bytes.size()));
  if (!program.ok()) {
    ReportRefusal(program.error(), "", listing, diagnostics);
    return std::nullopt;
  }
  // Samples know nothing of each other unless the program remembers: then they run one by one.
  std::deque<HostModel> models;
  const size_t workers = listing.keeps_state ? 1 : WorkersFor(samples.size());
  while (models.size() < workers) {
    const KeepLog log;
    const Error error = models.emplace_back(listing).Load(program.value());
    if (error == Error::kOk) continue;
    ReportRefusal(error, log.line(), listing, diagnostics);
    return std::nullopt;
  }

  RunResult result = Describe(listing, options, samples.size());
  ForEachInParallel(
      samples.size(), workers,
      [&](size_t worker, size_t s) { models[worker].Run(samples, s, &result); },
      [&](size_t done) {
        if (options.progress) options.progress(done, samples.size());
      });
  size_t data_errors = 0;
  for (const HostModel& model : models) data_errors += model.data_errors();
  ReportDataErrors(data_errors, samples.size(), diagnostics);
  return result;
}

}  // namespace cortico
