#include "compiler/tester/op_case.h"

namespace cortico::ops {

void softmax_cases(std::vector<OpCase>& cases) {
  for (const Ints64& sizes : {Ints64{1, 10}, Ints64{4, 3}, Ints64{2, 3, 7}, Ints64{1, 2, 3, 12}, Ints64{1, 1},
                              Ints64{1, 300}}) {
    for (double high : {1.0, 8.0}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", sizes).Node("y", sizes, "aten.softmax.int(self=%x, dim=-1)");
      cases.push_back({FloatType(sizes) + " to " + std::to_string(high), text.Done({"y"}),
                       {{"cortex_m::softmax", 1}}, -high, high});
    }
  }
}

}  // namespace cortico::ops
