// On a simulated board: QEMU, or Arm's FVP. boards/runner/job.h says what the firmware is told and
// what it answers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "compiler/run/child.h"
#include "compiler/run/listing.h"
#include "compiler/run/venues.h"

namespace cortico {
namespace {

namespace fs = std::filesystem;

// What the start-up code ends with (boards/common/board.h) and what the runner does
// (boards/runner/job.h).
constexpr int kExitRefused = 1;
constexpr int kExitJob = 2;
constexpr int kExitAbort = 97;
constexpr int kExitStackOverflow = 98;
constexpr int kExitFault = 99;

bool WriteFile(const std::string& path, const void* data, size_t size) {
  std::ofstream out(path, std::ios::binary);
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  out.close();
  return out.good();
}

Bytes ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  Bytes bytes(static_cast<size_t>(in.tellg()));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

uint64_t FileSize(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::string NewNonce() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

// The last lines of what a simulator said, for a message of one line.
std::string LastWords(const std::string& output) {
  std::istringstream in(output);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  std::string words;
  for (size_t i = lines.size() > 4 ? lines.size() - 4 : 0; i < lines.size(); ++i) {
    words += (words.empty() ? "" : " / ") + lines[i].substr(0, 200);
  }
  return words.empty() ? "it printed nothing" : "it printed: " + words;
}

/// The exit code in the marker line with this nonce; nullopt when there is none.
std::optional<int> MarkerOf(const std::string& output, const std::string& nonce) {
  std::istringstream in(output);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::istringstream words(line);
    std::string cortico, exit, label, value, rest;
    int code = 0;
    if (words >> cortico >> exit >> code >> label >> value && !(words >> rest) &&
        cortico == "CORTICO" && exit == "EXIT" && label == "NONCE" && value == nonce) {
      return code;
    }
  }
  return std::nullopt;
}

/// What follows "CORTICO ERROR " in the output; empty when nothing does.
std::string ErrorLine(const std::string& output) {
  constexpr std::string_view kMark = "CORTICO ERROR ";
  const size_t at = output.rfind(kMark);
  if (at == std::string::npos) return "";
  const size_t begin = at + kMark.size();
  return output.substr(begin, output.find_first_of("\r\n", begin) - begin);
}

class Simulation {
 public:
  Simulation(const ProgramListing& program, const RunOptions& options, Diagnostics& diagnostics)
      : program_(program), options_(options), diagnostics_(diagnostics) {
    for (const auto& output : program.outputs) {
      bytes_per_sample_ += static_cast<uint64_t>(output.type.nbytes());
    }
  }

  std::optional<RunResult> Run(const std::vector<uint8_t>& pte,
                               const std::vector<Sample>& samples) {
    if (!Prepare(pte, samples)) return std::nullopt;
    RunResult result;
    result.board = board_.machine;
    result.cpu = board_.cpu;
    // Counting instructions makes QEMU several times slower: one sample tells them, in a run of its
    // own unless there is only one.
    const bool counts = fvp_.empty() && !samples.empty();
    const bool at_once = !counts || samples.size() == 1;
    if (counts && !at_once) {
      if (!Start({"first.bin", 1, true, options_.profile, false}, nullptr)) return std::nullopt;
      if (!ReadReport(result)) return std::nullopt;
    }
    const auto progress = [this, &samples](uint64_t done) {
      if (options_.progress) options_.progress(done, samples.size());
    };
    if (!Start({"inputs.bin", samples.size(), counts && at_once, at_once && options_.profile,
                options_.keep_op_outputs},
               progress)) {
      return std::nullopt;
    }
    if (!ReadReport(result) || !ReadOutputs(samples.size(), result)) return std::nullopt;
    if (options_.keep_op_outputs && !ReadDump(samples.size(), result)) return std::nullopt;
    ReportDataErrors(data_errors_, samples.size(), diagnostics_);
    if (options_.progress) options_.progress(samples.size(), samples.size());
    return result;
  }

 private:
  struct Job {
    const char* inputs;
    size_t samples;
    bool count;
    bool profile;
    bool dump;
  };

  bool Fail(std::string message, std::string remedy = "") {
    diagnostics_.Error({}, std::move(message), std::move(remedy));
    return false;
  }

  bool Prepare(const std::vector<uint8_t>& pte, const std::vector<Sample>& samples) {
    const bool fvp = options_.venue.kind == Venue::Kind::kFvp;
    const auto board = ChooseBoard(options_.venue, program_, diagnostics_);
    if (!board) return false;
    board_ = *board;
    const Equipment equipment = FindEquipment(board_, options_.venue.kind);
    runner_ = equipment.runner;
    (fvp ? fvp_ : qemu_) = equipment.simulator;
    if (runner_.empty() && program_.isa && *program_.isa != board_.isa) {
      ReportMismatch(program_, board_, diagnostics_);
      return false;
    }
    if (!equipment.lacks.empty()) return Fail(equipment.lacks, equipment.remedy);
    limit_ = options_.timeout_seconds > 0
                 ? std::chrono::seconds(options_.timeout_seconds)
                 : std::chrono::seconds(60 + static_cast<long>(pte.size() / 10000));
    return WriteFiles(pte, samples);
  }

  bool WriteFiles(const std::vector<uint8_t>& pte, const std::vector<Sample>& samples) {
    if (directory_.path().empty()) {
      return Fail("cannot make a folder for temporary files", "set TMPDIR to one that is writable");
    }
    bool good = WriteFile(directory_.File("program.pte"), pte.data(), pte.size());
    std::ofstream inputs(directory_.File("inputs.bin"), std::ios::binary);
    for (size_t s = 0; s < samples.size(); ++s) {
      const Bytes packed = PackInputs(samples[s], program_);
      if (s == 0)
        good = good && WriteFile(directory_.File("first.bin"), packed.data(), packed.size());
      inputs.write(reinterpret_cast<const char*>(packed.data()),
                   static_cast<std::streamsize>(packed.size()));
    }
    inputs.close();
    std::vector<uint32_t> list;
    for (const ProgramListing::Call& call : program_.calls) {
      const bool placed = call.output && call.output->bank >= 0;
      list.push_back(placed ? static_cast<uint32_t>(call.output->bank) : 0);
      list.push_back(placed ? call.output->offset : 0);
      list.push_back(placed ? static_cast<uint32_t>(call.output->type.nbytes()) : 0);
    }
    good = good && inputs.good() &&
           WriteFile(directory_.File("list.bin"), list.data(), list.size() * sizeof(uint32_t));
    // A link: its name holds nothing that a simulator's option syntax could mistake.
    std::error_code error;
    fs::create_symlink(runner_, directory_.File("runner.elf"), error);
    if (error) fs::copy_file(runner_, directory_.File("runner.elf"), error);
    if (!good || error) {
      return Fail("cannot write to " + directory_.path(), "make room there, or set TMPDIR");
    }
    return true;
  }

  std::vector<std::string> Command(const std::vector<std::string>& words, bool count) const {
    if (!fvp_.empty()) {
      std::string line;
      for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
      return {fvp_,
              "-a",
              "runner.elf",
              "-C",
              "mps3_board.visualisation.disable-visualisation=1",
              "-C",
              "mps3_board.telnetterminal0.start_telnet=0",
              "-C",
              "mps3_board.uart0.out_file=-",
              "-C",
              "cpu0.semihosting-enable=1",
              "-C",
              "cpu0.semihosting-cwd=" + directory_.path(),
              "-C",
              "cpu0.semihosting-cmd_line=" + line};
    }
    std::string config = "enable=on,target=native";
    for (const std::string& word : words) config += ",arg=" + word;
    std::vector<std::string> command = {
        qemu_,  "-M",      board_.machine, "-nographic",          "-monitor", "none", "-serial",
        "none", "-kernel", "runner.elf",   "-semihosting-config", config};
    if (count) command.insert(command.end(), {"-icount", "shift=7"});
    return command;
  }

  // Runs the firmware once. `progress` takes the number of samples whose results are there.
  bool Start(const Job& job, const std::function<void(uint64_t)>& progress) {
    const std::string nonce = NewNonce();
    std::vector<std::string> words = {
        "nonce=" + nonce, "pte=program.pte",   fmt::format("in={}", job.inputs),
        "out=out.bin",    "report=report.txt", fmt::format("samples={}", job.samples)};
    if (job.count) words.push_back("measure=1");
    if (job.profile) words.push_back("profile=1");
    if (job.dump) words.insert(words.end(), {"dump=dump.bin", "list=list.bin"});

    uint64_t done = 0;
    const auto alive = [&] {
      const uint64_t size = FileSize(directory_.File("out.bin"));
      const uint64_t now = bytes_per_sample_ == 0 ? 0 : size / bytes_per_sample_;
      if (progress && now != done) progress(now);
      done = now;
      return size + FileSize(directory_.File("report.txt")) + FileSize(directory_.File("dump.bin"));
    };
    const ChildResult child = RunChild(Command(words, job.count), directory_.path(), limit_, alive);
    return Judge(child, nonce);
  }

  bool Judge(const ChildResult& child, const std::string& nonce) {
    const std::string& simulator = fvp_.empty() ? qemu_ : fvp_;
    const std::string on =
        fmt::format("{} on {}", fs::path(simulator).filename().string(), board_.machine);
    if (child.end == ChildResult::End::kNotStarted) {
      return Fail(fmt::format("cannot start {}: {}", simulator, child.error));
    }
    if (child.end == ChildResult::End::kStalled) {
      return Fail(fmt::format("{} gave no result for {} seconds and was ended; {}", on,
                              limit_.count() / 1000, LastWords(child.output)),
                  "allow it more time, or try fewer samples");
    }
    const std::optional<int> marker = MarkerOf(child.output, nonce);
    const std::string end = child.end == ChildResult::End::kSignaled
                                ? fmt::format("signal {}", child.code)
                                : fmt::format("exit code {}", child.code);
    // An FVP has its own exit code.
    const bool same_code = !fvp_.empty() || (child.end == ChildResult::End::kExited && marker &&
                                             child.code == (*marker & 0xFF));
    if (!marker || !same_code) {
      return Fail(fmt::format("{} ended with {} and without the runner's end marker; {}", on, end,
                              LastWords(child.output)),
                  "rebuild the runner; if that does not help, this is a bug in Cortico");
    }
    return *marker == 0 || Explain(*marker, on, child.output);
  }

  bool Explain(int code, const std::string& on, const std::string& output) {
    const std::string line = ErrorLine(output);
    std::istringstream words(line);
    std::string step, op;
    int number = 0;
    words >> step;
    if (code == kExitRefused && words >> number) {
      words >> op;
      if (!op.empty() && op.back() == ':') op.pop_back();
      const auto error = static_cast<Error>(number);
      if (error == Error::kWrongTarget) {
        ReportMismatch(program_, board_, diagnostics_);
      } else {
        ReportRefusal(error, op, program_, diagnostics_);
      }
      return false;
    }
    if (code == kExitJob && line.starts_with("job ")) {
      const std::string what = line.substr(4);
      return Fail(fmt::format("{}: {}", on, what),
                  what.find("memory") != std::string::npos ? "take a board with more memory" : "");
    }
    const std::string bug = "this is a bug in Cortico: please report it with the program";
    switch (code) {
      case kExitFault:
        return Fail(fmt::format("{}: the firmware took a fault; {}", on, LastWords(output)), bug);
      case kExitStackOverflow:
        return Fail(on + ": the firmware's stack overflowed", bug);
      case kExitAbort:
        return Fail(fmt::format("{}: the firmware aborted; {}", on, LastWords(output)), bug);
      default:
        return Fail(
            fmt::format("{}: the firmware ended with code {}; {}", on, code, LastWords(output)),
            bug);
    }
  }

  // Later reports add to what an earlier one said.
  bool ReadReport(RunResult& result) {
    std::ifstream in(directory_.File("report.txt"));
    bool complete = false;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string key;
      uint64_t value = 0;
      words >> key >> value;
      if (key == "op") {
        OpProfile op;
        words >> op.instructions >> op.name;
        result.ops.push_back(std::move(op));
      } else if (key == "instructions") {
        result.instructions = value;
      } else if (key == "records") {
        result.record_bytes = value;
      } else if (key == "arena") {
        result.arena_bytes = value;
      } else if (key == "stack") {
        result.stack_bytes = std::max(result.stack_bytes, value);
      } else if (key == "data_errors") {
        data_errors_ = value;
        complete = true;
      }
      if (words.fail()) return Fail("the runner's report cannot be read: " + line);
    }
    return complete || Fail("the runner's report is incomplete");
  }

  bool ReadOutputs(size_t samples, RunResult& result) {
    const Bytes bytes = ReadFile(directory_.File("out.bin"));
    if (bytes.size() != samples * bytes_per_sample_) {
      return Fail(fmt::format("the runner wrote {} bytes of results, {} were expected",
                              bytes.size(), samples * bytes_per_sample_));
    }
    const uint8_t* at = bytes.data();
    for (size_t s = 0; s < samples; ++s) {
      Sample outputs;
      for (const auto& output : program_.outputs) {
        outputs.push_back(ToLogicalOrder(at, output.type));
        at += output.type.nbytes();
      }
      result.outputs.push_back(std::move(outputs));
    }
    return true;
  }

  bool ReadDump(size_t samples, RunResult& result) {
    std::ifstream in(directory_.File("dump.bin"), std::ios::binary);
    Bytes bytes;
    for (size_t s = 0; s < samples; ++s) {
      std::vector<HostTensor> outputs;
      for (const ProgramListing::Call& call : program_.calls) {
        outputs.emplace_back();
        if (!call.output || call.output->bank < 0) continue;
        bytes.resize(static_cast<size_t>(call.output->type.nbytes()));
        in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        if (!in) return Fail("the runner's dump of the ops' results is too short");
        outputs.back() = ToLogicalOrder(bytes.data(), call.output->type);
      }
      result.op_outputs.push_back(std::move(outputs));
    }
    return true;
  }

  const ProgramListing& program_;
  const RunOptions& options_;
  Diagnostics& diagnostics_;
  PrivateDirectory directory_;
  SimulatedBoard board_;
  std::string runner_, qemu_, fvp_;
  std::chrono::milliseconds limit_{0};
  uint64_t bytes_per_sample_ = 0;
  uint64_t data_errors_ = 0;
};

}  // namespace

std::optional<RunResult> RunOnSimulator(const std::vector<uint8_t>& pte,
                                        const ProgramListing& program,
                                        const std::vector<Sample>& samples,
                                        const RunOptions& options, Diagnostics& diagnostics) {
  return Simulation(program, options, diagnostics).Run(pte, samples);
}

}  // namespace cortico
