// A small program for tests of the emitter and the reader: two ops with a field of every kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/emit/pte/emit_pte.h"
#include "compiler/graph/op_domain.h"
#include "compiler/plan/plan.h"
#include "compiler/program.h"

namespace cortico::testing {

template <class D>
struct Mix {
  static constexpr char kName[] = "fake::mix";

  In<D> input;
  Constant<D> weight;
  OptionalConstant<D> bias;
  Ints<2> stride;
  IntList<4> list;
  int32_t offset = 0;
  float scale = 1.0f;
  bool flag = false;
  DType dtype = DType::kInt8;
  Scratch<D> scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("stride", op.stride);
    visit("list", op.list);
    visit("offset", op.offset);
    visit("scale", op.scale);
    visit("flag", op.flag);
    visit("dtype", op.dtype);
    visit("scratch", op.scratch);
    visit("out", op.out);
  }
};

template <class D>
struct Split {
  static constexpr char kName[] = "fake::split";

  In<D> input;
  Out<D> low, high;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("low", op.low);
    visit("high", op.high);
  }
};

template <class D>
struct View {
  static constexpr char kName[] = "fake::view";

  In<D> self;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("out", op.out);
  }
};

template <template <class> class Op>
class Answers : public TypedOp<Op> {
 public:
  TensorType OutputType(const Node& node) const override { return node.output()->type; }
  bool IsAlias(const Node& node) const override { return node.op == "fake::view"; }
  std::vector<HostTensor> Reference(const Node&,
                                    const std::vector<const HostTensor*>&) const override {
    return {};
  }
};

inline OpLookup TestOps() {
  return [](std::string_view name) -> const OpDefinition* {
    static const Answers<Mix> mix;
    static const Answers<Split> split;
    static const Answers<View> view;
    for (const OpDefinition* op :
         {static_cast<const OpDefinition*>(&mix), static_cast<const OpDefinition*>(&split),
          static_cast<const OpDefinition*>(&view)})
      if (op->name() == name) return op;
    return nullptr;
  };
}

/// x → view → mix (no bias) → mix (bias, equal weights) → split; outputs: both halves, x, a weight.
inline Graph TestGraph() {
  Graph graph;
  const Quantization q{{0.25}, {-3}, -1, -128, 127};
  const TensorType image{DType::kInt8, {1, 2, 4, 4}, {0, 2, 3, 1}, q};
  const TensorType flat{DType::kInt8, {1, 32}, {}, q};
  Value* x = graph.AddInput("x", image);
  const std::vector<int8_t> weights = {1, 2, 3, 4, 5, 6};
  Value* w1 = graph.AddConstant("w1", TensorType{DType::kInt8, {2, 3}, {}, {}}, weights);
  w1->origin = "conv1.weight";
  Value* w2 = graph.AddConstant("w2", TensorType{DType::kInt8, {6}, {}, {}}, weights);
  Value* bias = graph.AddConstant<int32_t>("b", TensorType{DType::kInt32, {3}, {}, {}}, {7, 8, 9});
  const auto mix = [&](Value* input, Value* weight, Value* b, int offset, const char* name) {
    Mix<OnGraph> op;
    op.input.value = input;
    op.weight.value = weight;
    op.bias.value = b;
    op.stride.v[0] = 2;
    op.stride.v[1] = 1;
    op.list.count = 3;
    op.list.v[0] = 2, op.list.v[1] = -1, op.list.v[2] = 2;
    op.offset = offset;
    op.scale = 0.5f;
    op.dtype = DType::kInt8;
    op.scratch.value = graph.AddScratch(std::string(name) + "_scratch", 40);
    Node* node = graph.AddNode("fake::mix", WriteArgs(op), flat, name);
    node->location = {name, std::string("net.") + name, "train.py:41"};
    return node->output();
  };
  Node* view = graph.AddNode("fake::view", {{"self", x}}, flat, "v");
  Value* a = mix(view->output(), w1, nullptr, 128, "first");
  Value* b = mix(a, w2, bias, 2, "second");
  const TensorType half{DType::kInt8, {1, 16}, {}, q};
  Node* split = graph.AddNode("fake::split", {{"input", b}}, {half, half}, {"low", "high"});
  split->location.node = "split";
  graph.outputs = {split->output(0), split->output(1), x, w1};
  graph.output_names = {"low", "high", "same", "weight"};
  return graph;
}

inline Plan TestPlan(const Graph& graph, const TargetConfig& target, Diagnostics& diagnostics) {
  PlanOptions options;
  options.find_op = TestOps();
  return PlanMemory(graph, target, diagnostics, options).value_or(Plan{});
}

inline Bytes TestPte(bool strip = false) {
  const Graph graph = TestGraph();
  const TargetConfig target;
  Diagnostics diagnostics;
  const Plan plan = TestPlan(graph, target, diagnostics);
  ReportData report;
  report.producer = "cortico test";
  report.model_file = "model.pt2";
  report.fallbacks["second"] = {"its scale is negative", 7};
  return EmitPte(graph, plan, target, report, strip, diagnostics, TestOps());
}

}  // namespace cortico::testing
