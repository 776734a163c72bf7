// cortico::log_softmax: int8 logarithm of a softmax along the last dimension.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// For each row x of the last dimension, with d[i] = max(x) - x[i] in [0, 255]:
///   s = sum of exponentials[d[i]]                    exp(-d * input scale) in units of 2^-20
///   l = log2(s) - 20, in units of 2^-16, its fraction cut off by sixteen squarings
///   out[i] = clamp(output_zero_point - floor((d[i] * step + floor(l * log_step / 2^16)) / 2^bits + 1/2))
/// to [-128, 127]; step = input scale / output scale and log_step =
/// ln 2 / output scale, both in units of 2^-bits.
/// input, out: int8, logical order, rank 1 or more, rows of at most 4095 elements. exponentials:
/// int32, 256 elements in [0, 2^20], the first is 2^20. step, log_step in [0, 2^30]; bits in [0, 30].
template <class D>
struct LogSoftmax {
  static constexpr char kName[] = "cortico::log_softmax";

  In<D> input;
  Constant<D> exponentials;
  int32_t step = 0, log_step = 0, bits = 0, output_zero_point = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("exponentials", op.exponentials);
    visit("step", op.step);
    visit("log_step", op.log_step);
    visit("bits", op.bits);
    visit("output_zero_point", op.output_zero_point);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const LogSoftmax<Device>& op);
void Run(const LogSoftmax<Device>& op);

}  // namespace cortico::ops
