#include "runtime/model/model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "runtime/program/io_table.h"
#include "runtime/testing/pte_builder.h"

namespace cortico {
namespace {

using testing::CallSpec;
using testing::Convolution;
using testing::PteBuilder;
using testing::QuantizeDequantize;
using testing::TensorSpec;
namespace fb = executorch_flatbuffer;

using File = std::vector<uint8_t>;

alignas(16) uint8_t arena_bytes[4096];

// Keeps what a model stands on.
struct Loaded {
  explicit Loaded(const PteBuilder& b, Span<uint8_t> bank = arena_bytes) : file(b.Build()) {
    const auto program = Program::Open(file);
    error = program.error();
    if (error != Error::kOk) return;
    auto result = Model::Load(program.value(), bank);
    error = result.error();
    model = result.value();
  }
  File file;
  Error error;
  Model model;
};

Error LoadError(const PteBuilder& b) { return Loaded(b).error; }

TEST(ModelTest, QuantizesAndBack) {
  Loaded loaded(QuantizeDequantize());
  ASSERT_EQ(loaded.error, Error::kOk);
  Model& model = loaded.model;
  ASSERT_EQ(model.NumInputs(), 1);
  ASSERT_EQ(model.NumOutputs(), 1);
  EXPECT_EQ(model.NumOps(), 2);
  ASSERT_EQ(model.Input(0).nbytes(), 32u);
  ASSERT_EQ(model.Input(0).sizes().size(), 1u);
  EXPECT_EQ(model.Input(0).sizes()[0], 8);
  EXPECT_EQ(model.Input(0).dtype(), DType::kFloat32);
  const float in[8] = {0.0f, 0.2f, 0.25f, 0.75f, -0.25f, 100.0f, -100.0f, 1.0f};
  const float expected[8] = {0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 62.0f, -65.5f, 1.0f};
  std::memcpy(model.Input(0).data(), in, sizeof(in));
  model.Run();
  EXPECT_EQ(model.DataError(), Error::kOk);
  float out[8];
  std::memcpy(out, model.Output(0).data(), sizeof(out));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(out[i], expected[i]) << i;
}

TEST(ModelTest, Convolves) {
  Loaded loaded(Convolution());
  ASSERT_EQ(loaded.error, Error::kOk);
  EXPECT_EQ(loaded.model.Input(0).layout(), Layout::kChannelsLast);
  int8_t* in = static_cast<int8_t*>(loaded.model.Input(0).data());
  for (int i = 0; i < 12; ++i) in[i] = static_cast<int8_t>(5 * i - 20);
  loaded.model.Run();
  const int8_t* out = static_cast<int8_t*>(loaded.model.Output(0).data());
  for (int pixel = 0; pixel < 6; ++pixel) {
    EXPECT_EQ(out[2 * pixel], in[2 * pixel] + in[2 * pixel + 1] + 10);
    EXPECT_EQ(out[2 * pixel + 1], -in[2 * pixel + 1]);
  }
}

TEST(ModelTest, ViewsBeyondTheEndsAreNull) {
  Loaded loaded(Convolution());
  ASSERT_EQ(loaded.error, Error::kOk);
  for (int i : {-1, 1, 1000}) {
    EXPECT_EQ(loaded.model.Input(i).data(), nullptr);
    EXPECT_EQ(loaded.model.Output(i).nbytes(), 0u);
    EXPECT_STREQ(loaded.model.Input(i).name(), "");
  }
}

TEST(ModelTest, OutputsMayBeInputsAndConstants) {
  PteBuilder b = Convolution();
  b.outputs = {b.inputs[0], b.calls[0].args[2]};
  Loaded loaded(b);
  ASSERT_EQ(loaded.error, Error::kOk);
  EXPECT_EQ(loaded.model.Output(0).data(), loaded.model.Input(0).data());
  EXPECT_EQ(static_cast<int32_t*>(loaded.model.Output(1).data())[0], 10);
  b.inputs = {b.calls[0].args[2]};
  EXPECT_EQ(LoadError(b), Error::kUnsupported);
}

TEST(ModelTest, TellsNamesAndScales) {
  // One input "x", one output "y" with scale 0.5 and zero point 3.
  File io(8 + 2 * 16 + 4, 0);
  io[0] = IoTable::kVersion;
  io[2] = io[4] = 1;
  PteBuilder::Put<uint32_t>(io, 8 + 8, 40);
  PteBuilder::Put<uint16_t>(io, 8 + 12, 1);
  PteBuilder::Put<float>(io, 24, 0.5f);
  PteBuilder::Put<int32_t>(io, 24 + 4, 3);
  PteBuilder::Put<uint32_t>(io, 24 + 8, 42);
  PteBuilder::Put<uint16_t>(io, 24 + 12, 1);
  io[24 + 14] = 1;
  io[40] = 'x';
  io[42] = 'y';
  PteBuilder b = QuantizeDequantize();
  b.named = {{kIoKey, io}};
  Loaded loaded(b);
  ASSERT_EQ(loaded.error, Error::kOk);
  EXPECT_STREQ(loaded.model.Input(0).name(), "x");
  EXPECT_EQ(loaded.model.Input(0).quantization().scale, 0.0f);
  EXPECT_STREQ(loaded.model.Output(0).name(), "y");
  EXPECT_EQ(loaded.model.Output(0).quantization().scale, 0.5f);
  EXPECT_EQ(loaded.model.Output(0).quantization().zero_point, 3);

  b.named[0].second.resize(39);
  Loaded damaged(b);
  ASSERT_EQ(damaged.error, Error::kOk);
  EXPECT_STREQ(damaged.model.Output(0).name(), "");
}

TEST(ModelTest, CallsTheHookAroundEachOp) {
  Loaded loaded(QuantizeDequantize());
  ASSERT_EQ(loaded.error, Error::kOk);
  std::string log;
  loaded.model.set_op_hook(
      [](void* context, int32_t index, const char* op, bool begin) {
        *static_cast<std::string*>(context) +=
            (begin ? "<" : ">") + std::to_string(index) + " " + op + "\n";
      },
      &log);
  loaded.model.Run();
  EXPECT_EQ(log,
            "<0 cortex_m::quantize_per_tensor\n>0 cortex_m::quantize_per_tensor\n"
            "<1 cortex_m::dequantize_per_tensor\n>1 cortex_m::dequantize_per_tensor\n");
}

TEST(ModelTest, RestoresState) {
  PteBuilder b = QuantizeDequantize(4);
  b.values[1].tensor.buffer = PteBuilder::AddData<int8_t>(b.state, b.state_offsets, {7, 8, 9, 10});
  Loaded loaded(b);
  ASSERT_EQ(loaded.error, Error::kOk);
  auto* state = reinterpret_cast<int8_t*>(arena_bytes) + 16;
  EXPECT_EQ(state[2], 9);
  loaded.model.Run();
  EXPECT_NE(state[2], 9);
  loaded.model.Reset();
  EXPECT_EQ(state[2], 9);

  PteBuilder bad = b;
  bad.values[1].tensor.buffer = 2;
  EXPECT_EQ(LoadError(bad), Error::kIndexOutOfRange);
  bad = b;
  bad.values[1].tensor.state_index = 1;
  EXPECT_EQ(LoadError(bad), Error::kIndexOutOfRange);
  bad.values[1].tensor.state_index = UINT64_MAX;
  EXPECT_EQ(LoadError(bad), Error::kIndexOutOfRange);
  bad = b;
  bad.state.resize(3);
  EXPECT_EQ(LoadError(bad), Error::kIndexOutOfRange);
}

TEST(ModelTest, NeedsItsArena) {
  const PteBuilder b = QuantizeDequantize();
  const auto planned = static_cast<size_t>(b.banks[1]);
  Loaded loaded(b);
  const uint32_t records = loaded.model.RecordBytes();
  EXPECT_GT(records, 0u);
  EXPECT_EQ(Loaded(b, {arena_bytes, planned + records}).error, Error::kOk);
  EXPECT_EQ(Loaded(b, {arena_bytes, planned + records - 1}).error, Error::kArenaTooSmall);
  EXPECT_EQ(Loaded(b, {arena_bytes, planned}).error, Error::kArenaTooSmall);
  EXPECT_EQ(Loaded(b, {arena_bytes, planned - 1}).error, Error::kArenaTooSmall);
  EXPECT_EQ(Loaded(b, {arena_bytes + 8, 2048}).error, Error::kMisaligned);
  EXPECT_EQ(Loaded(b, {}).error, Error::kArenaTooSmall);
}

TEST(ModelTest, TakesSeveralBanks) {
  alignas(16) static uint8_t second[64];
  PteBuilder b = QuantizeDequantize();
  b.values[0].tensor.memory_id = 2;
  b.banks = {0, 80, 32};
  const File file = b.Build();
  const auto program = Program::Open(file);
  ASSERT_TRUE(program.ok());
  const Span<uint8_t> banks[] = {{arena_bytes, 2048}, {second, 32}};
  const auto model = Model::Load(program.value(), Arena(Span<const Span<uint8_t>>(banks)));
  ASSERT_EQ(model.error(), Error::kOk);
  EXPECT_EQ(model.value().Input(0).data(), second);
  EXPECT_EQ(Model::Load(program.value(), Arena(banks[0])).error(), Error::kArenaTooSmall);

  b.banks = {0, 80, 32, 0, 0, 0};
  EXPECT_EQ(LoadError(b), Error::kUnsupported) << "five banks";
}

TEST(ModelTest, LooksAtTheTarget) {
  PteBuilder b = Convolution();
  for (uint8_t family : {0, 1, 2}) {
    b.named = {{kTargetKey, {family}}};
    EXPECT_EQ(LoadError(b), Error::kOk) << "the host takes every family";
  }
  b.named = {{kTargetKey, {1, 0}}};
  EXPECT_EQ(LoadError(b), Error::kCorrupt);
  b.named = {{kTargetKey, {}}};
  EXPECT_EQ(LoadError(b), Error::kCorrupt);
}

TEST(ModelTest, RefusesUnknownOperators) {
  for (const char* name : {"cortex_m::quantized_conv3d", "cortex_m::quantized_conv2", ""}) {
    PteBuilder b = Convolution();
    b.operators[0].first = name;
    EXPECT_EQ(LoadError(b), Error::kUnknownOperator) << name;
  }
  PteBuilder b = Convolution();
  b.operators[0].second = "default";
  EXPECT_EQ(LoadError(b), Error::kUnknownOperator);
  const File file = Convolution().Build();
  EXPECT_EQ(Model::Load(Program::Open(file).value(), Arena(arena_bytes), {}).error(),
            Error::kUnknownOperator);
}

TEST(ModelTest, RefusesBadIndices) {
  for (int32_t bad : {-1, INT32_MIN, INT32_MAX, 1000}) {
    PteBuilder b = Convolution();
    b.calls[0].op = bad;
    EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << bad;
    for (size_t arg = 0; arg < 14; ++arg) {
      b = Convolution();
      b.calls[0].args[arg] = bad;
      if (arg == 13) b.calls[0].args[14] = bad;
      EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << bad << " " << arg;
    }
    b = Convolution();
    b.inputs[0] = bad;
    EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << bad;
    b = Convolution();
    b.outputs[0] = bad;
    EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << bad;
    b = Convolution();
    b.values[static_cast<size_t>(b.calls[0].args[3])].items[1] = bad;
    EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << bad;
  }
  PteBuilder b = Convolution();
  b.values[static_cast<size_t>(b.calls[0].args[3])].items[1] = int64_t{1} << 32;
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange);
}

TEST(ModelTest, RefusesBadArgumentKindsAndCounts) {
  const PteBuilder good = Convolution();
  for (size_t arg = 0; arg < 14; ++arg) {
    for (auto kind : {fb::KernelTypes_Null, fb::KernelTypes_Int, fb::KernelTypes_Bool,
                      fb::KernelTypes_Double, fb::KernelTypes_IntList}) {
      PteBuilder b = good;
      const auto& spec = good.values[static_cast<size_t>(good.calls[0].args[arg])];
      if (kind == spec.kind || (arg == 2 && kind == fb::KernelTypes_Null)) continue;
      b.values.push_back({kind, 0, 0, {}, {}});
      b.calls[0].args[arg] = static_cast<int32_t>(b.values.size()) - 1;
      if (arg == 13) b.calls[0].args[14] = b.calls[0].args[13];
      EXPECT_EQ(LoadError(b), Error::kBadArgument) << arg << " " << kind;
    }
  }
  PteBuilder b = good;
  b.calls[0].args.pop_back();
  EXPECT_EQ(LoadError(b), Error::kOk) << "the result may be named once";
  b.calls[0].args.pop_back();
  EXPECT_EQ(LoadError(b), Error::kBadArgument);
  b.calls[0].args.clear();
  EXPECT_EQ(LoadError(b), Error::kBadArgument);
  b = good;
  b.calls[0].args[14] = b.calls[0].args[0];
  EXPECT_EQ(LoadError(b), Error::kBadArgument) << "two results";
  b = good;
  b.calls[0].args.push_back(b.calls[0].args[13]);
  EXPECT_EQ(LoadError(b), Error::kBadArgument);
  b = good;
  b.calls[0].args[3] = b.Ints({1});
  EXPECT_EQ(LoadError(b), Error::kBadArgument);
  b.calls[0].args[3] = b.Ints({1, 1, 1});
  EXPECT_EQ(LoadError(b), Error::kBadArgument);
  b = good;
  b.calls[0].args[6] = b.Int(int64_t{1} << 32);
  EXPECT_EQ(LoadError(b), Error::kBadArgument) << "0 in the lower half";
  b = good;
  b.calls[0].args[2] = b.Null();
  EXPECT_EQ(LoadError(b), Error::kOk) << "the bias is optional";
  b = good;
  b.calls[0].args[1] = b.calls[0].args[0];
  EXPECT_EQ(LoadError(b), Error::kBadArgument) << "a weight that is no constant";
  b = good;
  b.calls[0].args[13] = b.calls[0].args[14] = b.calls[0].args[1];
  EXPECT_EQ(LoadError(b), Error::kBadArgument) << "a result that is a constant";
}

TEST(ModelTest, RefusesWhatIsNoKernelCall) {
  PteBuilder b = Convolution();
  b.calls[0].kind = fb::InstructionArguments_FreeCall;
  EXPECT_EQ(LoadError(b), Error::kUnsupported);
  b.calls[0].kind = fb::InstructionArguments_DelegateCall;
  EXPECT_EQ(LoadError(b), Error::kUnsupported);
}

// Each case changes the quantized tensor in the middle of quantize → dequantize.
TEST(ModelTest, RefusesBadTensors) {
  const auto with = [](auto change) {
    PteBuilder b = QuantizeDequantize();
    change(b.values[1].tensor);
    return LoadError(b);
  };
  EXPECT_EQ(with([](TensorSpec&) {}), Error::kOk);
  EXPECT_EQ(with([](TensorSpec& t) { t.dtype = 12; }), Error::kBadType);
  EXPECT_EQ(with([](TensorSpec& t) { t.dtype = -1; }), Error::kBadType);
  EXPECT_EQ(with([](TensorSpec& t) { t.dtype = 0; }), Error::kBadType) << "uint8";
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {-8}; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {INT32_MAX, 2}; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {65536, 65536, 0}; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {1, 1, 1, 1, 1, 1, 1, 1, 8}; }),
            Error::kUnsupported)
      << "nine dimensions";
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {7}; }), Error::kBadShape);
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {1, 8}; }), Error::kBadShape);
  EXPECT_EQ(with([](TensorSpec& t) { t.order = {1}; }), Error::kCorrupt);
  EXPECT_EQ(with([](TensorSpec& t) { t.order = {255}; }), Error::kCorrupt);
  EXPECT_EQ(with([](TensorSpec& t) { t.order = {0, 1}; }), Error::kCorrupt);
  EXPECT_EQ(with([](TensorSpec& t) { t.sizes = {2, 4}, t.order = {0, 0}; }), Error::kCorrupt);
  EXPECT_EQ(with([](TensorSpec& t) { t.memory_id = 0; }), Error::kIndexOutOfRange);
  EXPECT_EQ(with([](TensorSpec& t) { t.memory_id = 2; }), Error::kIndexOutOfRange);
  EXPECT_EQ(with([](TensorSpec& t) { t.memory_id = UINT32_MAX; }), Error::kIndexOutOfRange);
  EXPECT_EQ(with([](TensorSpec& t) { t.offset = 72; }), Error::kOk);
  EXPECT_EQ(with([](TensorSpec& t) { t.offset = 73; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.offset = 81; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.offset = UINT32_MAX; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.offset_high = 1; }), Error::kSizeOverflow);
  EXPECT_EQ(with([](TensorSpec& t) { t.storage_offset = 1; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.dynamism = 1; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.dynamism = 2; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.external = true; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.on_cuda = true; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.planned = false; }), Error::kUnsupported);
  EXPECT_EQ(with([](TensorSpec& t) { t.planned = false, t.buffer = 1; }), Error::kIndexOutOfRange);

  PteBuilder b = QuantizeDequantize();
  b.values[2].tensor.offset = 42;
  EXPECT_EQ(LoadError(b), Error::kMisaligned);
  b = QuantizeDequantize();
  b.banks[1] = -1;
  EXPECT_EQ(LoadError(b), Error::kSizeOverflow);
  b.banks[1] = INT64_MAX;
  EXPECT_EQ(LoadError(b), Error::kSizeOverflow);
  b.banks.clear();
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange);
}

TEST(ModelTest, RefusesBadConstants) {
  PteBuilder b = Convolution();
  b.constant_offsets[2] = 2;
  EXPECT_EQ(LoadError(b), Error::kMisaligned);
  b = Convolution();
  b.constant_offsets[2] = b.constants.size() - 7;
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange) << "one byte beyond the segment";
  b.constant_offsets[2] = b.constants.size() - 8;
  EXPECT_EQ(LoadError(b), Error::kOk);
  b.constant_offsets[2] = UINT64_MAX;
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange);
  b = Convolution();
  b.constant_segment = 1;
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange);
  b = Convolution();
  b.constant_offsets.resize(2);
  EXPECT_EQ(LoadError(b), Error::kIndexOutOfRange);
}

// Changes one to eight bytes at random places, many times over: an error or a run, never a fault.
// Under the sanitizers (preset host-asan) a fault is a failure. CORTICO_MUTATIONS and CORTICO_SEED
// make it longer, and other.
TEST(ModelTest, SurvivesAnyDamage) {
  const char* count = std::getenv("CORTICO_MUTATIONS");
  const char* seed_text = std::getenv("CORTICO_SEED");
  const auto seed = static_cast<uint32_t>(seed_text == nullptr ? 1 : std::atoi(seed_text));
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  PteBuilder stateful = QuantizeDequantize();
  stateful.values[1].tensor.buffer =
      PteBuilder::AddData<int8_t>(stateful.state, stateful.state_offsets, {1, 2, 3, 4, 5, 6, 7, 8});
  stateful.named = {{kTargetKey, {0}}, {kIoKey, File(60, 1)}};
  const File files[] = {Convolution().Build(), stateful.Build()};
  int loaded = 0;
  std::vector<uint8_t> memory(4096);  // with red zones, unlike an array
  for (int i = count == nullptr ? 2000 : std::atoi(count); i > 0; --i) {
    File file = files[random() % 2];
    for (uint32_t n = 1 + random() % 8; n > 0; --n) {
      const size_t at = random() % file.size();
      // Small changes of small numbers lead further than noise does.
      file[at] = static_cast<uint8_t>(random() % 2 ? random() : file[at] + random() % 9 - 4);
    }
    const auto program = Program::Open(file);
    if (!program.ok()) continue;
    (void)program.value().NamedData("absent");
    auto model = Model::Load(program.value(), Span<uint8_t>(memory));
    if (!model.ok()) continue;
    ++loaded;
    for (int32_t end = 0; end < model.value().NumInputs(); ++end) {
      const TensorView input = model.value().Input(end);
      if (input.nbytes() != 0) std::memset(input.data(), 0x5A, input.nbytes());
      EXPECT_GE(std::strlen(input.name()), 0u);
    }
    model.value().Run();
    model.value().Reset();
  }
  EXPECT_GT(loaded, 0);
}

}  // namespace
}  // namespace cortico
