// Why: a program may compute with its weights, cast them from half precision, transpose or scale
// them; the target should find the result.
//
//   %w32 : f32[8,3,3,3] = aten._to_copy.default(self=%w : f16[8,3,3,3], dtype=:f32)
//     → const %w32
//   %z = aten.zeros_like.default(self=%x), %r = aten.arange.default(end=7): read nothing, constants too
//
// A weight that torchao quantized stays an integer behind its dequantize: it is quantized here, and
// what moves it about moves the integers.
//
//   %q = quantize_per_channel(%w, %scales, …, axis=0)
//   %d = dequantize_per_channel(%q, …)                     →  const %q : i8[6,10]
//   %t : f32[10,6] = aten.permute(self=%d, dims=[1, 0])        const %t_integers : i8[10,6]
//                                                              %t = dequantize_per_channel(…, axis=1)
//
// A dequantize of a constant is computed where only a quantize reads it, or an op that takes a
// number for its operand. Needs: nothing. Refuses: nothing; what the host cannot evaluate stays.
#include <algorithm>
#include <iterator>

#include "compiler/dialect/table.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"
#include "compiler/reference/aten.h"
#include "compiler/reference/evaluate.h"

namespace cortico::passes {
namespace {

// What a program makes from nothing takes flash from then on.
constexpr int64_t kMostMade = 1 << 16;

bool ReadsSizesAlone(const Node* node) {
  return node->op.starts_with("aten.") && node->op.find("_like.") != std::string::npos;
}

// The node's result, of `type`, when its tensors are what they are (of one that is no constant the
// sizes alone matter) or, if given, all `instead`.
std::optional<Bytes> ValueOf(const Node& node, TensorType type, const Value* instead = nullptr) {
  Graph graph;
  auto args = node.args;
  const auto copy = [&](const Value* value) -> Value* {
    if (value == nullptr) return nullptr;
    if (instead != nullptr) value = instead;
    return graph.AddConstant(value->name, value->type,
                             value->is_constant()
                                 ? value->data
                                 : std::make_shared<Bytes>(static_cast<size_t>(value->type.nbytes())));
  };
  for (auto& [name, arg] : args) {
    if (auto* value = std::get_if<Value*>(&arg)) *value = copy(*value);
    else if (auto* list = std::get_if<Values>(&arg))
      for (Value*& item : *list) item = copy(item);
  }
  type.dim_order.clear();
  graph.outputs = {graph.AddNode(node.op, args, std::move(type), "y")->output()};
  graph.output_names = {"y"};
  Diagnostics unused;
  auto outputs = Evaluator(graph).Run({}, unused);
  if (!outputs) return std::nullopt;
  return std::move(outputs->front().data);
}

// `fresh` has the place, the readers and the name of the node's result.
void Supersede(Node* node, Value* fresh, PassContext& context) {
  const std::string name = node->output()->name;
  context.graph.ReplaceUses(node->output(), fresh);
  context.graph.Erase(node);
  context.graph.RemoveDead();  // the old value's name is free
  context.graph.Rename(fresh, name);
}

// Whether nobody needs the integers of this dequantized constant.
bool IsPassedBy(const Node* dequantize, const Graph& graph) {
  const Value* real = dequantize->output();
  const std::vector<Node*> users = graph.Users(real);
  if (users.empty() || graph.IsOutput(real)) return false;
  const auto& functions = rules::FunctionsOfOneElement();
  return std::all_of(users.begin(), users.end(), [&](const Node* user) {
    return IsQuantize(user) ||
           (real->type.numel() == 1 &&
            std::find(functions.begin(), functions.end(), user->op) != functions.end());
  });
}

std::string Fold(Node* node, PassContext& context) {
  if (node->outputs.size() != 1 || FindAten(node->op) == nullptr ||
      (IsDequantize(node) && !IsPassedBy(node, context.graph)))
    return "";
  Values inputs = node->Inputs();
  if (ReadsSizesAlone(node)) inputs.clear();
  if (!std::all_of(inputs.begin(), inputs.end(), [](const Value* v) { return v->is_constant(); }))
    return "";
  TensorType type = node->output()->type;
  if (inputs.empty() && type.nbytes() > kMostMade) return "";
  type.dim_order.clear();
  auto data = ValueOf(*node, type);
  if (!data) return "";
  Value* constant = context.graph.AddConstant(node->output()->name, type,
                                              std::make_shared<Bytes>(std::move(*data)));
  if (!inputs.empty()) constant->origin = inputs.front()->origin;
  const std::string what = node->op + " of constants";
  Supersede(node, constant, context);
  return what;
}

// The dimension of the moved tensor along which the slices of `axis` lie, each in its old place; -1
// when they are torn apart.
int MovedAxis(const Node& node, const TensorType& from, int axis) {
  Value slices;
  slices.kind = Value::Kind::kConstant;
  slices.name = "slices";
  slices.type = {DType::kInt32, from.sizes, {}, {}};
  const int64_t inner = StridesOf(slices.type)[static_cast<size_t>(axis)];
  const int64_t count = from.sizes[static_cast<size_t>(axis)];
  Bytes numbers(static_cast<size_t>(slices.type.nbytes()));
  for (int64_t i = 0; i < from.numel(); ++i)
    reinterpret_cast<int32_t*>(numbers.data())[i] = static_cast<int32_t>(i / inner % count);
  slices.data = std::make_shared<Bytes>(std::move(numbers));

  TensorType to = {DType::kInt32, node.output()->type.sizes, {}, {}};
  const auto moved = ValueOf(node, to, &slices);
  if (!moved) return -1;
  const auto* slice = reinterpret_cast<const int32_t*>(moved->data());
  const std::vector<int64_t> strides = StridesOf(to);
  for (int d = 0; d < to.rank(); ++d) {
    const int64_t size = to.sizes[static_cast<size_t>(d)], stride = strides[static_cast<size_t>(d)];
    bool fits = size == count;
    for (int64_t i = 0; fits && i < to.numel(); ++i) fits = slice[i] == i / stride % size;
    if (fits) return d;
  }
  return -1;
}

std::string MoveIntegers(Node* node, PassContext& context) {
  static constexpr const char* kMovers[] = {"aten.view.default", "aten.permute.default",
                                            "aten.expand.default", "aten.slice.Tensor"};
  if (std::none_of(std::begin(kMovers), std::end(kMovers), [&](const char* n) { return node->Is(n); }))
    return "";
  const Value* real = node->Tensor("self");
  if (real == nullptr || !IsDequantize(real->producer)) return "";
  const Node* dequantize = real->producer;
  Value* integers = dequantize->Tensor("input");
  if (integers == nullptr || !integers->is_constant()) return "";
  auto args = dequantize->args;
  if (const Arg* scales = dequantize->Find("scales"); scales != nullptr) {
    const int64_t axis = dequantize->Int("axis", 0);
    if (axis < 0 || axis >= integers->type.rank()) return "";
    const int moved = MovedAxis(*node, integers->type, static_cast<int>(axis));
    if (moved < 0) return "";
    for (auto& [name, arg] : args)
      if (name == "axis") arg = int64_t{moved};
  }
  TensorType type = node->output()->type;
  type.dim_order.clear();
  TensorType moved_type = type;
  moved_type.dtype = integers->type.dtype;
  moved_type.quantization.reset();
  auto data = ValueOf(*node, moved_type, integers);
  if (!data) return "";
  Value* constant = context.graph.AddConstant(integers->name, moved_type,
                                              std::make_shared<Bytes>(std::move(*data)));
  constant->origin = integers->origin;
  for (auto& [name, arg] : args)
    if (name == "input") arg = constant;
  Node* fresh = context.graph.AddNode(dequantize->op, args, type, node->output()->name, node);
  fresh->location = dequantize->location;
  const std::string what = node->op + " of a quantized parameter moves its integers";
  Supersede(node, fresh->output(), context);
  return what;
}

}  // namespace

void FoldConstants(PassContext& context) {
  ApplyRules("fold-constants", {{"constant", Fold}, {"move-integers", MoveIntegers}}, context);
}

}  // namespace cortico::passes
