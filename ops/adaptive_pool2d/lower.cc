#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/adaptive_pool2d/op.h"

namespace cortico::ops {
namespace {

// What normalize-pooling leaves: windows of several sizes.
template <template <class> class Op, bool average>
class AdaptivePool : public TypedOp<Op> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{average ? "adaptive_avg_pool2d" : "adaptive_max_pool2d", LowersFrom(),
             {{"self", QuantRole::kActivation, 0}}, true}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override {
    return {average ? "aten.adaptive_avg_pool2d.default" : "aten.adaptive_max_pool2d.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Op<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(op.input.value, node->output()); !why.empty())
      return why;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    for (const Value* image : {op.input.value, op.out.value})
      if (std::string why = rules::ExpectTensor(image, "an image", DType::kInt8, 4); !why.empty())
        return why;
    const Ints64 &in = op.input.type().sizes, &out = op.out.type().sizes;
    return in[0] == out[0] && in[1] == out[1] ? "" : "it keeps its batch and its channels";
  }
  // The wanted size is the result's own.
  TensorType OutputType(const Node& node) const override {
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = this->Read(node);
    const HostTensor& input = *inputs.at(0);
    const Ints64 &in = input.type.sizes, &out = op.out.type().sizes;
    std::vector<int8_t> result;
    for (int64_t plane = 0; plane < in[0] * in[1]; ++plane)
      for (int64_t y = 0; y < out[2]; ++y)
        for (int64_t x = 0; x < out[3]; ++x) {
          std::vector<int8_t> window;
          for (int64_t i = 0; i < in[2]; ++i)
            for (int64_t j = 0; j < in[3]; ++j)
              if (Holds(i, y, in[2], out[2]) && Holds(j, x, in[3], out[3]))
                window.push_back(input.As<int8_t>()[(plane * in[2] + i) * in[3] + j]);
          result.push_back(average ? Mean(window) : *std::max_element(window.begin(), window.end()));
        }
    return rules::OneResult(op.out.type(), result);
  }

 private:
  // Output `y` of `out` covers [y, y + 1) * in / out, element `i` covers [i, i + 1): do they meet?
  static bool Holds(int64_t i, int64_t y, int64_t in, int64_t out) {
    return (i + 1) * out > y * in && i * out < (y + 1) * in;
  }
  static int8_t Mean(const std::vector<int8_t>& window) {
    int64_t twice = 0;
    for (int8_t x : window) twice += 2 * int64_t{x};
    const auto count = static_cast<int64_t>(window.size());
    return static_cast<int8_t>((twice < 0 ? twice - count : twice + count) / (2 * count));
  }
  static std::string Unfit(const Node& node) {
    const Value* self = node.Tensor("self");
    if (self == nullptr || self->type.rank() != 4 || node.outputs.size() != 1)
      return "it does not pool a batch of images";
    if (self->type.sizes[2] * self->type.sizes[3] > 1 << 20) return "its images are too large";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAdaptiveAvgPool2d() {
  return std::make_unique<AdaptivePool<AdaptiveAvgPool2d, true>>();
}
std::unique_ptr<OpDefinition> DefineAdaptiveMaxPool2d() {
  return std::make_unique<AdaptivePool<AdaptiveMaxPool2d, false>>();
}

}  // namespace cortico::ops
