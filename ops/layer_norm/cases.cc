#include "compiler/tester/op_case.h"

namespace cortico::ops {

void layer_norm_cases(std::vector<OpCase>& cases) {
  struct Row {
    Ints64 sizes, shape;
    bool affine;
  };
  const Row rows[] = {{{1, 6, 16}, {16}, true}, {{1, 6, 16}, {16}, false},  {{2, 3, 5}, {3, 5}, true},
                      {{4, 64}, {64}, true},    {{1, 4, 3, 7}, {7}, true},  {{3, 2}, {2}, false},
                      {{1, 257}, {257}, true},  {{1, 2, 1024}, {1024}, true}};
  for (const Row& r : rows) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", r.sizes);
    if (r.affine) text.Constant("w", r.shape, 1.2).Constant("b", r.shape, 0.4);
    text.Node("n", r.sizes, "aten.neg.default(self=%x)");
    text.Node("y", r.sizes, "aten.layer_norm.default(input=%n, normalized_shape=" +
                                ListText(r.shape) + ", weight=" + (r.affine ? "%w" : "none") +
                                ", bias=" + (r.affine ? "%b" : "none") + ", eps=0.00001)");
    cases.push_back({FloatType(r.sizes) + " over " + ListText(r.shape) + (r.affine ? " affine" : ""),
                     text.Done({"y"}), {{"cortico::layer_norm", 1}}});
  }
  GraphText group(21);
  group.Input("x", {2, 6, 3, 4}).Constant("w", {6}, 1.2).Constant("b", {6}, 0.4);
  group.Node("y", {2, 6, 3, 4},
             "aten.group_norm.default(input=%x, num_groups=2, weight=%w, bias=%b, eps=0.00001)");
  cases.push_back({"group norm", group.Done({"y"}), {{"cortico::layer_norm", 1}}});
  GraphText instance(22);
  instance.Input("x", {1, 3, 4, 5});
  instance.Node("y", {1, 3, 4, 5},
                "aten.instance_norm.default(input=%x, weight=none, bias=none, running_mean=none, "
                "running_var=none, use_input_stats=true, momentum=0.1, eps=0.00001, "
                "cudnn_enabled=true)");
  cases.push_back({"instance norm", instance.Done({"y"}), {{"cortico::layer_norm", 1}}});
}

}  // namespace cortico::ops
