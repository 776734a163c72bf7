#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_matmul_cases(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& name, const GraphText& text, const OpCounts& after) {
    OpCase c = {name, text.Done({"y"}), after};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{1, 1, 1}, {3, 5, 7}, {1, 16, 4}, {8, 9, 1}}) {
    const std::string name = ListText({m, k, n});
    GraphText mm(1), bmm(2), addmm(3), linear(4), bare(5);
    mm.Input("a", {m, k}).Input("b", {k, n}).Node("y", {m, n}, "aten.mm.default(self=%a, mat2=%b)");
    add("mm " + name, mm, {{"aten::mm", 1}});
    bmm.Input("a", {3, m, k}).Input("b", {3, k, n});
    bmm.Node("y", {3, m, n}, "aten.bmm.default(self=%a, mat2=%b)");
    add("bmm " + name, bmm, {{"aten::bmm", 1}});
    addmm.Input("c", {n}).Input("a", {m, k}).Input("b", {k, n});
    addmm.Node("y", {m, n}, "aten.addmm.default(self=%c, mat1=%a, mat2=%b, beta=0.5, alpha=2)");
    add("addmm " + name, addmm, {{"aten::addmm", 1}});
    linear.Input("x", {2, m, k}).Constant("w", {n, k}, 1.0).Constant("b", {n}, 1.0);
    linear.Node("y", {2, m, n}, "aten.linear.default(input=%x, weight=%w, bias=%b)");
    add("linear " + name, linear, {{"aten::addmm", 1}});
    bare.Input("x", {m, k}).Constant("w", {n, k}, 1.0);
    bare.Node("y", {m, n}, "aten.linear.default(input=%x, weight=%w, bias=none)");
    add("linear without bias " + name, bare, {{"aten::mm", 1}});
  }
  GraphText matmul(6);
  matmul.Input("a", {2, 3, 4, 5}).Input("b", {2, 3, 5, 2});
  matmul.Node("y", {2, 3, 4, 2}, "aten.matmul.default(self=%a, other=%b)");
  add("matmul of rank 4", matmul, {{"aten::bmm", 1}});
}

}  // namespace cortico::ops
