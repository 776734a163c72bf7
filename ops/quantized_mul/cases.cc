#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantized_mul_cases(std::vector<OpCase>& cases) {
  struct Operands {
    Ints64 self, other;
  };
  const Operands operands[] = {
      {{1, 8}, {1, 8}},           {{1, 3, 5, 4}, {1, 3, 5, 4}}, {{2, 3, 2, 2}, {2, 3, 2, 2}},
      {{1, 4, 3, 3}, {1, 4, 1, 1}}, {{1, 17}, {1, 17}},         {{3, 2, 7}, {3, 2, 7}},
      {{1, 1, 6, 6}, {1, 1, 6, 6}}, {{65}, {65}},
  };
  // A constant of a lower rank, and one that repeats along rows.
  for (const Ints64& sizes : {Ints64{4, 1, 1}, Ints64{3}, Ints64{5, 1}, Ints64{1, 4, 5, 3}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {1, 4, 5, 3}).Constant("y", sizes, 2.0);
    text.Node("z", {1, 4, 5, 3}, "aten.mul.Tensor(self=%x, other=%y)");
    cases.push_back({"a constant " + FloatType(sizes), text.Done({"z"}), {{"cortex_m::quantized_mul", 1}}});
  }
  for (const Operands& o : operands) {
    for (const std::string end : {"", "relu", "constant", "swapped"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", o.self);
      if (end == "constant") text.Constant("y", o.other, 3.0);
      else text.Input("y", o.other);
      text.Node("z", o.self, end == "swapped" ? "aten.mul.Tensor(self=%y, other=%x)"
                                              : "aten.mul.Tensor(self=%x, other=%y)");
      std::string last = "z";
      if (end == "relu") {
        text.Node("r", o.self, "aten.relu.default(self=%z)");
        last = "r";
      }
      // A ReLU is a table behind the product: two roundings.
      cases.push_back({FloatType(o.self) + " " + FloatType(o.other) + " " + end, text.Done({last}),
                       {{"cortex_m::quantized_mul", 1}}, -2, 2, end == "relu" ? 2 : 1});
    }
  }
}

}  // namespace cortico::ops
