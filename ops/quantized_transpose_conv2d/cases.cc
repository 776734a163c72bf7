#include "compiler/tester/nhwc_cases.h"

namespace cortico::ops {

void quantized_transpose_conv2d_cases(std::vector<OpCase>& cases) {
  struct Shape {
    int64_t n, c, h, w, o, kh, kw, stride, pad, more, dilation, groups;
  };
  const Shape shapes[] = {
      {1, 4, 4, 4, 3, 2, 2, 2, 0, 0, 1, 1},  {1, 4, 5, 3, 3, 3, 3, 2, 1, 1, 1, 1},
      {1, 20, 3, 3, 4, 3, 3, 2, 1, 1, 1, 1}, {1, 20, 4, 4, 4, 3, 3, 1, 1, 0, 1, 1},
      {1, 2, 4, 4, 3, 3, 3, 1, 0, 0, 2, 1},  {1, 4, 4, 4, 6, 3, 3, 2, 1, 1, 1, 2},
      {2, 3, 3, 3, 2, 4, 4, 2, 1, 0, 1, 1},  {1, 3, 4, 4, 2, 3, 3, 3, 0, 2, 1, 1},
      {1, 8, 1, 6, 4, 1, 4, 2, 0, 0, 1, 1},
  };
  for (const Shape& s : shapes) {
    for (const std::string end : {"", "relu", "no bias"}) {
      const auto out = [&s](int64_t in, int64_t k) {
        return (in - 1) * s.stride - 2 * (k == 1 ? 0 : s.pad) + s.dilation * (k - 1) + 1 +
               (k == 1 ? 0 : s.more);
      };
      const int64_t ph = s.kh == 1 ? 0 : s.pad, mh = s.kh == 1 ? 0 : s.more;
      const Ints64 sizes = {s.n, s.o, out(s.h, s.kh), out(s.w, s.kw)};
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", {s.n, s.c, s.h, s.w});
      text.Constant("w", {s.c, s.o / s.groups, s.kh, s.kw}, 0.5);
      if (end != "no bias") text.Constant("b", {s.o}, 1.0);
      text.Node("y", sizes,
                "aten.conv_transpose2d.input(input=%x, weight=%w, bias=" +
                    std::string(end == "no bias" ? "none" : "%b") + ", stride=" +
                    ListText({s.stride, s.stride}) + ", padding=" + ListText({ph, s.pad}) +
                    ", output_padding=" + ListText({mh, s.more}) + ", groups=" +
                    std::to_string(s.groups) + ", dilation=" + ListText({s.dilation, s.dilation}) + ")");
      std::string last = "y";
      if (end == "relu") {
        text.Node("z", sizes, "aten.relu.default(self=%y)");
        last = "z";
      }
      cases.push_back({"k" + std::to_string(s.kh) + "x" + std::to_string(s.kw) + " s" +
                           std::to_string(s.stride) + " +" + std::to_string(s.more) + " d" +
                           std::to_string(s.dilation) + " g" + std::to_string(s.groups) + " " + end,
                       text.Done({last}), {{"cortex_m::quantized_transpose_conv2d", 1}}});
    }
  }
  GraphText text(3);
  text.Input("x", {1, 3, 7}).Constant("w", {3, 4, 4}, 0.5);
  text.Node("y", {1, 4, 14},
            "aten.conv_transpose1d.default(input=%x, weight=%w, bias=none, stride=[2], padding=[1], "
            "output_padding=[0], groups=1, dilation=[1])");
  cases.push_back({"conv_transpose1d", text.Done({"y"}), {{"cortex_m::quantized_transpose_conv2d", 1}}});

  struct Nhwc {
    Ints64 in, weight, out, stride, padding, more;
  };
  const Nhwc twins[] = {
      {{1, 4, 3, 5}, {6, 2, 2, 5}, {1, 8, 6, 6}, {2, 2}, {0, 0}, {0, 0}},
      {{2, 3, 5, 4}, {3, 3, 3, 4}, {2, 6, 5, 3}, {2, 1}, {1, 1}, {1, 0}},
      {{1, 1, 6, 3}, {2, 1, 4, 3}, {1, 1, 12, 2}, {1, 2}, {0, 1}, {0, 0}},
      {{1, 5, 2, 17}, {4, 3, 2, 17}, {1, 7, 6, 4}, {1, 3}, {0, 0}, {0, 1}},
  };
  for (const Nhwc& p : twins)
    cases.push_back(NhwcCase(
        NhwcLayer(static_cast<uint32_t>(cases.size()), p.weight, p.weight[0]),
        "quantized_transpose_conv2d_nhwc", p.in, p.out,
        "weight=%w, bias=%b, stride=" + ListText(p.stride) + ", padding=" + ListText(p.padding) +
            ", output_padding=" + ListText(p.more) +
            ", dilation=[1, 1], input_offset=7, output_offset=-7, requantize_multipliers=%m, "
            "requantize_shifts=%s, activation_min=-100, activation_max=127, scratch=%t, "
            "output_scratch=%t2"));
}

}  // namespace cortico::ops
