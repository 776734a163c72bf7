// What the two halves of decompose-float share: a place in the graph and nodes made in front of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/passes/pass.h"

namespace cortico::passes {

/// Whether `node` reads or writes nothing that is quantized.
bool IsPlain(const Node& node);

/// Makes nodes in front of `node`, with its location, named after its result.
class FloatBuilder {
 public:
  FloatBuilder(Node* node, PassContext& context) : node_(node), graph_(context.graph) {}

  using Args = std::vector<std::pair<std::string, Arg>>;
  Value* Make(const std::string& op, Args args, TensorType type);
  /// A function of `x`: its sizes, float32.
  Value* Unary(const char* op, Value* x);
  /// `b` is a tensor or a number; the sizes are those of `sizes_of`.
  Value* Binary(const char* op, Value* a, Arg b);
  /// A mask with the sizes of `a`.
  Value* Compare(const char* op, Value* a, Arg b);
  /// `otherwise` and `then` are tensors or numbers.
  Value* Where(Value* mask, Arg then, Arg otherwise);
  Value* View(Value* x, const Ints64& sizes);
  Value* Permute(Value* x, const Ints64& dims);

  /// What reads the node's result reads `value`, and the node goes.
  void Finish(Value* value);

 private:
  Node* node_;
  Graph& graph_;
};

/// Activations and other functions of one element that have no portable op, as formulas.
const std::vector<Rule>& FunctionRules();

}  // namespace cortico::passes
