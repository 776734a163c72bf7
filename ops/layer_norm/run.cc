#include "ops/layer_norm/op.h"

#include "ops/checks.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMostRow = 1 << 12;
constexpr int32_t kMostFactor = 1 << 30;
constexpr int kFraction = 20;

uint64_t Epsilon(const LayerNorm<Device>& op) {
  const auto multiplier = static_cast<uint64_t>(op.epsilon_multiplier);
  const int32_t shift = op.epsilon_shift - 31;
  return shift >= 0 ? multiplier << shift : multiplier >> -shift;
}

// floor(sqrt(v)) of v in [2^60, 2^62): a bit of the root at a time.
uint32_t Root(uint64_t v) {
  uint64_t root = 0, rest = v;
  for (uint64_t bit = uint64_t{1} << 60; bit != 0; bit >>= 2) {
    if (rest >= root + bit) {
      rest -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return static_cast<uint32_t>(root);
}

Error CheckFactors(const Tensor& factors, int32_t row) {
  if (factors.data == nullptr) return Error::kBadShape;
  const int32_t count = factors.numel();
  if (count != row && count != 1) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckInt32s(factors, count));
  for (int32_t i = 0; i < count; ++i) {
    if (!InRange(factors.As<int32_t>()[i], -kMostFactor, kMostFactor)) return Error::kBadArgument;
  }
  return Error::kOk;
}

void NormalizeRow(const LayerNorm<Device>& op, const int8_t* in, int8_t* out) {
  const int32_t count = op.row;
  int32_t sum = 0, squares = 0;  // at most 2^12 * 2^14
  for (int32_t i = 0; i < count; ++i) {
    sum += in[i];
    squares += in[i] * in[i];
  }
  uint64_t v = static_cast<uint64_t>(int64_t{count} * squares - int64_t{sum} * sum) + Epsilon(op);
  // Without a spread every d is 0 too.
  int32_t factor = 0, shift = 41;
  if (v != 0) {
    for (; v < uint64_t{1} << 60; v <<= 2) --shift;
    // 2^61 / r is 2^31 for r = 2^30 alone, one more than an int32 holds.
    const uint64_t inverse = (uint64_t{1} << 61) / Root(v);
    factor = static_cast<int32_t>(inverse > INT32_MAX ? INT32_MAX : inverse);
  }
  const int32_t* weight = op.weight.As<int32_t>();
  const int32_t* bias = op.bias.As<int32_t>();
  const int32_t weight_step = op.weight.numel() == 1 ? 0 : 1;
  const int32_t bias_step = op.bias.numel() == 1 ? 0 : 1;
  const int32_t down = kFraction + op.bits;
  const int64_t half = int64_t{1} << (down - 1);
  for (int32_t i = 0; i < count; ++i) {
    const int32_t d = count * in[i] - sum;
    const int64_t n = (int64_t{d} * factor + (int64_t{1} << (shift - 1))) >> shift;
    const int64_t y =
        ((n * weight[i * weight_step] + int64_t{bias[i * bias_step]} * (int64_t{1} << kFraction) + half) >> down) +
        op.output_zero_point;
    out[i] = static_cast<int8_t>(y < -128 ? -128 : y > 127 ? 127 : y);
  }
}

}  // namespace

Error Check(const LayerNorm<Device>& op) {
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8 ||
      op.input.layout != Layout::kContiguous || op.out.layout != Layout::kContiguous) {
    return Error::kBadType;
  }
  if (!SameSizes(op.input, op.out) || !HasElements(op.input)) return Error::kBadShape;
  if (!InRange(op.row, 1, kMostRow) || op.input.numel() % op.row != 0) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckFactors(op.weight, op.row));
  CORTICO_RETURN_IF_ERROR(CheckFactors(op.bias, op.row));
  return op.epsilon_multiplier >= 0 && InRange(op.epsilon_shift, -31, 60) &&
                 InRange(op.bits, 0, 30) && IsInt8(op.output_zero_point)
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const LayerNorm<Device>& op) {
  const int8_t* in = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t left = op.input.numel(); left > 0; left -= op.row, in += op.row, out += op.row) {
    NormalizeRow(op, in, out);
  }
}

}  // namespace cortico::ops
