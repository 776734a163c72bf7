// The program as the compiler sees it: values, nodes, and the list that orders them.
//
// One representation serves every phase. What differs is the vocabulary: ATen ops after import
// ("aten.conv2d.default"), `quantize`/`dequantize` pairs after quantization, ATen ops on quantized
// types after folding, and ops of the dialect ("cortex_m::quantized_conv2d") after lowering.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "runtime/core/dtype.h"

namespace cortico {

/// Affine quantization: real = (q - zero_point) * scale, q in [qmin, qmax].
struct Quantization {
  std::vector<double> scales;        ///< one, or one per slice along `axis`
  std::vector<int32_t> zero_points;  ///< as many as scales
  int axis = -1;                     ///< -1: per tensor
  int32_t qmin = -128;
  int32_t qmax = 127;

  bool per_tensor() const { return axis < 0; }
  double scale() const { return scales.at(0); }
  int32_t zero_point() const { return zero_points.at(0); }
  bool operator==(const Quantization&) const = default;
};

/// dtype, logical sizes, order in memory, quantization.
struct TensorType {
  DType dtype = DType::kFloat32;
  std::vector<int64_t> sizes;
  /// Dimensions from outermost to innermost in memory; empty means 0, 1, 2, …
  std::vector<int> dim_order;
  std::optional<Quantization> quantization;

  int rank() const { return static_cast<int>(sizes.size()); }
  int64_t numel() const;
  int64_t nbytes() const { return numel() * SizeOf(dtype); }
  /// `dim_order`, or 0, 1, 2, … when it is empty.
  std::vector<int> order() const;
  bool channels_last() const { return dim_order == std::vector<int>{0, 2, 3, 1}; }
  bool operator==(const TensorType&) const = default;
  /// "i8[1,8,14,14]{0,2,3,1} q(0.0235,-128)"
  std::string ToString() const;
};

/// Strides in elements of a dense tensor with these sizes and this dim order.
std::vector<int64_t> StridesOf(const TensorType& type);

using Bytes = std::vector<uint8_t>;

class Node;

/// An input, a constant, the result of a node, or the working memory of one.
class Value {
 public:
  enum class Kind { kInput, kConstant, kResult, kScratch };

  Kind kind = Kind::kResult;
  std::string name;             ///< unique in the graph
  TensorType type;
  Node* producer = nullptr;     ///< kResult only
  std::shared_ptr<const Bytes> data;  ///< kConstant only: dense, in the order type.dim_order says
  /// Name in the user's module for weights ("conv1.weight"); may be empty.
  std::string origin;

  bool is_constant() const { return kind == Kind::kConstant; }
  /// A constant's elements; the caller knows the dtype.
  template <class T>
  const T* DataAs() const {
    CORTICO_CHECK(data != nullptr && sizeof(T) == SizeOf(type.dtype));
    return reinterpret_cast<const T*>(data->data());
  }
};

/// A name that stands for a torch enumeration: "channels_last", "cpu", "strided".
struct Symbol {
  std::string text;
  bool operator==(const Symbol&) const = default;
};

using Ints64 = std::vector<int64_t>;
using Doubles = std::vector<double>;
using Values = std::vector<Value*>;  ///< an entry may be null (optional tensor in a list)
using Arg = std::variant<std::monostate, Value*, int64_t, double, bool, DType, Symbol, std::string,
                         Ints64, Doubles, Values>;

/// An operation: name, named arguments in schema order, results.
class Node {
 public:
  std::string op;
  std::vector<std::pair<std::string, Arg>> args;
  Values outputs;
  Location location;

  Value* output(size_t i = 0) const { return outputs.at(i); }
  bool Is(std::string_view name) const { return op == name; }

  /// The argument of this name, or null when it was left at its default.
  const Arg* Find(std::string_view name) const;
  /// The tensor of this name; null when absent or None.
  Value* Tensor(std::string_view name) const;
  int64_t Int(std::string_view name, int64_t otherwise) const;
  double Double(std::string_view name, double otherwise) const;  ///< takes an int argument too
  bool Bool(std::string_view name, bool otherwise) const;
  Ints64 IntList(std::string_view name, Ints64 otherwise) const;  ///< an int counts as a list of one
  /// Sets or appends.
  void Set(std::string_view name, Arg value);
  void Remove(std::string_view name);
  /// Every tensor that the node reads (scratch included), in order, null entries left out.
  Values Inputs() const;
};

/// Owns values and nodes. Nodes are in an order in which they can run.
class Graph {
 public:
  Graph() = default;
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  std::string name = "forward";
  Values inputs;
  /// A result may be an input, a constant or appear twice.
  Values outputs;
  std::vector<std::string> output_names;

  using NodeList = std::list<std::unique_ptr<Node>>;
  NodeList& nodes() { return nodes_; }
  const NodeList& nodes() const { return nodes_; }
  const std::vector<std::unique_ptr<Value>>& values() const { return values_; }

  Value* AddInput(std::string wanted, TensorType type);
  Value* AddConstant(std::string wanted, TensorType type, std::shared_ptr<const Bytes> data);
  template <class T>
  Value* AddConstant(std::string wanted, TensorType type, const std::vector<T>& elements) {
    const auto* first = reinterpret_cast<const uint8_t*>(elements.data());
    return AddConstant(std::move(wanted), std::move(type),
                       std::make_shared<Bytes>(first, first + elements.size() * sizeof(T)));
  }
  Value* AddScratch(std::string wanted, int64_t bytes);

  /// A node with one result of `type`, placed before `before` (null: at the end). Its result's
  /// name is made unique from `wanted`, as with every name below.
  Node* AddNode(std::string op, std::vector<std::pair<std::string, Arg>> args, TensorType type,
                std::string wanted, Node* before = nullptr);
  /// The same with any number of results.
  Node* AddNode(std::string op, std::vector<std::pair<std::string, Arg>> args,
                std::vector<TensorType> types, std::vector<std::string> names,
                Node* before = nullptr);

  /// Nodes that read `value`, each once, in order.
  std::vector<Node*> Users(const Value* value) const;
  bool IsOutput(const Value* value) const;
  /// Readers plus uses as a result of the graph.
  int UseCount(const Value* value) const;
  /// Every reader of `from`, and the graph's results, read `to` instead.
  void ReplaceUses(const Value* from, Value* to);
  /// Gives `value` another name, made unique.
  void Rename(Value* value, const std::string& wanted);
  /// The node must have no readers left.
  void Erase(Node* node);
  /// Removes nodes whose results nobody reads, then values nobody refers to (inputs stay).
  /// Returns how many nodes went.
  int RemoveDead();
  /// The node that follows in order, or null.
  Node* Next(const Node* node) const;

  std::string UniqueName(const std::string& wanted);
  Value* FindValue(std::string_view wanted) const;
  /// A deep copy; `map`, when given, receives old value → new value.
  Graph Clone(std::map<const Value*, Value*>* map = nullptr) const;

 private:
  Value* NewValue(Value::Kind kind, std::string wanted, TensorType type);

  NodeList nodes_;
  std::vector<std::unique_ptr<Value>> values_;
  std::map<std::string, Value*, std::less<>> by_name_;
};

/// Checks what every phase promises: names unique, producers before readers, each constant's byte
/// count equal to its type's, dim orders permutations, quantizations complete. Says where it fails.
void VerifyGraph(const Graph& graph, Diagnostics& diagnostics);

}  // namespace cortico
