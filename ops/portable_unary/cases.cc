#include "compiler/tester/op_case.h"

namespace cortico::ops {
namespace {

// Ranges in which a function is defined, and how far two C libraries may lie apart.
struct Function {
  std::string name;
  double low, high;
  bool from_libm;
};

}  // namespace

void portable_unary_cases(std::vector<OpCase>& cases) {
  const Function functions[] = {
      {"abs", -2, 2, false},      {"acos", -0.9, 0.9, true},  {"acosh", 1.1, 4, true},
      {"asin", -0.9, 0.9, true},  {"asinh", -4, 4, true},     {"atan", -4, 4, true},
      {"atanh", -0.9, 0.9, true}, {"ceil", -4, 4, false},     {"cos", -6, 6, true},
      {"cosh", -4, 4, true},      {"erf", -3, 3, true},       {"exp", -5, 5, true},
      {"expm1", -3, 3, true},     {"floor", -4, 4, false},    {"log", 0.1, 9, true},
      {"log10", 0.1, 9, true},    {"log1p", -0.9, 9, true},   {"log2", 0.1, 9, true},
      {"neg", -2, 2, false},      {"reciprocal", 0.2, 4, false}, {"relu", -2, 2, false},
      {"round", -4, 4, false},    {"rsqrt", 0.1, 9, false},   {"sigmoid", -6, 6, true},
      {"sign", -2, 2, false},     {"sin", -6, 6, true},       {"sinh", -4, 4, true},
      {"sqrt", 0, 9, false},      {"tan", -1, 1, true},       {"tanh", -4, 4, true},
      {"trunc", -4, 4, false}};
  for (const Function& f : functions) {
    const Ints64 sizes = {2, 3, 7};
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", sizes).Node("y", sizes, "aten." + f.name + ".default(self=%x)");
    OpCase c = {f.name, text.Done({"y"}), {{"aten::" + f.name, 1}}, f.low, f.high};
    c.in_float = true;
    if (f.from_libm) c.TolerateLibm();
    cases.push_back(std::move(c));
  }
  const auto add = [&cases](const std::string& name, const std::string& from, const std::string& to) {
    GraphText text(1);
    text.Input("x", {3, 5}, from).Node("y", {3, 5}, "aten." + name, to);
    const std::string op = name.substr(0, name.find('.'));
    OpCase c = {op + " of " + from + " to " + to, text.Done({"y"}), {{"aten::" + op, 1}}, -3.2, 3.2};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  for (const char* name : {"abs.default(self=%x)", "neg.default(self=%x)", "sign.default(self=%x)",
                           "relu.default(self=%x)"}) {
    add(name, "i64", "i64");
    add(name, "i32", "i32");
  }
  for (const char* from : {"f32", "i64", "bool"}) {
    add("logical_not.default(self=%x)", from, "bool");
    add("isnan.default(self=%x)", from, "bool");
    add("isinf.default(self=%x)", from, "bool");
    for (const char* to : {"f32", "i64", "i32", "bool"})
      if (std::string(from) != to)
        add(std::string("_to_copy.default(self=%x, dtype=:") + to + ")", from, to);
  }
}

}  // namespace cortico::ops
