// What several passes ask about a graph and put into it.
#pragma once

#include <algorithm>

#include "compiler/passes/pass.h"

namespace cortico::passes {

inline bool IsQuantize(const Node* node) {
  return node != nullptr && node->op.starts_with("quantized_decomposed.quantize_per_");
}
inline bool IsDequantize(const Node* node) {
  return node != nullptr && node->op.starts_with("quantized_decomposed.dequantize_per_");
}

/// A constant, or what is computed from constants alone: a weight behind its dequantize.
inline bool IsParameter(const Value* value) {
  if (value->is_constant()) return true;
  if (value->producer == nullptr) return false;
  const Values inputs = value->producer->Inputs();
  return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(), IsParameter);
}

/// `input` with other sizes, by an aten.view in front of `before`; itself when it has them already.
inline Value* AddView(Value* input, const Ints64& sizes, Node* before, PassContext& context) {
  if (input->type.sizes == sizes) return input;
  TensorType type = input->type;
  type.sizes = sizes;
  Node* view = context.graph.AddNode("aten.view.default", {{"self", input}, {"size", sizes}}, type,
                                     input->name + "_view", before);
  view->location = before->location;
  return view->output();
}

/// `input` repeated to `sizes`, by an aten.expand in front of `before`.
inline Value* AddExpand(Value* input, const Ints64& sizes, Node* before, PassContext& context) {
  TensorType type = input->type;
  type.sizes = sizes;
  type.dim_order.clear();
  Node* expand = context.graph.AddNode("aten.expand.default", {{"self", input}, {"size", sizes}},
                                       type, input->name + "_expand", before);
  expand->location = before->location;
  return expand->output();
}

/// The transpose of a matrix, by an aten.permute in front of `before`; what was transposed is itself.
inline Value* AddTranspose(Value* matrix, Node* before, PassContext& context) {
  const Node* producer = matrix->producer;
  if (producer != nullptr && producer->Is("aten.permute.default") &&
      producer->IntList("dims", {}) == Ints64{1, 0})
    return producer->Tensor("self");
  TensorType type = matrix->type;
  type.sizes = {matrix->type.sizes.at(1), matrix->type.sizes.at(0)};
  type.dim_order.clear();
  Node* permute = context.graph.AddNode("aten.permute.default",
                                        {{"self", matrix}, {"dims", Ints64{1, 0}}}, type,
                                        matrix->name + "_t", before);
  permute->location = before->location;
  return permute->output();
}

/// int8 `integers` in other parameters, by a node in front of `before` (null: at the end).
inline Value* AddRequantize(Value* integers, const Quantization& q, Node* before,
                            PassContext& context) {
  TensorType type = integers->type;
  type.quantization = q;
  Node* node = context.graph.AddNode("cortico.requantize", {{"self", integers}}, type,
                                     integers->name + "_requantized", before);
  if (before != nullptr) node->location = before->location;
  else if (integers->producer != nullptr) node->location = integers->producer->location;
  return node->output();
}

}  // namespace cortico::passes
