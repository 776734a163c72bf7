#include "compiler/tester/nhwc_cases.h"

namespace cortico::ops {

void quantized_conv2d_cases(std::vector<OpCase>& cases) {
  struct Shape {
    int64_t n, c, h, w, o, kh, kw, stride, pad, dilation, groups;
  };
  const Shape shapes[] = {
      {1, 1, 8, 8, 4, 3, 3, 1, 1, 1, 1},  {1, 3, 9, 7, 8, 3, 3, 2, 1, 1, 1},
      {1, 8, 6, 6, 8, 1, 1, 1, 0, 1, 1},  {1, 8, 7, 5, 5, 1, 1, 2, 0, 1, 1},
      {1, 4, 8, 8, 6, 3, 3, 1, 2, 2, 1},  {1, 4, 9, 9, 6, 3, 3, 2, 2, 2, 1},
      {2, 3, 5, 5, 4, 2, 2, 1, 0, 1, 1},  {1, 6, 5, 5, 9, 3, 3, 1, 1, 1, 3},
      {1, 8, 4, 4, 4, 1, 1, 1, 0, 1, 2},  {1, 17, 3, 3, 3, 3, 3, 1, 1, 1, 1},
      {1, 1, 12, 4, 8, 10, 4, 2, 1, 1, 1}, {1, 2, 1, 20, 4, 1, 5, 1, 0, 1, 1},
      {1, 16, 4, 4, 16, 3, 3, 1, 1, 1, 1}, {1, 33, 2, 3, 7, 1, 1, 1, 0, 1, 1},
      {3, 2, 4, 4, 2, 4, 4, 4, 0, 1, 1},  {1, 5, 6, 6, 1, 5, 5, 1, 2, 1, 1},
  };
  const auto out = [](int64_t in, int64_t k, const Shape& s) {
    return (in + 2 * s.pad - s.dilation * (k - 1) - 1) / s.stride + 1;
  };
  for (const Shape& s : shapes) {
    for (const std::string end : {"", "relu", "relu6", "no bias"}) {
      const int64_t ph = s.kh == 1 ? 0 : s.pad;
      const Ints64 sizes = {s.n, s.o, (s.h + 2 * ph - s.dilation * (s.kh - 1) - 1) / s.stride + 1,
                            out(s.w, s.kw, s)};
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", {s.n, s.c, s.h, s.w});
      text.Constant("w", {s.o, s.c / s.groups, s.kh, s.kw}, 0.5);
      if (end != "no bias") text.Constant("b", {s.o}, 1.0);
      text.Node("y", sizes,
                "aten.conv2d.default(input=%x, weight=%w, bias=" +
                    std::string(end == "no bias" ? "none" : "%b") + ", stride=" +
                    ListText({s.stride, s.stride}) + ", padding=" + ListText({ph, s.pad}) +
                    ", dilation=" + ListText({s.dilation, s.dilation}) +
                    ", groups=" + std::to_string(s.groups) + ")");
      std::string last = "y";
      if (end == "relu" || end == "relu6") {
        text.Node("z", sizes, "aten." + end + ".default(self=%y)");
        last = "z";
      }
      const std::string name = "conv2d k" + std::to_string(s.kh) + "x" + std::to_string(s.kw) +
                               " s" + std::to_string(s.stride) + " d" + std::to_string(s.dilation) +
                               " g" + std::to_string(s.groups) + " " +
                               FloatType({s.n, s.c, s.h, s.w}) + " " + end;
      cases.push_back({name, text.Done({last}), {{"cortex_m::quantized_conv2d", 1}}});
    }
  }
  // In one dimension: an image of height one.
  for (int64_t stride : {1, 2}) {
    for (int64_t groups : {1, 2}) {
      const int64_t width = (20 + 2 * 2 - 5) / stride + 1;
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", {1, 4, 20}).Constant("w", {6, 4 / groups, 5}, 0.5).Constant("b", {6}, 1.0);
      text.Node("y", {1, 6, width},
                "aten.conv1d.default(input=%x, weight=%w, bias=%b, stride=" + ListText({stride}) +
                    ", padding=[2], dilation=[1], groups=" + std::to_string(groups) + ")");
      text.Node("z", {1, 6, width}, "aten.relu.default(self=%y)");
      cases.push_back({"conv1d s" + std::to_string(stride) + " g" + std::to_string(groups),
                       text.Done({"z"}), {{"cortex_m::quantized_conv2d", 1}}});
    }
  }
  // Two, with batch norm between, and a reader of the first.
  GraphText text(7);
  text.Input("x", {1, 3, 8, 8}).Constant("w", {4, 3, 3, 3}, 0.4).Constant("v", {4, 4, 1, 1}, 0.5);
  text.Constant("g", {4}, 1.5).Constant("b", {4}, 0.5);
  text.Node("y", {1, 4, 6, 6}, "aten.conv2d.default(input=%x, weight=%w)");
  text.Node("n", {1, 4, 6, 6},
            "aten.batch_norm.default(input=%y, weight=%g, bias=%b, running_mean=none, "
            "running_var=none, training=false, momentum=0.1, eps=0.001)");
  text.Node("z", {1, 4, 6, 6}, "aten.conv2d.default(input=%n, weight=%v)");
  text.Node("s", {1, 4, 6, 6}, "aten.add.Tensor(self=%n, other=%z)");
  cases.push_back({"batch norm and residual", text.Done({"s"}),
                   {{"cortex_m::quantized_conv2d", 2}, {"cortex_m::quantized_add", 1}}, -2, 2, 2});

  struct Nhwc {
    Ints64 in, weight, out, stride, padding, dilation;
  };
  const Nhwc twins[] = {
      {{1, 6, 5, 3}, {4, 3, 3, 3}, {1, 6, 5, 4}, {1, 1}, {1, 1}, {1, 1}},
      {{2, 7, 4, 8}, {17, 1, 1, 8}, {2, 7, 4, 17}, {1, 1}, {0, 0}, {1, 1}},
      {{1, 9, 8, 6}, {4, 3, 2, 3}, {1, 4, 6, 4}, {2, 1}, {0, 0}, {1, 2}},
      {{1, 1, 20, 5}, {6, 1, 5, 5}, {1, 1, 8, 6}, {1, 2}, {0, 0}, {1, 1}},
  };
  for (const Nhwc& p : twins)
    cases.push_back(NhwcCase(
        NhwcLayer(static_cast<uint32_t>(cases.size()), p.weight, p.weight[0]),
        "quantized_conv2d_nhwc", p.in, p.out,
        "weight=%w, bias=%b, stride=" + ListText(p.stride) + ", padding=" + ListText(p.padding) +
            ", dilation=" + ListText(p.dilation) +
            ", input_offset=7, output_offset=-7, requantize_multipliers=%m, "
            "requantize_shifts=%s, activation_min=-100, activation_max=127, scratch=%t"));
}

}  // namespace cortico::ops
