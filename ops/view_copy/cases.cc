#include "compiler/tester/op_case.h"

namespace cortico::ops {

void view_copy_cases(std::vector<OpCase>& cases) {
  struct View {
    Ints64 from, to;
  };
  for (const View& v : {View{{2, 6}, {3, 4}}, View{{1, 3, 4}, {1, 12}}, View{{24}, {1, 2, 3, 4}}, View{{1, 8, 1, 1}, {1, 8}}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", v.from).Node("n", v.from, "aten.neg.default(self=%x)");
    text.Node("y", v.to, "aten.view.default(self=%n, size=" + ListText(v.to) + ")");
    cases.push_back({FloatType(v.from) + " " + FloatType(v.to), text.Done({"y"}), {{"aten::view_copy", 1}}});
  }
}

}  // namespace cortico::ops
