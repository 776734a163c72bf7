#include "compiler/tester/op_case.h"

namespace cortico::ops {

void upsample_cases(std::vector<OpCase>& cases) {
  struct Sizes {
    Ints64 in;
    int64_t h, w;
  };
  for (const Sizes& s : {Sizes{{1, 3, 4, 4}, 8, 8}, Sizes{{2, 5, 3, 2}, 9, 8}, Sizes{{1, 1, 5, 7}, 7, 7},
                         Sizes{{1, 8, 6, 6}, 3, 4}, Sizes{{1, 2, 1, 1}, 3, 5}}) {
    for (const std::string op : {"nearest", "bilinear", "bilinear aligned"}) {
      const std::string name = op == "nearest" ? "upsample_nearest2d" : "upsample_bilinear2d";
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", s.in).Node("n", s.in, "aten.neg.default(self=%x)");
      text.Node("y", {s.in[0], s.in[1], s.h, s.w},
                "aten." + name + ".vec(input=%n, output_size=" + ListText({s.h, s.w}) +
                    (op == "nearest" ? "" : op == "bilinear" ? ", align_corners=false" : ", align_corners=true") +
                    ", scale_factors=none)");
      cases.push_back({op + " " + FloatType(s.in) + " to " + ListText({s.h, s.w}), text.Done({"y"}),
                       {{"cortico::" + name, 1}}});
    }
  }
}

}  // namespace cortico::ops
