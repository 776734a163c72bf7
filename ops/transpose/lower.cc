#include <array>
#include <numeric>

#include "compiler/dialect/rules.h"
#include "ops/transpose/op.h"

namespace cortico::ops {
namespace {

// Nonnegative, and a permutation; empty otherwise.
Ints64 PermutationOf(const Node& node, int rank) {
  Ints64 dims = node.IntList("dims", {});
  if (static_cast<int>(dims.size()) != rank) return {};
  std::vector<bool> seen(dims.size(), false);
  for (int64_t& d : dims) {
    if (d < 0) d += rank;
    if (d < 0 || d >= rank || seen[static_cast<size_t>(d)]) return {};
    seen[static_cast<size_t>(d)] = true;
  }
  return dims;
}

class Definition : public TypedOp<Transpose> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "permute";
    pattern.ops = {"aten.permute.default"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}};
    pattern.shares_input = true;
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.permute.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Transpose<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(op.input.value, node->output()); !why.empty())
      return why;
    const Ints64 dims = PermutationOf(*node, op.input.type().rank());
    op.perm.count = static_cast<int32_t>(dims.size());
    for (size_t i = 0; i < dims.size(); ++i) op.perm[static_cast<int>(i)] = static_cast<int32_t>(dims[i]);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& input = op.input.type();
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    if (input.rank() < 1 || input.rank() > 4 || op.perm.count != input.rank())
      return "it has no permutation of one to four dimensions";
    std::array<bool, 4> seen = {};
    for (int i = 0; i < op.perm.count; ++i) {
      if (op.perm[i] < 0 || op.perm[i] >= input.rank() || seen[static_cast<size_t>(op.perm[i])])
        return "its permutation is none";
      seen[static_cast<size_t>(op.perm[i])] = true;
    }
    return input.channels_last() || op.out.type().channels_last() ? "it wants the logical order in memory" : "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes.clear();
    for (int i = 0; i < op.perm.count; ++i)
      type.sizes.push_back(op.input.type().sizes[static_cast<size_t>(op.perm[i])]);
    return type;
  }
  // Dimensions of one element may go anywhere.
  bool IsAlias(const Node& node) const override {
    const auto op = Read(node);
    int last = -1;
    for (int i = 0; i < op.perm.count; ++i) {
      if (op.input.type().sizes[static_cast<size_t>(op.perm[i])] == 1) continue;
      if (op.perm[i] < last) return false;
      last = op.perm[i];
    }
    return true;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    std::array<int, 4> sizes = {1, 1, 1, 1}, perm = {0, 1, 2, 3};
    for (int i = 0; i < op.perm.count; ++i) {
      sizes[static_cast<size_t>(i)] = static_cast<int>(input.type.sizes[static_cast<size_t>(i)]);
      perm[static_cast<size_t>(i)] = op.perm[i];
    }
    const std::vector<int8_t> elements(input.As<int8_t>(), input.As<int8_t>() + input.type.numel());
    return rules::OneResult(op.out.type(), reference::Transpose(sizes, perm, elements));
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() < 1 || input->type.rank() > 4)
      return "it has more than four dimensions";
    return PermutationOf(node, input->type.rank()).empty() ? "its dimensions are no permutation" : "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineTranspose() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
