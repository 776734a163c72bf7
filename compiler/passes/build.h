// What rules put in the place of a node: float ops in front of it, with its location.
#pragma once

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "compiler/passes/pass.h"

namespace cortico::passes {

using Args = std::vector<std::pair<std::string, Arg>>;

/// `dim` counted from the front; -1 when it is none of `rank`.
inline int64_t WrapDim(int64_t dim, int64_t rank) {
  if (dim < 0) dim += rank;
  return dim >= 0 && dim < rank ? dim : -1;
}

/// 0, 1, … , count - 1
inline Ints64 Iota(int64_t count) {
  Ints64 list(static_cast<size_t>(count));
  std::iota(list.begin(), list.end(), int64_t{0});
  return list;
}

class Builder {
 public:
  /// Adds in front of `node`.
  Builder(Node* node, PassContext& context) : node_(node), context_(context) {}

  /// A node whose result is a float tensor of these sizes, named after `node`'s result.
  Value* Op(const std::string& op, Args args, const Ints64& sizes, const std::string& suffix) {
    return Add(op, std::move(args), {DType::kFloat32, sizes, {}, {}}, suffix);
  }
  /// `value` in other sizes; itself when it has them.
  Value* View(Value* value, const Ints64& sizes) {
    if (value->type.sizes == sizes) return value;
    return Add("aten.view.default", {{"self", value}, {"size", sizes}}, Typed(value, sizes), "view");
  }
  Value* Permute(Value* value, const Ints64& dims) {
    if (dims == Iota(value->type.rank())) return value;
    Ints64 sizes;
    for (int64_t d : dims) sizes.push_back(value->type.sizes.at(static_cast<size_t>(d)));
    return Add("aten.permute.default", {{"self", value}, {"dims", dims}}, Typed(value, sizes),
               "permuted");
  }
  /// Elements [start, end) along `dim`.
  Value* Slice(Value* value, int64_t dim, int64_t start, int64_t end) {
    Ints64 sizes = value->type.sizes;
    sizes.at(static_cast<size_t>(dim)) = end - start;
    return Add("aten.slice.Tensor",
               {{"self", value}, {"dim", dim}, {"start", start}, {"end", end}, {"step", int64_t{1}}},
               Typed(value, sizes), "slice");
  }
  /// Element indices[k] along `dim` becomes element k.
  Value* Select(Value* value, int64_t dim, const Ints64& indices) {
    Ints64 sizes = value->type.sizes;
    const auto count = static_cast<int64_t>(indices.size());
    if (indices == Iota(sizes.at(static_cast<size_t>(dim)))) return value;
    sizes.at(static_cast<size_t>(dim)) = count;
    Value* list = context_.graph.AddConstant(node_->output()->name + "_indices",
                                             {DType::kInt64, {count}, {}, {}}, indices);
    return Add("aten.index_select.default", {{"self", value}, {"dim", dim}, {"index", list}},
               Typed(value, sizes), "selected");
  }
  /// A float constant of these sizes.
  Value* Constant(const std::string& name, const Ints64& sizes, const std::vector<float>& data) {
    return context_.graph.AddConstant(name, {DType::kFloat32, sizes, {}, {}}, data);
  }
  /// `value`, which has the node's sizes, is its result from here on; the node goes.
  void Replace(Value* value) { ReplaceResult(0, value), context_.graph.Erase(node_); }
  /// The same of one of several results; the node stays.
  void ReplaceResult(size_t i, Value* value) {
    context_.graph.ReplaceUses(node_->output(i), value);
  }

 private:
  static TensorType Typed(const Value* value, const Ints64& sizes) {
    TensorType type = value->type;
    type.sizes = sizes;
    type.dim_order.clear();
    return type;
  }
  Value* Add(const std::string& op, Args args, const TensorType& type, const std::string& suffix) {
    Node* added = context_.graph.AddNode(op, std::move(args), type,
                                         node_->output()->name + "_" + suffix, node_);
    added->location = node_->location;
    return added->output();
  }

  Node* node_;
  PassContext& context_;
};

}  // namespace cortico::passes
