#include <algorithm>

#include "compiler/dialect/portable.h"
#include "ops/portable_reduce/op.h"

namespace cortico::ops {
namespace {

enum class Result { kSum, kFloat, kSame, kMask, kPlace };

template <class List>
Ints64 DimsOf(const List& list) {
  return list.count > 0 ? Ints64(list.v, list.v + list.count) : Ints64();
}
Ints64 DimsOf(const OptionalInt& dim) { return dim.present ? Ints64{dim.v} : Ints64(); }

DType TypeOf(Result result, DType in) {
  switch (result) {
    case Result::kSum: return in == DType::kFloat32 ? in : DType::kInt64;
    case Result::kFloat: return DType::kFloat32;
    case Result::kSame: return in;
    case Result::kMask: return DType::kBool;
    case Result::kPlace: return DType::kInt64;
  }
  return in;
}

std::string Unfit(const TensorType& in, const Ints64& dims, const TensorType& out, Result result) {
  const int64_t rank = in.rank();
  for (size_t i = 0; i < dims.size(); ++i) {
    const auto wrapped = [rank](int64_t d) { return d < 0 ? d + rank : d; };
    if (wrapped(dims[i]) < 0 || wrapped(dims[i]) >= rank ||
        std::any_of(dims.begin(), dims.begin() + static_cast<int64_t>(i),
                    [&](int64_t d) { return wrapped(d) == wrapped(dims[i]); }))
      return "its dimensions are none of " + in.ToString();
  }
  if (result == Result::kFloat && in.dtype != DType::kFloat32)
    return "its input is " + in.ToString() + ", not f32";
  return out.dtype == TypeOf(result, in.dtype)
             ? ""
             : std::string("its result is ") + Name(out.dtype) + ", not " + Name(TypeOf(result, in.dtype));
}

template <template <class> class Op, Result result>
class Reduction : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    return Unfit(op.self.type(), DimsOf(op.dim), op.out.type(), result);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    return this->Typed(node, rules::ReducedSizes(op.self.type().sizes, DimsOf(op.dim), op.keepdim));
  }
  int64_t Work(const Node& node) const override { return this->Read(node).self.type().numel(); }
};

class Cumsum : public rules::PortableOp<AtenCumsum> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    return Unfit(op.self.type(), {op.dim}, op.out.type(), Result::kSum);
  }
  TensorType OutputType(const Node& node) const override {
    return Typed(node, Read(node).self.type().sizes);
  }
};

}  // namespace

#define CORTICO_DEFINE(Struct, result)                    \
  std::unique_ptr<OpDefinition> Define##Struct() {        \
    return std::make_unique<Reduction<Struct, result>>(); \
  }
CORTICO_DEFINE(AtenSum, Result::kSum)
CORTICO_DEFINE(AtenMean, Result::kFloat)
CORTICO_DEFINE(AtenVar, Result::kFloat)
CORTICO_DEFINE(AtenAmax, Result::kSame)
CORTICO_DEFINE(AtenAmin, Result::kSame)
CORTICO_DEFINE(AtenAny, Result::kMask)
CORTICO_DEFINE(AtenArgmax, Result::kPlace)
CORTICO_DEFINE(AtenArgmin, Result::kPlace)
#undef CORTICO_DEFINE
std::unique_ptr<OpDefinition> DefineAtenCumsum() { return std::make_unique<Cumsum>(); }

}  // namespace cortico::ops
