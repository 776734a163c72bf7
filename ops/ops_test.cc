// The target's half of the ops: what Check lets through, Run must survive; and what they compute
// where no kernel does it. The kernels have tests of their own.
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "ops/checks.h"
#include "ops_includes.inc"
#include "runtime/model/op_row.h"

namespace cortico::ops {
namespace {

// Tensors in memory of exactly their size, so that a sanitizer sees one byte beyond.
class Pool {
 public:
  Tensor Make(DType dtype, std::vector<int32_t> sizes, Layout layout = Layout::kContiguous) {
    sizes_.push_back(std::move(sizes));
    Tensor t;
    t.sizes = sizes_.back().data();
    t.rank = static_cast<uint8_t>(sizes_.back().size());
    t.dtype = dtype;
    t.layout = layout;
    const size_t bytes = static_cast<size_t>(t.numel()) * SizeOf(dtype);
    memory_.emplace_back(new uint8_t[bytes]);
    t.data = memory_.back().get();
    for (size_t i = 0; i < bytes; ++i) memory_.back()[i] = static_cast<uint8_t>(i * 37 + 11);
    return t;
  }
  Tensor Image(int32_t n, int32_t c, int32_t h, int32_t w) {
    return Make(DType::kInt8, {n, c, h, w}, Canonical(c, h, w));
  }
  Tensor Int32s(std::vector<int32_t> values) {
    const Tensor t = Make(DType::kInt32, {static_cast<int32_t>(values.size())});
    for (size_t i = 0; i < values.size(); ++i) t.As<int32_t>()[i] = values[i];
    return t;
  }
  static Layout Canonical(int32_t c, int32_t h, int32_t w) {
    return c == 1 || (h == 1 && w == 1) ? Layout::kContiguous : Layout::kChannelsLast;
  }

 private:
  std::deque<std::vector<int32_t>> sizes_;
  std::deque<std::unique_ptr<uint8_t[]>> memory_;
};

// Inside of a test, `Run` would be the test's own.
template <class Op>
void RunOp(const Op& op) {
  Run(op);
}

template <class Field>
void Assign(Field& field, const Tensor& t) {
  static_cast<Tensor&>(field) = t;
}
template <int N>
Ints<N> List(std::initializer_list<int32_t> values) {
  Ints<N> result;
  int i = 0;
  for (int32_t v : values) result[i++] = v;
  return result;
}

// ---- one good record per op --------------------------------------------------------------------

template <class Op>
Op Good(Pool& pool);

template <>
QuantizePerTensor<Device> Good(Pool& pool) {
  QuantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {2, 5}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 5}));
  op.scale = 0.25f;
  op.zero_point = -7;
  return op;
}
template <>
DequantizePerTensor<Device> Good(Pool& pool) {
  DequantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 5}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 5}));
  op.scale = 0.25f;
  op.zero_point = -7;
  return op;
}
template <>
QuantizedConv2d<Device> Good(Pool& pool) {  // two groups
  QuantizedConv2d<Device> op;
  Assign(op.input, pool.Image(2, 4, 5, 6));
  Assign(op.weight, pool.Make(DType::kInt8, {6, 3, 2, 2}));
  Assign(op.bias, pool.Int32s({1, 2, 3, 4, 5, -6}));
  op.stride = List<2>({2, 1});
  op.padding = List<2>({1, 0});
  op.dilation = List<2>({1, 2});
  op.input_offset = 128;
  op.output_offset = -3;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(6, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s(std::vector<int32_t>(6, -7)));
  Assign(op.scratch, pool.Make(DType::kUInt8, {512}));
  Assign(op.out, pool.Image(2, 6, 3, 4));
  return op;
}
template <>
QuantizedDepthwiseConv2d<Device> Good(Pool& pool) {
  QuantizedDepthwiseConv2d<Device> op;
  Assign(op.input, pool.Image(1, 3, 5, 6));
  Assign(op.weight, pool.Make(DType::kInt8, {1, 3, 3, 6}));
  Assign(op.bias, pool.Int32s({1, 2, 3, 4, 5, -6}));
  op.stride = List<2>({1, 2});
  op.padding = List<2>({1, 1});
  op.dilation = List<2>({1, 1});
  op.depth_multiplier = 2;
  op.input_offset = -127;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(6, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s(std::vector<int32_t>(6, -7)));
  Assign(op.scratch, pool.Make(DType::kUInt8, {512}));
  Assign(op.out, pool.Image(1, 6, 5, 3));
  return op;
}
template <>
QuantizedLinear<Device> Good(Pool& pool) {
  QuantizedLinear<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 5}));
  Assign(op.weights, pool.Make(DType::kInt8, {4, 5}));
  Assign(op.bias, pool.Int32s({10, -20, 30, -40}));
  op.input_offset = 5;
  op.requantize_multipliers[0] = 1 << 30;
  op.requantize_shifts[0] = -6;
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}
template <>
LinearPerChannel<Device> Good(Pool& pool) {
  LinearPerChannel<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {3, 5}));
  Assign(op.weights, pool.Make(DType::kInt8, {4, 5}));
  Assign(op.bias, pool.Int32s({10, -20, 30, -40}));
  op.input_offset = 5;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(4, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s({-6, -7, -5, -6}));
  Assign(op.scratch, pool.Make(DType::kUInt8, {16}));
  Assign(op.out, pool.Make(DType::kInt8, {3, 4}));
  return op;
}
template <>
QuantizedAdd<Device> Good(Pool& pool) {
  QuantizedAdd<Device> op;
  Assign(op.self, pool.Image(1, 3, 2, 4));
  Assign(op.other, pool.Image(1, 3, 1, 1));
  Assign(op.out, pool.Image(1, 3, 2, 4));
  op.self_multiplier = op.other_multiplier = op.output_multiplier = 1 << 30;
  op.self_shift = op.other_shift = 0;
  op.output_shift = -18;
  return op;
}
template <>
QuantizedAvgPool2d<Device> Good(Pool& pool) {
  QuantizedAvgPool2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 5, 7));
  op.kernel_size = List<2>({3, 2});
  op.stride = List<2>({2, 2});
  op.padding = List<2>({1, 1});
  Assign(op.scratch, pool.Make(DType::kUInt8, {64}));
  Assign(op.out, pool.Image(2, 3, 3, 4));
  return op;
}
template <>
QuantizedMaxPool2d<Device> Good(Pool& pool) {
  QuantizedMaxPool2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 5, 7));
  op.kernel_size = List<2>({3, 2});
  op.stride = List<2>({2, 2});
  op.padding = List<2>({1, 1});
  op.dilation = List<2>({1, 1});
  Assign(op.out, pool.Image(2, 3, 3, 4));
  return op;
}
template <>
Pad<Device> Good(Pool& pool) {
  Pad<Device> op;
  Assign(op.input, pool.Image(1, 3, 2, 4));
  op.pre_pad = List<4>({0, 1, 2, 0});
  op.post_pad = List<4>({0, 3, 0, 1});
  op.pad_value = -5;
  Assign(op.out, pool.Image(1, 4, 6, 6));
  return op;
}
template <>
ToDimOrderCopy<Device> Good(Pool& pool) {
  ToDimOrderCopy<Device> op;
  Assign(op.self, pool.Make(DType::kInt16, {2, 3, 4, 5}));
  Assign(op.out, pool.Make(DType::kInt16, {2, 3, 4, 5}, Layout::kChannelsLast));
  return op;
}
template <>
CloneDimOrder<Device> Good(Pool& pool) {
  CloneDimOrder<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {1, 3, 4, 5}, Layout::kChannelsLast));
  Assign(op.out, pool.Make(DType::kFloat32, {1, 3, 4, 5}));
  return op;
}
template <>
ViewCopy<Device> Good(Pool& pool) {
  ViewCopy<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {3, 4}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 6}));
  return op;
}
template <>
EtView<Device> Good(Pool& pool) {
  EtView<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {3, 4}));
  Assign(op.out, op.self);
  return op;
}

// ---- every op ----------------------------------------------------------------------------------

// Where each field lies, as the decoder believes it.
struct PlaceVisitor {
  const char* base;
  const char* op;
  FieldCodes codes;
  uint32_t end = 0;
  int index = 0;
  template <class Field>
  void operator()(const char* name, Field& field) {
    const FieldShape shape = FieldShapeOf(codes.codes[index++], kTensorHere);
    const uint32_t at = AlignUp(end, shape.alignment);
    EXPECT_EQ(reinterpret_cast<const char*>(&field) - base, at) << op << " " << name;
    end = at + shape.bytes;
  }
};

template <template <class> class Op>
void ExpectMembersInFieldOrder() {
  Op<Device> op;
  PlaceVisitor visitor{reinterpret_cast<const char*>(&op), op.kName, FieldCodesOf<Op>()};
  Op<Device>::Fields(op, visitor);
}

TEST(OpsTest, MembersStandInFieldOrder) {
#define CORTICO_OP(folder, Struct) ExpectMembersInFieldOrder<Struct>();
#include "ops_list.inc"
#undef CORTICO_OP
}

TEST(OpsTest, RecordsOnTheTarget) {
  // 7 tensors of 12 bytes, 3 pairs, 4 numbers, the row.
  EXPECT_EQ(TargetRecordBytes<QuantizedConv2d>(), 4u + 7 * 12 + 3 * 8 + 4 * 4);
  // A bool or a DType takes a word where a word follows.
  EXPECT_EQ(TargetRecordBytes<QuantizePerTensor>(), 4u + 2 * 12 + 5 * 4);
  EXPECT_EQ(TargetRecordBytes<ToDimOrderCopy>(), 4u + 2 * 12 + 4 + 9 * 4);
}

TEST(OpsTest, GoodRecordsPassAndRun) {
#define CORTICO_OP(folder, Struct)                          \
  {                                                         \
    Pool pool;                                              \
    const auto op = Good<Struct<Device>>(pool);             \
    EXPECT_EQ(Check(op), Error::kOk) << op.kName;           \
    RunOp(op);                                                \
  }
#include "ops_list.inc"
#undef CORTICO_OP
}

// Changes fields at random to what is likely to hurt.
struct Mutator {
  Pool& pool;
  std::mt19937& random;

  bool Lucky() { return random() % 8 == 0; }
  int32_t Number(int32_t old) {
    static constexpr int32_t kEdges[] = {0,    1,    2,   3,   127, 128,   129,   -1,    -127,
                                         -128, -129, 255, 30,  31,  -31,   -32,   32767, 32768,
                                         65536, INT32_MAX, INT32_MIN};
    if (random() % 2) return old + static_cast<int32_t>(random() % 5) - 2;
    return kEdges[random() % (sizeof(kEdges) / sizeof(kEdges[0]))];
  }
  void operator()(const char*, Tensor& field) {
    if (!Lucky() || field.data == nullptr) return;
    std::vector<int32_t> sizes(field.sizes, field.sizes + field.rank);
    Layout layout = field.layout;
    DType dtype = field.dtype;
    switch (random() % 5) {
      case 0:
        dtype = random() % 2 ? DType::kInt32 : DType::kInt8;
        break;
      case 1:
        layout = static_cast<Layout>(random() % 3);
        break;
      case 2:
        if (random() % 2) {
          sizes.push_back(1);
        } else if (!sizes.empty()) {
          sizes.pop_back();
        }
        break;
      default:
        if (!sizes.empty()) {
          int32_t& size = sizes[random() % sizes.size()];
          size = std::max(0, size + static_cast<int32_t>(random() % 5) - 2);
        }
    }
    if (sizes.size() != 4 && layout == Layout::kChannelsLast) layout = Layout::kContiguous;
    if (sizes.size() == 4 && layout == Layout::kChannelsLast) {
      layout = Pool::Canonical(sizes[1], sizes[2], sizes[3]);
    }
    const bool is_number = dtype == DType::kInt32 && field.dtype == DType::kInt32;
    const int32_t first = is_number && field.numel() > 0 ? field.As<int32_t>()[0] : 0;
    const Tensor changed = pool.Make(dtype, sizes, layout);
    // Arrays of factors and biases hold something that may pass.
    for (int32_t i = 0; is_number && i < changed.numel(); ++i) {
      changed.As<int32_t>()[i] = Lucky() ? Number(first) : first;
    }
    field = changed;
  }
  void operator()(const char*, int32_t& field) {
    if (Lucky()) field = Number(field);
  }
  void operator()(const char*, bool& field) {
    if (Lucky()) field = !field;
  }
  void operator()(const char*, float& field) {
    static constexpr float kEdges[] = {0.0f, -1.0f, 1e-45f, 1e-38f, 1e38f, 1.0f,
                                       std::numeric_limits<float>::infinity(),
                                       std::numeric_limits<float>::quiet_NaN()};
    if (Lucky()) field = kEdges[random() % 8];
  }
  void operator()(const char*, DType& field) {
    if (Lucky()) field = random() % 2 ? DType::kInt16 : DType::kUInt8;
  }
  template <int N>
  void operator()(const char* name, Ints<N>& field) {
    for (int i = 0; i < N; ++i) (*this)(name, field[i]);
  }
  template <int N>
  void operator()(const char*, IntList<N>&) {}
  template <int N>
  void operator()(const char*, OptionalIntList<N>&) {}
};

template <template <class> class Op>
int RunMutants(std::mt19937& random, int count) {
  int ran = 0;
  for (int i = 0; i < count; ++i) {
    Pool pool;
    auto op = Good<Op<Device>>(pool);
    Mutator mutator{pool, random};
    Op<Device>::Fields(op, mutator);
    if (Check(op) != Error::kOk) continue;
    RunOp(op);
    ++ran;
  }
  return ran;
}

// Under the sanitizers, a Check that lets too much through is a fault here.
TEST(OpsTest, WhatPassesRuns) {
  const char* count_text = std::getenv("CORTICO_MUTATIONS");
  const char* seed_text = std::getenv("CORTICO_SEED");
  const auto seed = static_cast<uint32_t>(seed_text == nullptr ? 1 : std::atoi(seed_text));
  const int count = count_text == nullptr ? 2000 : std::atoi(count_text);
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
#define CORTICO_OP(folder, Struct) \
  EXPECT_GT(RunMutants<Struct>(random, count), 0) << Struct<Device>::kName;
#include "ops_list.inc"
#undef CORTICO_OP
}

// ---- values just outside -----------------------------------------------------------------------

template <class Op, class Change>
Error CheckWith(Change change) {
  Pool pool;
  Op op = Good<Op>(pool);
  change(op, pool);
  return Check(op);
}

TEST(OpsTest, ConvolutionRefuses) {
  using Op = QuantizedConv2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[1] = 32769; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dilation[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = 3; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_offset = 129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_offset = -128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_offset = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_min = -129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_max = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_min = 5, op.activation_max = 4; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.bias, p.Int32s({1, 2, 3, 4, 5})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_shifts, p.Int32s({0, 0, 0, 0, 0, 31}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_shifts, p.Int32s({0, 0, 0, 0, 0, -32}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_multipliers, p.Int32s({0, 0, 0, 0, 0, INT32_MIN}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.requantize_multipliers, p.Int32s({1, 1})); }),
            Error::kBadShape);
  // 3 * 2 * 2 products of at most 255 * 128.
  const int32_t most = INT32_MAX - 12 * 255 * 128;
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, 0, 0, -most})); }),
            Error::kOk);
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, 0, 0, most + 1})); }),
            Error::kSizeOverflow);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Make(DType::kInt8, {6, 3, 2, 3})); }),
            Error::kBadShape)
      << "3 does not divide 4 channels";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 6, 3, 4)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(2, 6, 3, 5)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input.layout = Layout::kContiguous; }), Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool&) { op.weight.layout = Layout::kChannelsLast; }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt8, {2, 4, 5})); }),
            Error::kBadType);
}

TEST(OpsTest, DepthwiseConvolutionRefuses) {
  using Op = QuantizedDepthwiseConv2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.depth_multiplier = 1; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Make(DType::kInt8, {2, 3, 3, 6})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Image(1, 4, 5, 6)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dilation[1] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.requantize_shifts, p.Int32s({1, 1, 1})); }),
            Error::kBadShape);
}

TEST(OpsTest, LinearRefuses) {
  using Op = QuantizedLinear<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.kernel_sum, p.Int32s({1, 2, 3, 4})); }),
            Error::kBadArgument)
      << "bias and sums";
  EXPECT_EQ(with([](Op& op, Pool&) { op.requantize_shifts[0] = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.requantize_multipliers[0] = INT32_MIN; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.filter_offset = 129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {3, 2, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt8, {2, 3, 6})); }),
            Error::kBadShape);
  using PerChannel = LinearPerChannel<Device>;
  EXPECT_EQ(CheckWith<PerChannel>([](PerChannel& op, Pool& p) {
              Assign(op.requantize_multipliers, p.Int32s({1, 2, 3}));
            }),
            Error::kBadShape);
}

// The MVE form, bias and input offset added up beforehand, gives what the other one gives.
TEST(OpsTest, LinearTakesSumsForABias) {
  if (kTakesKernelSums) GTEST_SKIP() << "this build takes nothing else";
  Pool pool;
  auto op = Good<QuantizedLinear<Device>>(pool);
  op.filter_offset = 3;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const std::vector<int8_t> expected(op.out.As<int8_t>(), op.out.As<int8_t>() + op.out.numel());
  std::vector<int32_t> sums;
  for (int32_t o = 0; o < 4; ++o) {
    int32_t sum = 0;
    for (int32_t i = 0; i < 5; ++i) sum += op.weights.As<int8_t>()[o * 5 + i] + op.filter_offset;
    sums.push_back(op.bias.As<int32_t>()[o] + op.input_offset * sum);
  }
  op.bias.data = nullptr;
  Assign(op.kernel_sum, pool.Int32s(sums));
  ASSERT_EQ(Check(op), Error::kOk);
  std::fill_n(op.out.As<int8_t>(), op.out.numel(), int8_t{0});
  RunOp(op);
  for (int32_t i = 0; i < op.out.numel(); ++i) {
    EXPECT_EQ(op.out.As<int8_t>()[i], expected[static_cast<size_t>(i)]) << i;
  }
}

TEST(OpsTest, AddRefuses) {
  using Op = QuantizedAdd<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.self_shift = 1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.other_shift = -32; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.other_zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.self_multiplier = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_zero_point = -129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Image(1, 2, 1, 1)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Image(1, 3, 1, 1)); }), Error::kBadShape)
      << "somebody must have out's size";
}

TEST(OpsTest, AddRepeatsAChannelVector) {
  Pool pool;
  auto op = Good<QuantizedAdd<Device>>(pool);
  for (int32_t i = 0; i < 24; ++i) op.self.As<int8_t>()[i] = static_cast<int8_t>(i);
  for (int32_t c = 0; c < 3; ++c) op.other.As<int8_t>()[c] = static_cast<int8_t>(10 * c);
  // 2^20 * 1/2 each, their sum times 2^-19: the plain sum.
  ASSERT_EQ(Check(op), Error::kOk);
  for (bool swapped : {false, true}) {
    if (swapped) std::swap<Tensor>(op.self, op.other);
    RunOp(op);
    for (int32_t i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], i + 10 * (i % 3)) << i;
  }
}

TEST(OpsTest, PoolsRefuse) {
  using Avg = QuantizedAvgPool2d<Device>;
  using Max = QuantizedMaxPool2d<Device>;
  EXPECT_EQ(CheckWith<Avg>([](Avg& op, Pool&) { op.kernel_size[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Avg>([](Avg& op, Pool& p) {
              op.kernel_size[0] = 1;  // padding 1: the first window is all padding
              Assign(op.out, p.Image(2, 3, 4, 4));
            }),
            Error::kBadArgument);
  EXPECT_EQ(CheckWith<Avg>([](Avg& op, Pool& p) { Assign(op.out, p.Image(2, 4, 3, 4)); }),
            Error::kBadShape);
  EXPECT_EQ(CheckWith<Max>([](Max& op, Pool&) { op.dilation[0] = 2; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Max>([](Max& op, Pool&) { op.input_zero_point = 1; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Max>([](Max& op, Pool&) {
              op.activation_min = 127;
              op.activation_max = 126;
            }),
            Error::kBadArgument);
}

// The output size of torch's pooling, rounded up, with its exception for a window that begins
// beyond the image.
TEST(OpsTest, CeilModeCountsWindowsAsTorchDoes) {
  struct Case {
    int32_t in, kernel, stride, padding, floor, ceil;
  };
  for (const Case& c : {Case{5, 2, 2, 0, 2, 3}, Case{6, 2, 2, 0, 3, 3}, Case{4, 1, 3, 0, 2, 2},
                        Case{5, 2, 3, 1, 2, 2}, Case{3, 2, 2, 1, 2, 2}, Case{7, 3, 3, 1, 3, 3},
                        Case{1, 1, 5, 0, 1, 1}}) {
    Pool pool;
    auto op = Good<QuantizedMaxPool2d<Device>>(pool);
    Assign(op.input, pool.Image(1, 2, c.in, c.in));
    op.kernel_size = List<2>({c.kernel, c.kernel});
    op.stride = List<2>({c.stride, c.stride});
    op.padding = List<2>({c.padding, c.padding});
    for (bool ceil : {false, true}) {
      op.ceil_mode = ceil;
      const int32_t size = ceil ? c.ceil : c.floor;
      Assign(op.out, pool.Image(1, 2, size, size));
      EXPECT_EQ(Check(op), Error::kOk) << c.in << " " << c.kernel << " " << c.stride << " " << ceil;
      Assign(op.out, pool.Image(1, 2, size + 1, size));
      EXPECT_EQ(Check(op), Error::kBadShape);
    }
  }
}

TEST(OpsTest, PadFollowsMemory) {
  Pool pool;
  auto op = Good<Pad<Device>>(pool);
  RunOp(op);
  const auto at = [](const Tensor& t, int32_t c, int32_t y, int32_t x) {
    return t.As<int8_t>()[(y * t.size(3) + x) * t.size(1) + c];
  };
  for (int32_t y = 0; y < 6; ++y) {
    for (int32_t x = 0; x < 6; ++x) {
      for (int32_t c = 0; c < 4; ++c) {
        const bool inside = y >= 1 && y < 3 && x >= 2 && c < 3;
        EXPECT_EQ(at(op.out, c, y, x), inside ? at(op.input, c, y - 1, x - 2) : -5);
      }
    }
  }
  // One channel: contiguous and NHWC at once. Both ways of saying the same border are understood.
  Assign(op.input, pool.Image(1, 1, 2, 2));
  Assign(op.out, pool.Image(1, 1, 4, 3));
  for (int shift : {0, 1}) {
    op.pre_pad = shift ? List<4>({0, 0, 1, 0}) : List<4>({0, 1, 0, 0});
    op.post_pad = shift ? List<4>({0, 0, 1, 1}) : List<4>({0, 1, 1, 0});
    ASSERT_EQ(Check(op), Error::kOk);
    std::fill_n(op.out.As<int8_t>(), 12, int8_t{99});
    RunOp(op);
    const int8_t* in = op.input.As<int8_t>();
    const int8_t expected[12] = {-5, -5, -5, in[0], in[1], -5, in[2], in[3], -5, -5, -5, -5};
    for (int i = 0; i < 12; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i]) << shift << i;
  }
  op.post_pad[0] = 1;
  EXPECT_EQ(Check(op), Error::kBadShape);
  op.post_pad[0] = -1;
  EXPECT_EQ(Check(op), Error::kBadArgument);
  using Op = Pad<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.pad_value = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.pre_pad[1] = INT32_MAX; }), Error::kBadShape);
}

TEST(OpsTest, MovesDataBothWays) {
  Pool pool;
  auto op = Good<ToDimOrderCopy<Device>>(pool);
  RunOp(op);
  for (int32_t n = 0; n < 2; ++n) {
    for (int32_t c = 0; c < 3; ++c) {
      for (int32_t p = 0; p < 20; ++p) {
        EXPECT_EQ(op.out.As<int16_t>()[(n * 20 + p) * 3 + c],
                  op.self.As<int16_t>()[(n * 3 + c) * 20 + p]);
      }
    }
  }
  ToDimOrderCopy<Device> back;
  static_cast<Tensor&>(back.self) = op.out;
  Assign(back.out, pool.Make(DType::kInt16, {2, 3, 4, 5}));
  RunOp(back);
  EXPECT_EQ(std::memcmp(back.out.data, op.self.data, 240), 0);

  using Op = ToDimOrderCopy<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.out.dtype = DType::kInt8; }), Error::kBadType);
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.out.layout = Layout::kOther; }), Error::kBadType);
  using View = ViewCopy<Device>;
  EXPECT_EQ(CheckWith<View>([](View& o, Pool& p) { Assign(o.out, p.Make(DType::kInt8, {11})); }),
            Error::kBadShape);
  EXPECT_EQ(CheckWith<View>([](View& o, Pool& p) {
              Assign(o.self, p.Image(1, 3, 2, 2));
              Assign(o.out, p.Make(DType::kInt8, {12}));
            }),
            Error::kBadType)
      << "a view of pixels in another order is a transposition";
}

// ---- quantize ----------------------------------------------------------------------------------

int32_t QuantizeOne(float x, float scale, int32_t zero_point, int32_t low, int32_t high,
                    DType dtype = DType::kInt8) {
  Pool pool;
  QuantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1}));
  Assign(op.out, pool.Make(dtype, {1}));
  op.scale = scale;
  op.zero_point = zero_point;
  op.quant_min = low;
  op.quant_max = high;
  op.dtype = dtype;
  op.input.As<float>()[0] = x;
  EXPECT_EQ(Check(op), Error::kOk);
  RunOp(op);
  return dtype == DType::kInt8 ? op.out.As<int8_t>()[0] : op.out.As<int16_t>()[0];
}

TEST(QuantizeTest, RoundsHalvesToEven) {
  ASSERT_EQ(std::fegetround(), FE_TONEAREST);
  const float halves[] = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f};
  const int32_t expected[] = {-2, -2, 0, 0, 2, 2, 4};
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(QuantizeOne(halves[i], 1.0f, 0, -128, 127), expected[i]) << halves[i];
    EXPECT_EQ(QuantizeOne(halves[i], 1.0f, 5, -128, 127), expected[i] + 5) << halves[i];
  }
}

TEST(QuantizeTest, SaturatesWhateverComes) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float huge : {128.0f, 1e9f, 3e38f, infinity}) {
    EXPECT_EQ(QuantizeOne(huge, 1.0f, 3, -128, 127), 127);
    EXPECT_EQ(QuantizeOne(-2 * huge, 1.0f, 3, -128, 127), -128);
    EXPECT_EQ(QuantizeOne(huge, 2e-38f, 3, -7, 100), 100);
    EXPECT_EQ(QuantizeOne(huge * 1000, 1.0f, 0, -32768, 32767, DType::kInt16), 32767);
  }
  EXPECT_EQ(QuantizeOne(std::numeric_limits<float>::quiet_NaN(), 1.0f, 3, -128, 127), 3);
}

TEST(QuantizeTest, EqualsTheFormula) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(-40.0f, 40.0f);
  std::uniform_real_distribution<float> scales(0.001f, 0.5f);
  for (int i = 0; i < 20000; ++i) {
    const float x = values(random);
    const float scale = scales(random);
    const auto zero_point = static_cast<int32_t>(random() % 256) - 128;
    const auto inverse = static_cast<float>(1.0 / static_cast<double>(scale));
    const float rounded = std::nearbyint(x * inverse);
    const float q = std::min(127.0f, std::max(-128.0f, rounded + static_cast<float>(zero_point)));
    ASSERT_EQ(QuantizeOne(x, scale, zero_point, -128, 127), static_cast<int32_t>(q))
        << x << " " << scale << " " << zero_point;
  }
}

TEST(QuantizeTest, Refuses) {
  using Op = QuantizePerTensor<Device>;
  using Back = DequantizePerTensor<Device>;
  for (float scale : {0.0f, -1.0f, 1e-45f, 1e-38f, 3e38f, std::numeric_limits<float>::infinity(),
                      std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_EQ(CheckWith<Op>([=](Op& op, Pool&) { op.scale = scale; }), Error::kBadArgument)
        << scale;
  }
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_min = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_max = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_max = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.dtype = DType::kInt16; }), Error::kBadType);
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.scale = 0.0f; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.zero_point = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.dtype = DType::kUInt8; }), Error::kBadType);
}

TEST(QuantizeTest, AndBack) {
  Pool pool;
  auto op = Good<DequantizePerTensor<Device>>(pool);
  RunOp(op);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(op.out.As<float>()[i], static_cast<float>(op.input.As<int8_t>()[i] + 7) * 0.25f);
  }
}

}  // namespace
}  // namespace cortico::ops
