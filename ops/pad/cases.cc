#include "compiler/tester/op_case.h"

namespace cortico::ops {

void pad_cases(std::vector<OpCase>& cases) {
  struct Border {
    Ints64 sizes, pad;
    double value;
  };
  const Border borders[] = {
      {{1, 3, 4, 4}, {1, 1, 1, 1}, 0.0}, {{1, 3, 4, 4}, {0, 1, 0, 1}, 0.0}, {{1, 2, 3, 5}, {2, 0, 0, 3}, 0.5},
      {{1, 2, 3, 3}, {0, 0, 0, 0, 1, 2}, 0.0}, {{4, 5}, {1, 2}, -0.5}, {{2, 3, 4}, {1, 0, 0, 1}, 0.0},
  };
  for (const Border& b : borders) {
    Ints64 out = b.sizes;
    for (size_t i = 0; i < b.pad.size() / 2; ++i) out[out.size() - 1 - i] += b.pad[2 * i] + b.pad[2 * i + 1];
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", b.sizes).Node("n", b.sizes, "aten.neg.default(self=%x)");
    text.Node("y", out, "aten.constant_pad_nd.default(self=%n, pad=" + ListText(b.pad) +
                            ", value=" + std::to_string(b.value) + ")");
    cases.push_back({FloatType(b.sizes) + " " + ListText(b.pad), text.Done({"y"}), {{"cortex_m::pad", 1}}});
  }
}

}  // namespace cortico::ops
