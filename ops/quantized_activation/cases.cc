#include "compiler/tester/op_case.h"

namespace cortico::ops {

void quantized_activation_cases(std::vector<OpCase>& cases) {
  struct Function {
    std::string call;
    double low, high;
  };
  const Function functions[] = {
      {"sigmoid.default(self=%x)", -8, 8},    {"tanh.default(self=%x)", -4, 4},
      {"silu.default(self=%x)", -6, 6},       {"gelu.default(self=%x)", -4, 4},
      {"hardswish.default(self=%x)", -5, 5},  {"hardsigmoid.default(self=%x)", -5, 5},
      {"leaky_relu.default(self=%x, negative_slope=0.1)", -4, 4},
      {"elu.default(self=%x, alpha=0.7)", -4, 4},
      {"relu.default(self=%x)", -2, 3},       {"relu6.default(self=%x)", -2, 9},
      {"hardtanh.default(self=%x, min_val=-0.5, max_val=1.5)", -2, 3},
      {"clamp.default(self=%x, min=-1.0)", -3, 3},
      {"exp.default(self=%x)", -3, 2},        {"log.default(self=%x)", 0.5, 9},
      {"sqrt.default(self=%x)", 0, 9},        {"rsqrt.default(self=%x)", 0.5, 4},
      {"reciprocal.default(self=%x)", 0.5, 4}, {"abs.default(self=%x)", -3, 2},
      {"neg.default(self=%x)", -1, 4},        {"mul.Tensor(self=%x, other=-1.7)", -2, 3},
      {"add.Tensor(self=%x, other=0.8)", -2, 3}, {"sub.Tensor(self=%x, other=0.3)", -2, 3},
      {"div.Tensor(self=%x, other=4.0)", -2, 3}, {"rsub.Scalar(self=%x, other=1.0)", -2, 3},
      {"pow.Tensor_Scalar(self=%x, exponent=2)", -2, 3},
      {"softplus.default(self=%x)", -4, 4},   {"mish.default(self=%x)", -4, 4},
      {"log_sigmoid.default(self=%x)", -4, 4}, {"celu.default(self=%x, alpha=2.0)", -4, 4},
      {"selu.default(self=%x)", -4, 4},       {"softshrink.default(self=%x, lambd=0.3)", -2, 3},
      {"hardshrink.default(self=%x, lambd=0.3)", -2, 3},
      {"sin.default(self=%x)", -6, 6},        {"cos.default(self=%x)", -6, 6},
      {"erf.default(self=%x)", -3, 3},        {"log1p.default(self=%x)", 0, 9},
      {"expm1.default(self=%x)", -3, 2},      {"square.default(self=%x)", -2, 3},
  };
  for (const Function& f : functions) {
    for (const Ints64& sizes : {Ints64{1, 3, 4, 5}, Ints64{257}}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", sizes).Node("y", sizes, "aten." + f.call);
      cases.push_back({f.call.substr(0, f.call.find('(')) + " " + FloatType(sizes),
                       text.Done({"y"}), {{"cortex_m::quantized_activation", 1}}, f.low, f.high});
    }
  }
}

}  // namespace cortico::ops
