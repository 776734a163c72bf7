// Random pooling cases and the call, for both pools.
#pragma once

#include "kernels/testing/kernel_test.h"

namespace cortico::testing {

// With full windows only, every window has an element.
inline reference::Pool RandomPool(Random& random, bool full_windows) {
  reference::Pool p;
  const int batch = random.Chance(20) ? random.Pick({2, 3}) : 1;
  const int channels = random.Pick({0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33});
  p.input = {batch, random.Int(1, 9), random.Int(1, 9), channels};
  p.window_h = random.Chance(20) ? p.input.h : random.Int(1, 4);
  p.window_w = random.Chance(20) ? p.input.w : random.Int(1, 4);
  p.stride_h = random.Int(1, 4);
  p.stride_w = random.Int(1, 4);
  if (random.Chance(60)) {
    p.pad_h = random.Int(0, full_windows ? p.window_h - 1 : 5);
    p.pad_w = random.Int(0, full_windows ? p.window_w - 1 : 5);
  }
  const auto outputs = [&](int size, int stride, int pad) {
    return full_windows ? random.Int(0, (size - 1 + pad) / stride + 1) : random.Int(0, 6);
  };
  p.output = {batch, outputs(p.input.h, p.stride_h, p.pad_h),
              outputs(p.input.w, p.stride_w, p.pad_w), channels};
  p.range = random.Range();
  return p;
}

template <typename Function>
arm_cmsis_nn_status CallPool(Function* function, const reference::Pool& p,
                             const std::vector<int8_t>& values, int32_t scratch_size,
                             std::vector<int8_t>* output) {
  const cmsis_nn_pool_params params = {
      {p.stride_w, p.stride_h}, {p.pad_w, p.pad_h}, Activation(p.range)};
  const cmsis_nn_dims in = Dims(p.input), out = Dims(p.output);
  const cmsis_nn_dims window = {1, p.window_h, p.window_w, 1};
  // At an odd address, and ending where the memory does: the sanitizers see reads past it.
  std::vector<int8_t> input = values;
  input.insert(input.begin(), 99);
  Guarded<int8_t> result(p.output.size(), 99);
  const Scratch scratch(scratch_size);
  const arm_cmsis_nn_status status =
      function(scratch.context(), &params, &in, input.data() + 1, &window, &out, result.data());
  EXPECT_TRUE(result.Intact() && scratch.Intact());
  *output = result.values();
  return status;
}

}  // namespace cortico::testing
