// Why: PyTorch has a dozen ways to take tensors apart and to put them together; on the target there
// are two, a range along one dimension and tensors side by side, and views, which move nothing.
//
//   %y = aten.stack.default([%a, %b], dim=1)      → views with a dimension of one, aten.cat.default
//   %y = aten.select.int(self=%x, dim, index)     → aten.slice.Tensor of one element, a view
//   %a, %b = aten.split.Tensor(self=%x, 4, dim)   → an aten.slice.Tensor for each part that is read
//     (chunk, split_with_sizes, tensor_split, unbind, narrow likewise)
//
// Needs: nothing. Refuses: nothing.
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

int64_t DimOf(const Node& node, int rank) {
  const int64_t dim = node.Int("dim", 0);
  return dim < 0 ? dim + rank : dim;
}

// Elements [start, end) along `dim`.
Value* AddSlice(Value* input, int64_t dim, int64_t start, int64_t end, const std::string& name,
                Node* before, PassContext& context) {
  TensorType type = input->type;
  type.sizes[static_cast<size_t>(dim)] = end - start;
  Node* slice = context.graph.AddNode("aten.slice.Tensor",
                                      {{"self", input}, {"dim", dim}, {"start", start}, {"end", end},
                                       {"step", int64_t{1}}},
                                      type, name, before);
  slice->location = before->location;
  return slice->output();
}

std::string NormalizeNames(Node* node, PassContext&) {
  const std::string before = node->op;
  if (node->Is("aten.concat.default") || node->Is("aten.concatenate.default"))
    node->op = "aten.cat.default";
  else if (node->Is("aten.slice_copy.Tensor"))
    node->op = "aten.slice.Tensor";
  else
    return "";
  return before + " → " + node->op;
}

std::string NormalizeStack(Node* node, PassContext& context) {
  if (!node->Is("aten.stack.default")) return "";
  const Arg* arg = node->Find("tensors");
  if (arg == nullptr || !std::holds_alternative<Values>(*arg)) return "";
  Values list = std::get<Values>(*arg);
  const TensorType& type = node->output()->type;
  const int64_t dim = DimOf(*node, type.rank());
  if (dim < 0 || dim >= type.rank()) return "";
  Ints64 sizes = type.sizes;
  sizes[static_cast<size_t>(dim)] = 1;
  for (Value*& value : list) {
    if (value == nullptr) return "";
    value = AddView(value, sizes, node, context);
  }
  node->op = "aten.cat.default";
  node->args = {{"tensors", list}, {"dim", dim}};
  return "aten.stack.default → aten.cat.default";
}

std::string NormalizeSelect(Node* node, PassContext& context) {
  if (!node->Is("aten.select.int") && !node->Is("aten.select_copy.int")) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t dim = DimOf(*node, self->type.rank());
  if (dim < 0 || dim >= self->type.rank()) return "";
  int64_t index = node->Int("index", 0);
  if (index < 0) index += self->type.sizes[static_cast<size_t>(dim)];
  const std::string before = node->op;
  Value* slice =
      AddSlice(self, dim, index, index + 1, node->output()->name + "_slice", node, context);
  node->op = "aten.view.default";
  node->args = {{"self", slice}, {"size", node->output()->type.sizes}};
  return before + " → aten.slice.Tensor";
}

std::string NormalizeNarrow(Node* node, PassContext&) {
  if (!node->Is("aten.narrow.default") && !node->Is("aten.narrow_copy.default")) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const std::string before = node->op;
  const int64_t dim = DimOf(*node, self->type.rank());
  if (dim < 0 || dim >= self->type.rank()) return "";
  int64_t start = node->Int("start", 0);
  if (start < 0) start += self->type.sizes[static_cast<size_t>(dim)];
  const int64_t length = node->Int("length", 0);
  node->op = "aten.slice.Tensor";
  node->args = {{"self", self}, {"dim", dim}, {"start", start}, {"end", start + length},
                {"step", int64_t{1}}};
  return before + " → aten.slice.Tensor";
}

// The parts follow each other; their results' types say how large they are.
std::string NormalizeSplit(Node* node, PassContext& context) {
  const bool unbind = node->Is("aten.unbind.int");
  if (!unbind && !node->Is("aten.split.Tensor") && !node->Is("aten.split_with_sizes.default") &&
      !node->Is("aten.split_with_sizes_copy.default") && !node->Is("aten.split_copy.Tensor") &&
      !node->Is("aten.chunk.default") && !node->Is("aten.tensor_split.sections") &&
      !node->Is("aten.tensor_split.indices"))
    return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t dim = DimOf(*node, self->type.rank());
  if (dim < 0 || dim >= self->type.rank()) return "";
  int64_t start = 0;
  for (Value* part : node->outputs) {
    const int64_t size = unbind ? 1 : part->type.sizes.at(static_cast<size_t>(dim));
    if (context.graph.UseCount(part) > 0) {
      Value* slice = AddSlice(self, dim, start, start + size, part->name + "_slice", node, context);
      if (unbind) slice = AddView(slice, part->type.sizes, node, context);
      context.graph.ReplaceUses(part, slice);
    }
    start += size;
  }
  const std::string before = node->op;
  context.graph.Erase(node);
  return before + " → aten.slice.Tensor for each part";
}

}  // namespace

void NormalizeMovement(PassContext& context) {
  ApplyRules("normalize-movement",
             {{"names", NormalizeNames},
              {"stack", NormalizeStack},
              {"select", NormalizeSelect},
              {"narrow", NormalizeNarrow},
              {"split", NormalizeSplit}},
             context);
}

}  // namespace cortico::passes
