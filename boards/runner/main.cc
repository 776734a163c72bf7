// Runs any program: job.h says what it is told and what it answers.
#include <cstdint>
#include <new>
#include <string_view>

#include "boards/common/board.h"
#include "boards/runner/job.h"
#include "cortico_pte_generated.h"
#include "runtime/model/model.h"
#include "runtime/platform/platform.h"
#include "runtime/program/program.h"

namespace cortico::runner {
namespace {

// The runtime names the op at fault in the log.
char g_last_log[96];
size_t g_last_log_size;

void KeepLog(std::string_view line) { g_last_log_size = line.copy(g_last_log, sizeof(g_last_log)); }

[[noreturn]] void FailRuntime(std::string_view step, Error error) {
  platform::SetLogSink(nullptr);
  Line line;
  line << "CORTICO ERROR " << step << " " << static_cast<uint64_t>(error) << " "
       << std::string_view(g_last_log, g_last_log_size) << ": " << ToString(error);
  platform::Log(line.text());
  platform::Halt(kExitRefused);
}

// Static: not among the bytes of stack that Load and Run are said to use.
struct State {
  Words words;
  Memory memory;
  Program program;
  Model model;
  Arena arena;
  Span<uint8_t> banks[kMaxBanks];
  uint32_t planned[kMaxBanks];
  size_t stack;
};

State& TheState() {
  // In memory without a constructor: nothing runs one before main.
  alignas(State) static unsigned char bytes[sizeof(State)];
  static State* state;
  if (state == nullptr) state = new (bytes) State();
  return *state;
}

Span<uint8_t> ReadWhole(std::string_view name, Memory& memory) {
  const File file = File::ForReading(name);
  const uint32_t size = file.Size();
  const Span<uint8_t> bytes = memory.Take(size, name);
  file.Read(bytes.data(), size);
  file.Close();
  return bytes;
}

// Banks past the first get what is planned for them; the first, which holds the records as well,
// gets all that is left of the board's biggest.
void MakeArena(State& state) {
  FlatReader reader = state.program.reader();
  const FlatVector sizes = reader.Vector<int64_t>(
      state.program.plan(), executorch_flatbuffer::ExecutionPlan::VT_NON_CONST_BUFFER_SIZES);
  for (uint32_t i = 1; reader.ok() && i < sizes.count && i <= kMaxBanks; ++i) {
    const auto size = reader.Element<int64_t>(sizes, i);
    if (size < 0 || size > INT32_MAX) FailRuntime("load", Error::kSizeOverflow);
    state.planned[i - 1] = static_cast<uint32_t>(size);
    if (i > 1) state.banks[i - 1] = state.memory.Take(state.planned[i - 1], "the arena");
  }
  state.banks[0] = state.memory.TakeRest();
  if (state.banks[0].size() < state.planned[0]) {
    FailJob("the board has no memory left for the arena");
  }
  state.arena = Arena(Span<const Span<uint8_t>>(state.banks, kMaxBanks));
}

// Calls `body` and keeps the most stack that such a call had in use.
template <class Body>
void WithStack(State& state, Body body) {
  board::PaintStack();
  const size_t before = board::StackUsed();
  body();
  const size_t used = board::StackUsed() - before;
  if (used > state.stack) state.stack = used;
}

void ReadInputs(const Model& model, const File& file) {
  for (int32_t i = 0; i < model.NumInputs(); ++i) {
    const TensorView input = model.Input(i);
    file.Read(input.data(), input.nbytes());
  }
}

// Instructions of each op. The hook's own are between the two readings too; they are the same for
// every op, and so are those of reading the counter.
struct Profile {
  uint64_t begin = 0;
  uint64_t overhead = 0;
  const File* report = nullptr;
  bool calibrating = false;
};

void ProfileHook(void* context, int32_t index, const char* op, bool begin) {
  auto& profile = *static_cast<Profile*>(context);
  if (begin) {
    profile.begin = platform::Instructions();
    return;
  }
  const uint64_t spent = platform::Instructions() - profile.begin;
  if (profile.calibrating) {
    profile.overhead = spent;
    return;
  }
  Line line;
  line << "op " << static_cast<uint64_t>(index) << " "
       << (spent > profile.overhead ? spent - profile.overhead : 0) << " " << op << "\n";
  profile.report->Write(line.text().data(), line.text().size());
}

void Measure(State& state, const File& report, std::string_view inputs, bool per_op) {
  if (!platform::CountsInstructions()) return;
  Model& model = state.model;
  const File file = File::ForReading(inputs);
  ReadInputs(model, file);
  file.Close();
  uint64_t start = platform::Instructions();
  const uint64_t overhead = platform::Instructions() - start;
  uint64_t spent = 0;
  WithStack(state, [&model, &start, &spent] {
    start = platform::Instructions();
    model.Run();
    spent = platform::Instructions() - start;
  });
  spent -= overhead;
  Line line;
  line << "instructions " << spent << "\n";
  report.Write(line.text().data(), line.text().size());
  model.Reset();
  if (!per_op) return;

  Profile profile;
  profile.report = &report;
  profile.calibrating = true;
  // Through a volatile pointer, as the model calls it: not inlined.
  volatile OpHook hook = ProfileHook;
  for (int i = 0; i < 2; ++i) {
    const OpHook call = hook;
    call(&profile, 0, "", true);
    call(&profile, 0, "", false);
  }
  profile.calibrating = false;
  const File again = File::ForReading(inputs);
  ReadInputs(model, again);
  again.Close();
  model.set_op_hook(ProfileHook, &profile);
  model.Run();
  model.set_op_hook(nullptr, nullptr);
  model.Reset();
}

struct Entry {
  uint32_t bank, offset, bytes;
};

struct Dump {
  const State* state;
  Span<const Entry> entries;
  const File* file;
};

void DumpHook(void* context, int32_t index, const char*, bool begin) {
  const auto& dump = *static_cast<const Dump*>(context);
  if (begin || static_cast<uint32_t>(index) >= dump.entries.size()) return;
  const Entry& entry = dump.entries[static_cast<uint32_t>(index)];
  if (entry.bytes == 0) return;
  const Span<uint8_t> bank =
      entry.bank < kMaxBanks ? dump.state->banks[entry.bank] : Span<uint8_t>();
  if (entry.offset > bank.size() || entry.bytes > bank.size() - entry.offset) {
    FailJob("list= leads out of the arena");
  }
  dump.file->Write(bank.data() + entry.offset, entry.bytes);
}

void Load(State& state) {
  const Span<uint8_t> pte = ReadWhole(state.words.Need("pte="), state.memory);
  const Result<Program> program = Program::Open(Span<const uint8_t>(pte.data(), pte.size()));
  if (!program.ok()) FailRuntime("open", program.error());
  state.program = program.value();
  MakeArena(state);
  platform::SetLogSink(KeepLog);
  Error error = Error::kOk;
  WithStack(state, [&state, &error] {
    const Result<Model> model = Model::Load(state.program, state.arena);
    error = model.error();
    state.model = model.value();
  });
  if (error != Error::kOk) FailRuntime("load", error);
  platform::SetLogSink(nullptr);
}

uint64_t BytesPerSample(const Model& model) {
  uint64_t bytes = 0;
  for (int32_t i = 0; i < model.NumInputs(); ++i) bytes += model.Input(i).nbytes();
  return bytes;
}

int Main() {
  State& state = TheState();
  const Words& words = state.words;
  for (const char* key : {"pte=", "in=", "out=", "report="}) words.Need(key);
  const uint32_t samples = words.Number("samples=");
  const std::string_view inputs = words.Get("in=");

  Span<uint8_t> list;
  if (!words.Get("list=").empty()) list = ReadWhole(words.Get("list="), state.memory);
  Load(state);
  Model& model = state.model;

  const File in = File::ForReading(inputs);
  if (in.Size() != samples * BytesPerSample(model)) {
    FailJob("the size of the inputs is not samples= times what the program takes: ", inputs);
  }
  const File report = File::ForWriting(words.Get("report="));
  const bool profile = words.Number("profile=") != 0;
  if (samples != 0 && (profile || words.Number("measure=") != 0)) {
    Measure(state, report, inputs, profile);
  }

  const File out = File::ForWriting(words.Get("out="));
  Dump dump = {&state, {}, nullptr};
  const bool dumps = !words.Get("dump=").empty();
  const File dump_file = dumps ? File::ForWriting(words.Get("dump=")) : out;
  if (dumps) {
    dump.entries = {reinterpret_cast<const Entry*>(list.data()), list.size() / sizeof(Entry)};
    dump.file = &dump_file;
  }
  uint32_t data_errors = 0;
  for (uint32_t sample = 0; sample < samples; ++sample) {
    ReadInputs(model, in);
    if (sample == 0 && !dumps) {
      WithStack(state, [&model] { model.Run(); });
    } else {
      if (dumps) model.set_op_hook(DumpHook, &dump);
      model.Run();
    }
    if (model.DataError() != Error::kOk) ++data_errors;
    for (int32_t i = 0; i < model.NumOutputs(); ++i) {
      const TensorView output = model.Output(i);
      out.Write(output.data(), output.nbytes());
    }
  }
  if (dumps) dump_file.Close();
  out.Close();

  uint64_t arena = model.RecordBytes() + ((state.planned[0] + uint64_t{15}) & ~uint64_t{15});
  for (int i = 1; i < kMaxBanks; ++i) arena += state.planned[i];
  Line line;
  line << "records " << model.RecordBytes() << "\narena " << arena << "\nstack " << state.stack
       << "\ndata_errors " << data_errors << "\n";
  report.Write(line.text().data(), line.text().size());
  report.Close();
  return 0;
}

}  // namespace
}  // namespace cortico::runner

int main() { return cortico::runner::Main(); }
