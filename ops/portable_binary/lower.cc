#include "compiler/dialect/portable.h"
#include "ops/portable_binary/op.h"

namespace cortico::ops {
namespace {

enum class Result { kNumber, kFloat, kMask };

std::string Unfit(const TensorType& self, const TensorType& other, const TensorType& out,
                  Result result) {
  std::string why;
  (void)rules::BroadcastOf({&self, &other}, &why);
  if (!why.empty()) return why;
  const bool floats = self.dtype == DType::kFloat32 || other.dtype == DType::kFloat32;
  const bool good = result == Result::kMask ? out.dtype == DType::kBool
                    : result == Result::kFloat || floats ? out.dtype == DType::kFloat32
                                                         : out.dtype != DType::kFloat32;
  return good ? "" : "its result is " + out.ToString();
}

// What a result may take the place of.
std::vector<Overlay> PlacesOf(
    const TensorType& out,
    const std::vector<std::pair<const char*, const OnGraph::Value*>>& inputs) {
  std::vector<Overlay> overlays;
  for (const auto& [name, input] : inputs)
    if (input->type().sizes == out.sizes && SizeOf(input->type().dtype) == SizeOf(out.dtype))
      overlays.push_back({name, 0});
  return overlays;
}

template <template <class> class Op, Result result>
class Binary : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    return Unfit(op.self.type(), op.other.type(), op.out.type(), result);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    std::string unused;
    return this->Typed(node, rules::BroadcastOf({&op.self.type(), &op.other.type()}, &unused));
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = this->Read(node);
    return PlacesOf(op.out.type(), {{"self", &op.self}, {"other", &op.other}});
  }
};

class Pow : public rules::PortableOp<AtenPow> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    return Unfit(op.self.type(), op.exponent.type(), op.out.type(), Result::kFloat);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    std::string unused;
    return Typed(node, rules::BroadcastOf({&op.self.type(), &op.exponent.type()}, &unused));
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = Read(node);
    return PlacesOf(op.out.type(), {{"self", &op.self}});
  }
};

class Where : public rules::PortableOp<AtenWhere> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (op.condition.type().dtype != DType::kBool) return "its condition is no mask";
    std::string why;
    (void)rules::BroadcastOf({&op.condition.type(), &op.self.type(), &op.other.type()}, &why);
    if (!why.empty()) return why;
    return Unfit(op.self.type(), op.other.type(), op.out.type(), Result::kNumber);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    std::string unused;
    return Typed(node, rules::BroadcastOf(
                           {&op.condition.type(), &op.self.type(), &op.other.type()}, &unused));
  }
};

}  // namespace

#define CORTICO_DEFINE(Struct, result)                      \
  std::unique_ptr<OpDefinition> Define##Struct() {          \
    return std::make_unique<Binary<Struct, result>>();      \
  }
#define CORTICO_SCALED(Struct, name, f, i) CORTICO_DEFINE(Struct, Result::kNumber)
#define CORTICO_ARITHMETIC(Struct, name, aten, f, i) CORTICO_DEFINE(Struct, Result::kNumber)
#define CORTICO_REAL(Struct, name, aten, f) CORTICO_DEFINE(Struct, Result::kFloat)
#define CORTICO_COMPARISON(Struct, name, aten, overload, f) CORTICO_DEFINE(Struct, Result::kMask)
#include "ops/portable_binary/binary.inc"
#undef CORTICO_SCALED
#undef CORTICO_ARITHMETIC
#undef CORTICO_REAL
#undef CORTICO_COMPARISON
#undef CORTICO_DEFINE

std::unique_ptr<OpDefinition> DefineAtenPow() { return std::make_unique<Pow>(); }
std::unique_ptr<OpDefinition> DefineAtenWhere() { return std::make_unique<Where>(); }

}  // namespace cortico::ops
