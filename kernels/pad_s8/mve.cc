// MVE: sixteen bytes at a time, without the calls and alignment tests of memset and memcpy, which
// cost more than the few pixels there usually are.
#include "kernels/isa/mve_elementwise.h"
#include "kernels/pad_s8/pad_rows.h"
#include "kernels/pad_s8/pad_s8.h"

namespace cortico::kernels {
namespace {

struct Memory {
  static void Fill(int8_t* to, int8_t value, int32_t size) { mve::Fill(to, value, size); }
  static void Copy(int8_t* to, const int8_t* from, int32_t size) {
    mve::Copy(to, from, size);
  }
};

}  // namespace

arm_cmsis_nn_status pad_s8_mve(const int8_t* input, int8_t* output, int8_t value,
                               const cmsis_nn_dims* size, const cmsis_nn_dims* before,
                               const cmsis_nn_dims* after) {
  PadRows<Memory>(input, output, value, *size, *before, *after);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels
