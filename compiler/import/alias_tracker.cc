#include "compiler/import/alias_tracker.h"

#include <algorithm>
#include <array>
#include <string>

namespace cortico {
namespace {

/// The ops whose schemas mark a result as an alias of an argument, and those which are known to
/// hand back their argument unchanged in inference. Sorted.
constexpr std::array<std::string_view, 59> kViews = {"_conj",
                                                     "_neg_view",
                                                     "_reshape_alias",
                                                     "_unsafe_view",
                                                     "adjoint",
                                                     "alias",
                                                     "alpha_dropout",
                                                     "as_strided",
                                                     "atleast_1d",
                                                     "atleast_2d",
                                                     "atleast_3d",
                                                     "broadcast_tensors",
                                                     "broadcast_to",
                                                     "chunk",
                                                     "conj",
                                                     "contiguous",
                                                     "detach",
                                                     "diagonal",
                                                     "dropout",
                                                     "dsplit",
                                                     "expand",
                                                     "expand_as",
                                                     "feature_dropout",
                                                     "flatten",
                                                     "hsplit",
                                                     "lift_fresh",
                                                     "mH",
                                                     "mT",
                                                     "matrix_H",
                                                     "meshgrid",
                                                     "moveaxis",
                                                     "movedim",
                                                     "narrow",
                                                     "numpy_T",
                                                     "permute",
                                                     "positive",
                                                     "ravel",
                                                     "real",
                                                     "reshape",
                                                     "reshape_as",
                                                     "select",
                                                     "slice",
                                                     "split",
                                                     "split_with_sizes",
                                                     "squeeze",
                                                     "swapaxes",
                                                     "swapdims",
                                                     "t",
                                                     "tensor_split",
                                                     "to",
                                                     "transpose",
                                                     "type_as",
                                                     "unbind",
                                                     "unflatten",
                                                     "unfold",
                                                     "unsqueeze",
                                                     "view",
                                                     "view_as",
                                                     "vsplit"};

constexpr std::string_view kAten = "aten.";

/// "relu_" of "aten.relu_.default"; empty for ops of other libraries.
std::string_view BaseName(std::string_view op) {
  if (!op.starts_with(kAten)) return "";
  op.remove_prefix(kAten.size());
  return op.substr(0, op.find('.'));
}

}  // namespace

bool MayReturnView(std::string_view op) {
  const std::string_view base = BaseName(op);
  return std::binary_search(kViews.begin(), kViews.end(), base);
}

std::string FunctionalName(std::string_view op) {
  const std::string_view base = BaseName(op);
  if (base.size() < 2 || !base.ends_with('_') || base.ends_with("__")) return "";
  std::string name(op);
  name.erase(kAten.size() + base.size() - 1, 1);
  return name;
}

void AliasTracker::Add(Value* view, Value* base) {
  const auto [known, is_new] = group_of_.try_emplace(base, groups_.size());
  if (is_new) groups_.push_back({base});
  const size_t group = known->second;
  group_of_[view] = group;
  groups_[group].push_back(view);
}

std::vector<Value*> AliasTracker::Sharing(Value* value) const {
  const auto found = group_of_.find(value);
  return found == group_of_.end() ? std::vector<Value*>{value} : groups_[found->second];
}

void AliasTracker::Dissolve(Value* value) {
  const auto found = group_of_.find(value);
  if (found == group_of_.end()) return;
  std::vector<Value*>& members = groups_[found->second];
  for (const Value* member : members) group_of_.erase(member);
  members.clear();
}

}  // namespace cortico
