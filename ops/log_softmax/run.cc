#include "ops/log_softmax/op.h"

#include "kernels/common/requantize.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

constexpr int32_t kOne = 1 << 20;
constexpr int32_t kMostRow = 4095;  // times 2^20 is within 32 bits

// log2(s / 2^20) * 2^16, rounded down; s >= 2^20.
int32_t Log2(uint32_t s) {
  int32_t exponent = 11;
  while (s < 0x80000000u) s <<= 1, --exponent;
  int32_t log = exponent;
  for (int i = 0; i < 16; ++i) {
    // s is in [1, 2) in units of 2^-31; the bit says whether its square is 2 or more.
    const uint64_t square = (uint64_t{s} * s) >> 31;
    const uint32_t bit = static_cast<uint32_t>(square >> 32);
    s = static_cast<uint32_t>(square >> bit);
    log = 2 * log + static_cast<int32_t>(bit);
  }
  return log;
}

}  // namespace

Error Check(const LogSoftmax<Device>& op) {
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8 ||
      op.input.layout != Layout::kContiguous || op.out.layout != Layout::kContiguous) {
    return Error::kBadType;
  }
  if (op.input.rank < 1 || !SameSizes(op.input, op.out) || !HasElements(op.input) ||
      op.input.size(op.input.rank - 1) > kMostRow || op.exponentials.data == nullptr) {
    return Error::kBadShape;
  }
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.exponentials, 256));
  const int32_t* table = op.exponentials.As<int32_t>();
  bool fits = table[0] == kOne;
  for (int i = 0; i < 256; ++i) fits = fits && InRange(table[i], 0, kOne);
  return fits && InRange(op.step, 0, 1 << 30) && InRange(op.log_step, 0, 1 << 30) &&
                 InRange(op.bits, 0, 30) && IsInt8(op.output_zero_point)
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const LogSoftmax<Device>& op) {
  const int32_t row = op.input.size(op.input.rank - 1), rows = op.input.numel() / row;
  const int32_t* table = op.exponentials.As<int32_t>();
  const int8_t* in = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t r = 0; r < rows; ++r, in += row, out += row) {
    int32_t most = -128;
    for (int32_t i = 0; i < row; ++i) most = in[i] > most ? in[i] : most;
    uint32_t sum = 0;
    for (int32_t i = 0; i < row; ++i) sum += static_cast<uint32_t>(table[most - in[i]]);
    // 2^8 * 2^30 and 2^12 * 2^30: far from the ends of 64 bits. The largest result is 2^42.
    const int64_t half = (int64_t{1} << op.bits) >> 1;
    const int64_t base = ((int64_t{Log2(sum)} * op.log_step) >> 16) + half;
    for (int32_t i = 0; i < row; ++i) {
      const int64_t down = (int64_t{most - in[i]} * op.step + base) >> op.bits;
      out[i] = kernels::ToOutput(static_cast<int32_t>(down > 255 ? -255 : -down),
                                 op.output_zero_point, -128, 127);
    }
  }
}

}  // namespace cortico::ops
