#include "compiler/tester/op_case.h"

namespace cortico::ops {

void dequantize_per_tensor_cases(std::vector<OpCase>& cases) {
  // The way out: two outputs of one value, and of two.
  for (int64_t n : {1, 6}) {
    GraphText text(static_cast<uint32_t>(n));
    text.Input("x", {n, 4})
        .Node("a", {n, 4}, "aten.neg.default(self=%x)")
        .Node("b", {n, 4}, "aten.abs.default(self=%a)");
    cases.push_back({"two outputs of " + std::to_string(n), text.Done({"a", "b"}),
                     {{"cortex_m::dequantize_per_tensor", 2}}});
    cases.push_back({"one output twice, " + std::to_string(n), text.Done({"b"}),
                     {{"cortex_m::dequantize_per_tensor", 1}}});
  }
}

}  // namespace cortico::ops
