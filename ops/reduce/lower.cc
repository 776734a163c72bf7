#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/reduce/op.h"

namespace cortico::ops {
namespace {

constexpr int64_t kMostTerms = 1 << 22;

constexpr const char* kPool = "aten.avg_pool2d.default";

// The dimensions of an ATen reduction, sorted; all of them when it names none.
Ints64 DimsOf(const Node& node, int rank) {
  if (node.Is(kPool)) return {2, 3};
  Ints64 dims = node.IntList("dim", {});
  if (dims.empty())
    for (int d = 0; d < rank; ++d) dims.push_back(d);
  for (int64_t& d : dims)
    if (d < 0) d += rank;
  std::sort(dims.begin(), dims.end());
  return dims;
}

template <template <class> class Op>
class Reduction : public TypedOp<Op> {
 public:
  // What keeps its dimensions works in any order; dropping them changes what the order means.
  LayoutWish Layout(const Node& node) const override {
    const Value* input = node.Tensor("self");
    return input != nullptr && input->type.rank() == node.output()->type.rank()
               ? LayoutWish::kAsInput
               : LayoutWish::kContiguous;
  }

  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    const TensorType& in = op.input.type();
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    int64_t terms = 1;
    for (int i = 0; i < op.dims.count; ++i) {
      if (op.dims[i] < 0 || op.dims[i] >= in.rank() ||
          std::count(op.dims.v, op.dims.v + op.dims.count, op.dims[i]) != 1)
        return "its dimensions are none of " + in.ToString();
      terms *= in.sizes[static_cast<size_t>(op.dims[i])];
    }
    if (terms > kMostTerms) return "it adds up more than 2^22 elements";
    const TensorType& out = op.out.type();
    const bool keeps = out.rank() == in.rank();
    if (keeps ? out.order() != in.order() : in.channels_last() || out.channels_last())
      return "its result is not in the order of its input in memory";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    const TensorType& in = op.input.type();
    TensorType type = node.output()->type;
    const bool keeps = type.rank() == in.rank();
    type.dtype = DType::kInt8;
    type.sizes.clear();
    for (int d = 0; d < in.rank(); ++d) {
      const bool reduced = std::count(op.dims.v, op.dims.v + op.dims.count, d) != 0;
      if (!reduced || keeps) type.sizes.push_back(reduced ? 1 : in.sizes[static_cast<size_t>(d)]);
    }
    return type;
  }

 protected:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() > kMaxRank) return "it has more than eight dimensions";
    int64_t terms = 1;
    for (int64_t d : DimsOf(node, input->type.rank())) {
      if (d < 0 || d >= input->type.rank()) return "its dimensions are none of its input's";
      terms *= input->type.sizes[static_cast<size_t>(d)];
    }
    return terms > kMostTerms ? "it takes more than 2^22 elements together" : "";
  }
  static int64_t TakeDims(const Node& node, Op<OnGraph>* op) {
    const TensorType& in = op->input.type();
    int64_t terms = 1;
    for (int64_t d : DimsOf(node, in.rank())) {
      op->dims[op->dims.count++] = static_cast<int32_t>(d);
      terms *= in.sizes[static_cast<size_t>(d)];
    }
    return terms;
  }
  // Folds the elements of each result: value = step(value, element), from `start` or, if there is
  // none, from the first.
  template <class Step>
  static std::vector<int64_t> Fold(const Op<OnGraph>& op, const HostTensor& input,
                                   std::optional<int64_t> start, Step step) {
    const std::vector<int64_t> strides = StridesOf(input.type);
    std::vector<bool> reduced(strides.size(), false);
    for (int i = 0; i < op.dims.count; ++i) reduced[static_cast<size_t>(op.dims[i])] = true;
    int64_t results = 1;
    for (size_t d = 0; d < strides.size(); ++d)
      if (!reduced[d]) results *= input.type.sizes[d];
    std::vector<std::optional<int64_t>> values(static_cast<size_t>(results), start);
    for (int64_t i = 0; i < input.type.numel(); ++i) {
      int64_t rest = i, place = 0;
      for (size_t d = 0; d < strides.size(); ++d) {
        const int64_t index = rest / strides[d];
        rest %= strides[d];
        if (!reduced[d]) place = place * input.type.sizes[d] + index;
      }
      auto& value = values[static_cast<size_t>(place)];
      const int64_t element = input.As<int8_t>()[i];
      value = value ? step(*value, element) : element;
    }
    std::vector<int64_t> folded;
    for (const auto& value : values) folded.push_back(value.value_or(0));
    return folded;
  }
};

class Sum : public Reduction<QuantizedSum> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : LowersFrom()) {
      QuantPattern pattern;
      pattern.name = name.substr(5, name.find('.', 5) - 5);
      pattern.ops = {name};
      pattern.arguments = {{"self", QuantRole::kActivation, 0}};
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return UnfitSum(*chain.front());
  }
  // A pool of the whole image too: where it shares its input's scale an average pool is the faster
  // op and is asked first, but a mean is smaller than what it is taken of, and has a finer one.
  std::vector<std::string> LowersFrom() const override {
    return {"aten.mean.dim", "aten.mean.default", "aten.sum.dim_IntList", "aten.sum.default", kPool};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = UnfitSum(*node); !why.empty()) return why;
    QuantizedSum<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& in = *op.input.type().quantization;
    const Quantization& out = *node->output()->type.quantization;
    const int64_t terms = TakeDims(*node, &op);
    const bool mean = !node->op.starts_with("aten.sum");
    const double factor = in.scale() / out.scale() / (mean ? static_cast<double>(terms) : 1.0);
    const FixedPoint fixed = ToFixedPoint(factor);
    if (fixed.shift > 0 && (fixed.shift > 22 || terms > kMostTerms >> fixed.shift))
      return "its result has a much finer scale than its input";
    op.input_zero_point = in.zero_point();
    op.output_zero_point = out.zero_point();
    op.output_multiplier = fixed.multiplier, op.output_shift = fixed.shift;
    context.Replace(node, op);
    return "";
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const auto sums = Fold(op, *inputs.at(0), 0, [&](int64_t sum, int64_t element) {
      return sum + element - op.input_zero_point;
    });
    std::vector<int8_t> result;
    for (int64_t sum : sums)
      result.push_back(reference::ToOutput(
          reference::Requantize(sum, op.output_multiplier, op.output_shift), op.output_zero_point, {}));
    return rules::OneResult(op.out.type(), result);
  }

 private:
  static std::string UnfitSum(const Node& node) {
    const Value* input = node.Tensor("self");
    if (node.Is(kPool)) {
      if (input == nullptr || input->type.rank() != 4) return "it does not pool a batch of images";
      const auto kernel = rules::Pair(node.IntList("kernel_size", {0}));
      const auto padding = rules::Pair(node.IntList("padding", {0}));
      const Arg* divisor = node.Find("divisor_override");
      if (kernel[0] != input->type.sizes[2] || kernel[1] != input->type.sizes[3] ||
          padding[0] != 0 || padding[1] != 0 ||
          (divisor != nullptr && !std::holds_alternative<std::monostate>(*divisor)))
        return "its window is not the image";
    }
    return Unfit(node);
  }
};

template <template <class> class Op, bool largest>
class Extreme : public Reduction<Op> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = largest ? "amax" : "amin";
    pattern.ops = LowersFrom();
    pattern.arguments = {{"self", QuantRole::kActivation, 0}};
    pattern.shares_input = true;
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return this->Unfit(*chain.front());
  }
  std::vector<std::string> LowersFrom() const override {
    return {largest ? "aten.amax.default" : "aten.amin.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = this->Unfit(*node); !why.empty()) return why;
    Op<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(op.input.value, node->output()); !why.empty())
      return why;
    this->TakeDims(*node, &op);
    context.Replace(node, op);
    return "";
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = this->Read(node);
    const auto values = this->Fold(op, *inputs.at(0), std::nullopt, [](int64_t a, int64_t b) {
      return largest ? std::max(a, b) : std::min(a, b);
    });
    return rules::OneResult(op.out.type(), std::vector<int8_t>(values.begin(), values.end()));
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedSum() { return std::make_unique<Sum>(); }
std::unique_ptr<OpDefinition> DefineAmax() { return std::make_unique<Extreme<Amax, true>>(); }
std::unique_ptr<OpDefinition> DefineAmin() { return std::make_unique<Extreme<Amin, false>>(); }

}  // namespace cortico::ops
