#include <climits>
#include <cmath>
#include <cstdint>

#include "compiler/dialect/rules.h"
#include "ops/softmax/op.h"

namespace cortico::ops {
namespace {

// TensorFlow Lite's headroom: differences are brought to 5 integer bits.
constexpr int kIntegerBits = 5;

Quantization ResultParameters() {
  Quantization q;
  q.scales = {1.0 / 256};
  q.zero_points = {-128};
  q.qmin = -128, q.qmax = 127;
  return q;
}

class Definition : public TypedOp<Softmax> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : LowersFrom()) {
      QuantPattern pattern;
      pattern.name = "softmax";
      pattern.ops = {name};
      pattern.arguments = {{"self", QuantRole::kActivation, 0}};
      pattern.fixed_output = ResultParameters();
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override {
    return {"aten.softmax.int", "aten._softmax.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Softmax<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    if (node->output()->type.quantization != ResultParameters())
      return "its result is not quantized with scale 1/256 and zero point -128";
    const Quantization& q = *op.input.type().quantization;
    // exp(d * scale) of d up to 2^31 / 2^26 = 32 in real numbers; below that it is 0 in 8 bits.
    const double beta = std::min(q.scale() * std::ldexp(1.0, 31 - kIntegerBits), 2147483647.0);
    const FixedPoint factor = ToFixedPoint(beta);
    if (factor.shift < 0 || factor.shift > 30) return "its input's scale is out of range";
    op.input_zero_point = q.zero_point();
    op.input_multiplier = factor.multiplier, op.input_shift = factor.shift;
    op.diff_min = -static_cast<int32_t>(
        std::floor(std::ldexp((1 << kIntegerBits) - 1.0, 31 - kIntegerBits - factor.shift)));
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    const int rank = op.input.type().rank();
    if (rank < 1 || (op.dim != -1 && op.dim != rank - 1)) return "it is not along the last dimension";
    if (op.input_shift < 0 || op.input_shift > 30 || op.diff_min > 0 ||
        op.diff_min < -(INT32_MAX >> op.input_shift))
      return "its shift and diff_min leave 32 bits";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = op.input.type().sizes;
    return type;
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    (void)node;
    return {{"input", 0}};
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const int row = static_cast<int>(input.type.sizes.back());
    const std::vector<int8_t> elements(input.As<int8_t>(), input.As<int8_t>() + input.type.numel());
    return rules::OneResult(
        op.out.type(), reference::Softmax(elements, static_cast<int>(input.type.numel() / row), row,
                                          op.input_multiplier, op.input_shift, op.diff_min));
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() < 1) return "it has no dimension";
    const int64_t rank = input->type.rank(), dim = node.Int("dim", -1);
    if (dim != -1 && dim != rank - 1) return "it is not along the last dimension";
    if (input->type.sizes.back() > 4095) return "its rows have more than 4095 elements";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineSoftmax() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
