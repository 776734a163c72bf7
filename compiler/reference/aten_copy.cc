// Ops that are the identity at inference, constants, and conversions between element types.
#include <algorithm>
#include <string>
#include <utility>

#include "compiler/data/convert.h"
#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

namespace cortico {
namespace {

void Identity(OpCall& call) {
  const HostTensor& x = call.Tensor(call.Has("input") ? "input" : "self");
  if (call.ok()) call.AddCopy(x, x.type.sizes);
}

void Dropout(OpCall& call) {
  if (call.Bool("train", false) && call.Number("p", 0.5) != 0.0)
    return call.Fail("dropout in training mode", "call model.eval() before torch.export.export");
  Identity(call);
}

template <class From>
void Convert(const HostTensor& in, HostTensor* out) {
  const From* from = in.As<From>();
  std::copy_n(from, in.type.numel(), out->As<float>());
}

// `_to_copy` and `to`: a change of type among those a float program uses; other arguments (device,
// layout, memory format) mean nothing here.
void ToCopy(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  if (!call.ok()) return;
  const Arg* arg = call.node().Find("dtype");
  const auto* wanted = arg != nullptr ? std::get_if<DType>(arg) : nullptr;
  const DType from = x.type.dtype, to = wanted != nullptr ? *wanted : from;
  if (from == to) {
    call.AddCopy(x, x.type.sizes);
    return;
  }
  HostTensor& out = call.AddResult(x.type.sizes, to);
  if (!call.ok()) return;
  if (IsFloat(from) && IsFloat(to) && to != DType::kFloat16)
    return ConvertElements(x.data, from, out.data, to);
  const auto plain = [](DType t) {
    return t == DType::kFloat32 || t == DType::kInt64 || t == DType::kInt32 || t == DType::kUInt8 ||
           t == DType::kBool;
  };
  if (plain(from) && plain(to)) {
    for (int64_t i = 0; i < x.type.numel(); ++i)
      if (from == DType::kFloat32) SetFloat(&out, i, FloatAt(x, i));
      else SetInt(&out, i, IntAt(x, i));
    return;
  }
  switch (to == DType::kFloat32 ? from : DType::kFloat16) {
    case DType::kInt8: return Convert<int8_t>(x, &out);
    case DType::kUInt8: case DType::kBool: return Convert<uint8_t>(x, &out);
    case DType::kInt32: return Convert<int32_t>(x, &out);
    case DType::kInt64: return Convert<int64_t>(x, &out);
    default: break;
  }
  call.Fail(std::string("conversion from ") + Name(from) + " to " + Name(to) + " is not computed",
            "export the model in float32 (model.float())");
}

// full, zeros, ones and their *_like forms.
void Fill(OpCall& call) {
  const std::string& op = call.node().op;
  const bool like = op.find("_like") != std::string::npos;
  const Sizes sizes = like ? call.Tensor("self").type.sizes : call.Ints("size", {});
  const double value = op.find("ones") != std::string::npos     ? 1.0
                       : op.find("zeros") != std::string::npos  ? 0.0
                       : op.find("scalar") != std::string::npos ? call.Number("s", 0.0)
                                                                : call.Number("fill_value", 0.0);
  const DType dtype = call.node().output()->type.dtype;
  if (dtype == DType::kFloat16 || dtype == DType::kBFloat16 || dtype == DType::kFloat64)
    call.Fail(std::string("a constant of type ") + Name(dtype) + " is not computed");
  HostTensor& out = call.AddResult(sizes, dtype);
  if (!call.ok()) return;
  for (int64_t i = 0; i < out.type.numel(); ++i) SetFloat(&out, i, static_cast<float>(value));
}

constexpr AtenEntry kOps[] = {
    {"aten.clone.default", Identity},
    {"aten.contiguous.default", Identity},
    {"aten.alias.default", Identity},
    {"aten.alias_copy.default", Identity},
    {"aten.detach.default", Identity},
    {"aten.detach_.default", Identity},
    {"aten.detach_copy.default", Identity},
    {"aten.lift_fresh_copy.default", Identity},
    {"dim_order_ops._clone_dim_order.default", Identity},
    {"aten.dropout.default", Dropout},
    {"aten.dropout_.default", Dropout},
    {"aten._to_copy.default", ToCopy},
    {"dim_order_ops._to_dim_order_copy.default", ToCopy},
    {"aten.to.dtype", ToCopy},
    {"aten.to.dtype_layout", ToCopy},
    {"aten.to.device", ToCopy},
    {"aten.full.default", Fill},
    {"aten.full_like.default", Fill},
    {"aten.zeros.default", Fill},
    {"aten.zeros_like.default", Fill},
    {"aten.ones.default", Fill},
    {"aten.ones_like.default", Fill},
    {"aten.scalar_tensor.default", Fill},
};

}  // namespace

std::span<const AtenEntry> CopyOps() { return kOps; }

}  // namespace cortico
