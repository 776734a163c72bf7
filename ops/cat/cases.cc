#include "compiler/tester/op_case.h"

namespace cortico::ops {

void cat_cases(std::vector<OpCase>& cases) {
  struct Parts {
    std::vector<Ints64> sizes;
    int64_t dim;
  };
  const Parts all[] = {
      {{{1, 3, 4, 4}, {1, 5, 4, 4}}, 1}, {{{1, 2, 3, 4}, {1, 2, 2, 4}}, 2}, {{{1, 2, 3, 4}, {1, 2, 3, 1}}, -1},
      {{{2, 3}, {1, 3}, {4, 3}}, 0},     {{{1, 8}, {1, 8}}, 1},             {{{2, 2, 3}, {2, 2, 5}}, 2},
      {{{1, 1, 4, 4}, {1, 1, 4, 4}, {1, 2, 4, 4}}, 1}, {{{1, 16, 2, 2}, {1, 16, 2, 2}}, 1},
  };
  for (const Parts& parts : all) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    Ints64 out = parts.sizes[0];
    const auto dim = static_cast<size_t>(parts.dim < 0 ? parts.dim + static_cast<int64_t>(out.size()) : parts.dim);
    out[dim] = 0;
    std::string list;
    for (size_t i = 0; i < parts.sizes.size(); ++i) {
      const std::string x = "x" + std::to_string(i), n = "n" + std::to_string(i);
      text.Input(x, parts.sizes[i]);
      out[dim] += parts.sizes[i][dim];
      list += (i > 0 ? ", %" : "%") + n;
    }
    for (size_t i = 0; i < parts.sizes.size(); ++i)
      text.Node("n" + std::to_string(i), parts.sizes[i], "aten.neg.default(self=%x" + std::to_string(i) + ")");
    text.Node("y", out, "aten.cat.default(tensors=[" + list + "], dim=" + std::to_string(parts.dim) + ")");
    cases.push_back({FloatType(out) + " along " + std::to_string(parts.dim), text.Done({"y"}), {{"aten::cat", 1}}});
  }
  GraphText many(8);
  many.Input("x", {1, 3}).Node("n", {1, 3}, "aten.neg.default(self=%x)");
  many.Node("y", {11, 3}, "aten.cat.default(tensors=[%n, %n, %n, %n, %n, %n, %n, %n, %n, %n, %n], dim=0)");
  cases.push_back({"eleven tensors", many.Done({"y"}), {{"aten::cat", 2}}});
  GraphText stack(9);
  stack.Input("x", {2, 3}).Node("n", {2, 3}, "aten.neg.default(self=%x)").Node("m", {2, 3}, "aten.abs.default(self=%x)");
  stack.Node("y", {2, 2, 3}, "aten.stack.default(tensors=[%n, %m], dim=1)");
  cases.push_back({"stack", stack.Done({"y"}), {{"aten::cat", 1}}});
}

}  // namespace cortico::ops
