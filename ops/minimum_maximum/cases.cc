#include "compiler/tester/op_case.h"

namespace cortico::ops {

void minimum_maximum_cases(std::vector<OpCase>& cases) {
  struct Operands {
    Ints64 self, other;
  };
  const Operands operands[] = {
      {{1, 8}, {1, 8}},           {{1, 3, 5, 4}, {1, 3, 5, 4}}, {{2, 3, 2, 2}, {2, 3, 2, 2}},
      {{1, 4, 3, 3}, {1, 4, 1, 1}}, {{1, 17}, {1, 17}},         {{3, 2, 7}, {3, 2, 7}},
      {{1, 1, 6, 6}, {1, 1, 6, 6}}, {{65}, {65}},
  };
  for (const Operands& o : operands) {
    for (const std::string op : {"minimum", "maximum"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", o.self).Input("y", o.other);
      text.Node("n", o.self, "aten.neg.default(self=%x)");
      text.Node("z", o.self, "aten." + op + ".default(self=%n, other=%y)");
      cases.push_back({op + " " + FloatType(o.self) + " " + FloatType(o.other), text.Done({"z"}),
                       {{"cortex_m::" + op, 1}}});
    }
  }
}

}  // namespace cortico::ops
