#include "compiler/dialect/rules.h"
#include "ops/dequantize_per_tensor/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<DequantizePerTensor> {
 public:
  std::vector<std::string> LowersFrom() const override {
    return {"quantized_decomposed.dequantize_per_tensor.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    DequantizePerTensor<OnGraph> op;
    op.input.value = node->Tensor("input");
    if (op.input.value == nullptr) return "it has no input";
    op.scale = static_cast<float>(node->Double("scale", 1.0));
    op.zero_point = static_cast<int32_t>(node->Int("zero_point", 0));
    op.quant_min = static_cast<int32_t>(node->Int("quant_min", -128));
    op.quant_max = static_cast<int32_t>(node->Int("quant_max", 127));
    if (const Arg* dtype = node->Find("dtype"); dtype != nullptr && std::holds_alternative<DType>(*dtype))
      op.dtype = std::get<DType>(*dtype);
    if (op.dtype != DType::kInt8 && op.dtype != DType::kInt16)
      return "only int8 and int16 are quantized on the target";
    context.Replace(node, op);
    return "";
  }
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (op.dtype != DType::kInt8 && op.dtype != DType::kInt16)
      return "only int8 and int16 are quantized on the target";
    return rules::ExpectTensor(op.input.value, "its input", op.dtype);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = op.input.type();
    type.dtype = DType::kFloat32;
    type.quantization.reset();
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    HostTensor out{rules::Contiguous(op.out.type()), {}};
    out.data.resize(static_cast<size_t>(out.type.nbytes()));
    for (int64_t i = 0; i < input.type.numel(); ++i) {
      const int32_t q = op.dtype == DType::kInt8 ? input.As<int8_t>()[i] : input.As<int16_t>()[i];
      out.As<float>()[i] = static_cast<float>(q - op.zero_point) * op.scale;
    }
    std::vector<HostTensor> list;
    list.push_back(std::move(out));
    return list;
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineDequantizePerTensor() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
