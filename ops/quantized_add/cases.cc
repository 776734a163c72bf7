#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantized_add_cases(std::vector<OpCase>& cases) {
  struct Operands {
    Ints64 self, other;
  };
  const Operands operands[] = {
      {{1, 8}, {1, 8}},           {{1, 3, 5, 4}, {1, 3, 5, 4}}, {{2, 3, 2, 2}, {2, 3, 2, 2}},
      {{1, 4, 3, 3}, {1, 4, 1, 1}}, {{1, 17}, {1, 17}},         {{3, 2, 7}, {3, 2, 7}},
      {{1, 1, 6, 6}, {1, 1, 6, 6}}, {{65}, {65}},
  };
  for (const Operands& o : operands) {
    for (const std::string op : {"add", "sub"}) {
      for (const std::string end : {"", "relu", "constant"}) {
        GraphText text(static_cast<uint32_t>(cases.size()));
        text.Input("x", o.self);
        if (end == "constant") text.Constant("y", o.other, 3.0);
        else text.Input("y", o.other);
        text.Node("z", o.self, "aten." + op + ".Tensor(self=%x, other=%y)");
        std::string last = "z";
        if (end == "relu") {
          text.Node("r", o.self, "aten.relu.default(self=%z)");
          last = "r";
        }
        cases.push_back({op + " " + FloatType(o.self) + " " + FloatType(o.other) + " " + end,
                         text.Done({last}), {{"cortex_m::quantized_add", 1}}});
      }
    }
  }
  for (const std::string alpha : {"0.5", "3.0", "-1.5"}) {
    GraphText scaled(static_cast<uint32_t>(cases.size()));
    scaled.Input("x", {1, 9}).Input("y", {1, 9});
    scaled.Node("z", {1, 9}, "aten.add.Tensor(self=%x, other=%y, alpha=" + alpha + ")");
    cases.push_back({"alpha " + alpha, scaled.Done({"z"}), {{"cortex_m::quantized_add", 1}}});
  }
  GraphText text(2);
  text.Input("x", {1, 2, 4, 4}).Node("y", {1, 2, 4, 4}, "aten.add.Tensor(self=%x, other=%x)");
  cases.push_back({"a tensor and itself", text.Done({"y"}), {{"cortex_m::quantized_add", 1}}});
}

}  // namespace cortico::ops
