// Comparisons, logic and selection, on floats, indices and masks; arithmetic of integers.
#include <algorithm>
#include <cmath>
#include <string>

#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

namespace cortico {
namespace {

// The operand of this name, or a number as a tensor without dimensions: whole ones as int64.
const HostTensor& Operand(OpCall& call, const char* name, HostTensor* number) {
  const Arg* arg = call.node().Find(name);
  if (arg == nullptr || std::holds_alternative<Value*>(*arg)) return call.Tensor(name);
  const bool real = std::holds_alternative<double>(*arg);
  number->type = {real ? DType::kFloat32 : DType::kInt64, {}, {}, {}};
  number->data.resize(static_cast<size_t>(number->type.nbytes()));
  SetNumber(number, 0, call.Number(name, 0));
  return *number;
}

bool IsFloat(const HostTensor& t) { return t.type.dtype == DType::kFloat32; }

// f(a, b) of floats where one operand is a float, otherwise of int64; `mask` gives truth values.
template <class F>
void Combine(OpCall& call, bool mask, const F& f) {
  HostTensor left, right;
  const HostTensor& a = Operand(call, "self", &left);
  const HostTensor& b = Operand(call, "other", &right);
  if (!call.ok()) return;
  Sizes sizes;
  if (!BroadcastSizes(a.type.sizes, b.type.sizes, &sizes))
    return call.Fail(ToText(a.type.sizes) + " and " + ToText(b.type.sizes) + " do not broadcast");
  HostTensor& out = call.AddResult(sizes, mask ? DType::kBool : call.node().output()->type.dtype);
  if (!call.ok()) return;
  const Places at_a(a.type.sizes, sizes), at_b(b.type.sizes, sizes);
  const bool floats = IsFloat(a) || IsFloat(b);
  for (int64_t i = 0; i < out.type.numel(); ++i) {
    if (floats) SetNumber(&out, i, f(FloatAt(a, at_a[i]), FloatAt(b, at_b[i])));
    else SetNumber(&out, i, f(IntAt(a, at_a[i]), IntAt(b, at_b[i])));
  }
}

void Eq(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a == b; }); }
void Ne(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a != b; }); }
void Lt(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a < b; }); }
void Le(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a <= b; }); }
void Gt(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a > b; }); }
void Ge(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a >= b; }); }
void And(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a != 0 && b != 0; }); }
void Or(OpCall& call) { Combine(call, true, [](auto a, auto b) { return a != 0 || b != 0; }); }
void Xor(OpCall& call) { Combine(call, true, [](auto a, auto b) { return (a != 0) != (b != 0); }); }

// Of masks; the bits of whole numbers are not computed.
template <void (*logical)(OpCall&)>
void Bitwise(OpCall& call) {
  if (call.node().output()->type.dtype != DType::kBool)
    return call.Fail("bitwise operations on whole numbers are not computed");
  logical(call);
}

void Atan2(OpCall& call) {
  Combine(call, false, [](auto a, auto b) {
    return std::atan2(static_cast<float>(a), static_cast<float>(b));
  });
}

// a - floor(a / b) * b, in the steps in which the target computes it.
void Remainder(OpCall& call) {
  Combine(call, false, [](auto a, auto b) {
    const auto x = static_cast<float>(a), y = static_cast<float>(b);
    return x - std::floor(x / y) * y;
  });
}
void FloorDivide(OpCall& call) {
  Combine(call, false, [](auto a, auto b) {
    return std::floor(static_cast<float>(a) / static_cast<float>(b));
  });
}

template <class F>
void Predicate(OpCall& call, const F& f) {
  const HostTensor& x = call.Tensor("self");
  if (!call.ok()) return;
  HostTensor& out = call.AddResult(x.type.sizes, DType::kBool);
  if (!call.ok()) return;
  for (int64_t i = 0; i < x.type.numel(); ++i) SetNumber(&out, i, f(FloatAt(x, i)));
}

void IsNan(OpCall& call) { Predicate(call, [](float x) { return std::isnan(x); }); }
void IsInf(OpCall& call) { Predicate(call, [](float x) { return std::isinf(x); }); }
void Not(OpCall& call) { Predicate(call, [](float x) { return x == 0.0f; }); }

void Select(OpCall& call, const char* condition, const char* then, const char* otherwise) {
  const HostTensor& mask = call.Tensor(condition);
  HostTensor first, second;
  const HostTensor& a = Operand(call, then, &first);
  const HostTensor& b = Operand(call, otherwise, &second);
  if (!call.ok()) return;
  Sizes both, sizes;
  if (!BroadcastSizes(a.type.sizes, b.type.sizes, &both) ||
      !BroadcastSizes(both, mask.type.sizes, &sizes))
    return call.Fail("a mask " + ToText(mask.type.sizes) + " over " + ToText(a.type.sizes) + " and " +
                     ToText(b.type.sizes));
  HostTensor& out = call.AddResult(sizes, call.node().output()->type.dtype);
  if (!call.ok()) return;
  const Places at_mask(mask.type.sizes, sizes), at_a(a.type.sizes, sizes), at_b(b.type.sizes, sizes);
  for (int64_t i = 0; i < out.type.numel(); ++i) {
    const bool first_one = IntAt(mask, at_mask[i]) != 0;
    const HostTensor& from = first_one ? a : b;
    const int64_t place = first_one ? at_a[i] : at_b[i];
    if (IsFloat(out)) SetNumber(&out, i, FloatAt(from, place));
    else SetNumber(&out, i, IntAt(from, place));
  }
}

void Where(OpCall& call) { Select(call, "condition", "self", "other"); }
void MaskedFill(OpCall& call) { Select(call, "mask", "value", "self"); }

constexpr AtenEntry kOps[] = {
    {"aten.eq.Tensor", Eq},           {"aten.eq.Scalar", Eq},
    {"aten.ne.Tensor", Ne},           {"aten.ne.Scalar", Ne},
    {"aten.lt.Tensor", Lt},           {"aten.lt.Scalar", Lt},
    {"aten.le.Tensor", Le},           {"aten.le.Scalar", Le},
    {"aten.gt.Tensor", Gt},           {"aten.gt.Scalar", Gt},
    {"aten.ge.Tensor", Ge},           {"aten.ge.Scalar", Ge},
    {"aten.logical_and.default", And}, {"aten.logical_or.default", Or},
    {"aten.logical_xor.default", Xor}, {"aten.logical_not.default", Not},
    {"aten.bitwise_and.Tensor", Bitwise<And>}, {"aten.bitwise_or.Tensor", Bitwise<Or>},
    {"aten.bitwise_xor.Tensor", Bitwise<Xor>}, {"aten.bitwise_not.default", Bitwise<Not>},
    {"aten.isnan.default", IsNan},    {"aten.isinf.default", IsInf},
    {"aten.atan2.default", Atan2},    {"aten.remainder.Tensor", Remainder},
    {"aten.remainder.Scalar", Remainder}, {"aten.floor_divide.default", FloorDivide},
    {"aten.where.self", Where},       {"aten.where.ScalarSelf", Where},
    {"aten.where.ScalarOther", Where}, {"aten.where.Scalar", Where},
    {"aten.masked_fill.Scalar", MaskedFill}, {"aten.masked_fill.Tensor", MaskedFill},
};

}  // namespace

std::span<const AtenEntry> PlainOps() { return kOps; }

}  // namespace cortico
