// Plain C++ on memset and memcpy, which the C library has in the best form for the core.
#include <cstring>

#include "kernels/pad_s8/pad_rows.h"
#include "kernels/pad_s8/pad_s8.h"

namespace cortico::kernels {
namespace {

struct Memory {
  static void Fill(int8_t* to, int8_t value, int32_t size) {
    std::memset(to, value, static_cast<size_t>(size));
  }
  static void Copy(int8_t* to, const int8_t* from, int32_t size) {
    std::memcpy(to, from, static_cast<size_t>(size));
  }
};

}  // namespace

arm_cmsis_nn_status pad_s8_scalar(const int8_t* input, int8_t* output, int8_t value,
                                  const cmsis_nn_dims* size, const cmsis_nn_dims* before,
                                  const cmsis_nn_dims* after) {
  PadRows<Memory>(input, output, value, *size, *before, *after);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels
