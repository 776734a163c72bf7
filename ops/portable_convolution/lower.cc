#include "compiler/dialect/portable.h"
#include "ops/portable_convolution/op.h"

namespace cortico::ops {
namespace {

class Definition : public rules::PortableOp<AtenConvolution> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    for (const Value* value : {op.input.value, op.weight.value, op.out.value})
      if (std::string why = rules::ExpectTensor(value, "a tensor", DType::kFloat32, 4); !why.empty())
        return why;
    const int64_t in = op.input.type().sizes[1], first = op.weight.type().sizes[0];
    const int64_t second = op.weight.type().sizes[1];
    if (op.groups < 1 || in % op.groups != 0 || first % op.groups != 0 ||
        (op.transposed ? first != in : second * op.groups != in))
      return op.weight.type().ToString() + " does not fit " + op.input.type().ToString();
    const int64_t outputs = op.transposed ? second * op.groups : first;
    if (op.bias.value != nullptr &&
        (op.bias.type().dtype != DType::kFloat32 || op.bias.type().sizes != Ints64{outputs}))
      return "its bias is " + op.bias.type().ToString();
    for (int i = 0; i < 2; ++i)
      if (op.stride[i] < 1 || op.dilation[i] < 1 || op.padding[i] < 0 || op.output_padding[i] < 0)
        return "its stride, padding or dilation is none";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& in = op.input.type().sizes;
    const Ints64& w = op.weight.type().sizes;
    Ints64 sizes = {in[0], op.transposed ? w[1] * op.groups : w[0]};
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      sizes.push_back(op.transposed
                          ? (in[2 + i] - 1) * op.stride[k] - 2 * op.padding[k] +
                                op.dilation[k] * (w[2 + i] - 1) + op.output_padding[k] + 1
                          : rules::WindowedSize(in[2 + i], w[2 + i], op.stride[k], op.padding[k],
                                                op.dilation[k], /*ceil_mode=*/false));
    }
    return Typed(node, sizes);
  }
  int64_t Work(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& w = op.weight.type().sizes;
    const int64_t taps = w[1] * w[2] * w[3];
    return (op.transposed ? op.input.type() : op.out.type()).numel() * taps;
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenConvolution() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
