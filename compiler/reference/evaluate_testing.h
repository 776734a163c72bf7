// For tests: one op on small numbers, written as in the graph's text form.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/text.h"
#include "compiler/reference/evaluate.h"

namespace cortico::testing {

using Floats = std::vector<float>;

/// A float32 tensor of the graph's input type `text`, e.g. {"f32[1,2]", {3, 4}}.
struct Input {
  std::string type;
  Floats values;
};

inline std::string Messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.ToString() + "\n";
  return text;
}

inline Graph Parse(const std::string& text) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = ParseGraph(text, diagnostics);
  EXPECT_TRUE(graph.has_value()) << Messages(diagnostics) << text;
  return graph.has_value() ? std::move(*graph) : Graph();
}

/// Inputs are float32.
inline Sample MakeSample(const Graph& graph, const std::vector<Floats>& values) {
  Sample sample;
  for (size_t i = 0; i < values.size(); ++i) {
    TensorType type;
    if (i < graph.inputs.size()) type.sizes = graph.inputs[i]->type.sizes;
    HostTensor tensor{type, Bytes(values[i].size() * sizeof(float))};
    std::memcpy(tensor.data.data(), values[i].data(), tensor.data.size());
    sample.push_back(std::move(tensor));
  }
  return sample;
}

/// "aten.add.Tensor(self=%a, other=%b)" on inputs a, b, c, …; `results` are the result types.
inline Graph OpGraph(const std::string& op, const std::vector<std::string>& results,
                     const std::vector<Input>& inputs) {
  std::string text = "graph forward {\n";
  for (size_t i = 0; i < inputs.size(); ++i)
    text += std::string("  input %") + static_cast<char>('a' + i) + " : " + inputs[i].type + "\n";
  text += "  ";
  for (size_t i = 0; i < results.size(); ++i)
    text += (i > 0 ? ", %r" : "%r") + std::to_string(i) + " : " + results[i];
  text += " = " + op + " @ \"op_1\" \"net.op\" \"model.py:3\"\n";
  for (size_t i = 0; i < results.size(); ++i)
    text += "  output %r" + std::to_string(i) + " \"r" + std::to_string(i) + "\"\n";
  return Parse(text + "}\n");
}

/// All results of the op; empty with a failure of the test when it has none.
inline std::vector<HostTensor> RunOp(const std::string& op, const std::vector<std::string>& results,
                                     const std::vector<Input>& inputs) {
  const Graph graph = OpGraph(op, results, inputs);
  std::vector<Floats> values;
  for (const Input& input : inputs) values.push_back(input.values);
  Diagnostics diagnostics;
  auto tensors = Evaluator(graph).Run(MakeSample(graph, values), diagnostics);
  EXPECT_TRUE(tensors.has_value()) << op << ": " << Messages(diagnostics);
  return tensors.has_value() ? std::move(*tensors) : std::vector<HostTensor>();
}

inline Floats Elements(const HostTensor& tensor) {
  const float* data = tensor.As<float>();
  return Floats(data, data + tensor.type.numel());
}

/// The one float32 result of the op.
inline Floats Compute(const std::string& op, const std::string& result,
                      const std::vector<Input>& inputs) {
  const std::vector<HostTensor> tensors = RunOp(op, {result}, inputs);
  return tensors.empty() ? Floats() : Elements(tensors[0]);
}

/// The message with which the op fails; empty when it does not.
inline std::string Failure(const std::string& op, const std::string& result,
                           const std::vector<Input>& inputs) {
  const Graph graph = OpGraph(op, {result}, inputs);
  std::vector<Floats> values;
  for (const Input& input : inputs) values.push_back(input.values);
  Diagnostics diagnostics;
  const bool ok = Evaluator(graph).Run(MakeSample(graph, values), diagnostics).has_value();
  EXPECT_EQ(ok, diagnostics.ok());
  return Messages(diagnostics);
}

inline void ExpectNear(const Floats& got, const Floats& wanted, float tolerance = 1e-6f) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], tolerance) << "at " << i;
}

}  // namespace cortico::testing
