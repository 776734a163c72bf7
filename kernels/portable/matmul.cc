#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {

void MatrixProduct(const float* a, const float* b, float* out, int32_t rows, int32_t depth,
                   int32_t columns) {
  for (int32_t m = 0; m < rows; ++m, a += depth) {
    for (int32_t n = 0; n < columns; ++n) {
      const float* column = b + n;
      float sum = 0.0f;
      for (int32_t k = 0; k < depth; ++k, column += columns) sum += a[k] * *column;
      *out++ = sum;
    }
  }
}

}  // namespace cortico::kernels::portable
