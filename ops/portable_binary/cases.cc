#include "compiler/tester/op_case.h"

namespace cortico::ops {
namespace {

void Add(std::vector<OpCase>& cases, const std::string& op, const std::string& call, const Ints64& a,
         const Ints64& b, const Ints64& out, const std::string& from, const std::string& to,
         bool from_libm = false) {
  GraphText text(static_cast<uint32_t>(cases.size()));
  text.Input("a", a, from).Input("b", b, from).Node("y", out, call, to);
  OpCase c = {op + " " + from + ListText(a) + " " + ListText(b), text.Done({"y"}),
              {{"aten::" + op, 1}}, 0.25, 3.0};
  c.in_float = true;
  if (from_libm) c.TolerateLibm();
  if (from != "f32") c.low = -9, c.high = 9;
  cases.push_back(std::move(c));
}

}  // namespace

void portable_binary_cases(std::vector<OpCase>& cases) {
  struct Shapes {
    Ints64 a, b, out;
  };
  const Shapes all[] = {{{2, 3, 4}, {2, 3, 4}, {2, 3, 4}},
                        {{2, 3, 4}, {3, 1}, {2, 3, 4}},
                        {{1, 5}, {4, 1}, {4, 5}},
                        {{7}, {1}, {7}}};
  const auto tensors = [](const std::string& op, const std::string& overload) {
    return "aten." + op + "." + overload + "(self=%a, other=%b)";
  };
  for (const Shapes& s : all) {
    for (const std::string op : {"add", "sub", "mul", "div"})
      Add(cases, op, tensors(op, "Tensor"), s.a, s.b, s.out, "f32", "f32");
    for (const std::string op : {"maximum", "minimum"})
      Add(cases, op, tensors(op, "default"), s.a, s.b, s.out, "f32", "f32");
    Add(cases, "pow", "aten.pow.Tensor_Tensor(self=%a, exponent=%b)", s.a, s.b, s.out, "f32", "f32", true);
    Add(cases, "atan2", tensors("atan2", "default"), s.a, s.b, s.out, "f32", "f32", true);
    for (const std::string op : {"add", "sub", "mul"})
      Add(cases, op, tensors(op, "Tensor"), s.a, s.b, s.out, "i64", "i64");
    for (const std::string op : {"eq", "ne", "lt", "le", "gt", "ge"})
      for (const std::string type : {"f32", "i64"})
        Add(cases, op, tensors(op, "Tensor"), s.a, s.b, s.out, type, "bool");
    for (const std::string op : {"logical_and", "logical_or", "logical_xor"})
      for (const std::string type : {"bool", "i64"})
        Add(cases, op, tensors(op, "default"), s.a, s.b, s.out, type, "bool");
    for (const std::string type : {"f32", "i64"}) {
      GraphText text(2);
      text.Input("a", s.a, type).Input("b", s.b, type).Input("c", s.out, "bool");
      text.Node("y", s.out, "aten.where.self(condition=%c, self=%a, other=%b)", type);
      OpCase c = {"where " + type + ListText(s.a), text.Done({"y"}), {{"aten::where", 1}}};
      c.in_float = true;
      cases.push_back(std::move(c));
    }
  }
  Add(cases, "add", "aten.add.Tensor(self=%a, other=%b, alpha=3)", {2, 3}, {3}, {2, 3}, "i32", "i32");
  Add(cases, "sub", "aten.sub.Tensor(self=%a, other=%b, alpha=0.5)", {2, 3}, {3}, {2, 3}, "f32", "f32");
  Add(cases, "div", "aten.div.Tensor(self=%a, other=%b)", {2, 3}, {3}, {2, 3}, "i64", "f32");
  // Numbers, which become constants.
  for (const std::string call :
       {"add.Tensor(self=%x, other=1.5)", "mul.Tensor(self=%x, other=2)", "gt.Scalar(self=%x, other=0.5)",
        "pow.Tensor_Scalar(self=%x, exponent=2)", "pow.Tensor_Scalar(self=%x, exponent=-1.5)",
        "rsub.Scalar(self=%x, other=1.0)"}) {
    const std::string op = call.substr(0, call.find('.'));
    GraphText text(3);
    text.Input("x", {4, 3}).Node("y", {4, 3}, "aten." + call, op == "gt" ? "bool" : "f32");
    OpCase c = {call, text.Done({"y"}), {{"aten::" + (op == "rsub" ? "sub" : op), 1}}, 0.25, 3.0};
    c.in_float = true;
    if (op == "pow") c.TolerateLibm();
    cases.push_back(std::move(c));
  }
}

}  // namespace cortico::ops
