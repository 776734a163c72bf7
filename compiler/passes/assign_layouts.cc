// Why: PyTorch programs are written N C H W, kernels run N H W C. Sizes stay logical (N C H W, as in
// ExecuTorch's plain family of ops); what this pass decides is the order in memory of every rank-4
// value, and it pays for a reordering only where two orders meet.
//
//   ops on images      want channels last, and give it
//   elementwise ops    take what comes; where orders differ, channels last wins
//   everything else    wants the plain order (a view of C*H*W elements, float ops, the program's ends)
//
// One walk in program order decides; a value that is needed in both orders is reordered once. A
// reordering of one channel or of one pixel moves nothing, and its op says so (OpDefinition::IsAlias),
// so that a grey image at the input and a global pool at the end cost no instruction. At the ends the
// reordering stands on the integer side of quantize and dequantize, a quarter of the bytes.
//
// Needs: fold-quantization. Refuses: nothing.
#include <algorithm>
#include <map>
#include <utility>

#include "compiler/graph/op_domain.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

const std::vector<int> kChannelsLast = {0, 2, 3, 1};

bool TouchesQuantized(const Node& node) {
  const auto quantized = [](const Value* value) { return value->type.quantization.has_value(); };
  const Values inputs = node.Inputs();
  return std::any_of(inputs.begin(), inputs.end(), quantized) ||
         std::any_of(node.outputs.begin(), node.outputs.end(), quantized);
}

// What computes in float has portable kernels, which know the logical order alone.
LayoutWish WishOf(const Node& node) {
  if (!TouchesQuantized(node)) return LayoutWish::kContiguous;
  for (const auto& op : AllOps())
    for (const std::string& name : op->LowersFrom())
      if (node.Is(name)) return op->Layout(node);
  return LayoutWish::kContiguous;
}

class Assigner {
 public:
  explicit Assigner(PassContext& context) : context_(context), graph_(context.graph) {}

  void Run() {
    // Nodes that this pass inserts need no visit.
    std::vector<Node*> nodes;
    for (const auto& node : graph_.nodes()) nodes.push_back(node.get());
    for (Node* node : nodes) Visit(node);
    for (Value*& output : graph_.outputs) output = In(output, {}, nullptr, {});
  }

 private:
  static bool IsImage(const Value* value) {
    return value->type.rank() == 4 && value->kind != Value::Kind::kConstant;
  }

  void Visit(Node* node) {
    bool channels_last = false;
    switch (WishOf(*node)) {
      case LayoutWish::kChannelsLast: channels_last = true; break;
      case LayoutWish::kContiguous: break;
      case LayoutWish::kAsInput:
        for (const Value* input : node->Inputs())
          channels_last = channels_last || (IsImage(input) && input->type.channels_last());
        channels_last = channels_last && !ReadInPlainOrder(*node);
        break;
    }
    const std::vector<int> order = channels_last ? kChannelsLast : std::vector<int>{};
    for (auto& [name, arg] : node->args) {
      if (auto* value = std::get_if<Value*>(&arg)) {
        if (*value != nullptr) *value = In(*value, order, node, node->location);
      } else if (auto* list = std::get_if<Values>(&arg)) {
        for (Value*& value_in_list : *list)
          if (value_in_list != nullptr)
            value_in_list = In(value_in_list, order, node, node->location);
      }
    }
    for (Value* output : node->outputs)
      if (output->type.rank() == 4) output->type.dim_order = order;
  }

  // A dequantize whose floats leave the program, or are computed with in the plain order:
  // reordering its integers is cheaper.
  bool ReadInPlainOrder(const Node& node) const {
    if (!node.Is("quantized_decomposed.dequantize_per_tensor.default")) return false;
    const std::vector<Node*> readers = graph_.Users(node.output());
    return std::none_of(readers.begin(), readers.end(),
                        [](const Node* reader) { return TouchesQuantized(*reader); });
  }

  // `value` in the wanted order; constants are turned here, results by a node.
  Value* In(Value* value, const std::vector<int>& order, Node* reader, const Location& location) {
    if (value->type.rank() != 4 || value->kind == Value::Kind::kScratch ||
        value->type.dim_order == order)
      return value;
    if (value->is_constant() && !ReadAsActivation(value, reader)) return value;
    const auto key = std::make_pair(value, order);
    if (const auto it = made_.find(key); it != made_.end()) return it->second;
    TensorType type = value->type;
    type.dim_order = order;
    Value* turned = nullptr;
    if (value->is_constant()) {
      turned = TurnConstant(value, type);
    } else {
      // Behind the producer, so that every later reader finds it.
      Node* before = value->producer != nullptr ? graph_.Next(value->producer)
                     : graph_.nodes().empty()   ? nullptr
                                                : graph_.nodes().front().get();
      Node* node = graph_.AddNode("cortico.reorder", {{"self", value}}, type,
                                  value->name + (order.empty() ? "_nchw" : "_nhwc"), before);
      node->location = location.empty() && value->producer != nullptr ? value->producer->location : location;
      turned = node->output();
      context_.log.push_back({"assign-layouts", node->location,
                              "'" + value->name + "' reordered to " +
                                  (order.empty() ? "N C H W" : "N H W C")});
    }
    made_[key] = turned;
    return turned;
  }

  // Weights are the op's own business; a constant operand of an add is an image like the other.
  static bool ReadAsActivation(const Value* value, const Node* reader) {
    if (reader == nullptr) return true;
    for (const auto& [name, arg] : reader->args)
      if (const auto* v = std::get_if<Value*>(&arg); v != nullptr && *v == value)
        return name == "self" || name == "other" || name == "input";
    return false;
  }

  Value* TurnConstant(const Value* value, const TensorType& type) {
    const auto element = static_cast<size_t>(SizeOf(type.dtype));
    Bytes data(value->data->size());
    const auto from = StridesOf(value->type), to = StridesOf(type);
    const Ints64& s = type.sizes;
    for (int64_t n = 0; n < s[0]; ++n)
      for (int64_t c = 0; c < s[1]; ++c)
        for (int64_t h = 0; h < s[2]; ++h)
          for (int64_t w = 0; w < s[3]; ++w) {
            const auto at = [&](const std::vector<int64_t>& strides) {
              return static_cast<size_t>(n * strides[0] + c * strides[1] + h * strides[2] +
                                         w * strides[3]) * element;
            };
            std::copy_n(value->data->begin() + static_cast<int64_t>(at(from)), element,
                        data.begin() + static_cast<int64_t>(at(to)));
          }
    Value* turned = graph_.AddConstant(value->name + "_nhwc", type, std::make_shared<Bytes>(std::move(data)));
    turned->origin = value->origin;
    return turned;
  }

  PassContext& context_;
  Graph& graph_;
  std::map<std::pair<Value*, std::vector<int>>, Value*> made_;
};

}  // namespace

void AssignLayouts(PassContext& context) { Assigner(context).Run(); }

}  // namespace cortico::passes
