#include "compiler/tester/op_case.h"

namespace cortico::ops {
namespace {

struct Shape {
  const char* dims;
  Ints64 dropped, kept;
};

}  // namespace

void portable_reduce_cases(std::vector<OpCase>& cases) {
  const Ints64 sizes = {2, 3, 5};
  const auto add = [&](const std::string& op, const std::string& call, const std::string& from,
                       const std::string& to, const Ints64& out) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", sizes, from).Node("y", out, call, to);
    OpCase c = {call + " of " + from, text.Done({"y"}), {{"aten::" + op, 1}}, -9, 9};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  const Shape shapes[] = {{"[-1]", {2, 3}, {2, 3, 1}}, {"[0, 2]", {3}, {1, 3, 1}}, {"[1]", {2, 5}, {2, 1, 5}},
                          {"[0, 1, 2]", {}, {1, 1, 1}}};
  for (const Shape& s : shapes) {
    for (const bool keep : {false, true}) {
      const Ints64& out = keep ? s.kept : s.dropped;
      const std::string rest = std::string("(self=%x, dim=") + s.dims + ", keepdim=" + (keep ? "true" : "false") + ")";
      add("sum", "aten.sum.dim_IntList" + rest, "f32", "f32", out);
      add("sum", "aten.sum.dim_IntList" + rest, "i64", "i64", out);
      add("sum", "aten.sum.dim_IntList" + rest, "bool", "i64", out);
      add("mean", "aten.mean.dim" + rest, "f32", "f32", out);
      add("any", "aten.any.dims" + rest, "bool", "bool", out);
      for (const std::string op : {"amax", "amin"})
        for (const std::string type : {"f32", "i64"}) add(op, "aten." + op + ".default" + rest, type, type, out);
      const std::string variance = std::string("(self=%x, dim=") + s.dims + ", correction=1, keepdim=" +
                                   (keep ? "true" : "false") + ")";
      add("var", "aten.var.correction" + variance, "f32", "f32", out);
    }
  }
  for (const std::string op : {"argmax", "argmin"}) {
    for (const std::string type : {"f32", "i32"}) {
      add(op, "aten." + op + ".default(self=%x, dim=1)", type, "i64", {2, 5});
      add(op, "aten." + op + ".default(self=%x, dim=-1, keepdim=true)", type, "i64", {2, 3, 1});
      add(op, "aten." + op + ".default(self=%x)", type, "i64", {});
    }
  }
  for (const char* dim : {"0", "1", "-1"})
    for (const std::string type : {"f32", "i64"})
      add("cumsum", std::string("aten.cumsum.default(self=%x, dim=") + dim + ")", type, type, sizes);
}

}  // namespace cortico::ops
