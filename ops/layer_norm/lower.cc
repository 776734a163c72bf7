#include <algorithm>
#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/layer_norm/op.h"

namespace cortico::ops {
namespace {

constexpr int64_t kMostRow = 1 << 12;
constexpr int32_t kMostFactor = 1 << 30;

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

class Definition : public TypedOp<LayerNorm> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"layer_norm", LowersFrom(), {{"input", QuantRole::kActivation, 0}}, false}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.layer_norm.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    LayerNorm<OnGraph> op;
    op.input.value = node->Tensor("input");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& out = *node->output()->type.quantization;
    const double in_scale = op.input.type().quantization->scale();
    const int64_t row = RowOf(*node);
    const double epsilon = node->Double("eps", 1e-5) * static_cast<double>(row * row) / (in_scale * in_scale);
    if (!(epsilon < std::ldexp(1.0, 60))) return "its epsilon is far larger than its input's scale";
    // Below one step it is none.
    const FixedPoint fixed = epsilon < 1 ? FixedPoint() : ToFixedPoint(epsilon);
    op.epsilon_multiplier = fixed.multiplier, op.epsilon_shift = fixed.shift;
    op.row = static_cast<int32_t>(row);

    const std::vector<double> weight = Factors(node->Tensor("weight"), 1.0, out.scale());
    const std::vector<double> bias = Factors(node->Tensor("bias"), 0.0, out.scale());
    double most = std::ldexp(1.0, -30);
    for (const auto* list : {&weight, &bias})
      for (double x : *list) most = std::max(most, std::abs(x));
    const int exponent = std::ilogb(most) + 1;
    if (exponent > 30) return "its result's scale is far finer than its weight or bias";
    op.bits = std::clamp(30 - exponent, 0, 30);
    const std::string& name = node->output()->name;
    op.weight.value = Rounded(name + "_weight", weight, op.bits, context);
    op.bias.value = Rounded(name + "_bias", bias, op.bits, context);
    op.output_zero_point = out.zero_point();
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    const TensorType& in = op.input.type();
    if (op.row < 1 || op.row > kMostRow || in.numel() % op.row != 0)
      return "its rows are none of " + in.ToString();
    for (const Value* factors : {op.weight.value, op.bias.value}) {
      if (std::string why = rules::ExpectTensor(factors, "its weight or bias", DType::kInt32, 1);
          !why.empty())
        return why;
      if (factors->type.numel() != op.row && factors->type.numel() != 1)
        return "its weight or bias has not one element, nor one for each of a row";
      for (int32_t x : rules::Int32s(factors))
        if (x < -kMostFactor || x > kMostFactor) return "its weight or bias leaves 31 bits";
    }
    if (op.epsilon_multiplier < 0 || op.epsilon_shift < -31 || op.epsilon_shift > 60 ||
        op.bits < 0 || op.bits > 30)
      return "its epsilon or its bits are out of range";
    return in.channels_last() || op.out.type().channels_last() ? "it wants the logical order in memory" : "";
  }
  TensorType OutputType(const Node& node) const override {
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = Read(node).input.type().sizes;
    return type;
  }
  std::vector<Overlay> Overlays(const Node&) const override { return {{"input", 0}}; }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const std::vector<int32_t> weight = rules::Int32s(op.weight.value), bias = rules::Int32s(op.bias.value);
    const double epsilon = std::floor(std::ldexp(double{1} * op.epsilon_multiplier, op.epsilon_shift - 31));
    std::vector<int8_t> result;
    for (int64_t first = 0; first < input.type.numel(); first += op.row) {
      const int8_t* x = input.As<int8_t>() + first;
      int64_t sum = 0, squares = 0;
      for (int64_t i = 0; i < op.row; ++i) sum += x[i], squares += x[i] * x[i];
      int64_t v = op.row * squares - sum * sum + static_cast<int64_t>(epsilon);
      int64_t inverse = 0, places = int64_t{1} << 41;
      if (v > 0) {
        while (v < int64_t{1} << 60) v *= 4, places /= 2;
        inverse = std::min((int64_t{1} << 61) / Root(v), (int64_t{1} << 31) - 1);
      }
      for (int64_t i = 0; i < op.row; ++i) {
        const auto at = [i](const std::vector<int32_t>& list) {
          return int64_t{list[list.size() == 1 ? 0 : static_cast<size_t>(i)]};
        };
        const int64_t normal = FloorDiv(2 * (op.row * x[i] - sum) * inverse + places, 2 * places);
        const int64_t whole = int64_t{1} << (20 + op.bits);
        const int64_t y = FloorDiv(2 * (normal * at(weight) + at(bias) * (1 << 20)) + whole, 2 * whole);
        result.push_back(reference::ToOutput(y, op.output_zero_point, {}));
      }
    }
    return rules::OneResult(op.out.type(), result);
  }

 private:
  // The largest whole number whose square is no more than v.
  static int64_t Root(int64_t v) {
    auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(v)));
    while (root * root > v) --root;
    while ((root + 1) * (root + 1) <= v) ++root;
    return root;
  }
  static std::vector<double> Factors(const Value* given, double otherwise, double scale) {
    if (given == nullptr) return {otherwise / scale};
    std::vector<double> factors;
    for (int64_t i = 0; i < given->type.numel(); ++i)
      factors.push_back(double{given->DataAs<float>()[i]} / scale);
    return factors;
  }
  static Value* Rounded(const std::string& name, const std::vector<double>& factors, int bits,
                        LowerContext& context) {
    std::vector<int32_t> list;
    for (double x : factors) list.push_back(static_cast<int32_t>(std::nearbyint(std::ldexp(x, bits))));
    return context.Constant(name, {DType::kInt32, {static_cast<int64_t>(list.size())}, {}, {}}, list);
  }
  static int64_t RowOf(const Node& node) {
    int64_t row = 1;
    for (int64_t size : node.IntList("normalized_shape", {})) row *= size;
    return row;
  }
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("input");
    if (input == nullptr) return "it has no input";
    const int64_t row = RowOf(node);
    if (row < 1 || row > kMostRow || input->type.numel() % row != 0)
      return "its rows are none of 1 to 4096 elements";
    for (const char* name : {"weight", "bias"}) {
      const Value* factors = node.Tensor(name);
      if (factors != nullptr && (!factors->is_constant() || factors->type.dtype != DType::kFloat32 ||
                                 factors->type.numel() != row))
        return std::string("its ") + name + " is no float constant of a row's size";
    }
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineLayerNorm() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
