#include "compiler/emit/pte/emit_pte.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "compiler/emit/pte/test_program.h"
#include "cortico_pte_generated.h"
#include "runtime/program/io_table.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;
using testing::TestPte;

template <class T>
T At(const Bytes& bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

const fb::ExecutionPlan& PlanOf(const Bytes& pte) {
  return *fb::GetProgram(pte.data())->execution_plan()->Get(0);
}
const fb::EValue& ValueOf(const Bytes& pte, int64_t number) {
  return *PlanOf(pte).values()->Get(static_cast<uint32_t>(number));
}
const fb::Tensor& TensorOf(const Bytes& pte, int64_t number) {
  return *ValueOf(pte, number).val_as<fb::Tensor>();
}
const fb::KernelCall& CallOf(const Bytes& pte, uint32_t i) {
  return *PlanOf(pte).chains()->Get(0)->instructions()->Get(i)->instr_args_as<fb::KernelCall>();
}
Bytes Segment(const Bytes& pte, uint32_t index) {
  const fb::DataSegment* segment = fb::GetProgram(pte.data())->segments()->Get(index);
  const size_t first = At<uint64_t>(pte, 24) + segment->offset();
  return Bytes(pte.begin() + static_cast<ptrdiff_t>(first),
               pte.begin() + static_cast<ptrdiff_t>(first + segment->size()));
}
Bytes Named(const Bytes& pte, const std::string& key) {
  for (const fb::NamedData* named : *fb::GetProgram(pte.data())->named_data())
    if (named->key()->str() == key) return Segment(pte, named->segment_index());
  return {};
}

TEST(EmitPte, HeaderBytes) {
  const Bytes pte = TestPte();
  ASSERT_GT(pte.size(), 48u);
  EXPECT_EQ(std::string(pte.begin() + 4, pte.begin() + 12), "ET12eh00");
  EXPECT_EQ(At<uint32_t>(pte, 12), 32u);
  const auto tables = At<uint64_t>(pte, 16), base = At<uint64_t>(pte, 24);
  const auto segments = At<uint64_t>(pte, 32);
  EXPECT_EQ(base, (tables + 15) / 16 * 16);
  EXPECT_EQ(pte.size(), base + segments);
  flatbuffers::Verifier verifier(pte.data(), tables);
  EXPECT_TRUE(fb::VerifyProgramBuffer(verifier));
  for (const fb::DataSegment* segment : *fb::GetProgram(pte.data())->segments()) {
    EXPECT_EQ(segment->offset() % 16, 0u);
    EXPECT_LE(segment->offset() + segment->size(), segments);
  }
}

TEST(EmitPte, SameBytesTwice) {
  EXPECT_EQ(TestPte(), TestPte());
  EXPECT_EQ(TestPte(true), TestPte(true));
}

TEST(EmitPte, ConstantsOnce) {
  const Bytes pte = TestPte();
  const fb::SubsegmentOffsets* constants = fb::GetProgram(pte.data())->constant_segment();
  ASSERT_NE(constants, nullptr);
  // None, the weights of both convolutions, the bias.
  EXPECT_EQ(std::vector<uint64_t>(constants->offsets()->begin(), constants->offsets()->end()),
            (std::vector<uint64_t>{0, 0, 16}));
  const Bytes data = Segment(pte, constants->segment_index());
  EXPECT_EQ(data.size(), 16u + 12u);
  EXPECT_EQ(Bytes(data.begin(), data.begin() + 8), (Bytes{1, 2, 3, 4, 5, 6, 0, 0}));
  EXPECT_EQ(At<int32_t>(data, 20), 8);
}

TEST(EmitPte, TensorsSayEverything) {
  const Graph graph = testing::TestGraph();
  const Bytes pte = TestPte();
  ASSERT_EQ(PlanOf(pte).inputs()->size(), 1u);
  const fb::Tensor& x = TensorOf(pte, PlanOf(pte).inputs()->Get(0));
  EXPECT_EQ(static_cast<int>(x.scalar_type()), static_cast<int>(DType::kInt8));
  EXPECT_EQ(std::vector<int32_t>(x.sizes()->begin(), x.sizes()->end()),
            (std::vector<int32_t>{1, 2, 4, 4}));
  EXPECT_EQ(std::vector<int>(x.dim_order()->begin(), x.dim_order()->end()),
            (std::vector<int>{0, 2, 3, 1}));
  EXPECT_EQ(x.data_buffer_idx(), 0u);
  ASSERT_NE(x.allocation_info(), nullptr);
  EXPECT_EQ(x.allocation_info()->memory_id(), 1u);
  EXPECT_EQ(x.allocation_info()->memory_offset_low() % 16, 0u);
  EXPECT_EQ(x.allocation_info()->memory_offset_high(), 0u);
  EXPECT_EQ(static_cast<int>(x.shape_dynamism()), 0);
  const fb::Tensor& w = TensorOf(pte, CallOf(pte, 0).args()->Get(1));
  EXPECT_EQ(w.data_buffer_idx(), 1u);
  EXPECT_EQ(w.allocation_info(), nullptr);
  EXPECT_EQ(std::vector<int>(w.dim_order()->begin(), w.dim_order()->end()),
            (std::vector<int>{0, 1}))
      << "stated even when it is the usual one";
}

TEST(EmitPte, CallsFollowTheSchema) {
  const Bytes pte = TestPte();
  ASSERT_EQ(PlanOf(pte).chains()->Get(0)->instructions()->size(), 3u) << "the view is left out";
  ASSERT_EQ(PlanOf(pte).operators()->size(), 2u);
  EXPECT_EQ(PlanOf(pte).operators()->Get(0)->name()->str(), "fake::mix");
  EXPECT_EQ(PlanOf(pte).operators()->Get(0)->overload()->str(), "out");
  const fb::KernelCall& first = CallOf(pte, 0);
  const fb::KernelCall& second = CallOf(pte, 1);
  EXPECT_EQ(first.op_index(), 0);
  EXPECT_EQ(second.op_index(), 0);
  const auto arg = [&](const fb::KernelCall& call, uint32_t i) -> const fb::EValue& {
    return ValueOf(pte, call.args()->Get(i));
  };
  ASSERT_EQ(first.args()->size(), 12u) << "eleven of the schema, and the result again";
  EXPECT_NE(arg(first, 2).val_as<fb::Null>(), nullptr) << "no bias";
  EXPECT_NE(arg(second, 2).val_as<fb::Tensor>(), nullptr);
  EXPECT_EQ(arg(first, 5).val_as<fb::Int>()->int_val(), 128);
  EXPECT_EQ(arg(first, 6).val_as<fb::Double>()->double_val(), 0.5);
  EXPECT_EQ(arg(first, 7).val_as<fb::Bool>()->bool_val(), false);
  EXPECT_EQ(arg(first, 8).val_as<fb::Int>()->int_val(), 1) << "int8 by its number";
  EXPECT_EQ(arg(first, 9).val_as<fb::Tensor>()->sizes()->Get(0), 40);
  EXPECT_EQ(first.args()->Get(10), first.args()->Get(11));
  // The second reads what the first wrote.
  EXPECT_EQ(second.args()->Get(0), first.args()->Get(10));
  // Lists hold numbers of Int values; an Int of 2 exists once, and so does each list.
  const fb::IntList* list = arg(first, 4).val_as<fb::IntList>();
  ASSERT_EQ(list->items()->size(), 3u);
  EXPECT_EQ(ValueOf(pte, list->items()->Get(1)).val_as<fb::Int>()->int_val(), -1);
  EXPECT_EQ(list->items()->Get(0), list->items()->Get(2));
  EXPECT_EQ(list->items()->Get(0), second.args()->Get(5));
  EXPECT_EQ(first.args()->Get(4), second.args()->Get(4));
  EXPECT_EQ(first.args()->Get(3), second.args()->Get(3));
}

TEST(EmitPte, SeveralResultsComeAgainAsAList) {
  const Bytes pte = TestPte();
  const fb::KernelCall& split = CallOf(pte, 2);
  ASSERT_EQ(split.args()->size(), 4u);
  const fb::TensorList* list = ValueOf(pte, split.args()->Get(3)).val_as<fb::TensorList>();
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items()->Get(0), split.args()->Get(1));
  EXPECT_EQ(list->items()->Get(1), split.args()->Get(2));
}

TEST(EmitPte, InputsAndConstantsAsOutputs) {
  const Bytes pte = TestPte();
  const auto* outputs = PlanOf(pte).outputs();
  ASSERT_EQ(outputs->size(), 4u);
  EXPECT_EQ(outputs->Get(2), PlanOf(pte).inputs()->Get(0));
  EXPECT_EQ(outputs->Get(3), CallOf(pte, 0).args()->Get(1));
}

TEST(EmitPte, PlaceOfTheViewIsThatOfItsInput) {
  const Bytes pte = TestPte();
  const fb::Tensor& x = TensorOf(pte, PlanOf(pte).inputs()->Get(0));
  const fb::Tensor& v = TensorOf(pte, CallOf(pte, 0).args()->Get(0));
  EXPECT_NE(&x, &v);
  EXPECT_EQ(v.sizes()->size(), 2u);
  EXPECT_EQ(v.allocation_info()->memory_offset_low(), x.allocation_info()->memory_offset_low());
}

TEST(EmitPte, MemoryAndContainers) {
  const Bytes pte = TestPte();
  const auto* sizes = PlanOf(pte).non_const_buffer_sizes();
  ASSERT_EQ(sizes->size(), 2u);
  EXPECT_EQ(sizes->Get(0), 0);
  EXPECT_GE(sizes->Get(1), 32 + 32 + 48);
  EXPECT_EQ(PlanOf(pte).name()->str(), "forward");
  const std::string input = PlanOf(pte).container_meta_type()->encoded_inp_str()->str();
  const std::string leaf = R"({"type": null, "context": null, "children_spec": []})";
  EXPECT_EQ(input, R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [)"
                   R"({"type": "builtins.tuple", "context": "null", "children_spec": [)" +
                       leaf +
                       R"(]}, {"type": "builtins.dict", "context": "[]", "children_spec": []}]}])");
}

TEST(EmitPte, NamedDataAndStrip) {
  const Bytes pte = TestPte(), stripped = TestPte(true);
  const Bytes target = Named(pte, "cortico.v1.target");
  EXPECT_EQ(target, Bytes{static_cast<uint8_t>(Isa::kMve)}) << "the runtime wants one byte";
  EXPECT_FALSE(Named(pte, "cortico.v1.meta").empty());
  const Bytes io = Named(pte, "cortico.v1.io");
  const auto table = IoTable::Open({io.data(), io.size()});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table.value().inputs(), 1);
  EXPECT_EQ(table.value().outputs(), 4);
  EXPECT_STREQ(table.value().input(0).name, "x");
  EXPECT_STREQ(table.value().output(1).name, "high");
  EXPECT_TRUE(table.value().output(1).quantized);
  EXPECT_EQ(table.value().output(1).scale, 0.25f);
  EXPECT_EQ(table.value().output(1).zero_point, -3);
  EXPECT_FALSE(table.value().output(3).quantized);
  EXPECT_EQ(fb::GetProgram(stripped.data())->named_data()->size(), 1u);
  EXPECT_EQ(Named(stripped, "cortico.v1.target"), target);
  EXPECT_LT(stripped.size(), pte.size());
}

TEST(EmitPte, UnknownOpAndBadArgumentsAreErrors) {
  Graph graph;
  Value* x = graph.AddInput("x", {DType::kInt8, {16}, {}, {}});
  Node* a = graph.AddNode("aten.erf.default", {{"self", x}}, x->type, "a");
  a->location.node = "erf";
  Node* b = graph.AddNode("fake::mix", {{"input", a->output()}}, x->type, "b");
  b->location.node = "mix";
  graph.outputs = {b->output()};
  Diagnostics diagnostics;
  const Plan plan = testing::TestPlan(graph, {}, diagnostics);
  ASSERT_TRUE(diagnostics.ok());
  EXPECT_TRUE(EmitPte(graph, plan, {}, {}, false, diagnostics, testing::TestOps()).empty());
  ASSERT_EQ(diagnostics.all().size(), 2u) << "all problems in one go";
  EXPECT_EQ(diagnostics.all()[0].location.node, "erf");
  EXPECT_EQ(diagnostics.all()[1].location.node, "mix");
}

TEST(EmitPte, TwoBanksAreTwoMemories) {
  const Graph graph = testing::TestGraph();
  TargetConfig target;
  target.memory = {{"dtcm", 512}, {"sram", 4096}, {"ddr", 4096}};
  Diagnostics diagnostics;
  const Plan plan = testing::TestPlan(graph, target, diagnostics);
  const Bytes pte = EmitPte(graph, plan, target, {}, false, diagnostics, testing::TestOps());
  ASSERT_FALSE(pte.empty());
  const auto* sizes = PlanOf(pte).non_const_buffer_sizes();
  int most = 0;
  for (const auto& [value, place] : plan.placements) most = std::max(most, place.bank);
  ASSERT_EQ(sizes->size(), static_cast<uint32_t>(most) + 2) << "unused banks are not asked for";
}

// For trying other readers: CORTICO_WRITE_PTE names a file.
TEST(EmitPte, WritesAFileOnRequest) {
  const char* path = std::getenv("CORTICO_WRITE_PTE");
  if (path == nullptr) GTEST_SKIP() << "CORTICO_WRITE_PTE is not set";
  const Bytes pte = TestPte();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(pte.data()), static_cast<std::streamsize>(pte.size()));
}

}  // namespace
}  // namespace cortico
