#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/quantize_per_tensor/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizePerTensor> {
 public:
  std::vector<std::string> LowersFrom() const override {
    return {"quantized_decomposed.quantize_per_tensor.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    QuantizePerTensor<OnGraph> op;
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
    if (op.quant_min > op.quant_max || !(op.scale > 0)) return "its scale or its range is none";
    return rules::ExpectTensor(op.input.value, "its input", DType::kFloat32);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = op.input.type();
    type.dtype = op.dtype;
    type.quantization = node.output()->type.quantization;
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    HostTensor out{rules::Contiguous(op.out.type()), {}};
    out.data.resize(static_cast<size_t>(out.type.nbytes()));
    const auto inverse = static_cast<float>(1.0 / static_cast<double>(op.scale));
    for (int64_t i = 0; i < input.type.numel(); ++i) {
      const float scaled = input.As<float>()[i] * inverse;
      const double units = std::isnan(scaled) ? 0.0 : std::nearbyint(static_cast<double>(scaled));
      const double q = std::clamp<double>(units + op.zero_point, op.quant_min, op.quant_max);
      if (op.dtype == DType::kInt8) out.As<int8_t>()[i] = static_cast<int8_t>(q);
      else out.As<int16_t>()[i] = static_cast<int16_t>(q);
    }
    std::vector<HostTensor> list;
    list.push_back(std::move(out));
    return list;
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizePerTensor() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops
