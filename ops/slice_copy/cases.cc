#include "compiler/tester/op_case.h"

namespace cortico::ops {

void slice_copy_cases(std::vector<OpCase>& cases) {
  struct Range {
    Ints64 sizes;
    int64_t dim, start, end, step;
  };
  const Range ranges[] = {
      {{1, 6, 4, 4}, 1, 0, 3, 1}, {{1, 6, 4, 4}, 1, 2, 6, 2}, {{1, 3, 6, 4}, 2, 1, 5, 1}, {{1, 3, 4, 6}, -1, 1, 6, 3},
      {{8, 3}, 0, 2, 7, 1},       {{8, 3}, 0, 1, 8, 2},       {{2, 9}, 1, 3, 9, 1},       {{2, 3, 5}, 2, 0, 4, 1},
  };
  for (const Range& r : ranges) {
    Ints64 out = r.sizes;
    out[static_cast<size_t>(r.dim < 0 ? r.dim + static_cast<int64_t>(out.size()) : r.dim)] = (r.end - r.start - 1) / r.step + 1;
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", r.sizes).Node("n", r.sizes, "aten.neg.default(self=%x)");
    text.Node("y", out, "aten.slice.Tensor(self=%n, dim=" + std::to_string(r.dim) + ", start=" + std::to_string(r.start) +
                            ", end=" + std::to_string(r.end) + ", step=" + std::to_string(r.step) + ")");
    cases.push_back({FloatType(r.sizes) + " " + ListText({r.dim, r.start, r.end, r.step}), text.Done({"y"}), {{"aten::slice_copy", 1}}});
  }
  GraphText select(3);
  select.Input("x", {2, 5, 3}).Node("n", {2, 5, 3}, "aten.neg.default(self=%x)");
  select.Node("y", {2, 3}, "aten.select.int(self=%n, dim=1, index=-2)");
  cases.push_back({"select", select.Done({"y"}), {{"aten::slice_copy", 1}}});
}

}  // namespace cortico::ops
