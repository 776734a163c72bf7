#include "compiler/tester/op_case.h"

namespace cortico::ops {

void prelu_cases(std::vector<OpCase>& cases) {
  for (const Ints64& sizes : {Ints64{1, 5, 4, 6}, Ints64{2, 3, 7}, Ints64{3, 17},
                              Ints64{1, 2, 2, 3, 4}}) {
    for (const double slope : {0.3, 1.5}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", sizes).Constant("w", {sizes[1]}, slope);
      text.Node("n", sizes, "aten.neg.default(self=%x)");
      text.Node("y", sizes, "aten.prelu.default(self=%n, weight=%w)");
      cases.push_back({FloatType(sizes) + (slope > 1 ? " steep" : ""), text.Done({"y"}),
                       {{"cortico::prelu", 1}}});
    }
  }
  GraphText one(11);
  one.Input("x", {1, 4, 5}).Constant("w", {1}, 0.3);
  one.Node("y", {1, 4, 5}, "aten.prelu.default(self=%x, weight=%w)");
  cases.push_back({"one slope", one.Done({"y"}), {{"cortex_m::quantized_activation", 1}}});
  GraphText images(12);
  images.Input("x", {1, 3, 5, 4}).Constant("k", {6, 3, 1, 1}, 0.7).Constant("w", {6}, 0.4);
  images.Node("c", {1, 6, 5, 4}, "aten.conv2d.default(input=%x, weight=%k, bias=none)");
  images.Node("y", {1, 6, 5, 4}, "aten.prelu.default(self=%c, weight=%w)");
  cases.push_back({"behind a convolution", images.Done({"y"}), {{"cortico::prelu", 1}}});
}

}  // namespace cortico::ops
