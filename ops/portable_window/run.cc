#include "ops/portable_window/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMost = 1 << 15;

// Two images of as many planes.
CORTICO_AT_LOAD Error CheckImages(const Tensor& in, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(in, 4));
  CORTICO_RETURN_IF_ERROR(CheckFloats(out, 4));
  for (int i = 2; i < 4; ++i) {
    if (in.size(i) > INT32_MAX / 4 || out.size(i) > INT32_MAX / 4) return Error::kBadShape;
  }
  return in.size(0) == out.size(0) && in.size(1) == out.size(1) ? Error::kOk : Error::kBadShape;
}

template <class Op>
portable::Window WindowOf(const Op& op) {
  portable::Window w;
  w.planes = op.self.size(0) * op.self.size(1);
  for (int i = 0; i < 2; ++i) {
    w.in[i] = op.self.size(2 + i);
    w.out[i] = op.out.size(2 + i);
    w.kernel[i] = op.kernel_size[i];
    // One number counts for both.
    w.stride[i] = op.stride.count == 0 ? op.kernel_size[i] : op.stride[op.stride.count == 2 ? i : 0];
    w.padding[i] = op.padding[i];
    w.dilation[i] = 1;
  }
  return w;
}

CORTICO_AT_LOAD Error CheckPool(const portable::Window& w, bool ceil) {
  for (int i = 0; i < 2; ++i) {
    if (!InRange(w.kernel[i], 1, kMost) || !InRange(w.stride[i], 1, kMost) ||
        !InRange(w.dilation[i], 1, kMost) || !InRange(w.padding[i], 0, w.kernel[i] / 2)) {
      return Error::kBadArgument;
    }
    const int32_t room = w.in[i] + 2 * w.padding[i] - w.dilation[i] * (w.kernel[i] - 1) - 1;
    if (room < 0) return Error::kBadShape;
    int32_t count = room / w.stride[i] + 1;
    if (ceil && room % w.stride[i] != 0 && count * w.stride[i] < w.in[i] + w.padding[i]) ++count;
    if (w.out[i] != count) return Error::kBadShape;
  }
  return Error::kOk;
}

portable::Window WindowOf(const AtenMaxPool2d<Device>& op, const Ints<2>& dilation) {
  portable::Window w = WindowOf(op);
  for (int i = 0; i < 2; ++i) w.dilation[i] = dilation[i];
  return w;
}

template <class Op>
portable::Resize ResizeOf(const Op& op, bool align_corners) {
  portable::Resize r;
  r.planes = op.input.size(0) * op.input.size(1);
  for (int i = 0; i < 2; ++i) {
    r.in[i] = op.input.size(2 + i);
    r.out[i] = op.out.size(2 + i);
    const auto in = static_cast<float>(r.in[i]), out = static_cast<float>(r.out[i]);
    if (align_corners) {
      r.scale[i] = r.out[i] > 1 ? static_cast<float>(r.in[i] - 1) / static_cast<float>(r.out[i] - 1)
                                : 0.0f;
    } else if (op.scale_factors.count == 2) {
      r.scale[i] = 1.0f / op.scale_factors.v[i];
    } else {
      r.scale[i] = in / out;
    }
  }
  return r;
}

template <class Op>
CORTICO_AT_LOAD Error CheckResize(const Op& op) {
  CORTICO_RETURN_IF_ERROR(CheckImages(op.input, op.out));
  if (op.output_size.count == 2) {
    for (int i = 0; i < 2; ++i) {
      if (op.output_size[i] != op.out.size(2 + i)) return Error::kBadShape;
    }
    return op.scale_factors.count <= 0 ? Error::kOk : Error::kBadArgument;
  }
  if (op.output_size.count > 0 || op.scale_factors.count != 2) return Error::kBadArgument;
  for (int i = 0; i < 2; ++i) {
    const float scale = op.scale_factors.v[i];
    // A position of the result times 1 / scale stays within int32.
    if (!(scale >= 1.0f / 16384.0f && scale <= 16384.0f)) return Error::kBadArgument;
    if (op.out.size(2 + i) > kMost) return Error::kBadShape;
  }
  return Error::kOk;
}

}  // namespace

Error Check(const AtenAvgPool2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImages(op.self, op.out));
  if (op.divisor_override.present && op.divisor_override.v == 0) return Error::kBadArgument;
  return CheckPool(WindowOf(op), op.ceil_mode);
}

void Run(const AtenAvgPool2d<Device>& op) {
  portable::AveragePool(WindowOf(op), op.self.As<float>(), op.out.As<float>(),
                        op.count_include_pad,
                        op.divisor_override.present ? op.divisor_override.v : 0);
}

Error Check(const AtenMaxPool2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImages(op.self, op.out));
  if (op.indices.dtype != DType::kInt64) return Error::kBadType;
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.indices));
  if (!SameSizes(op.out, op.indices)) return Error::kBadShape;
  return CheckPool(WindowOf(op, op.dilation), op.ceil_mode);
}

void Run(const AtenMaxPool2d<Device>& op) {
  portable::MaxPool(WindowOf(op, op.dilation), op.self.As<float>(), op.out.As<float>(),
                    op.indices.As<int64_t>());
}

Error Check(const AtenAdaptiveAvgPool2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImages(op.self, op.out));
  for (int i = 0; i < 2; ++i) {
    if (op.output_size[i] != op.out.size(2 + i)) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const AtenAdaptiveAvgPool2d<Device>& op) {
  portable::Window w = {};
  w.planes = op.self.size(0) * op.self.size(1);
  for (int i = 0; i < 2; ++i) {
    w.in[i] = op.self.size(2 + i);
    w.out[i] = op.out.size(2 + i);
  }
  portable::AdaptiveAveragePool(w, op.self.As<float>(), op.out.As<float>());
}

Error Check(const AtenUpsampleNearest2d<Device>& op) { return CheckResize(op); }

void Run(const AtenUpsampleNearest2d<Device>& op) {
  portable::ResizeNearest(ResizeOf(op, false), op.input.As<float>(), op.out.As<float>());
}

Error Check(const AtenUpsampleBilinear2d<Device>& op) { return CheckResize(op); }

void Run(const AtenUpsampleBilinear2d<Device>& op) {
  portable::ResizeBilinear(ResizeOf(op, op.align_corners), op.input.As<float>(),
                           op.out.As<float>(), op.align_corners);
}

}  // namespace cortico::ops
