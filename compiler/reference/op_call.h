// What an ATen function sees of its node: checked arguments, tensors, and a place for results.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/program.h"

namespace cortico {

using Sizes = std::vector<int64_t>;

/// Product of the sizes.
int64_t NumelOf(const Sizes& sizes);
/// "[1, 8, 14, 14]"
std::string ToText(const Sizes& sizes);
/// Elements between neighbours along each dimension of a row-major tensor.
Sizes RowMajorStrides(const Sizes& sizes);
/// The common shape by NumPy's rules; false when there is none.
bool BroadcastSizes(const Sizes& a, const Sizes& b, Sizes* out);
/// Strides of `from` seen as a tensor of sizes `to` (0 along repeated dimensions). `from` must
/// broadcast to `to`.
Sizes BroadcastStrides(const Sizes& from, const Sizes& to);

/// Two values, along height and width.
struct Pair {
  int64_t h = 0, w = 0;
};

/// One evaluation of one node. The first failure is kept; getters then go on with harmless values,
/// so a function checks `ok()` once, after it has read its arguments and before it computes.
class OpCall {
 public:
  using Lookup = std::function<const HostTensor*(const Value*)>;

  OpCall(const Node& node, const Lookup& lookup) : node_(node), lookup_(lookup) {}

  const Node& node() const { return node_; }

  /// Whether the argument is there and not None.
  bool Has(std::string_view name) const;
  /// Null when the argument is absent, None or no tensor.
  const HostTensor* OptionalTensor(std::string_view name) const;
  /// A tensor of any type; fails when it is absent.
  const HostTensor& Tensor(std::string_view name);
  /// A float32 tensor; fails for another type, naming it.
  const HostTensor& Float(std::string_view name);
  /// The same, absent allowed: null.
  const HostTensor* OptionalFloat(std::string_view name);
  /// A list of tensors, at least one.
  std::vector<const HostTensor*> TensorList(std::string_view name);

  /// A number that may be an int, a double or a bool; fails for anything else.
  double Number(std::string_view name, double otherwise);
  int64_t Int(std::string_view name, int64_t otherwise);
  bool Bool(std::string_view name, bool otherwise);
  /// Fails when the argument is present and no list of ints.
  Sizes Ints(std::string_view name, Sizes otherwise);
  /// "same", "mean", "channels_last"; `otherwise` when absent.
  std::string Text(std::string_view name, std::string otherwise) const;
  /// One or two ints, one counting for both (and for a rank 1 op: width only). Each must be in
  /// [least, 2^20]; an empty list counts as absent.
  Pair IntPair(std::string_view name, Pair otherwise, int64_t least);
  /// A dimension of a tensor of `rank` dimensions; negative ones count from the end.
  int64_t Dim(std::string_view name, int64_t otherwise, int64_t rank);
  int64_t WrapDim(std::string_view name, int64_t dim, int64_t rank);
  /// A list of distinct dimensions.
  Sizes Dims(std::string_view name, Sizes otherwise, int64_t rank);

  /// A result with these sizes, zero-filled. Fails (and gives an empty tensor) beyond 1 GiB.
  HostTensor& AddResult(Sizes sizes, DType dtype = DType::kFloat32);
  /// A result with the same bytes and other sizes (of the same count).
  HostTensor& AddCopy(const HostTensor& tensor, Sizes sizes);
  std::vector<HostTensor>& results() { return results_; }

  void Fail(std::string message, std::string remedy = "");
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  const std::string& remedy() const { return remedy_; }

 private:
  const Node& node_;
  const Lookup& lookup_;
  std::vector<HostTensor> results_;
  std::string error_, remedy_;
};

}  // namespace cortico
