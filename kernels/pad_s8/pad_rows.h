// The order of filling and copying, for variants that differ in how they do it.
#pragma once

#include <cstdint>

#include "arm_nnfunctions.h"

namespace cortico::kernels {

// Memory::Fill(to, value, size) and Memory::Copy(to, from, size), of bytes; size may be 0.
template <typename Memory>
void PadRows(const int8_t* input, int8_t* output, int8_t value, const cmsis_nn_dims& size,
             const cmsis_nn_dims& before, const cmsis_nn_dims& after) {
  const int32_t pixel = before.c + size.c + after.c;
  const int32_t row = (before.w + size.w + after.w) * pixel;
  const int32_t image = (before.h + size.h + after.h) * row;
  // Without padding of the channels a row of the input is copied whole.
  const bool whole_rows = pixel == size.c;
  const int32_t copies = whole_rows ? 1 : size.w;
  const int32_t copied = whole_rows ? size.w * size.c : size.c;
  const auto fill = [&](int32_t bytes) {
    Memory::Fill(output, value, bytes);
    output += bytes;
  };

  fill(before.n * image);
  for (int32_t n = 0; n < size.n; ++n) {
    fill(before.h * row);
    for (int32_t y = 0; y < size.h; ++y) {
      fill(before.w * pixel);
      for (int32_t x = 0; x < copies; ++x) {
        fill(before.c);
        Memory::Copy(output, input, copied);
        output += copied;
        input += copied;
        fill(after.c);
      }
      fill(after.w * pixel);
    }
    fill(after.h * row);
  }
  fill(after.n * image);
}

}  // namespace cortico::kernels
