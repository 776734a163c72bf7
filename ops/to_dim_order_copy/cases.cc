#include "compiler/tester/op_case.h"

namespace cortico::ops {

void to_dim_order_copy_cases(std::vector<OpCase>& cases) {
  // Where the order of a picture and that of a vector meet.
  for (const Ints64& s : {Ints64{1, 3, 4, 5}, Ints64{2, 2, 3, 3}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", s).Node("p", {s[0], s[1], s[2] - 1, s[3] - 1},
                            "aten.max_pool2d.default(self=%x, kernel_size=[2, 2], stride=[1, 1])");
    const int64_t count = s[1] * (s[2] - 1) * (s[3] - 1);
    text.Node("v", {s[0], count}, "aten.view.default(self=%p, size=" + ListText({s[0], count}) + ")");
    text.Node("y", {s[0], count}, "aten.neg.default(self=%v)");
    cases.push_back({FloatType(s), text.Done({"y"}), {{"dim_order_ops::_to_dim_order_copy", 2}}});
  }
}

}  // namespace cortico::ops
