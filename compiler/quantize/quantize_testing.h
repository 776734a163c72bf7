// For tests: ops that exist only in their patterns, so that the quantizer is tested by itself.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/text.h"
#include "compiler/program.h"
#include "compiler/quantize/quantizer.h"

namespace cortico::testing {

class PatternOp : public OpDefinition {
 public:
  PatternOp(std::string name, std::vector<QuantPattern> patterns, std::string rejected_node = "")
      : name_(std::move(name)),
        patterns_(std::move(patterns)),
        rejected_(std::move(rejected_node)) {}

  std::string_view name() const override { return name_; }
  std::vector<FieldInfo> fields() const override { return {}; }
  std::string CheckFields(const Node&) const override { return ""; }
  int64_t RecordBytes() const override { return 0; }
  bool TakesFloat() const override { return true; }
  std::vector<QuantPattern> Patterns() const override { return patterns_; }
  /// Refuses chains that end in the node whose result has the given name.
  std::string Reject(const std::vector<Node*>& chain) const override {
    return chain.back()->output()->name == rejected_ ? "it is the one" : "";
  }
  TensorType OutputType(const Node& node) const override { return node.output()->type; }
  std::vector<HostTensor> Reference(const Node&,
                                    const std::vector<const HostTensor*>&) const override {
    return {};
  }

 private:
  std::string name_;
  std::vector<QuantPattern> patterns_;
  std::string rejected_;
};

inline std::vector<QuantPattern> LinearPatterns() {
  const std::vector<QuantPattern::Argument> arguments = {{"input", QuantRole::kActivation, 0},
                                                         {"weight", QuantRole::kWeight, 0},
                                                         {"bias", QuantRole::kBias, 0}};
  // Shortest first: the quantizer has to sort.
  return {{"linear", {"aten.linear.default"}, arguments, false},
          {"linear-relu", {"aten.linear.default", "aten.relu.default"}, arguments, false}};
}
inline std::vector<QuantPattern> AddPatterns() {
  return {{"add",
           {"aten.add.Tensor"},
           {{"self", QuantRole::kActivation, 0}, {"other", QuantRole::kActivation, 0}},
           false}};
}
inline std::vector<QuantPattern> ViewPatterns() {
  return {{"view", {"aten.view.default"}, {{"self", QuantRole::kActivation, 0}}, true}};
}
inline std::vector<QuantPattern> CatPatterns() {
  return {{"cat", {"aten.cat.default"}, {{"tensors", QuantRole::kActivation, 0}}, true}};
}

/// The four above.
struct PatternOps {
  explicit PatternOps(std::string rejected_node = "")
      : linear("test::linear", LinearPatterns(), std::move(rejected_node)),
        add("test::add", AddPatterns()),
        view("test::view", ViewPatterns()),
        cat("test::cat", CatPatterns()) {}
  std::vector<const OpDefinition*> all() const { return {&linear, &add, &view, &cat}; }

  PatternOp linear, add, view, cat;
};

inline std::string Messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.ToString() + "\n";
  return text;
}

/// `body`: the lines between "graph forward {" and "}".
inline Graph ParseBody(const std::string& body) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = ParseGraph("graph forward {" + body + "}\n", diagnostics);
  EXPECT_TRUE(graph.has_value()) << Messages(diagnostics) << body;
  return graph.has_value() ? std::move(*graph) : Graph();
}

}  // namespace cortico::testing
