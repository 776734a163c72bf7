// Pooling over [N, C, H, W] or [C, H, W] (and one dimension less for the 1-d ops).
#include <algorithm>
#include <limits>
#include <string>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

struct Window {
  int64_t planes = 1, in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  Pair kernel, stride, padding, dilation{1, 1};
  Sizes sizes;  // of the result
};

// Output length by torch's rule: with ceil_mode a last, partial window counts when it starts inside
// of the input or its left padding.
int64_t OutputLength(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation,
                     bool ceil_mode) {
  const int64_t span = in + 2 * pad - dilation * (kernel - 1) - 1;
  if (span < 0) return 0;
  int64_t out = (span + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (out - 1) * stride >= in + pad) --out;
  return out;
}

// The planes of the input and the result's sizes without the pooled dimensions' values.
bool Planes(OpCall& call, const HostTensor& input, bool one_d, Window* w) {
  const Sizes& in = input.type.sizes;
  const size_t pooled = one_d ? 1 : 2;
  if (in.size() != pooled + 1 && in.size() != pooled + 2) {
    call.Fail("pooling over input " + ToText(in));
    return false;
  }
  w->sizes = in;
  w->in_w = in.back();
  w->in_h = one_d ? 1 : in[in.size() - 2];
  w->planes = 1;
  for (size_t i = 0; i + pooled < in.size(); ++i) w->planes *= in[i];
  return true;
}

bool ReadWindow(OpCall& call, const HostTensor& input, bool one_d, Window* w) {
  if (!Planes(call, input, one_d, w)) return false;
  if (!call.Has("kernel_size")) call.Fail("argument 'kernel_size' is missing");
  w->kernel = call.IntPair("kernel_size", {1, 1}, 1);
  w->stride = call.IntPair("stride", w->kernel, 1);
  w->padding = call.IntPair("padding", {0, 0}, 0);
  w->dilation = call.IntPair("dilation", {1, 1}, 1);
  if (one_d) w->kernel.h = w->stride.h = w->dilation.h = 1, w->padding.h = 0;
  if (call.ok() && (2 * w->padding.h > w->kernel.h || 2 * w->padding.w > w->kernel.w))
    call.Fail("the padding is more than half of the window");
  const bool ceil_mode = call.Bool("ceil_mode", false);
  if (!call.ok()) return false;
  w->out_h =
      OutputLength(w->in_h, w->kernel.h, w->stride.h, w->padding.h, w->dilation.h, ceil_mode);
  w->out_w =
      OutputLength(w->in_w, w->kernel.w, w->stride.w, w->padding.w, w->dilation.w, ceil_mode);
  if (w->out_h < 1 || w->out_w < 1) {
    call.Fail("the window is larger than the padded input " + ToText(input.type.sizes));
    return false;
  }
  w->sizes.back() = w->out_w;
  if (!one_d) w->sizes[w->sizes.size() - 2] = w->out_h;
  return true;
}

// Calls f(plane, y, x) for every output position, in order.
template <class F>
void ForEachOutput(const Window& w, const F& f) {
  for (int64_t p = 0; p < w.planes; ++p)
    for (int64_t y = 0; y < w.out_h; ++y)
      for (int64_t x = 0; x < w.out_w; ++x) f(p, y, x);
}

void MaxPool(OpCall& call) {
  const std::string& op = call.node().op;
  const bool one_d = op.find("pool1d") != std::string::npos;
  const bool indices = op.find("with_indices") != std::string::npos;
  const HostTensor& input = call.Float("self");
  Window w;
  if (!call.ok() || !ReadWindow(call, input, one_d, &w)) return;
  HostTensor values = std::move(call.AddResult(w.sizes));
  HostTensor where = indices ? std::move(call.AddResult(w.sizes, DType::kInt64)) : HostTensor{};
  call.results().clear();
  if (!call.ok()) return;
  const float* in = input.As<float>();
  float* out = values.As<float>();
  int64_t* at = indices ? where.As<int64_t>() : nullptr;
  ForEachOutput(w, [&](int64_t p, int64_t y, int64_t x) {
    const float* plane = in + p * w.in_h * w.in_w;
    float best = -std::numeric_limits<float>::infinity();
    int64_t index = -1;
    for (int64_t i = 0; i < w.kernel.h; ++i) {
      const int64_t in_y = y * w.stride.h - w.padding.h + i * w.dilation.h;
      if (in_y < 0 || in_y >= w.in_h) continue;
      for (int64_t j = 0; j < w.kernel.w; ++j) {
        const int64_t in_x = x * w.stride.w - w.padding.w + j * w.dilation.w;
        if (in_x < 0 || in_x >= w.in_w) continue;
        const float v = plane[in_y * w.in_w + in_x];
        // The first of equals wins; a NaN beats everything.
        if (index < 0 || v > best || v != v) best = v, index = in_y * w.in_w + in_x;
      }
    }
    *out++ = best;
    if (at != nullptr) *at++ = index;
  });
  call.results().push_back(std::move(values));
  if (indices) call.results().push_back(std::move(where));
}

// Means are summed in double and rounded once, so that they do not depend on an order.
void AvgPool(OpCall& call) {
  const bool one_d = call.node().op.find("pool1d") != std::string::npos;
  const HostTensor& input = call.Float("self");
  Window w;
  if (!call.ok() || !ReadWindow(call, input, one_d, &w)) return;
  const bool count_pad = call.Bool("count_include_pad", true);
  const int64_t divisor = call.Int("divisor_override", 0);
  if (call.Has("divisor_override") && divisor == 0) call.Fail("divisor_override is zero");
  HostTensor& result = call.AddResult(w.sizes);
  if (!call.ok()) return;
  const float* in = input.As<float>();
  float* out = result.As<float>();
  ForEachOutput(w, [&](int64_t p, int64_t y, int64_t x) {
    const float* plane = in + p * w.in_h * w.in_w;
    const int64_t top = y * w.stride.h - w.padding.h, left = x * w.stride.w - w.padding.w;
    // A window that ceil_mode lets hang over the padding is counted up to the padding's edge.
    const int64_t bottom = std::min(top + w.kernel.h, w.in_h + w.padding.h);
    const int64_t right = std::min(left + w.kernel.w, w.in_w + w.padding.w);
    const int64_t y0 = std::max<int64_t>(top, 0), y1 = std::min(bottom, w.in_h);
    const int64_t x0 = std::max<int64_t>(left, 0), x1 = std::min(right, w.in_w);
    double sum = 0.0;
    for (int64_t i = y0; i < y1; ++i)
      for (int64_t j = x0; j < x1; ++j) sum += plane[i * w.in_w + j];
    const int64_t area = (y1 - y0) * (x1 - x0), padded = (bottom - top) * (right - left);
    const int64_t count = divisor != 0 ? divisor : count_pad ? padded : area;
    *out++ = static_cast<float>(sum / static_cast<double>(count));
  });
}

// Output position o covers input [floor(o * in / out), ceil((o + 1) * in / out)).
void AdaptiveAvgPool(OpCall& call) {
  const bool one_d = call.node().op.find("pool1d") != std::string::npos;
  const HostTensor& input = call.Float("self");
  Window w;
  if (!call.ok() || !Planes(call, input, one_d, &w)) return;
  // None for a dimension means "as the input"; importers write it as -1.
  const Pair size = call.IntPair("output_size", {0, 0}, -1);
  w.out_h = one_d ? 1 : size.h == -1 ? w.in_h : size.h;
  w.out_w = size.w == -1 ? w.in_w : size.w;
  if (call.ok() && (w.out_h < 1 || w.out_w < 1 || w.in_h < 1 || w.in_w < 1))
    call.Fail("output_size must be positive, and so must the input " + ToText(w.sizes));
  w.sizes.back() = w.out_w;
  if (!one_d) w.sizes[w.sizes.size() - 2] = w.out_h;
  HostTensor& result = call.AddResult(w.sizes);
  if (!call.ok()) return;
  const float* in = input.As<float>();
  float* out = result.As<float>();
  ForEachOutput(w, [&](int64_t p, int64_t y, int64_t x) {
    const float* plane = in + p * w.in_h * w.in_w;
    const int64_t y0 = y * w.in_h / w.out_h, y1 = ((y + 1) * w.in_h + w.out_h - 1) / w.out_h;
    const int64_t x0 = x * w.in_w / w.out_w, x1 = ((x + 1) * w.in_w + w.out_w - 1) / w.out_w;
    double sum = 0.0;
    for (int64_t i = y0; i < y1; ++i)
      for (int64_t j = x0; j < x1; ++j) sum += plane[i * w.in_w + j];
    *out++ = static_cast<float>(sum / static_cast<double>((y1 - y0) * (x1 - x0)));
  });
}

constexpr AtenEntry kOps[] = {
    {"aten.max_pool1d.default", MaxPool},
    {"aten.max_pool2d.default", MaxPool},
    {"aten.max_pool2d_with_indices.default", MaxPool},
    {"aten.avg_pool1d.default", AvgPool},
    {"aten.avg_pool2d.default", AvgPool},
    {"aten.adaptive_avg_pool1d.default", AdaptiveAvgPool},
    {"aten.adaptive_avg_pool2d.default", AdaptiveAvgPool},
    {"aten._adaptive_avg_pool2d.default", AdaptiveAvgPool},
};

}  // namespace

std::span<const AtenEntry> PoolingOps() { return kOps; }

}  // namespace cortico
