// What the properties of the two pools share.
#pragma once

#include "kernels/testing/property.h"

namespace cortico::testing {

// With full windows only, every window has an element.
inline reference::Pool RandomPool(Draw& draw, bool full_windows) {
  reference::Pool p;
  const int batch = draw.Chance(20) ? draw.Pick({2, 3}) : 1;
  const int channels = draw.Pick({1, 0, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64});
  p.input = {batch, draw.Int(1, 9), draw.Int(1, 9), channels};
  p.window_h = draw.Chance(25) ? p.input.h : draw.Int(1, 4);
  p.window_w = draw.Chance(25) ? p.input.w : draw.Int(1, 4);
  p.stride_h = draw.Int(1, 4);
  p.stride_w = draw.Int(1, 4);
  if (draw.Chance(60)) {
    p.pad_h = draw.Int(0, full_windows ? p.window_h - 1 : 5);
    p.pad_w = draw.Int(0, full_windows ? p.window_w - 1 : 5);
  }
  const auto outputs = [&](int size, int stride, int pad) {
    return full_windows ? draw.Int(0, (size - 1 + pad) / stride + 1) : draw.Int(0, 6);
  };
  p.output = {batch, outputs(p.input.h, p.stride_h, p.pad_h),
              outputs(p.input.w, p.stride_w, p.pad_w), channels};
  Limit(p.input, p.output, int64_t{p.window_h} * p.window_w, 2000);
  p.range = draw.Range();
  return p;
}

template <typename Function>
void RunPool(Verdict& verdict, const char* name, Function* function, const reference::Pool& p,
             const std::vector<int8_t>& values, const std::vector<int8_t>& expected,
             int32_t scratch_size, int misalignment) {
  const cmsis_nn_pool_params params = {
      {p.stride_w, p.stride_h}, {p.pad_w, p.pad_h}, Activation(p.range)};
  const cmsis_nn_dims in = Dims(p.input), out = Dims(p.output);
  const cmsis_nn_dims window = {1, p.window_h, p.window_w, 1};
  const Guarded<int8_t> input(values, misalignment);
  const Guarded<int8_t> output(p.output.size(), 15 - misalignment, 99);
  const Scratch scratch(scratch_size);
  verdict.Success(
      function(scratch.context(), &params, &in, input.data(), &window, &out, output.data()), name);
  verdict.Equal(output.data(), expected, name);
  verdict.Expect(output.Intact(), name, "wrote outside of its output");
  verdict.Expect(scratch.Intact(), name, "wrote outside of its scratch");
}

}  // namespace cortico::testing
