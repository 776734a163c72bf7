// Convolutions: [N, C, L] and [N, C, H, W], batched or not, grouped, dilated, transposed.
#include <algorithm>
#include <string>

#include "compiler/reference/aten.h"
#include "compiler/reference/gemm.h"

namespace cortico {
namespace {

struct Convolution {
  int64_t batch = 1, in_channels = 0, in_h = 1, in_w = 1;
  int64_t out_channels = 0, out_h = 1, out_w = 1;
  int64_t kernel_h = 1, kernel_w = 1, groups = 1;
  Pair stride{1, 1}, dilation{1, 1};
  Pair before{0, 0};  // padding at the top and at the left
  const float* input = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;  // may be null
  float* out = nullptr;
};

// Position of the input under tap `tap` of output position `o`.
int64_t InputAt(int64_t o, int64_t tap, int64_t stride, int64_t before, int64_t dilation) {
  return o * stride - before + tap * dilation;
}

// One input channel per output channel: row by row, so that the inner loop runs along memory. The
// sum of an output element runs over kernel rows, then kernel columns.
void Depthwise(const Convolution& g) {
  const int64_t in_plane = g.in_h * g.in_w, out_plane = g.out_h * g.out_w;
  const int64_t multiplier = g.out_channels / g.groups;
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t o = 0; o < g.out_channels; ++o) {
      const float* input = g.input + (n * g.in_channels + o / multiplier) * in_plane;
      const float* weight = g.weight + o * g.kernel_h * g.kernel_w;
      float* out = g.out + (n * g.out_channels + o) * out_plane;
      for (int64_t y = 0; y < g.out_h; ++y) {
        float* row = out + y * g.out_w;
        for (int64_t i = 0; i < g.kernel_h; ++i) {
          const int64_t in_y = InputAt(y, i, g.stride.h, g.before.h, g.dilation.h);
          if (in_y < 0 || in_y >= g.in_h) continue;
          for (int64_t j = 0; j < g.kernel_w; ++j) {
            // The columns whose tap lies inside of the image: 0 <= x * stride + first < in_w.
            const int64_t first = j * g.dilation.w - g.before.w, s = g.stride.w;
            const int64_t begin = first >= 0 ? 0 : (-first + s - 1) / s;
            const int64_t end =
                g.in_w - first <= 0 ? 0 : std::min(g.out_w, (g.in_w - first + s - 1) / s);
            const float* taps = input + in_y * g.in_w + first;
            const float w = weight[i * g.kernel_w + j];
            if (s == 1)
              for (int64_t x = begin; x < end; ++x) row[x] += w * taps[x];
            else
              for (int64_t x = begin; x < end; ++x) row[x] += w * taps[x * s];
          }
        }
        if (g.bias != nullptr)
          for (int64_t x = 0; x < g.out_w; ++x) row[x] += g.bias[o];
      }
    }
  }
}

// weight [O/G, C/G * KH * KW] times the taps of each output position; the taps of eight positions
// are gathered at a time, so no whole im2col matrix exists.
void ByMatrixProduct(const Convolution& g) {
  const int64_t channels = g.in_channels / g.groups, rows = g.out_channels / g.groups;
  const int64_t depth = channels * g.kernel_h * g.kernel_w;
  const int64_t in_plane = g.in_h * g.in_w, out_plane = g.out_h * g.out_w;
  const bool pointwise = g.kernel_h == 1 && g.kernel_w == 1 && g.stride.h == 1 && g.stride.w == 1 &&
                         g.before.h == 0 && g.before.w == 0 && in_plane == out_plane;
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t group = 0; group < g.groups; ++group) {
      const float* input = g.input + (n * g.in_channels + group * channels) * in_plane;
      const float* bias = g.bias != nullptr ? g.bias + group * rows : nullptr;
      const auto copy = [&](int64_t first, int count, float* panel) {
        for (int64_t c = 0; c < channels; ++c)
          std::copy_n(input + c * in_plane + first, count, panel + c * kPanelColumns);
      };
      const auto gather = [&](int64_t first, int count, float* panel) {
        int64_t y[kPanelColumns], x[kPanelColumns];
        for (int q = 0; q < count; ++q) {
          y[q] = (first + q) / g.out_w * g.stride.h - g.before.h;
          x[q] = (first + q) % g.out_w * g.stride.w - g.before.w;
        }
        for (int64_t c = 0; c < channels; ++c) {
          const float* plane = input + c * in_plane;
          for (int64_t i = 0; i < g.kernel_h; ++i) {
            for (int64_t j = 0; j < g.kernel_w; ++j, panel += kPanelColumns) {
              for (int q = 0; q < count; ++q) {
                const int64_t in_y = y[q] + i * g.dilation.h, in_x = x[q] + j * g.dilation.w;
                const bool inside = in_y >= 0 && in_y < g.in_h && in_x >= 0 && in_x < g.in_w;
                panel[q] = inside ? plane[in_y * g.in_w + in_x] : 0.0f;
              }
            }
          }
        }
      };
      float* out = g.out + (n * g.out_channels + group * rows) * out_plane;
      const float* weight = g.weight + group * rows * depth;
      if (pointwise)
        Multiply(rows, depth, out_plane, weight, copy, bias, out, out_plane, 1);
      else
        Multiply(rows, depth, out_plane, weight, gather, bias, out, out_plane, 1);
    }
  }
}

// weight [C, O/G, KH, KW]: input row y adds to output rows y * stride - padding + i * dilation, and
// columns likewise. Every output element sums over channels, kernel rows, kernel columns.
void Transposed(const Convolution& g) {
  const int64_t channels = g.in_channels / g.groups, outs = g.out_channels / g.groups;
  const int64_t in_plane = g.in_h * g.in_w;
  float* out = g.out;
  const auto source = [](int64_t o, int64_t tap, int64_t stride, int64_t before, int64_t dilation,
                         int64_t size) -> int64_t {
    const int64_t at = o + before - tap * dilation;
    return at < 0 || at % stride != 0 || at / stride >= size ? -1 : at / stride;
  };
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t o = 0; o < g.out_channels; ++o) {
      const int64_t group = o / outs;
      for (int64_t y = 0; y < g.out_h; ++y) {
        for (int64_t x = 0; x < g.out_w; ++x) {
          float sum = 0.0f;
          for (int64_t c = group * channels; c < (group + 1) * channels; ++c) {
            const float* plane = g.input + (n * g.in_channels + c) * in_plane;
            const float* weight = g.weight + (c * outs + o % outs) * g.kernel_h * g.kernel_w;
            for (int64_t i = 0; i < g.kernel_h; ++i) {
              const int64_t in_y = source(y, i, g.stride.h, g.before.h, g.dilation.h, g.in_h);
              if (in_y < 0) continue;
              for (int64_t j = 0; j < g.kernel_w; ++j) {
                const int64_t in_x = source(x, j, g.stride.w, g.before.w, g.dilation.w, g.in_w);
                if (in_x >= 0) sum += plane[in_y * g.in_w + in_x] * weight[i * g.kernel_w + j];
              }
            }
          }
          *out++ = sum + (g.bias != nullptr ? g.bias[o] : 0.0f);
        }
      }
    }
  }
}

// Output length along one dimension; zero or less when the kernel does not fit.
int64_t OutputLength(int64_t in, int64_t pads, int64_t dilation, int64_t kernel, int64_t stride) {
  const int64_t span = in + pads - (dilation * (kernel - 1) + 1);
  return span < 0 ? 0 : span / stride + 1;
}

// `name`: of the argument; a one-dimensional op has a single number, for the width.
Pair Argument(OpCall& call, const char* name, int64_t otherwise, int64_t least, bool one_d) {
  Pair pair = call.IntPair(name, {otherwise, otherwise}, least);
  if (one_d) pair.h = otherwise;
  return pair;
}

void Convolve(OpCall& call) {
  const HostTensor& input = call.Float("input");
  const HostTensor& weight = call.Float("weight");
  const HostTensor* bias = call.OptionalFloat("bias");
  const bool transposed =
      call.Bool("transposed", call.node().op.starts_with("aten.conv_transpose"));
  if (!call.ok()) return;

  const Sizes& in = input.type.sizes;
  const Sizes& kernel = weight.type.sizes;
  const size_t rank = kernel.size();
  const bool batched = in.size() == rank;
  if (rank < 3 || rank > 4 || (!batched && in.size() + 1 != rank))
    return call.Fail(
        "input " + ToText(in) + " and weight " + ToText(kernel) + " do not make a convolution",
        "use 1-d or 2-d convolutions");
  const bool one_d = rank == 3;

  Convolution g;
  const size_t c = batched ? 1 : 0;
  g.batch = batched ? in[0] : 1;
  g.in_channels = in[c];
  g.in_h = one_d ? 1 : in[c + 1];
  g.in_w = in.back();
  g.kernel_h = one_d ? 1 : kernel[2];
  g.kernel_w = kernel.back();
  g.groups = call.Int("groups", 1);
  g.stride = Argument(call, "stride", 1, 1, one_d);
  g.dilation = Argument(call, "dilation", 1, 1, one_d);
  const Pair extra = Argument(call, "output_padding", 0, 0, one_d);
  if (!call.ok()) return;

  const int64_t weight_inputs = transposed ? kernel[0] : kernel[1] * g.groups;
  g.out_channels = transposed ? kernel[1] * g.groups : kernel[0];
  if (g.groups < 1 || weight_inputs != g.in_channels || g.in_channels % g.groups != 0 ||
      g.out_channels % g.groups != 0 || g.kernel_h < 1 || g.kernel_w < 1)
    return call.Fail("weight " + ToText(kernel) + " does not fit " + std::to_string(g.in_channels) +
                     " input channels in " + std::to_string(g.groups) + " groups");
  if (bias != nullptr && bias->type.sizes != Sizes{g.out_channels})
    return call.Fail("bias " + ToText(bias->type.sizes) + " for " + std::to_string(g.out_channels) +
                     " output channels");

  Pair pads;  // both sides together
  const std::string mode = call.Text("padding", "");
  if (mode == "same") {
    if (g.stride.h != 1 || g.stride.w != 1) return call.Fail("padding 'same' needs stride 1");
    pads = {g.dilation.h * (g.kernel_h - 1), g.dilation.w * (g.kernel_w - 1)};
    g.before = {pads.h / 2, pads.w / 2};  // an odd one out goes to the end
  } else if (mode.empty()) {
    g.before = Argument(call, "padding", 0, 0, one_d);
    pads = {2 * g.before.h, 2 * g.before.w};
  } else if (mode != "valid") {
    return call.Fail("padding '" + mode + "' is unknown");
  }
  if (!call.ok()) return;

  if (transposed) {
    g.out_h =
        one_d ? 1
              : (g.in_h - 1) * g.stride.h - pads.h + g.dilation.h * (g.kernel_h - 1) + extra.h + 1;
    g.out_w = (g.in_w - 1) * g.stride.w - pads.w + g.dilation.w * (g.kernel_w - 1) + extra.w + 1;
  } else {
    g.out_h = OutputLength(g.in_h, pads.h, g.dilation.h, g.kernel_h, g.stride.h);
    g.out_w = OutputLength(g.in_w, pads.w, g.dilation.w, g.kernel_w, g.stride.w);
  }
  if (g.out_h < 1 || g.out_w < 1)
    return call.Fail("the kernel " + ToText(kernel) + " is larger than the padded input " +
                     ToText(in));

  Sizes sizes;
  if (batched) sizes.push_back(g.batch);
  sizes.push_back(g.out_channels);
  if (!one_d) sizes.push_back(g.out_h);
  sizes.push_back(g.out_w);
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  g.input = input.As<float>();
  g.weight = weight.As<float>();
  g.bias = bias != nullptr ? bias->As<float>() : nullptr;
  g.out = out.As<float>();
  if (transposed)
    Transposed(g);
  else if (g.in_channels == g.groups)
    Depthwise(g);
  else
    ByMatrixProduct(g);
}

constexpr AtenEntry kOps[] = {
    {"aten.conv1d.default", Convolve},           {"aten.conv1d.padding", Convolve},
    {"aten.conv2d.default", Convolve},           {"aten.conv2d.padding", Convolve},
    {"aten.convolution.default", Convolve},      {"aten._convolution.default", Convolve},
    {"aten.conv_transpose1d.default", Convolve}, {"aten.conv_transpose2d.input", Convolve},
};

}  // namespace

std::span<const AtenEntry> ConvolutionOps() { return kOps; }

}  // namespace cortico
