#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantized_linear_cases(std::vector<OpCase>& cases) {
  for (const Ints64& shape : {Ints64{1, 16, 10}, Ints64{1, 1, 1}, Ints64{3, 7, 5}, Ints64{1, 129, 9},
                              Ints64{4, 64, 3}, Ints64{1, 33, 16}, Ints64{2, 8, 40}}) {
    const int64_t rows = shape[0], depth = shape[1], outputs = shape[2];
    for (const std::string end : {"", "relu", "relu6", "no bias", "rank 3"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      const Ints64 in = end == "rank 3" ? Ints64{2, rows, depth} : Ints64{rows, depth};
      Ints64 out = in;
      out.back() = outputs;
      text.Input("x", in).Constant("w", {outputs, depth}, 0.5);
      if (end != "no bias") text.Constant("b", {outputs}, 1.0);
      text.Node("y", out, "aten.linear.default(input=%x, weight=%w, bias=" +
                              std::string(end == "no bias" ? "none" : "%b") + ")");
      std::string last = "y";
      if (end == "relu" || end == "relu6") {
        text.Node("z", out, "aten." + end + ".default(self=%y)");
        last = "z";
      }
      cases.push_back({std::to_string(depth) + " to " + std::to_string(outputs) + " x" +
                           std::to_string(rows) + " " + end,
                       text.Done({last}),
                       // One output has one factor.
                       {{outputs == 1 ? "cortex_m::quantized_linear" : "cortico::quantized_linear_per_channel", 1}}});
    }
  }
  // A constant matrix on the right of a product.
  GraphText text(5);
  text.Input("x", {2, 6}).Constant("m", {6, 4}, 0.5).Node("y", {2, 4}, "aten.matmul.default(self=%x, other=%m)");
  cases.push_back({"matmul with a constant", text.Done({"y"}), {{"cortico::quantized_linear_per_channel", 1}}});
}

}  // namespace cortico::ops
