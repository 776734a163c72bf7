// What holds for the target's half of every op: what Check lets through, Run must survive. Each
// folder's test.cc has the values just outside, and what an op computes where no kernel does it.
#include <cstdlib>
#include <limits>
#include <random>

#include "ops/testing.h"
#include "runtime/model/op_row.h"

namespace cortico::ops {
namespace {

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
  template <int N>
  void operator()(const char* name, InList<Device, N>& field) {
    for (int i = 0; i < field.count; ++i) (*this)(name, field.v[i]);
    if (Lucky()) field.count = static_cast<int32_t>(random() % (field.count + 1));
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
  void operator()(const char* name, IntList<N>& field) {
    for (int i = 0; i < field.count; ++i) (*this)(name, field[i]);
    if (Lucky()) field.count = static_cast<int32_t>(random() % (N + 1));
  }
  template <int N>
  void operator()(const char* name, OptionalIntList<N>& field) {
    for (int i = 0; i < field.count; ++i) (*this)(name, field[i]);
    if (Lucky()) field.count = static_cast<int32_t>(random() % (N + 2)) - 1;
  }
  void operator()(const char* name, Scalar& field) { (*this)(name, field.v); }
  void operator()(const char* name, OptionalScalar& field) {
    (*this)(name, field.v);
    if (Lucky()) field.present = !field.present;
  }
  void operator()(const char* name, OptionalInt& field) {
    (*this)(name, field.v);
    if (Lucky()) field.present = !field.present;
  }
  template <int N>
  void operator()(const char* name, OptionalFloats<N>& field) {
    for (int i = 0; i < field.count; ++i) (*this)(name, field.v[i]);
    if (Lucky()) field.count = static_cast<int32_t>(random() % (N + 2)) - 1;
  }
  void operator()(const char*, Text& field) {
    if (Lucky()) field.v = random() % 2 ? "" : "tanh";
  }
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

}  // namespace
}  // namespace cortico::ops
