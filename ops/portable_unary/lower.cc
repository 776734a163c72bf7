#include "compiler/dialect/portable.h"
#include "ops/portable_unary/op.h"

namespace cortico::ops {
namespace {

bool IsInteger(DType dtype) {
  return dtype == DType::kInt64 || dtype == DType::kInt32 || dtype == DType::kUInt8;
}

enum class Result { kFloat, kNumber, kMask, kAny };

template <template <class> class Op, Result result>
class Unary : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    const DType in = op.self.type().dtype;
    const DType wanted = result == Result::kAny                           ? op.out.type().dtype
                         : result == Result::kMask                        ? DType::kBool
                         : result == Result::kNumber && IsInteger(in) ? in
                                                                          : DType::kFloat32;
    return op.out.type().dtype == wanted
               ? ""
               : std::string("its result is ") + Name(op.out.type().dtype) + ", not " + Name(wanted);
  }
  TensorType OutputType(const Node& node) const override {
    return this->Typed(node, this->Read(node).self.type().sizes);
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = this->Read(node);
    if (SizeOf(op.self.type().dtype) != SizeOf(op.out.type().dtype)) return {};
    return {{"self", 0}};
  }
};

class ToCopy : public Unary<AtenToCopy, Result::kAny> {
 public:
  std::vector<std::string> LowersFrom() const override {
    return {"aten._to_copy.default", "aten.to.dtype", "aten.to.dtype_layout"};
  }
};

}  // namespace

#define CORTICO_DEFINE(Struct, result) \
  std::unique_ptr<OpDefinition> Define##Struct() { return std::make_unique<Unary<Struct, result>>(); }
#define CORTICO_FUNCTION(Struct, name, x) CORTICO_DEFINE(Struct, Result::kFloat)
#define CORTICO_NUMBER_FUNCTION(Struct, name, x, n) CORTICO_DEFINE(Struct, Result::kNumber)
#define CORTICO_PREDICATE(Struct, name, x, n) CORTICO_DEFINE(Struct, Result::kMask)
#include "ops/portable_unary/unary.inc"
#undef CORTICO_FUNCTION
#undef CORTICO_NUMBER_FUNCTION
#undef CORTICO_PREDICATE
#undef CORTICO_DEFINE

std::unique_ptr<OpDefinition> DefineAtenToCopy() { return std::make_unique<ToCopy>(); }

}  // namespace cortico::ops
