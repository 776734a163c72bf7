// An op for tests of the planner, which answers what its node's arguments say.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/op_domain.h"
#include "compiler/plan/plan.h"
#include "compiler/program.h"

namespace cortico::testing {

/// Arguments: tensors "in0", "in1", …, "scratch"; "overlays" = [k, offset, k, offset, …] about
/// "in<k>"; "alias" = true when the output holds the bytes of the first overlay's input (or in0's).
class FakeOp : public OpDefinition {
 public:
  std::string_view name() const override { return "fake::op"; }
  std::vector<FieldInfo> fields() const override { return {{"out", FieldKind::kOut}}; }
  std::string CheckFields(const Node&) const override { return ""; }
  int64_t RecordBytes() const override { return 8; }
  TensorType OutputType(const Node& node) const override { return node.output()->type; }
  std::vector<Overlay> Overlays(const Node& node) const override {
    std::vector<Overlay> result;
    const Ints64 list = node.IntList("overlays", {});
    for (size_t i = 0; i + 1 < list.size(); i += 2)
      result.push_back({"in" + std::to_string(list[i]), list[i + 1]});
    return result;
  }
  bool IsAlias(const Node& node) const override { return node.Bool("alias", false); }
  std::vector<HostTensor> Reference(const Node&,
                                    const std::vector<const HostTensor*>&) const override {
    return {};
  }
};

inline OpLookup FakeOps() {
  return [](std::string_view name) -> const OpDefinition* {
    static const FakeOp op;
    return name == op.name() ? &op : nullptr;
  };
}

inline TensorType BytesType(int64_t bytes) { return TensorType{DType::kInt8, {bytes}, {}, {}}; }

/// Builds graphs of fake ops, value by value.
class GraphMaker {
 public:
  Graph graph;

  Value* Input(int64_t bytes) { return graph.AddInput("x", BytesType(bytes)); }

  struct Extra {
    int64_t scratch = 0;
    Ints64 overlays = {};
    bool alias = false;
    std::vector<int64_t> more_outputs = {};
  };
  Node* AddNode(const Values& inputs, int64_t bytes, const Extra& extra) {
    std::vector<std::pair<std::string, Arg>> args;
    for (size_t i = 0; i < inputs.size(); ++i)
      args.emplace_back("in" + std::to_string(i), inputs[i]);
    if (extra.scratch > 0) args.emplace_back("scratch", graph.AddScratch("s", extra.scratch));
    if (!extra.overlays.empty()) args.emplace_back("overlays", extra.overlays);
    if (extra.alias) args.emplace_back("alias", true);
    std::vector<TensorType> types = {BytesType(bytes)};
    for (const int64_t more : extra.more_outputs) types.push_back(BytesType(more));
    std::vector<std::string> names(types.size(), "v");
    Node* node = graph.AddNode("fake::op", std::move(args), types, names);
    node->location.node = "node_" + std::to_string(graph.nodes().size() - 1);
    return node;
  }
  Value* Op(const Values& inputs, int64_t bytes) {
    return AddNode(inputs, bytes, Extra{})->output();
  }
  Value* Op(const Values& inputs, int64_t bytes, const Extra& extra) {
    return AddNode(inputs, bytes, extra)->output();
  }
  Value* View(Value* input) {
    return Op({input}, input->type.nbytes(), {.overlays = {0, 0}, .alias = true});
  }
  Value* InPlace(Value* input) { return Op({input}, input->type.nbytes(), {.overlays = {0, 0}}); }
  void Output(Value* value) {
    graph.outputs.push_back(value);
    graph.output_names.push_back("y" + std::to_string(graph.outputs.size() - 1));
  }
};

}  // namespace cortico::testing
