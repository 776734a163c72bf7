#include "compiler/run/run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "compiler/run/child.h"
#include "compiler/run/listing.h"
#include "compiler/run/venues.h"
#include "runtime/program/program.h"
#include "runtime/testing/pte_builder.h"

namespace cortico {
namespace {

namespace fs = std::filesystem;
using ::cortico::testing::Convolution;
using ::cortico::testing::PteBuilder;
using ::cortico::testing::QuantizeDequantize;

std::vector<uint8_t> BuildFor(PteBuilder builder, Isa isa) {
  builder.named = {{kTargetKey, {static_cast<uint8_t>(isa)}}};
  return builder.Build();
}

template <class T>
HostTensor TensorOf(DType dtype, std::vector<int64_t> sizes, const std::vector<T>& elements) {
  HostTensor tensor;
  tensor.type.dtype = dtype;
  tensor.type.sizes = std::move(sizes);
  tensor.data.resize(elements.size() * sizeof(T));
  std::memcpy(tensor.data.data(), elements.data(), tensor.data.size());
  return tensor;
}

template <class T>
std::vector<T> ElementsOf(const HostTensor& tensor) {
  std::vector<T> elements(tensor.data.size() / sizeof(T));
  std::memcpy(elements.data(), tensor.data.data(), tensor.data.size());
  return elements;
}

/// Channel 0 holds 1 to 6, channel 1 holds 10 to 60.
Sample Image(int8_t more = 0) {
  std::vector<int8_t> pixels;
  for (int i = 1; i <= 6; ++i) pixels.push_back(static_cast<int8_t>(i + more));
  for (int i = 1; i <= 6; ++i) pixels.push_back(static_cast<int8_t>(10 * i));
  return {TensorOf<int8_t>(DType::kInt8, {1, 2, 2, 3}, pixels)};
}

std::string Messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) text += diagnostic.ToString() + "\n";
  return text;
}

::testing::AssertionResult Contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no '" << part << "' in: " << text;
}

/// An environment variable with another value for a while.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Setting() {
    if (old_) {
      setenv(name_, old_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

// ---- venues ------------------------------------------------------------------------------------

TEST(VenueTest, Parses) {
  EXPECT_EQ(Venue::Parse("host")->kind, Venue::Kind::kHost);
  EXPECT_EQ(Venue::Parse("fvp")->kind, Venue::Kind::kFvp);
  EXPECT_EQ(Venue::Parse("qemu")->kind, Venue::Kind::kQemu);
  EXPECT_EQ(Venue::Parse("qemu")->board, "");
  EXPECT_EQ(Venue::Parse("qemu:m4")->board, "m4");
  for (const char* text : {"host", "fvp", "qemu", "qemu:mps2-an386"}) {
    EXPECT_EQ(Venue::Parse(text)->ToString(), text);
  }
  for (const char* text : {"", "qemu:", "Qemu", "host ", "fvp:m55", "board"}) {
    EXPECT_FALSE(Venue::Parse(text)) << text;
  }
}

TEST(VenueTest, ChoosesABoardThatFits) {
  const PrivateDirectory runners;
  const Setting setting("CORTICO_RUNNERS", runners.path());
  ProgramListing program;
  Diagnostics diagnostics;
  const auto preset = [&](const char* venue) {
    return ChooseBoard(*Venue::Parse(venue), program, diagnostics)->preset;
  };
  program.isa = Isa::kDsp;
  EXPECT_EQ(preset("qemu"), "m4");
  EXPECT_EQ(preset("qemu:m55"), "m55") << "asked for: the mismatch is found later";
  EXPECT_EQ(preset("qemu:mps2-an500"), "m7");
  EXPECT_EQ(preset("qemu:mps2-an505"), "m33") << "of the board's runners the one that fits";
  program.cpu = "cortex-m33";
  EXPECT_EQ(preset("qemu"), "m33");
  std::ofstream(runners.File("m7.elf")) << "x";
  EXPECT_EQ(preset("qemu"), "m7") << "the one that is there";
  program.isa = Isa::kScalar;
  EXPECT_EQ(preset("qemu:cortex-m3"), "m3");
  EXPECT_EQ(preset("qemu:microbit"), "microbit");
  program.isa = Isa::kMve;
  EXPECT_EQ(preset("fvp"), "m55");
  EXPECT_TRUE(diagnostics.ok());
  EXPECT_FALSE(ChooseBoard(*Venue::Parse("qemu:m99"), program, diagnostics));
  EXPECT_TRUE(Contains(Messages(diagnostics), "there is no board 'm99'"));
  EXPECT_TRUE(Contains(Messages(diagnostics), "mps3-an547"));
}

// ---- in this process ---------------------------------------------------------------------------

TEST(RunOnHostTest, ReordersInputsAndOutputs) {
  Diagnostics diagnostics;
  RunOptions options;
  options.keep_op_outputs = options.profile = true;
  size_t done = 0;
  options.progress = [&done](size_t now, size_t total) {
    EXPECT_EQ(total, 2u);
    done = now;
  };
  const auto result = RunProgram(BuildFor(Convolution(), Isa::kMve), "c.pte", {Image(), Image(1)},
                                 options, diagnostics);
  ASSERT_TRUE(result) << Messages(diagnostics);
  ASSERT_EQ(result->outputs.size(), 2u);
  const HostTensor& out = result->outputs[0].at(0);
  EXPECT_EQ(out.type.sizes, (std::vector<int64_t>{1, 2, 2, 3}));
  EXPECT_TRUE(out.type.dim_order.empty());
  EXPECT_EQ(ElementsOf<int8_t>(out),
            (std::vector<int8_t>{21, 32, 43, 54, 65, 76, -10, -20, -30, -40, -50, -60}));
  EXPECT_EQ(ElementsOf<int8_t>(result->outputs[1].at(0)),
            (std::vector<int8_t>{22, 33, 44, 55, 66, 77, -10, -20, -30, -40, -50, -60}));
  ASSERT_EQ(result->op_outputs.size(), 2u);
  EXPECT_EQ(result->op_outputs[0].at(0).data, out.data);
  ASSERT_EQ(result->ops.size(), 1u);
  EXPECT_EQ(result->ops[0].name, "cortex_m::quantized_conv2d");
  EXPECT_EQ(result->arena_bytes, 96 + result->record_bytes);
  EXPECT_EQ(result->record_bytes % 4, 0u);
  EXPECT_EQ(done, 2u);
}

TEST(RunOnHostTest, EveryOpsResultIsKept) {
  Diagnostics diagnostics;
  RunOptions options;
  options.keep_op_outputs = true;
  const Sample sample = {TensorOf<float>(DType::kFloat32, {3}, {1.0f, 0.2f, -5.0f})};
  const auto result =
      RunProgram(QuantizeDequantize(3).Build(), "q.pte", {sample}, options, diagnostics);
  ASSERT_TRUE(result) << Messages(diagnostics);
  ASSERT_EQ(result->op_outputs.at(0).size(), 2u);
  EXPECT_EQ(ElementsOf<int8_t>(result->op_outputs[0][0]), (std::vector<int8_t>{5, 3, -7}));
  EXPECT_EQ(ElementsOf<float>(result->outputs[0][0]), (std::vector<float>{1.0f, 0.0f, -5.0f}));
  EXPECT_EQ(result->board, "host");
}

std::vector<Sample> Ramp(size_t count) {
  std::vector<Sample> samples;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(i) / 2;
    samples.push_back({TensorOf<float>(DType::kFloat32, {3}, {x, -x, 1.0f})});
  }
  return samples;
}

TEST(RunOnHostTest, ManySamplesOnAllCoresInOrder) {
  Diagnostics diagnostics;
  RunOptions options;
  options.keep_op_outputs = true;
  const auto pte = QuantizeDequantize(3).Build();
  EXPECT_FALSE(ListProgram(pte, diagnostics)->keeps_state);
  const auto result = RunProgram(pte, "q.pte", Ramp(100), options, diagnostics);
  ASSERT_TRUE(result) << Messages(diagnostics);
  for (size_t i = 0; i < 100; ++i) {
    const auto x = static_cast<float>(i) / 2;
    EXPECT_EQ(ElementsOf<float>(result->outputs.at(i).at(0)), (std::vector<float>{x, -x, 1.0f}));
    EXPECT_EQ(result->op_outputs.at(i).size(), 2u);
  }
}

TEST(RunOnHostTest, AProgramThatRemembersRunsSampleAfterSample) {
  // Dequantizes first and quantizes then: every output is the input of the run before.
  PteBuilder delay = QuantizeDequantize(3);
  std::swap(delay.calls.at(0), delay.calls.at(1));
  Diagnostics diagnostics;
  const auto pte = delay.Build();
  EXPECT_TRUE(ListProgram(pte, diagnostics)->keeps_state);
  const auto result = RunProgram(pte, "delay.pte", Ramp(100), RunOptions(), diagnostics);
  ASSERT_TRUE(result) << Messages(diagnostics);
  for (size_t i = 1; i < 100; ++i) {
    const auto x = static_cast<float>(i - 1) / 2;
    EXPECT_EQ(ElementsOf<float>(result->outputs.at(i).at(0)), (std::vector<float>{x, -x, 1.0f}));
  }
}

TEST(RunOnHostTest, SaysWhatDoesNotFit) {
  const auto error = [](const std::vector<uint8_t>& pte, const Sample& sample) {
    Diagnostics diagnostics;
    EXPECT_FALSE(RunProgram(pte, "c.pte", {sample}, RunOptions(), diagnostics));
    return Messages(diagnostics);
  };
  const auto pte = Convolution().Build();
  EXPECT_TRUE(Contains(error(pte, {}), "c.pte: sample 0 has 0 inputs, the program takes 1"));
  EXPECT_TRUE(Contains(error(pte, {TensorOf<float>(DType::kFloat32, {1}, {1.0f})}),
                       "input 'input_0' is i8[1,2,2,3], sample 0 has f32[1]"));
  EXPECT_TRUE(Contains(error({1, 2, 3}, {}), "c.pte: "));
  PteBuilder unknown = Convolution();
  unknown.operators[0].first = "cortex_m::nothing";
  EXPECT_TRUE(Contains(error(unknown.Build(), Image()),
                       "op 0 (cortex_m::nothing): the program calls an operator"));
}

TEST(RunOnHostTest, AnyDamageIsAMessage) {
  const std::vector<uint8_t> good = QuantizeDequantize(3).Build();
  const Sample sample = {TensorOf<float>(DType::kFloat32, {3}, {1.0f, 0.2f, -5.0f})};
  for (size_t at = 0; at < good.size(); at += 3) {
    for (int value : {0, 1, 0xFF}) {
      std::vector<uint8_t> bad = good;
      bad[at] = static_cast<uint8_t>(value);
      Diagnostics diagnostics;
      const auto result = RunProgram(bad, "bad.pte", {sample}, RunOptions(), diagnostics);
      EXPECT_EQ(result.has_value(), diagnostics.ok());
    }
    Diagnostics diagnostics;
    const std::vector<uint8_t> cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(at));
    (void)RunProgram(cut, "cut.pte", {sample}, RunOptions(), diagnostics);
  }
}

TEST(ReadProgramIoTest, TypesInOrder) {
  Diagnostics diagnostics;
  const auto io = ReadProgramIo(Convolution().Build(), "c.pte", diagnostics);
  ASSERT_TRUE(io);
  ASSERT_EQ(io->inputs.size(), 1u);
  EXPECT_EQ(io->inputs[0].type.dtype, DType::kInt8);
  EXPECT_TRUE(io->inputs[0].type.channels_last());
  EXPECT_EQ(io->outputs.at(0).name, "output_0");
  EXPECT_FALSE(ReadProgramIo({}, "empty.pte", diagnostics));
}

// ---- simulators that misbehave -----------------------------------------------------------------

// `qemu-system-arm` is a shell script here. $nonce is the one it was told.
class FakeQemuTest : public ::testing::Test {
 protected:
  FakeQemuTest()
      : path_("PATH", bin_.path() + ":" + std::getenv("PATH")),
        runners_("CORTICO_RUNNERS", bin_.path()) {
    std::ofstream(bin_.File("m4.elf")) << "x";
  }

  std::string Run(const std::string& script, Isa isa = Isa::kDsp, const char* venue = "qemu:m4") {
    const std::string file = bin_.File("qemu-system-arm");
    std::ofstream(file)
        << "#!/bin/sh\nnonce=$(echo \"$*\" | sed 's/.*nonce=\\([0-9a-f]*\\).*/\\1/')\n"
        << script << "\n";
    fs::permissions(file, fs::perms::owner_all);
    RunOptions options;
    options.venue = *Venue::Parse(venue);
    options.timeout_seconds = 1;
    Diagnostics diagnostics;
    result_ = RunProgram(BuildFor(Convolution(), isa), "c.pte", {Image()}, options, diagnostics);
    EXPECT_EQ(result_.has_value(), diagnostics.ok());
    return Messages(diagnostics);
  }

  PrivateDirectory bin_;
  Setting path_, runners_;
  std::optional<RunResult> result_;
};

constexpr char kGoodRun[] =
    "printf 'instructions 5\\nrecords 80\\narena 176\\nstack 64\\ndata_errors 0\\n' > report.txt\n"
    "printf '123456789abc' > out.bin\n";

TEST_F(FakeQemuTest, ARunWithItsMarkerPasses) {
  EXPECT_EQ(Run(std::string(kGoodRun) + "echo CORTICO EXIT 0 NONCE $nonce >&2"), "");
  ASSERT_TRUE(result_);
  EXPECT_EQ(result_->instructions, 5u);
  EXPECT_EQ(result_->stack_bytes, 64u);
  EXPECT_EQ(result_->board, "mps2-an386");
  EXPECT_EQ(result_->cpu, "cortex-m4");
  // 123456789abc is NHWC: pairs of channels.
  EXPECT_EQ(ElementsOf<int8_t>(result_->outputs[0][0]),
            (std::vector<int8_t>{'1', '3', '5', '7', '9', 'b', '2', '4', '6', '8', 'a', 'c'}));
}

TEST_F(FakeQemuTest, WithoutTheMarkerItDoesNot) {
  const std::string good = kGoodRun;
  EXPECT_TRUE(Contains(Run(good), "without the runner's end marker; it printed nothing"));
  for (const char* script :
       {"echo CORTICO EXIT 0 NONCE 0123456789abcdef", "echo CORTICO EXIT 0 NONCE",
        "echo CORTICO EXIT NONCE $nonce", "echo CORTICO EXIT 0 NONCE ${nonce}0",
        "echo EXIT 0 NONCE $nonce", "echo CORTICO EXIT 0 NONCE $nonce; exit 3",
        "echo CORTICO EXIT 3 NONCE $nonce", "echo CORTICO EXIT 0 NONCE $nonce; kill -9 $$"}) {
    EXPECT_TRUE(Contains(Run(good + script), "without the runner's end marker")) << script;
  }
}

TEST_F(FakeQemuTest, AMarkerWithoutResultsDoesNotPassEither) {
  const std::string marker = "echo CORTICO EXIT 0 NONCE $nonce";
  EXPECT_TRUE(Contains(Run(marker), "report is incomplete"));
  EXPECT_TRUE(Contains(Run(std::string(kGoodRun) + "printf '123' > out.bin\n" + marker),
                       "wrote 3 bytes of results, 12 were expected"));
}

TEST_F(FakeQemuTest, AHangEnds) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(Contains(Run("exec sleep 100"), "gave no result for 1 seconds and was ended"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(FakeQemuTest, ExitCodesHaveMeanings) {
  const auto end = [](int code) {
    return "echo CORTICO EXIT " + std::to_string(code) + " NONCE $nonce; exit " +
           std::to_string(code);
  };
  EXPECT_TRUE(Contains(Run("echo 'pc    10000000'\n" + end(99)), "took a fault; it printed: pc"));
  EXPECT_TRUE(Contains(Run(end(98)), "stack overflowed"));
  EXPECT_TRUE(Contains(Run(end(97)), "aborted"));
  EXPECT_TRUE(Contains(Run(end(42)), "ended with code 42"));
  EXPECT_TRUE(
      Contains(Run("echo CORTICO ERROR job the board has no memory left for the arena\n" + end(2)),
               "no memory left for the arena; take a board with more memory"));
  EXPECT_TRUE(
      Contains(Run("echo CORTICO ERROR load 10 cortex_m::quantized_conv2d: shapes\n" + end(1)),
               "op 0 (cortex_m::quantized_conv2d): an operator's tensors do not fit"));
}

TEST_F(FakeQemuTest, AMismatchNamesBothSides) {
  const std::string message = Run(
      "echo 'CORTICO ERROR load 12 : family'\necho CORTICO EXIT 1 NONCE $nonce; exit 1", Isa::kMve);
  EXPECT_TRUE(Contains(message, "compiled for MVE cores"));
  EXPECT_TRUE(Contains(message, "mps2-an386 runs it on cortex-m4 (DSP)"));
  EXPECT_TRUE(Contains(message, "--target cortex-m4"));
  EXPECT_TRUE(Contains(Run("", Isa::kMve, "qemu:m7"), "runs it on cortex-m7 (DSP)"))
      << "also when that runner is not there";
}

TEST_F(FakeQemuTest, SaysWhatIsMissing) {
  EXPECT_TRUE(
      Contains(Run("", Isa::kDsp, "qemu:m7"), "cmake --preset m7 && cmake --build --preset m7"));
  EXPECT_TRUE(Contains(Run("", Isa::kScalar, "qemu:microbit"), "-DCORTICO_BOARD=microbit"));
  std::ofstream(bin_.File("m55.elf")) << "x";
  const Setting none("PATH", "/nonexistent");
  EXPECT_TRUE(Contains(Run("", Isa::kMve, "fvp"), "FVP_Corstone_SSE-300 is not on PATH"));
  fs::remove(bin_.File("qemu-system-arm"));
  RunOptions options;
  options.venue = *Venue::Parse("qemu:m4");
  Diagnostics diagnostics;
  EXPECT_FALSE(
      RunProgram(BuildFor(Convolution(), Isa::kDsp), "c.pte", {Image()}, options, diagnostics));
  EXPECT_TRUE(Contains(Messages(diagnostics), "apt-get install qemu-system-arm"));
}

// The FVP has a command line in one option, and an exit code of its own.
TEST_F(FakeQemuTest, AnFvpNeedsItsMarkerToo) {
  std::ofstream(bin_.File("m55.elf")) << "x";
  const std::string fvp = bin_.File("FVP_Corstone_SSE-300_Ethos-U55");
  const auto run = [&](const std::string& end) {
    std::ofstream(fvp)
        << "#!/bin/sh\nnonce=$(echo \"$*\" | sed 's/.*nonce=\\([0-9a-f]*\\).*/\\1/')\n"
           "case \"$*\" in *'cmd_line=nonce='*' pte=program.pte '*) ;; *) exit 9;; esac\n"
        << kGoodRun << end << "\n";
    fs::permissions(fvp, fs::perms::owner_all);
    return Run("", Isa::kMve, "fvp");
  };
  EXPECT_EQ(run("echo CORTICO EXIT 0 NONCE $nonce; exit 5"), "");
  ASSERT_TRUE(result_);
  EXPECT_EQ(result_->cpu, "cortex-m55");
  EXPECT_TRUE(Contains(run("exit 0"), "without the runner's end marker"));
}

TEST_F(FakeQemuTest, LeavesNothingBehind) {
  const Setting temporary("TMPDIR", bin_.path());
  Run("exec sleep 100");
  Run("echo CORTICO EXIT 0 NONCE $nonce");
  for (const auto& entry : fs::directory_iterator(bin_.path())) {
    EXPECT_FALSE(Contains(entry.path().filename().string(), "cortico-run"));
  }
}

// ---- the real thing, where there is one --------------------------------------------------------

TEST(RunOnQemuTest, EqualsTheHost) {
  int boards = 0;
  for (const CpuInfo& cpu : AllCpus()) {
    if (FindQemu().empty() || FindRunner(cpu.preset).empty()) continue;
    ++boards;
    SCOPED_TRACE(cpu.preset);
    const auto pte = BuildFor(Convolution(), cpu.isa);
    RunOptions options;
    options.keep_op_outputs = options.profile = true;
    Diagnostics diagnostics;
    const std::vector<Sample> samples = {Image(), Image(1), Image(2)};
    const auto host = RunProgram(pte, "c.pte", samples, options, diagnostics);
    options.venue = *Venue::Parse(std::string("qemu:") + cpu.preset);
    const auto board = RunProgram(pte, "c.pte", samples, options, diagnostics);
    ASSERT_TRUE(host && board) << Messages(diagnostics);
    for (size_t s = 0; s < samples.size(); ++s) {
      EXPECT_EQ(board->outputs[s][0].data, host->outputs[s][0].data);
      EXPECT_EQ(board->op_outputs[s][0].data, host->outputs[s][0].data);
    }
    EXPECT_EQ(board->record_bytes, host->record_bytes);
    EXPECT_EQ(board->arena_bytes, host->arena_bytes);
    EXPECT_EQ(board->cpu, cpu.cpu);
    EXPECT_GT(board->stack_bytes, 0u);
    EXPECT_GT(board->instructions, 100u);
    ASSERT_EQ(board->ops.size(), 1u);
    EXPECT_LE(board->ops[0].instructions, board->instructions);
    // The interpreter's part of a run with one op.
    EXPECT_LT(board->instructions - board->ops[0].instructions, 200u);

    const Isa other = cpu.isa == Isa::kMve ? Isa::kDsp : Isa::kMve;
    EXPECT_FALSE(
        RunProgram(BuildFor(Convolution(), other), "c.pte", samples, options, diagnostics));
    EXPECT_TRUE(Contains(Messages(diagnostics), cpu.cpu));
  }
  if (boards == 0) GTEST_SKIP() << "no simulator, or no runner is built";
}

}  // namespace
}  // namespace cortico
