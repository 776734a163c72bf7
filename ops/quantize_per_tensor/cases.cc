#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantize_per_tensor_cases(std::vector<OpCase>& cases) {
  // The way in: whatever is quantized begins with it.
  for (const Ints64& sizes : {Ints64{1, 7}, Ints64{1, 3, 4, 5}, Ints64{2, 1, 1, 3}, Ints64{5}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", sizes).Node("y", sizes, "aten.neg.default(self=%x)");
    cases.push_back({FloatType(sizes), text.Done({"y"}), {{"cortex_m::quantize_per_tensor", 1}}});
  }
  // One tensor, quantized once for two readers.
  GraphText text(1);
  text.Input("x", {1, 9})
      .Node("a", {1, 9}, "aten.neg.default(self=%x)")
      .Node("b", {1, 9}, "aten.abs.default(self=%x)");
  cases.push_back({"two readers", text.Done({"a", "b"}), {{"cortex_m::quantize_per_tensor", 1}}});
}

}  // namespace cortico::ops
