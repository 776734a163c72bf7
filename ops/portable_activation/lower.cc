#include "compiler/dialect/portable.h"
#include "ops/portable_activation/op.h"

namespace cortico::ops {
namespace {

template <template <class> class Op>
class Activation : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    if (op.self.type().dtype != DType::kFloat32 || op.out.type().dtype != DType::kFloat32)
      return "its tensors are not f32";
    if constexpr (std::is_same_v<Op<OnGraph>, AtenGelu<OnGraph>>)
      if (const std::string_view mode = op.approximate.v; mode != "none" && mode != "tanh")
        return "its approximation '" + std::string(mode) + "' is unknown";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    return this->Typed(node, this->Read(node).self.type().sizes);
  }
  std::vector<Overlay> Overlays(const Node&) const override { return {{"self", 0}}; }
};

}  // namespace

#define CORTICO_DEFINE(Struct) \
  std::unique_ptr<OpDefinition> Define##Struct() { return std::make_unique<Activation<Struct>>(); }
CORTICO_DEFINE(AtenClamp)
CORTICO_DEFINE(AtenHardtanh)
CORTICO_DEFINE(AtenLeakyRelu)
CORTICO_DEFINE(AtenElu)
CORTICO_DEFINE(AtenGelu)
#undef CORTICO_DEFINE

}  // namespace cortico::ops
