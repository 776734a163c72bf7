#include "compiler/tester/op_case.h"

namespace cortico::ops {

void argmax_cases(std::vector<OpCase>& cases) {
  struct Row {
    Ints64 in, out;
    std::string tail;
  };
  const Row rows[] = {{{1, 10}, {1}, "dim=-1"},
                      {{3, 7}, {1, 7}, "dim=0, keepdim=true"},
                      {{2, 3, 17}, {2, 17}, "dim=1"},
                      {{1, 4, 3, 5}, {1, 4, 5}, "dim=2"},
                      {{4, 5}, {}, "keepdim=false"}};
  for (const Row& r : rows)
    for (const std::string op : {"argmax", "argmin"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", r.in).Node("n", r.in, "aten.neg.default(self=%x)");
      text.Typed("y", "i64" + SizesText(r.out), "aten." + op + ".default(self=%n, " + r.tail + ")");
      cases.push_back({op + " " + FloatType(r.in) + " " + r.tail, text.Done({"y"}),
                       {{"cortico::" + op, 1}}});
    }
  // The class of each pixel, where the convolution left its images.
  for (const std::string tail : {"dim=1", "dim=1, keepdim=true"}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {1, 3, 4, 5}).Constant("w", {6, 3, 1, 1}, 0.7);
    text.Node("c", {1, 6, 4, 5}, "aten.conv2d.default(input=%x, weight=%w, bias=none)");
    text.Typed("y", tail == "dim=1" ? "i64[1,4,5]" : "i64[1,1,4,5]",
               "aten.argmax.default(self=%c, " + tail + ")");
    cases.push_back({"of maps " + tail, text.Done({"y"}), {{"cortico::argmax", 1}}});
  }
}

}  // namespace cortico::ops
