#include <algorithm>
#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/log_softmax/op.h"

namespace cortico::ops {
namespace {

constexpr int64_t kMostRow = 4095;

class Definition : public TypedOp<LogSoftmax> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : LowersFrom())
      patterns.push_back({"log_softmax", {name}, {{"self", QuantRole::kActivation, 0}}, false});
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override {
    return {"aten.log_softmax.int", "aten._log_softmax.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    LogSoftmax<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const double in = op.input.type().quantization->scale();
    const Quantization& out = *node->output()->type.quantization;
    const double step = in / out.scale(), log_step = std::log(2.0) / out.scale();
    // As many bits as the larger of the two has room for.
    const int exponent = std::ilogb(std::max(step, log_step)) + 1;
    if (exponent > 30) return "its result's scale is far finer than that of its input";
    op.bits = std::min(30 - exponent, 30);
    op.step = static_cast<int32_t>(std::nearbyint(std::ldexp(step, op.bits)));
    op.log_step = static_cast<int32_t>(std::nearbyint(std::ldexp(log_step, op.bits)));
    op.output_zero_point = out.zero_point();
    std::vector<int32_t> table;
    for (int d = 0; d < 256; ++d)
      table.push_back(static_cast<int32_t>(std::nearbyint(std::ldexp(std::exp(-d * in), 20))));
    op.exponentials.value = context.Constant(node->output()->name + "_exponentials",
                                             {DType::kInt32, {256}, {}, {}}, table);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    if (std::string why = rules::ExpectInt32s(op.exponentials.value, "its table", 256); !why.empty())
      return why;
    if (op.input.type().rank() < 1 || op.input.type().sizes.back() > kMostRow)
      return "its rows are none of 1 to 4095 elements";
    const std::vector<int32_t> table = rules::Int32s(op.exponentials.value);
    if (table[0] != 1 << 20 || *std::max_element(table.begin(), table.end()) > 1 << 20 ||
        *std::min_element(table.begin(), table.end()) < 0 || op.bits < 0 || op.bits > 30)
      return "its numbers are none of a logarithm of a softmax";
    return op.input.type().channels_last() || op.out.type().channels_last()
               ? "it wants the logical order in memory" : "";
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
    const std::vector<int32_t> table = rules::Int32s(op.exponentials.value);
    const int64_t row = input.type.sizes.back();
    std::vector<int8_t> result;
    for (int64_t first = 0; first < input.type.numel(); first += row) {
      const int8_t* x = input.As<int8_t>() + first;
      const int most = *std::max_element(x, x + row);
      int64_t sum = 0;
      for (int64_t i = 0; i < row; ++i) sum += table[static_cast<size_t>(most - x[i])];
      const int64_t log = FloorDiv(Log2(sum) * op.log_step, int64_t{1} << 16);
      for (int64_t i = 0; i < row; ++i) {
        const int64_t twice = 2 * ((most - x[i]) * int64_t{op.step} + log);
        const int64_t whole = int64_t{1} << op.bits;
        const int64_t down = FloorDiv(twice + whole, 2 * whole);
        result.push_back(reference::ToOutput(-down, op.output_zero_point, {}));
      }
    }
    return rules::OneResult(op.out.type(), result);
  }

 private:
  static int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
  // The formula's: sixteen squarings of sum / 2^e in units of 2^-31, each cut off.
  static int64_t Log2(int64_t sum) {
    int64_t whole = 0;
    while (sum >> (20 + whole + 1) != 0) ++whole;
    int64_t mantissa = sum << (11 - whole), log = whole;
    for (int i = 0; i < 16; ++i) {
      mantissa = static_cast<int64_t>(static_cast<uint64_t>(mantissa) *
                                      static_cast<uint64_t>(mantissa) / (uint64_t{1} << 31));
      const bool two = mantissa >= int64_t{1} << 32;
      if (two) mantissa /= 2;
      log = log * 2 + (two ? 1 : 0);
    }
    return log;
  }
  static std::string Unfit(const Node& node) {
    const Value* self = node.Tensor("self");
    if (self == nullptr || self->type.rank() < 1) return "it has no dimension";
    const int64_t rank = self->type.rank(), dim = node.Int("dim", -1);
    if (dim != -1 && dim != rank - 1) return "it is not along the last dimension";
    if (self->type.sizes.back() > kMostRow) return "its rows have more than 4095 elements";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineLogSoftmax() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
