// Why: a camera or a codec gives integers, and a firmware may want to compare integers. With
// `--io int8` the program takes and gives them: the quantize at each input and the dequantize at each
// output go, and what they said is the quantization of the input or output itself.
//
//   input %x : f32[1,4]                                  input %x : i8[1,4] q(0.5, 3, …)
//   %q = quantize(%x, 0.5, 3)                       →    %y : i8[…] q(…) = …(%x)
//   %y : i8[…] q(…) = …(%q)                              output %y "y"
//   %d = dequantize(%y, …)      output %d "y"
//
// Two readers of an input that quantize it differently: the first one's parameters are the input's,
// and the other's are reached by a requantization. Needs: fold-quantization. Refuses: a float input
// that something reads in float, a float output that something computes in float; inputs and outputs
// of other types stay as they are.
#include <algorithm>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

constexpr char kRemedy[] = "let that layer be quantized, or compile with --io float";

bool IsInt8Pair(const Node* node) {
  if (!IsQuantize(node) && !IsDequantize(node)) return false;
  const Value* integers = IsQuantize(node) ? node->output() : node->Tensor("input");
  return integers->type.dtype == DType::kInt8 && integers->type.quantization &&
         integers->type.quantization->per_tensor();
}

void TakeIntegers(Value* input, PassContext& context) {
  const std::vector<Node*> readers = context.graph.Users(input);
  const auto is_float = std::find_if_not(readers.begin(), readers.end(), [](const Node* reader) {
    return IsQuantize(reader) && IsInt8Pair(reader);
  });
  if (is_float != readers.end() || readers.empty() || context.graph.IsOutput(input)) {
    context.diagnostics.Error(
        is_float != readers.end() ? (*is_float)->location : Location{},
        "input '" + input->name + "' cannot be int8: " +
            (is_float != readers.end() ? (*is_float)->op + " reads it in float"
                                       : "no quantized op reads it"),
        kRemedy);
    return;
  }
  input->type = readers.front()->output()->type;
  for (Node* reader : readers) {
    Value* integers = input;
    const TensorType& wanted = reader->output()->type;
    if (wanted.quantization != input->type.quantization)
      integers = AddRequantize(input, *wanted.quantization, reader, context);
    context.graph.ReplaceUses(reader->output(), integers);
    context.graph.Erase(reader);
  }
  context.log.push_back({"drop-float-borders", {}, "input '" + input->name + "' is int8"});
}

void GiveIntegers(size_t place, PassContext& context) {
  Value*& output = context.graph.outputs[place];
  const std::string name = "output '" + context.graph.output_names.at(place) + "'";
  if (!IsDequantize(output->producer) || !IsInt8Pair(output->producer)) {
    context.diagnostics.Error(
        output->producer != nullptr ? output->producer->location : Location{},
        name + " cannot be int8: " +
            (output->producer != nullptr ? output->producer->op + " computes it in float"
                                         : "it is no result of a quantized op"),
        kRemedy);
    return;
  }
  output = output->producer->Tensor("input");
  context.log.push_back({"drop-float-borders", {}, name + " is int8"});
}

}  // namespace

void DropFloatBorders(PassContext& context) {
  if (!context.target.int8_io) return;
  Graph& graph = context.graph;
  for (Value* input : graph.inputs)
    if (input->type.dtype == DType::kFloat32) TakeIntegers(input, context);
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    if (graph.outputs[i]->type.dtype == DType::kFloat32) GiveIntegers(i, context);
  graph.RemoveDead();
}

}  // namespace cortico::passes
