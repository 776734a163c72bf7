#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/slice_copy/op.h"

namespace cortico::ops {
namespace {

struct Part {
  int64_t dim = 0, start = 0, end = 0, step = 1;
  int64_t size() const { return end <= start ? 0 : (end - start - 1) / step + 1; }
};

// Negative positions count from the end, those beyond it are the end, as in Python.
Part PartOf(const Node& node) {
  const Value* self = node.Tensor("self");
  Part part;
  part.dim = node.Int("dim", 0);
  if (part.dim < 0) part.dim += self->type.rank();
  if (part.dim < 0 || part.dim >= self->type.rank()) return part;
  const int64_t size = self->type.sizes[static_cast<size_t>(part.dim)];
  const auto at = [size](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
  part.start = at(node.Int("start", 0));
  part.end = at(node.Int("end", size));
  // A step beyond the end takes one element, as one of the whole size does.
  part.step = std::clamp<int64_t>(node.Int("step", 1), 1, std::max<int64_t>(size, 1));
  return part;
}

class Definition : public TypedOp<SliceCopy> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "slice";
    pattern.ops = {"aten.slice.Tensor"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}};
    pattern.shares_input = true;
    return {pattern};
  }

  bool TakesFloat() const override { return true; }
  std::vector<std::string> LowersFrom() const override { return {"aten.slice.Tensor"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    SliceCopy<OnGraph> op;
    op.self.value = node->Tensor("self");
    if (op.self.value == nullptr) return "it has no input";
    if (!rules::ArePlain(op.self.value, node->output()))
      if (std::string why = rules::ExpectSameParameters(op.self.value, node->output()); !why.empty())
        return why;
    const Part part = PartOf(*node);
    if (part.size() < 1) return "its range is empty";
    op.dim = static_cast<int32_t>(part.dim);
    op.start = static_cast<int32_t>(part.start), op.end = static_cast<int32_t>(part.end);
    op.step = static_cast<int32_t>(part.step);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& self = op.self.type();
    if (op.dim < 0 || op.dim >= self.rank() || op.step < 1 ||
        op.step > self.sizes[static_cast<size_t>(op.dim)] || op.start < 0 || op.end <= op.start ||
        op.end > self.sizes[static_cast<size_t>(op.dim)])
      return "its range is none of " + self.ToString();
    if (self.order() != op.out.type().order() || self.quantization != op.out.type().quantization)
      return "it does not keep the order in memory or the parameters";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = op.self.type();
    type.sizes[static_cast<size_t>(op.dim)] = (op.end - op.start - 1) / op.step + 1;
    return type;
  }
  // A part in one piece may stay where it is.
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& self = op.self.type();
    if (op.step != 1) return {};
    int64_t inner = static_cast<int64_t>(SizeOf(self.dtype));
    bool behind = false;
    for (int d : self.order()) {
      if (behind) inner *= self.sizes[static_cast<size_t>(d)];
      if (!behind && d != op.dim && self.sizes[static_cast<size_t>(d)] != 1) return {};
      behind = behind || d == op.dim;
    }
    return {{"self", op.start * inner}};
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& self = *inputs.at(0);
    const TensorType& out = op.out.type();
    HostTensor result{rules::Contiguous(out), Bytes(static_cast<size_t>(out.nbytes()))};
    const std::vector<int64_t> from = StridesOf(self.type), to = StridesOf(result.type);
    const auto element = static_cast<int64_t>(SizeOf(out.dtype));
    for (int64_t i = 0; i < out.numel(); ++i) {
      int64_t rest = i, place = 0;
      for (size_t d = 0; d < to.size(); ++d) {
        const int64_t index = rest / to[d];
        rest %= to[d];
        place += (static_cast<int32_t>(d) == op.dim ? op.start + index * op.step : index) * from[d];
      }
      std::copy_n(self.data.begin() + place * element, element, result.data.begin() + i * element);
    }
    std::vector<HostTensor> list;
    list.push_back(std::move(result));
    return list;
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineSliceCopy() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
