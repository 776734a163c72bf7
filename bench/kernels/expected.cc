// On the host: writes what every layer must give, one after the other.
//   expected <file>
#include <cstdio>
#include <vector>

#include "bench/kernels/layer.h"
#include "kernels/testing/reference.h"

namespace cortico::bench {
namespace {

std::vector<int8_t> Expected(const Layer& layer) {
  reference::Operands x;
  x.input.resize(layer.input.count());
  x.filter.resize(layer.filter_count());
  const int32_t channels = layer.has_filter() ? layer.output.c : 0;
  x.bias.resize(channels);
  x.multiplier.resize(channels);
  x.shift.resize(channels);
  std::vector<int8_t> input2(layer.kind == Kind::kAdd ? layer.input.count() : 0);
  Fill(layer, {x.input.data(), input2.empty() ? nullptr : input2.data(), x.filter.data(),
               x.bias.data(), x.multiplier.data(), x.shift.data()});

  const reference::Shape input = {1, layer.input.h, layer.input.w, layer.input.c};
  const reference::Shape output = {1, layer.output.h, layer.output.w, layer.output.c};
  reference::Convolution p;
  p.input = input;
  p.output = output;
  p.stride_h = p.stride_w = layer.stride;
  p.pad_h = layer.pad.h;
  p.pad_w = layer.pad.w;
  p.input_offset = kInputOffset;
  p.output_offset = layer.output_offset();
  switch (layer.kind) {
    case Kind::kConvolve:
      p.filter = {output.c, layer.window.h, layer.window.w, input.c};
      return reference::Convolve(p, x);
    case Kind::kDepthwise:
      p.filter = {1, layer.window.h, layer.window.w, output.c};
      return reference::DepthwiseConvolve(p, x);
    case Kind::kFullyConnected:
      x.multiplier.resize(1);
      x.shift.resize(1);
      return reference::FullyConnect(
          {1, layer.depth(), output.c, kInputOffset, 0, layer.output_offset(), {}}, x);
    case Kind::kAdd:
      return reference::Add(
          x.input, {AddScales::kOffset1, AddScales::kMultiplier1, AddScales::kShift1}, input2,
          {AddScales::kOffset2, AddScales::kMultiplier2, AddScales::kShift2},
          AddScales::kLeftShift,
          {layer.output_offset(), AddScales::kMultiplierOut, AddScales::kShiftOut}, {});
    case Kind::kAvgPool:
      return reference::AveragePool(
          {input, output, layer.window.h, layer.window.w, 1, 1, 0, 0, {}}, x.input);
    case Kind::kSoftmax:
      return reference::Softmax(x.input, 1, input.c, SoftmaxScale::kMultiplier,
                                SoftmaxScale::kShift, SoftmaxScale::kDiffMin);
  }
  return {};
}

}  // namespace
}  // namespace cortico::bench

int main(int argc, char** argv) {
  std::FILE* file = argc == 2 ? std::fopen(argv[1], "wb") : nullptr;
  if (file == nullptr) {
    std::fputs("usage: expected <file>\n", stderr);
    return 2;
  }
  bool written = true;
  for (const cortico::bench::Layer& layer : cortico::bench::kLayers) {
    const std::vector<int8_t> output = cortico::bench::Expected(layer);
    written = std::fwrite(output.data(), 1, output.size(), file) == output.size() && written;
  }
  return std::fclose(file) == 0 && written ? 0 : 1;
}
