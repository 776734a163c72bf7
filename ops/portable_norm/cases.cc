#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_norm_cases(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& name, GraphText& text, const std::string& op, bool from_libm) {
    OpCase c = {name, text.Done({"y"}), {{op, 1}}, -4, 4};
    c.in_float = true;
    if (from_libm) c.TolerateLibm();
    cases.push_back(std::move(c));
  };
  for (const Ints64& shape : {Ints64{5}, Ints64{3, 5}}) {
    for (const bool affine : {true, false}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", {2, 3, 5});
      if (affine) text.Constant("w", shape, 1.0).Constant("b", shape, 1.0);
      text.Node("y", {2, 3, 5},
                "aten.layer_norm.default(input=%x, normalized_shape=" + ListText(shape) +
                    (affine ? ", weight=%w, bias=%b" : "") + ", eps=0.001)");
      add("layer norm " + ListText(shape) + (affine ? "" : " plain"), text, "aten::native_layer_norm", false);
    }
  }
  for (const int64_t groups : {1, 2, 4}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {2, 4, 3, 2}).Constant("w", {4}, 1.0).Constant("b", {4}, 1.0);
    text.Node("y", {2, 4, 3, 2},
              "aten.group_norm.default(input=%x, num_groups=" + std::to_string(groups) +
                  ", weight=%w, bias=%b)");
    add("group norm " + std::to_string(groups), text, "aten::native_group_norm", false);
  }
  for (const std::string op : {"softmax", "log_softmax"}) {
    for (const char* dim : {"-1", "0", "1"}) {
      GraphText text(1);
      text.Input("x", {3, 4, 5});
      text.Node("y", {3, 4, 5}, "aten." + op + ".int(self=%x, dim=" + dim + ")");
      add(op + " along " + dim, text, "aten::_" + op, true);
    }
  }
}

}  // namespace cortico::ops
