// What the portable ops answer alike: how an ATen node's arguments become the fields of an op with
// the same schema, what a broadcast or a reduction makes of sizes, and the reference value, which is
// that of the ATen op (compiler/reference).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/dialect/rules.h"

namespace cortico::rules {

/// Why a portable op cannot have this node: a tensor is quantized, of an element type that has no
/// portable kernel, or of more than eight dimensions. Empty when it can.
std::string NotPlain(const Node& node);

/// The reference value of `node` under the name of an ATen op.
std::vector<HostTensor> EvaluateAs(const char* aten, const Node& node,
                                   const std::vector<const HostTensor*>& inputs);

/// The common sizes by PyTorch's rules; empty `error` when there are any.
Ints64 BroadcastOf(const std::vector<const TensorType*>& types, std::string* error);

/// Sizes without `dims` (all of them when there are none), or with 1 in their place.
Ints64 ReducedSizes(const Ints64& sizes, const Ints64& dims, bool keep);

/// Arguments of an ATen node → fields of the same names. What the node leaves at its default keeps
/// the field's own value; a number where a tensor is wanted becomes a constant.
class AtenReader {
 public:
  AtenReader(Node* node, Graph& graph) : node_(*node), graph_(graph) {}
  const std::string& error() const { return error_; }

  template <class Tensor, class = std::enable_if_t<std::is_base_of_v<OnGraph::Value, Tensor>>>
  void operator()(const char* n, Tensor& f) {
    if constexpr (std::is_same_v<Tensor, Out<OnGraph>>) {
      if (next_output_ == node_.outputs.size()) return Fail(n, "has no result");
      f.value = node_.outputs[next_output_++];
    } else {
      f.value = TensorOf(n);
      if (f.value == nullptr && !std::is_same_v<Tensor, OptionalIn<OnGraph>>) Fail(n, "is missing");
    }
  }
  void operator()(const char* n, int32_t& f);
  void operator()(const char* n, float& f);
  void operator()(const char* n, bool& f);
  void operator()(const char* n, Scalar& f);
  void operator()(const char* n, OptionalScalar& f);
  void operator()(const char* n, OptionalInt& f);
  void operator()(const char* n, Text& f);
  template <int N>
  void operator()(const char* n, Ints<N>& f) {
    Ints64 list;
    if (!Take(n, &list) || list.empty()) return;
    if (list.size() == 1) list.resize(N, list.front());
    if (list.size() != N) return Fail(n, "has the wrong number of elements");
    for (int i = 0; i < N; ++i) f.v[i] = Narrow(n, list[static_cast<size_t>(i)]);
  }
  template <int N>
  void operator()(const char* n, IntList<N>& f) { TakeList(n, f.v, N, &f.count); }
  template <int N>
  void operator()(const char* n, OptionalIntList<N>& f) { TakeList(n, f.v, N, &f.count); }
  template <int N>
  void operator()(const char* n, OptionalFloats<N>& f) {
    const Arg* arg = Given(n);
    if (arg == nullptr) return;
    const auto* list = std::get_if<Doubles>(arg);
    if (list == nullptr || list->size() > N) return Fail(n, "is not a list of so many numbers");
    f.count = static_cast<int32_t>(list->size());
    for (int i = 0; i < f.count; ++i) f.v[i] = static_cast<float>((*list)[static_cast<size_t>(i)]);
  }

 private:
  void Fail(const char* name, const char* what);
  const Arg* Given(const char* name) const;  ///< null when absent or none
  Value* TensorOf(const char* name);
  bool Take(const char* name, Ints64* list);
  void TakeList(const char* name, int32_t* v, size_t most, int32_t* count);
  int32_t Narrow(const char* name, int64_t value);
  float Number(const char* name, const Arg& arg);

  Node& node_;
  Graph& graph_;
  std::string error_;
  size_t next_output_ = 0;
};

/// An op under one of ExecuTorch's portable names. Op::kAten is the ATen op with the same arguments,
/// from which it lowers and which gives its reference value.
template <template <class> class Op>
class PortableOp : public TypedOp<Op> {
 public:
  bool IsPortable() const override { return true; }
  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {Op<OnGraph>::kAten}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = NotPlain(*node); !why.empty()) return why;
    Op<OnGraph> op;
    AtenReader reader(node, context.graph);
    Op<OnGraph>::Fields(op, reader);
    if (!reader.error().empty()) return reader.error();
    Node* made = context.Replace(node, op);
    return (void)made, "";
  }
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    return EvaluateAs(Op<OnGraph>::kAten, node, inputs);
  }

 protected:
  /// `sizes` with the element type that the graph gives the result.
  static TensorType Typed(const Node& node, Ints64 sizes) {
    TensorType type = Contiguous(node.output()->type);
    type.sizes = std::move(sizes);
    return type;
  }
};

}  // namespace cortico::rules
