#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_activation_cases(std::vector<OpCase>& cases) {
  struct Row {
    const char* call;
    OpCounts after;
    bool from_libm;
  };
  const OpCounts where = {{"aten::where", 1}};
  const Row rows[] = {
      {"clamp.default(self=%x, min=-0.5)", {{"aten::hardtanh", 1}}, false},
      {"hardtanh.default(self=%x)", {{"aten::hardtanh", 1}}, false},
      {"relu6.default(self=%x)", {{"aten::hardtanh", 1}}, false},
      {"leaky_relu.default(self=%x, negative_slope=0.2)", {{"aten::leaky_relu", 1}}, false},
      {"elu.default(self=%x)", {{"aten::elu", 1}}, true},
      {"elu.default(self=%x, alpha=0.5, scale=2.0, input_scale=1.5)", {{"aten::elu", 1}}, true},
      {"gelu.default(self=%x)", {{"aten::gelu", 1}}, true},
      {"gelu.default(self=%x, approximate=\"tanh\")", {{"aten::gelu", 1}}, true},
      // What has no portable op is a formula.
      {"silu.default(self=%x)", {{"aten::sigmoid", 1}, {"aten::mul", 1}}, true},
      {"hardswish.default(self=%x)", {{"aten::hardtanh", 1}}, false},
      {"hardsigmoid.default(self=%x)", {{"aten::hardtanh", 1}}, false},
      {"softplus.default(self=%x)", {{"aten::log1p", 1}, {"aten::where", 1}}, true},
      {"softplus.default(self=%x, beta=3.0, threshold=2.0)", {{"aten::where", 1}}, true},
      {"mish.default(self=%x)", {{"aten::tanh", 1}}, true},
      {"log_sigmoid.default(self=%x)", {{"aten::log1p", 1}}, true},
      {"celu.default(self=%x, alpha=2.0)", {{"aten::elu", 1}}, true},
      {"selu.default(self=%x)", {{"aten::elu", 1}}, true},
      {"threshold.default(self=%x, threshold=0.5, value=-7.0)", where, false},
      {"softsign.default(self=%x)", {{"aten::div", 1}}, false},
      {"hardshrink.default(self=%x)", where, false},
      {"softshrink.default(self=%x)", {{"aten::where", 2}}, false},
      {"square.default(self=%x)", {{"aten::mul", 1}}, false}};
  for (const Row& row : rows) {
    GraphText text(1);
    text.Input("x", {2, 3, 6}).Node("y", {2, 3, 6}, std::string("aten.") + row.call);
    OpCase c = {row.call, text.Done({"y"}), row.after, -4, 4};
    c.in_float = true;
    if (row.from_libm) c.TolerateLibm();
    cases.push_back(std::move(c));
  }
}

}  // namespace cortico::ops
