#include <algorithm>
#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/upsample/op.h"

namespace cortico::ops {
namespace {

// Both spellings name their image differently.
const char* ImageOf(const Node& node) { return node.Find("input") != nullptr ? "input" : "self"; }

template <template <class> class Op>
class Upsample : public TypedOp<Op> {
 public:
  explicit Upsample(std::string aten) : aten_(std::move(aten)) {}

  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : LowersFrom()) {
      QuantPattern pattern;
      pattern.name = aten_;
      pattern.ops = {name};
      pattern.arguments = {{name.ends_with(".vec") ? "input" : "self", QuantRole::kActivation, 0}};
      pattern.shares_input = true;
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override {
    return {"aten." + aten_ + ".vec", "aten." + aten_ + ".default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Op<OnGraph> op;
    op.input.value = node->Tensor(ImageOf(*node));
    if (std::string why = rules::ExpectSameParameters(op.input.value, node->output()); !why.empty())
      return why;
    if constexpr (requires { op.align_corners; })
      op.align_corners = node->Bool("align_corners", false);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    for (const Value* value : {static_cast<const Value*>(op.input.value), static_cast<const Value*>(op.out.value)})
      if (std::string why = rules::ExpectTensor(value, "an image", DType::kInt8, 4); !why.empty())
        return why;
    const Ints64 &in = op.input.type().sizes, &out = op.out.type().sizes;
    return in[0] == out[0] && in[1] == out[1] ? "" : "it changes the batch or the channels";
  }
  TensorType OutputType(const Node& node) const override { return node.output()->type; }

 private:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor(ImageOf(node));
    if (input == nullptr || input->type.rank() != 4 || node.output()->type.rank() != 4)
      return "it does not upsample a batch of images";
    // A factor that is not the sizes' quotient shifts the pixels.
    const Arg* arg = node.Find("scale_factors");
    const auto* factors = arg != nullptr ? std::get_if<Doubles>(arg) : nullptr;
    for (size_t i = 0; i < 2; ++i) {
      const double in = static_cast<double>(input->type.sizes[2 + i]);
      const double out = static_cast<double>(node.output()->type.sizes[2 + i]);
      if (in < 1 || out < 1 || in > (1 << 14) || out > (1 << 14))
        return "its images have no pixels, or more than 2^14 in a row";
      const double factor = factors != nullptr && factors->size() == 2
                                ? (*factors)[i]
                                : node.Double(i == 0 ? "scales_h" : "scales_w", out / in);
      if (std::abs(factor * in - out) > 1e-6) return "its scale factor is not the quotient of the sizes";
    }
    return "";
  }

  std::string aten_;
};

class Nearest : public Upsample<UpsampleNearest2d> {
 public:
  Nearest() : Upsample("upsample_nearest2d") {}
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const Ints64 &in = op.input.type().sizes, &out = op.out.type().sizes;
    const int8_t* data = inputs.at(0)->As<int8_t>();
    std::vector<int8_t> result;
    for (int64_t plane = 0; plane < in[0] * in[1]; ++plane)
      for (int64_t y = 0; y < out[2]; ++y)
        for (int64_t x = 0; x < out[3]; ++x)
          result.push_back(data[(plane * in[2] + y * in[2] / out[2]) * in[3] + x * in[3] / out[3]]);
    return rules::OneResult(op.out.type(), result);
  }
};

class Bilinear : public Upsample<UpsampleBilinear2d> {
 public:
  Bilinear() : Upsample("upsample_bilinear2d") {}
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const Ints64 &in = op.input.type().sizes, &out = op.out.type().sizes;
    const int8_t* data = inputs.at(0)->As<int8_t>();
    // The place as a fraction, and the weight of the second neighbour in 1/1024.
    struct Between {
      int64_t low, high, weight;
    };
    const auto place = [&](int64_t at, size_t axis) -> Between {
      const int64_t from = in[axis], to = out[axis];
      int64_t numerator = (2 * at + 1) * from - to, denominator = 2 * to;
      if (op.align_corners) numerator = to > 1 ? at * (from - 1) : 0, denominator = std::max<int64_t>(to - 1, 1);
      numerator = std::max<int64_t>(numerator, 0);
      const int64_t low = numerator / denominator;
      const int64_t weight = ((numerator - low * denominator) * 1024 + denominator / 2) / denominator;
      return {low, std::min(low + 1, from - 1), weight};
    };
    std::vector<int8_t> result;
    for (int64_t plane = 0; plane < in[0] * in[1]; ++plane)
      for (int64_t y = 0; y < out[2]; ++y)
        for (int64_t x = 0; x < out[3]; ++x) {
          const Between v = place(y, 2), h = place(x, 3);
          const auto pixel = [&](int64_t r, int64_t c) -> int64_t {
            return data[(plane * in[2] + r) * in[3] + c];
          };
          const auto row = [&](int64_t r) {
            return pixel(r, h.low) * (1024 - h.weight) + pixel(r, h.high) * h.weight;
          };
          const int64_t sum = row(v.low) * (1024 - v.weight) + row(v.high) * v.weight;
          result.push_back(static_cast<int8_t>(std::floor(static_cast<double>(sum) / (1 << 20) + 0.5)));
        }
    return rules::OneResult(op.out.type(), result);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineUpsampleNearest2d() { return std::make_unique<Nearest>(); }
std::unique_ptr<OpDefinition> DefineUpsampleBilinear2d() { return std::make_unique<Bilinear>(); }

}  // namespace cortico::ops
