#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantized_batch_matmul_cases(std::vector<OpCase>& cases) {
  for (const Ints64& s : {Ints64{1, 3, 4, 5}, Ints64{2, 1, 16, 1}, Ints64{3, 7, 33, 2}, Ints64{1, 8, 8, 8},
                          Ints64{4, 2, 3, 9}}) {
    const int64_t batch = s[0], rows = s[1], depth = s[2], columns = s[3];
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {batch, rows, depth}).Input("y", {batch, depth, columns});
    text.Node("z", {batch, rows, columns}, "aten.bmm.default(self=%x, mat2=%y)");
    cases.push_back({"bmm " + ListText(s), text.Done({"z"}),
                     {{"cortex_m::quantized_batch_matmul", 1}, {"cortex_m::transpose", 1}}});
    GraphText turned(static_cast<uint32_t>(cases.size()));
    turned.Input("x", {batch, rows, depth}).Input("y", {batch, columns, depth});
    turned.Node("t", {batch, depth, columns}, "aten.permute.default(self=%y, dims=[0, 2, 1])");
    turned.Node("z", {batch, rows, columns}, "aten.matmul.default(self=%x, other=%t)");
    cases.push_back({"matmul with a transpose " + ListText(s), turned.Done({"z"}),
                     {{"cortex_m::quantized_batch_matmul", 1}, {"cortex_m::transpose", 0}}});
    GraphText constant(static_cast<uint32_t>(cases.size()));
    constant.Input("x", {batch, rows, depth}).Constant("y", {batch, depth, columns}, 1.0);
    constant.Node("z", {batch, rows, columns}, "aten.bmm.default(self=%x, mat2=%y)");
    cases.push_back({"bmm with a constant " + ListText(s), constant.Done({"z"}),
                     {{"cortex_m::quantized_batch_matmul", 1}, {"cortex_m::transpose", 0}}});
  }
  GraphText text(9);
  text.Input("x", {1, 2, 3, 4}).Input("y", {1, 2, 4, 5});
  text.Node("z", {1, 2, 3, 5}, "aten.matmul.default(self=%x, other=%y)");
  cases.push_back({"matmul of rank 4", text.Done({"z"}), {{"cortex_m::quantized_batch_matmul", 1}}});
}

}  // namespace cortico::ops
