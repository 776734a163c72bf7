#include "compiler/graph/output_step.h"

namespace cortico {

double StepOfOutput(const Graph& graph, size_t output) {
  const Value* value = graph.outputs.at(output);
  if (value->type.quantization) return value->type.quantization->scale();
  const Node* node = value->producer;
  if (node == nullptr) return 0;
  if (node->Is("quantized_decomposed.dequantize_per_tensor.default"))
    return node->Double("scale", 0);
  // A float result that a dequantize of the dialect made has its integers' scale.
  const Value* input = node->Tensor("input");
  return input != nullptr && input->type.quantization ? input->type.quantization->scale() : 0;
}

}  // namespace cortico
