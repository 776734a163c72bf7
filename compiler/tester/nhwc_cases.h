// Cases of the `_nhwc` twins. No float program becomes one, so a case is written in the dialect
// itself: the twin between a quantize and a dequantize. What its reference values are worth, the
// plain sibling's cases say; what these say is that the kernels read the sizes in the same order.
#pragma once

#include <string>

#include "compiler/tester/op_case.h"

namespace cortico::ops {

/// `text` holds the constants and scratch that `arguments` names; "%n" is the quantized input.
/// Images are given as {N, H, W, C}.
inline OpCase NhwcCase(GraphText text, const std::string& op, const Ints64& in, const Ints64& out,
                       const std::string& arguments) {
  const std::string range = "scale=0.02, zero_point=-7, quant_min=-128, quant_max=127, dtype=:i8";
  text.Input("x", in);
  text.Typed("n", "i8" + SizesText(in) + " q(0.02, -7, -128, 127)",
             "cortex_m::quantize_per_tensor(input=%x, " + range + ")");
  text.Typed("c", "i8" + SizesText(out) + " q(0.02, -7, -128, 127)",
             "cortex_m::" + op + "(input=%n, " + arguments + ")");
  text.Node("y", out, "cortex_m::dequantize_per_tensor(input=%c, " + range + ")");
  return {op + " " + FloatType(in), text.Done({"y"}), {{"cortex_m::" + op, 1}}};
}

/// Weight, bias, factors and scratch of a convolution with `filters` maps.
inline GraphText NhwcLayer(uint32_t seed, const Ints64& weight, int64_t filters) {
  GraphText text(seed);
  text.Integers("w", "i8", weight, -127, 127).Integers("b", "i32", {filters}, -3000, 3000);
  text.Integers("m", "i32", {filters}, 1 << 30, (1 << 30) + 900000000);
  text.Integers("s", "i32", {filters}, -9, -6).Scratch("t", 8192).Scratch("t2", 8192);
  return text;
}

}  // namespace cortico::ops
