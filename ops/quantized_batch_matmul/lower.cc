#include <cmath>

#include "compiler/dialect/rules.h"
#include "kernels/include/arm_nnfunctions.h"
#include "ops/quantized_batch_matmul/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedBatchMatmul> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "bmm";
    pattern.ops = {"aten.bmm.default"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}, {"mat2", QuantRole::kActivation, 0}};
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.bmm.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    QuantizedBatchMatmul<OnGraph> op;
    op.lhs.value = node->Tensor("self");
    Value* rhs = node->Tensor("mat2");
    for (const Value* side : {static_cast<const Value*>(op.lhs.value), static_cast<const Value*>(rhs)})
      if (std::string why = rules::ExpectInt8(side, "an input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& a = *op.lhs.type().quantization;
    const Quantization& b = *rhs->type.quantization;
    const Quantization& out = *node->output()->type.quantization;
    const FixedPoint factor = ToFixedPoint(a.scale() * b.scale() / out.scale());
    const double most = 65025.0 * static_cast<double>(op.lhs.type().sizes[2]);
    if (std::ldexp(most, factor.shift) >= 2147483648.0)
      return "its result's scale is so fine beside those of its inputs that 32 bits cannot hold a sum";
    op.rhs_transposed.value = Transposed(rhs, node, context);
    op.lhs_zero_point = -a.zero_point();
    op.rhs_zero_point = -b.zero_point();
    op.output_zero_point = out.zero_point();
    op.output_multiplier = factor.multiplier, op.output_shift = factor.shift;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    for (const auto& [value, what] : {std::pair{op.lhs.value, "its left operand"},
                                      std::pair{op.rhs_transposed.value, "its right operand"}})
      if (std::string why = rules::ExpectTensor(value, what, DType::kInt8, 3); !why.empty())
        return why;
    const Ints64 &l = op.lhs.type().sizes, &r = op.rhs_transposed.type().sizes;
    if (l[0] != r[0] || l[2] != r[2])
      return op.lhs.type().ToString() + " and " + op.rhs_transposed.type().ToString() +
             " have no product";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    const Ints64 &l = op.lhs.type().sizes, &r = op.rhs_transposed.type().sizes;
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = {l[0], l[1], r[1]};
    return type;
  }
  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view) const override {
    const auto op = Read(node);
    const Ints64& r = op.rhs_transposed.type().sizes;
    // Arm's filter dims of a matrix: n the depth, c the outputs.
    const cmsis_nn_dims filter = {static_cast<int32_t>(r[2]), 1, 1, static_cast<int32_t>(r[1])};
    if (isa == Isa::kMve) return arm_fully_connected_s8_get_buffer_size_mve(&filter);
    if (isa == Isa::kDsp) return arm_fully_connected_s8_get_buffer_size_dsp(&filter);
    return arm_fully_connected_s8_get_buffer_size(&filter);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& lhs = *inputs.at(0);
    const HostTensor& rhs = *inputs.at(inputs.size() > 1 ? 1 : 0);
    const auto shape = [](const HostTensor& t) -> reference::Shape {
      const auto size = [&t](size_t i) { return static_cast<int>(t.type.sizes[i]); };
      return {1, size(0), size(1), size(2)};
    };
    const auto elements = [](const HostTensor& t) {
      return std::vector<int8_t>(t.As<int8_t>(), t.As<int8_t>() + t.type.numel());
    };
    reference::BatchMatmul p;
    p.lhs = shape(lhs), p.rhs = shape(rhs);
    p.input_offset = op.lhs_zero_point, p.filter_offset = op.rhs_zero_point;
    p.output_offset = op.output_zero_point;
    p.multiplier = op.output_multiplier, p.shift = op.output_shift;
    return rules::OneResult(op.out.type(), reference::Matmul(p, elements(lhs), elements(rhs)));
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* lhs = node.Tensor("self");
    const Value* rhs = node.Tensor("mat2");
    if (lhs == nullptr || rhs == nullptr || lhs->type.rank() != 3 || rhs->type.rank() != 3)
      return "its operands are not batches of matrices";
    if (lhs->type.sizes[2] > 33000) return "its rows have more than 33,000 elements";
    return "";
  }

  // [B, depth, columns] → [B, columns, depth]: undone where it was just done, at once for a
  // constant, by a node otherwise.
  static Value* Transposed(Value* rhs, Node* before, LowerContext& context) {
    const Ints64& s = rhs->type.sizes;
    const Node* producer = rhs->producer;
    if (producer != nullptr && producer->Is("cortex_m::transpose") &&
        producer->IntList("perm", {}) == Ints64{0, 2, 1})
      return producer->Tensor("input");
    TensorType type = rhs->type;
    type.sizes = {s[0], s[2], s[1]};
    if (!rhs->is_constant()) {
      Node* node = context.graph.AddNode("cortex_m::transpose",
                                         {{"input", rhs}, {"perm", Ints64{0, 2, 1}}}, type,
                                         rhs->name + "_transposed", before);
      node->location = before->location;
      return node->output();
    }
    std::vector<int8_t> turned(static_cast<size_t>(type.numel()));
    const int8_t* from = rhs->DataAs<int8_t>();
    for (int64_t b = 0; b < s[0]; ++b)
      for (int64_t i = 0; i < s[1]; ++i)
        for (int64_t c = 0; c < s[2]; ++c)
          turned[static_cast<size_t>((b * s[2] + c) * s[1] + i)] = *from++;
    return context.Constant(rhs->name + "_transposed", type, turned);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedBatchMatmul() {
  return std::make_unique<Definition>();
}

}  // namespace cortico::ops
