#include "compiler/tester/op_case.h"

namespace cortico::ops {

void transpose_cases(std::vector<OpCase>& cases) {
  struct Permutation {
    Ints64 sizes, dims;
  };
  const Permutation permutations[] = {
      {{4, 3}, {1, 0}},          {{2, 3, 4}, {2, 0, 1}},       {{2, 3, 4}, {0, 2, 1}},
      {{1, 3, 4, 5}, {0, 2, 3, 1}}, {{1, 3, 4, 5}, {0, 3, 1, 2}}, {{2, 3, 4, 5}, {3, 2, 1, 0}},
      {{1, 1, 4, 5}, {0, 2, 1, 3}}, {{6, 1}, {1, 0}},             {{2, 2, 3, 3}, {1, 0, 3, 2}},
  };
  for (const Permutation& p : permutations) {
    Ints64 out;
    for (int64_t d : p.dims) out.push_back(p.sizes[static_cast<size_t>(d)]);
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", p.sizes).Node("n", p.sizes, "aten.neg.default(self=%x)");
    text.Node("y", out, "aten.permute.default(self=%n, dims=" + ListText(p.dims) + ")");
    cases.push_back({FloatType(p.sizes) + " " + ListText(p.dims), text.Done({"y"}),
                     {{"cortex_m::transpose", 1}}});
  }
  GraphText text(4);
  text.Input("x", {2, 3, 4}).Node("n", {2, 3, 4}, "aten.neg.default(self=%x)");
  text.Node("y", {2, 4, 3}, "aten.transpose.int(self=%n, dim0=-1, dim1=-2)");
  cases.push_back({"transpose.int", text.Done({"y"}), {{"cortex_m::transpose", 1}}});
}

}  // namespace cortico::ops
