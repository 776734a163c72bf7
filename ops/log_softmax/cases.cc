#include "compiler/tester/op_case.h"

namespace cortico::ops {

void log_softmax_cases(std::vector<OpCase>& cases) {
  struct Row {
    Ints64 sizes;
    int64_t dim;
    double high;
  };
  const Row rows[] = {{{1, 10}, -1, 2}, {{1, 10}, 1, 12}, {{3, 1}, -1, 2}, {{2, 3, 17}, -1, 4},
                      {{1, 1000}, -1, 1}, {{1, 5, 3, 4}, 1, 3}, {{4, 7}, 0, 2}};
  for (const Row& r : rows) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", r.sizes).Node("n", r.sizes, "aten.neg.default(self=%x)");
    text.Node("y", r.sizes, "aten.log_softmax.int(self=%n, dim=" + std::to_string(r.dim) + ")");
    OpCase c{FloatType(r.sizes) + " dim " + std::to_string(r.dim) + " to " + std::to_string(r.high),
             text.Done({"y"}), {{"cortico::log_softmax", 1}}};
    c.low = -r.high, c.high = r.high;
    cases.push_back(std::move(c));
  }
}

}  // namespace cortico::ops
