#include "compiler/tester/op_case.h"

namespace cortico::ops {

void adaptive_pool2d_cases(std::vector<OpCase>& cases) {
  struct Size {
    Ints64 in;
    int64_t h, w;
    bool even;  // windows of one size are a plain pool
  };
  const Size sizes[] = {{{1, 8, 12, 10}, 5, 3, false}, {{1, 3, 7, 7}, 2, 2, false}, {{2, 5, 3, 3}, 7, 7, false},
                        {{1, 17, 5, 4}, 4, 3, false},  {{1, 2, 9, 11}, 1, 4, false}, {{1, 4, 6, 8}, 3, 2, true}};
  for (const Size& s : sizes)
    for (const std::string kind : {"avg", "max"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", s.in).Node("n", s.in, "aten.neg.default(self=%x)");
      text.Node("y", {s.in[0], s.in[1], s.h, s.w}, "aten.adaptive_" + kind +
                                                       "_pool2d.default(self=%n, output_size=" +
                                                       ListText({s.h, s.w}) + ")");
      cases.push_back({kind + " " + FloatType(s.in) + " to " + ListText({s.h, s.w}), text.Done({"y"}),
                       {{s.even ? "cortex_m::quantized_" + kind + "_pool2d"
                                : "cortico::adaptive_" + kind + "_pool2d", 1}}});
    }
}

}  // namespace cortico::ops
