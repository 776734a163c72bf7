// The compiler's side of an op's signature: fields that hold values of the graph, and the visitors
// that turn one field list into schema text, a node, a check, a record size.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/target.h"
#include "runtime/core/fields.h"
#include "runtime/model/record_size.h"

namespace cortico {

/// The host's domain: a tensor field holds a value of the graph.
struct OnGraph {
  struct Value {
    cortico::Value* value = nullptr;
    const TensorType& type() const { return value->type; }
  };
};

enum class FieldKind {
  kIn, kOptionalIn, kConstant, kOptionalConstant, kScratch, kOut,
  kInt, kFloat, kBool, kDType, kInts, kIntList, kOptionalIntList, kInList,
  kScalar, kOptionalScalar, kOptionalInt, kOptionalFloats, kText,
};

/// One argument of a schema.
struct FieldInfo {
  std::string name;
  FieldKind kind;
  bool is_tensor() const { return kind <= FieldKind::kOut; }
};

/// Where an output may share memory with an input: out starts `offset` bytes into the input.
struct Overlay {
  std::string input;
  int64_t offset = 0;
};

/// How a tensor argument of a float op is quantized.
enum class QuantRole {
  kActivation,  ///< int8 affine per tensor, observed
  kWeight,      ///< int8 symmetric, per slice of `axis` (or per tensor where the target says so)
  kBias,        ///< int32, scale = activation's times weight's, zero point 0
};

/// A chain of float ops that becomes one quantized op. The last op's result is what is observed.
struct QuantPattern {
  std::string name;              ///< "conv2d-relu"
  std::vector<std::string> ops;  ///< ATen names; each result but the last has exactly one reader
  struct Argument {
    std::string name;  ///< of the first op
    QuantRole role = QuantRole::kActivation;
    int axis = 0;  ///< of a per-channel weight
  };
  std::vector<Argument> arguments;
  /// The result and every activation have the same parameters (pooling, reshape, pad, maximum).
  bool shares_input = false;
  /// The only parameters that the op can give its result (softmax: scale 1/256, zero point -128).
  std::optional<Quantization> fixed_output = std::nullopt;
};

/// The order in memory that an op works in.
enum class LayoutWish {
  kAsInput,       ///< element by element: whatever its inputs have
  kChannelsLast,  ///< images: rank 4, N H W C in memory
  kContiguous,    ///< the logical order
};

class Diagnostics;
struct LowerContext;
struct HostTensor;

/// What an op of the dialect answers. Defined in its folder's lower.cc; passes ask, ops answer.
class OpDefinition {
 public:
  virtual ~OpDefinition() = default;

  virtual std::string_view name() const = 0;           ///< "cortex_m::quantized_conv2d"
  virtual std::string_view overload() const { return "out"; }
  virtual std::vector<FieldInfo> fields() const = 0;   ///< in schema order, outputs last
  /// Empty when the node's arguments decode into the op's fields, otherwise what is wrong.
  virtual std::string CheckFields(const Node& node) const = 0;
  /// Bytes of the op's record in the device's arena on a 32-bit core.
  virtual int64_t RecordBytes() const = 0;

  /// Float patterns that become this op, and how their arguments are quantized.
  virtual std::vector<QuantPattern> Patterns() const { return {}; }
  /// Why a match must stay in float; empty when it need not.
  virtual std::string Reject(const std::vector<Node*>& chain) const { return (void)chain, ""; }

  /// Real values that stand in the result of a match though nothing computes them: the border of a
  /// pad. The result's range must hold them.
  virtual std::vector<double> Introduces(const std::vector<Node*>& chain, const Graph& graph) const {
    return (void)chain, (void)graph, std::vector<double>();
  }

  /// ATen ops (on quantized types) that `Lower` may be asked about.
  virtual std::vector<std::string> LowersFrom() const { return {}; }
  /// Replaces `node` by this op. Returns why not, or an empty string when it is done.
  virtual std::string Lower(Node* node, LowerContext& context) const {
    return (void)node, (void)context, "no rule";
  }

  /// Whether it also lowers from tensors that are not quantized (it only moves data).
  virtual bool TakesFloat() const { return false; }

  /// A portable op computes with plain numbers: floats, indices, masks. A quantized tensor is illegal
  /// for it, and a node that only such an op takes is a fallback.
  virtual bool IsPortable() const { return false; }
  /// What a node costs, for reports on fallbacks: multiplications where an op has many to an element
  /// of its result, otherwise elements.
  virtual int64_t Work(const Node& node) const { return node.output()->type.numel(); }

  /// Asked of a node that it lowers from.
  virtual LayoutWish Layout(const Node& node) const { return (void)node, LayoutWish::kAsInput; }

  /// What is illegal about a node whose arguments decode (ranks, sizes and element types that do
  /// not go together); empty when nothing is. Everything below is asked of legal nodes only.
  virtual std::string Illegal(const Node& node) const { return (void)node, ""; }
  /// The result's type, from the node's arguments.
  virtual TensorType OutputType(const Node& node) const = 0;
  /// Bytes of the scratch field of this name.
  virtual int64_t ScratchBytes(const Node& node, Isa isa, std::string_view field) const {
    return (void)node, (void)isa, (void)field, 0;
  }
  /// Inputs whose memory the first output may take over once the input is dead: out starts `offset`
  /// bytes into it. An element of a list argument is named "tensors[1]".
  virtual std::vector<Overlay> Overlays(const Node& node) const { return (void)node, std::vector<Overlay>(); }
  /// True when the result is the first input's bytes under another name: nothing has to run, and
  /// both may be read as long as either lives.
  virtual bool IsAlias(const Node& node) const { return (void)node, false; }

  /// The reference value: plain arithmetic, no kernel code. `inputs` in the order of Node::Inputs()
  /// without scratch; tensors dense in logical (row-major) order.
  virtual std::vector<HostTensor> Reference(const Node& node,
                                            const std::vector<const HostTensor*>& inputs) const = 0;

  /// "cortex_m::quantized_conv2d.out(Tensor input, …, *, Tensor(a!) out) -> Tensor(a!)"
  virtual std::string OutSchema() const;
  /// "cortex_m::quantized_conv2d(Tensor input, …) -> Tensor"
  virtual std::string FunctionalSchema() const;
  /// What torch calls the form that returns its result: "cortex_m.quantized_conv2d.default",
  /// "aten.slice_copy.Tensor"; empty for an op that has no such form.
  std::string TorchName() const;
};

/// Every op of the dialect, in the order of ops/CMakeLists.txt.
const std::vector<std::unique_ptr<OpDefinition>>& AllOps();
/// Null when `name` is not in the dialect.
const OpDefinition* FindOp(std::string_view name);

/// Fields, result type and the op's own rules.
void VerifyNode(const OpDefinition& op, const Node& node, Diagnostics& diagnostics);

// ---- visitors ----------------------------------------------------------------------------------

namespace internal {

/// Lists kinds and names.
struct FieldLister {
  std::vector<FieldInfo> fields;
  void operator()(const char* n, const In<OnGraph>&) { fields.push_back({n, FieldKind::kIn}); }
  template <int N>
  void operator()(const char* n, const InList<OnGraph, N>&) { fields.push_back({n, FieldKind::kInList}); }
  void operator()(const char* n, const OptionalIn<OnGraph>&) { fields.push_back({n, FieldKind::kOptionalIn}); }
  void operator()(const char* n, const Constant<OnGraph>&) { fields.push_back({n, FieldKind::kConstant}); }
  void operator()(const char* n, const OptionalConstant<OnGraph>&) { fields.push_back({n, FieldKind::kOptionalConstant}); }
  void operator()(const char* n, const Scratch<OnGraph>&) { fields.push_back({n, FieldKind::kScratch}); }
  void operator()(const char* n, const Out<OnGraph>&) { fields.push_back({n, FieldKind::kOut}); }
  void operator()(const char* n, const int32_t&) { fields.push_back({n, FieldKind::kInt}); }
  void operator()(const char* n, const float&) { fields.push_back({n, FieldKind::kFloat}); }
  void operator()(const char* n, const bool&) { fields.push_back({n, FieldKind::kBool}); }
  void operator()(const char* n, const DType&) { fields.push_back({n, FieldKind::kDType}); }
  template <int N>
  void operator()(const char* n, const Ints<N>&) { fields.push_back({n, FieldKind::kInts}); }
  template <int N>
  void operator()(const char* n, const IntList<N>&) { fields.push_back({n, FieldKind::kIntList}); }
  template <int N>
  void operator()(const char* n, const OptionalIntList<N>&) { fields.push_back({n, FieldKind::kOptionalIntList}); }
  void operator()(const char* n, const Scalar&) { fields.push_back({n, FieldKind::kScalar}); }
  void operator()(const char* n, const OptionalScalar&) { fields.push_back({n, FieldKind::kOptionalScalar}); }
  void operator()(const char* n, const OptionalInt&) { fields.push_back({n, FieldKind::kOptionalInt}); }
  template <int N>
  void operator()(const char* n, const OptionalFloats<N>&) { fields.push_back({n, FieldKind::kOptionalFloats}); }
  void operator()(const char* n, const Text&) { fields.push_back({n, FieldKind::kText}); }
};

/// Fields → arguments of a node. Outputs are the node's results and are left out.
struct NodeWriter {
  std::vector<std::pair<std::string, Arg>> args;
  template <class Tensor, class = std::enable_if_t<std::is_base_of_v<OnGraph::Value, Tensor>>>
  void operator()(const char* n, const Tensor& f) {
    if constexpr (!std::is_same_v<Tensor, Out<OnGraph>>) {
      if (f.value == nullptr) args.emplace_back(n, std::monostate{});
      else args.emplace_back(n, f.value);
    }
  }
  template <int N>
  void operator()(const char* n, const InList<OnGraph, N>& f) {
    Values list;
    for (int i = 0; i < f.count; ++i) list.push_back(f.v[i].value);
    args.emplace_back(n, list);
  }
  void operator()(const char* n, const int32_t& f) { args.emplace_back(n, int64_t{f}); }
  void operator()(const char* n, const float& f) { args.emplace_back(n, double{f}); }
  void operator()(const char* n, const bool& f) { args.emplace_back(n, f); }
  void operator()(const char* n, const DType& f) { args.emplace_back(n, f); }
  template <int N>
  void operator()(const char* n, const Ints<N>& f) { args.emplace_back(n, Ints64(f.v, f.v + N)); }
  template <int N>
  void operator()(const char* n, const IntList<N>& f) { args.emplace_back(n, Ints64(f.v, f.v + f.count)); }
  template <int N>
  void operator()(const char* n, const OptionalIntList<N>& f) {
    if (f.present()) args.emplace_back(n, Ints64(f.v, f.v + f.count));
    else args.emplace_back(n, std::monostate{});
  }
  void operator()(const char* n, const Scalar& f) { args.emplace_back(n, double{f.v}); }
  void operator()(const char* n, const OptionalScalar& f) {
    if (f.present) args.emplace_back(n, double{f.v});
    else args.emplace_back(n, std::monostate{});
  }
  void operator()(const char* n, const OptionalInt& f) {
    if (f.present) args.emplace_back(n, int64_t{f.v});
    else args.emplace_back(n, std::monostate{});
  }
  template <int N>
  void operator()(const char* n, const OptionalFloats<N>& f) {
    if (f.present()) args.emplace_back(n, Doubles(f.v, f.v + f.count));
    else args.emplace_back(n, std::monostate{});
  }
  void operator()(const char* n, const Text& f) { args.emplace_back(n, std::string(f.v)); }
};

/// A node → fields. `error` names the first argument that does not fit its kind.
struct NodeReader {
  const Node& node;
  std::string error;
  size_t next_output = 0;

  template <class Tensor, class = std::enable_if_t<std::is_base_of_v<OnGraph::Value, Tensor>>>
  void operator()(const char* n, Tensor& f) {
    if constexpr (std::is_same_v<Tensor, Out<OnGraph>>) {
      if (next_output >= node.outputs.size()) return Fail(n, "has no result");
      f.value = node.outputs[next_output++];
    } else {
      f.value = node.Tensor(n);
      if (f.value == nullptr) {
        if constexpr (!std::is_same_v<Tensor, OptionalConstant<OnGraph>> &&
                      !std::is_same_v<Tensor, OptionalIn<OnGraph>>)
          Fail(n, "is missing");
        return;
      }
      if constexpr (std::is_same_v<Tensor, Constant<OnGraph>> || std::is_same_v<Tensor, OptionalConstant<OnGraph>>)
        if (!f.value->is_constant()) Fail(n, "is not a constant");
    }
  }
  template <int N>
  void operator()(const char* n, InList<OnGraph, N>& f) {
    const Arg* arg = node.Find(n);
    const auto* list = arg != nullptr ? std::get_if<Values>(arg) : nullptr;
    if (list == nullptr) return Fail(n, "is not a list of tensors");
    if (list->size() > N) return Fail(n, "has too many elements");
    f.count = static_cast<int32_t>(list->size());
    for (int i = 0; i < f.count; ++i) {
      f.v[i].value = (*list)[static_cast<size_t>(i)];
      if (f.v[i].value == nullptr) return Fail(n, "has an empty entry");
    }
  }
  void operator()(const char* n, int32_t& f) { f = Narrow(n, IntOf(n)); }
  void operator()(const char* n, float& f);
  void operator()(const char* n, bool& f);
  void operator()(const char* n, DType& f);
  template <int N>
  void operator()(const char* n, Ints<N>& f) {
    const Ints64 list = ListOf(n);
    if (list.size() != N) return Fail(n, "has the wrong number of elements");
    for (int i = 0; i < N; ++i) f.v[i] = Narrow(n, list[static_cast<size_t>(i)]);
  }
  template <int N>
  void operator()(const char* n, IntList<N>& f) {
    const Ints64 list = ListOf(n);
    if (list.size() > N) return Fail(n, "has too many elements");
    f.count = static_cast<int32_t>(list.size());
    for (int i = 0; i < f.count; ++i) f.v[i] = Narrow(n, list[static_cast<size_t>(i)]);
  }
  template <int N>
  void operator()(const char* n, OptionalIntList<N>& f) {
    const Arg* arg = node.Find(n);
    if (arg == nullptr || std::holds_alternative<std::monostate>(*arg)) return;
    const Ints64 list = ListOf(n);
    if (list.size() > N) return Fail(n, "has too many elements");
    f.count = static_cast<int32_t>(list.size());
    for (int i = 0; i < f.count; ++i) f.v[i] = Narrow(n, list[static_cast<size_t>(i)]);
  }
  void operator()(const char* n, Scalar& f) { f.v = NumberOf(n); }
  void operator()(const char* n, OptionalScalar& f) {
    if (Absent(n)) return;
    f.v = NumberOf(n);
    f.present = 1;
  }
  void operator()(const char* n, OptionalInt& f) {
    if (Absent(n)) return;
    f.v = Narrow(n, IntOf(n));
    f.present = 1;
  }
  template <int N>
  void operator()(const char* n, OptionalFloats<N>& f) {
    if (Absent(n)) return;
    const auto* list = std::get_if<Doubles>(node.Find(n));
    if (list == nullptr) return Fail(n, "is not a list of real numbers");
    if (list->size() > N) return Fail(n, "has too many elements");
    f.count = static_cast<int32_t>(list->size());
    for (int i = 0; i < f.count; ++i) f.v[i] = static_cast<float>((*list)[static_cast<size_t>(i)]);
  }
  /// The word lies in the node.
  void operator()(const char* n, Text& f) {
    const Arg* arg = node.Find(n);
    const auto* text = arg != nullptr ? std::get_if<std::string>(arg) : nullptr;
    if (text == nullptr) return Fail(n, "is not a word");
    f.v = text->c_str();
  }

 private:
  void Fail(const char* name, const char* what);
  bool Absent(const char* name) const;
  float NumberOf(const char* name);
  int64_t IntOf(const char* name);
  Ints64 ListOf(const char* name);
  int32_t Narrow(const char* name, int64_t value);
};

}  // namespace internal

/// Decodes a node's arguments into the op's fields; on failure `error` (if given) says why.
template <template <class> class Op>
std::optional<Op<OnGraph>> ReadNode(const Node& node, std::string* error = nullptr) {
  Op<OnGraph> op;
  internal::NodeReader reader{node, "", 0};
  Op<OnGraph>::Fields(op, reader);
  if (reader.error.empty()) return op;
  if (error != nullptr) *error = reader.error;
  return std::nullopt;
}

/// The same for a node that the verifier has passed.
template <template <class> class Op>
Op<OnGraph> ReadVerifiedNode(const Node& node) {
  auto op = ReadNode<Op>(node);
  CORTICO_CHECK(op.has_value());
  return *op;
}

/// What every op answers from its field list alone; an op's own class derives from this.
template <template <class> class Op>
class TypedOp : public OpDefinition {
 public:
  std::string_view name() const override { return Op<OnGraph>::kName; }
  std::vector<FieldInfo> fields() const override {
    internal::FieldLister lister;
    Op<OnGraph> op;
    Op<OnGraph>::Fields(op, lister);
    return std::move(lister.fields);
  }
  std::string_view overload() const override {
    if constexpr (requires { Op<OnGraph>::kOverload; }) return Op<OnGraph>::kOverload;
    else return "out";
  }
  std::string OutSchema() const override {
    if constexpr (requires { Op<OnGraph>::kSchema; }) return Op<OnGraph>::kSchema;
    else return OpDefinition::OutSchema();
  }
  std::string CheckFields(const Node& node) const override {
    std::string error;
    (void)ReadNode<Op>(node, &error);
    return error;
  }
  int64_t RecordBytes() const override { return TargetRecordBytes<Op>(); }

 protected:
  /// The fields of a node that the verifier has passed.
  static Op<OnGraph> Read(const Node& node) { return ReadVerifiedNode<Op>(node); }
};

template <template <class> class Op>
std::vector<std::pair<std::string, Arg>> WriteArgs(const Op<OnGraph>& op) {
  internal::NodeWriter writer;
  Op<OnGraph>::Fields(op, writer);
  return std::move(writer.args);
}

}  // namespace cortico
