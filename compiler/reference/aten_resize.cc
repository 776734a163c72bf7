// Upsampling of [N, C, H, W]: nearest and bilinear.
#include <algorithm>
#include <cmath>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

struct Axis {
  int64_t in = 1, out = 1;
  float scale = 1.0f;  // input pixels per output pixel
};

// The two forms: output_size and scale_factors (.vec), or output_size and a scale for each axis.
bool ReadAxes(OpCall& call, const HostTensor& input, bool align_corners, Axis axes[2]) {
  if (input.type.sizes.size() != 4) {
    call.Fail("upsampling of input " + ToText(input.type.sizes));
    return false;
  }
  const TensorType& result = call.node().output()->type;
  if (result.sizes.size() != 4) {
    call.Fail("upsampling to " + ToText(result.sizes));
    return false;
  }
  Doubles factors;
  if (const Arg* arg = call.node().Find("scale_factors"))
    if (const auto* list = std::get_if<Doubles>(arg)) factors = *list;
  for (size_t i = 0; i < 2; ++i) {
    Axis& axis = axes[i];
    axis.in = input.type.sizes[2 + i];
    axis.out = result.sizes[2 + i];
    const char* name = i == 0 ? "scales_h" : "scales_w";
    const double factor = factors.size() == 2 ? factors[i]
                          : call.Has(name)    ? call.Number(name, 0.0)
                                              : 0.0;
    if (align_corners)
      axis.scale = axis.out > 1 ? static_cast<float>(axis.in - 1) / static_cast<float>(axis.out - 1)
                                : 0.0f;
    else
      axis.scale = factor > 0 ? static_cast<float>(1.0 / factor)
                              : static_cast<float>(axis.in) / static_cast<float>(axis.out);
  }
  return call.ok();
}

void Nearest(OpCall& call) {
  const HostTensor& input = call.Float(call.Has("input") ? "input" : "self");
  if (!call.ok()) return;
  Axis axes[2];
  if (!ReadAxes(call, input, false, axes)) return;
  HostTensor& out = call.AddResult(call.node().output()->type.sizes);
  if (!call.ok()) return;
  const auto source = [](int64_t at, const Axis& axis) {
    return std::min(static_cast<int64_t>(std::floor(static_cast<float>(at) * axis.scale)), axis.in - 1);
  };
  const int64_t planes = input.type.sizes[0] * input.type.sizes[1];
  float* to = out.As<float>();
  for (int64_t p = 0; p < planes; ++p) {
    const float* plane = input.As<float>() + p * axes[0].in * axes[1].in;
    for (int64_t y = 0; y < axes[0].out; ++y)
      for (int64_t x = 0; x < axes[1].out; ++x)
        *to++ = plane[source(y, axes[0]) * axes[1].in + source(x, axes[1])];
  }
}

struct Between {
  int64_t low, high;
  float weight;  // of high
};

Between PlaceOf(int64_t at, const Axis& axis, bool align_corners) {
  float place = align_corners ? static_cast<float>(at) * axis.scale
                              : (static_cast<float>(at) + 0.5f) * axis.scale - 0.5f;
  place = std::max(place, 0.0f);
  const int64_t low = std::min(static_cast<int64_t>(place), axis.in - 1);
  return {low, std::min(low + 1, axis.in - 1), std::min(place - static_cast<float>(low), 1.0f)};
}

void Bilinear(OpCall& call) {
  const HostTensor& input = call.Float(call.Has("input") ? "input" : "self");
  const bool align_corners = call.Bool("align_corners", false);
  if (!call.ok()) return;
  Axis axes[2];
  if (!ReadAxes(call, input, align_corners, axes)) return;
  HostTensor& out = call.AddResult(call.node().output()->type.sizes);
  if (!call.ok()) return;
  const int64_t planes = input.type.sizes[0] * input.type.sizes[1];
  float* to = out.As<float>();
  for (int64_t p = 0; p < planes; ++p) {
    const float* plane = input.As<float>() + p * axes[0].in * axes[1].in;
    for (int64_t y = 0; y < axes[0].out; ++y) {
      const Between v = PlaceOf(y, axes[0], align_corners);
      for (int64_t x = 0; x < axes[1].out; ++x) {
        const Between h = PlaceOf(x, axes[1], align_corners);
        const auto row = [&](int64_t r) {
          const float* pixels = plane + r * axes[1].in;
          return pixels[h.low] * (1.0f - h.weight) + pixels[h.high] * h.weight;
        };
        *to++ = row(v.low) * (1.0f - v.weight) + row(v.high) * v.weight;
      }
    }
  }
}

constexpr AtenEntry kOps[] = {
    {"aten.upsample_nearest2d.vec", Nearest},
    {"aten.upsample_nearest2d.default", Nearest},
    {"aten.upsample_bilinear2d.vec", Bilinear},
    {"aten.upsample_bilinear2d.default", Bilinear},
};

}  // namespace

std::span<const AtenEntry> ResizeOps() { return kOps; }

}  // namespace cortico
