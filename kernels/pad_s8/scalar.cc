// Plain C++ on memset and memcpy, which the C library has in the best form for the core.
#include <cstring>

#include "kernels/pad_s8/pad_s8.h"

namespace cortico::kernels {
namespace {

int8_t* Fill(int8_t* output, int8_t value, int32_t size) {
  std::memset(output, value, static_cast<size_t>(size));
  return output + size;
}

}  // namespace

arm_cmsis_nn_status pad_s8_scalar(const int8_t* input, int8_t* output, int8_t value,
                                  const cmsis_nn_dims* size, const cmsis_nn_dims* before,
                                  const cmsis_nn_dims* after) {
  const int32_t pixel = before->c + size->c + after->c;
  const int32_t row = (before->w + size->w + after->w) * pixel;
  const int32_t image = (before->h + size->h + after->h) * row;
  // Without padding of the channels a row of the input is copied whole.
  const bool whole_rows = pixel == size->c;
  const int32_t copies = whole_rows ? 1 : size->w;
  const int32_t copied = whole_rows ? size->w * size->c : size->c;

  output = Fill(output, value, before->n * image);
  for (int32_t n = 0; n < size->n; ++n) {
    output = Fill(output, value, before->h * row);
    for (int32_t y = 0; y < size->h; ++y) {
      output = Fill(output, value, before->w * pixel);
      for (int32_t x = 0; x < copies; ++x) {
        output = Fill(output, value, before->c);
        std::memcpy(output, input, static_cast<size_t>(copied));
        output += copied;
        input += copied;
        output = Fill(output, value, after->c);
      }
      output = Fill(output, value, after->w * pixel);
    }
    output = Fill(output, value, after->h * row);
  }
  Fill(output, value, after->n * image);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels
