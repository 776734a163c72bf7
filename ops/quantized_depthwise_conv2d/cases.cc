#include "compiler/tester/nhwc_cases.h"

namespace cortico::ops {

void quantized_depthwise_conv2d_cases(std::vector<OpCase>& cases) {
  struct Shape {
    int64_t n, c, h, w, multiplier, kh, kw, stride, pad, dilation;
  };
  const Shape shapes[] = {
      {1, 8, 8, 8, 1, 3, 3, 1, 1, 1}, {1, 8, 9, 7, 1, 3, 3, 2, 1, 1}, {1, 4, 5, 5, 2, 3, 3, 1, 1, 1},
      {1, 3, 6, 6, 1, 3, 3, 1, 0, 1}, {1, 5, 4, 6, 1, 3, 3, 2, 0, 1}, {1, 7, 7, 7, 1, 5, 5, 1, 2, 1},
      {1, 6, 8, 8, 1, 3, 3, 1, 2, 2}, {2, 4, 5, 5, 1, 3, 3, 1, 1, 1}, {1, 2, 10, 4, 3, 4, 2, 2, 1, 1},
      {1, 16, 3, 3, 1, 3, 3, 1, 1, 1}, {1, 33, 4, 4, 1, 1, 3, 1, 1, 1}, {1, 12, 25, 5, 1, 3, 3, 1, 1, 1},
  };
  for (const Shape& s : shapes) {
    for (const std::string end : {"", "relu", "relu6", "no bias"}) {
      const int64_t ph = s.kh == 1 ? 0 : s.pad;
      const auto out = [&s](int64_t in, int64_t k, int64_t pad) {
        return (in + 2 * pad - s.dilation * (k - 1) - 1) / s.stride + 1;
      };
      const Ints64 sizes = {s.n, s.c * s.multiplier, out(s.h, s.kh, ph), out(s.w, s.kw, s.pad)};
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", {s.n, s.c, s.h, s.w});
      text.Constant("w", {s.c * s.multiplier, 1, s.kh, s.kw}, 0.5);
      if (end != "no bias") text.Constant("b", {s.c * s.multiplier}, 1.0);
      text.Node("y", sizes,
                "aten.conv2d.default(input=%x, weight=%w, bias=" +
                    std::string(end == "no bias" ? "none" : "%b") + ", stride=" +
                    ListText({s.stride, s.stride}) + ", padding=" + ListText({ph, s.pad}) +
                    ", dilation=" + ListText({s.dilation, s.dilation}) +
                    ", groups=" + std::to_string(s.c) + ")");
      std::string last = "y";
      if (end == "relu" || end == "relu6") {
        text.Node("z", sizes, "aten." + end + ".default(self=%y)");
        last = "z";
      }
      cases.push_back({"k" + std::to_string(s.kh) + "x" + std::to_string(s.kw) + " s" +
                           std::to_string(s.stride) + " d" + std::to_string(s.dilation) + " m" +
                           std::to_string(s.multiplier) + " " + FloatType({s.n, s.c, s.h, s.w}) +
                           " " + end,
                       text.Done({last}), {{"cortex_m::quantized_depthwise_conv2d", 1}}});
    }
  }

  struct Nhwc {
    Ints64 in, weight, out, stride, padding, dilation;
  };
  const Nhwc twins[] = {
      {{1, 6, 5, 8}, {1, 3, 3, 8}, {1, 6, 5, 8}, {1, 1}, {1, 1}, {1, 1}},
      {{2, 7, 6, 5}, {1, 3, 2, 5}, {2, 3, 5, 5}, {2, 1}, {0, 0}, {1, 1}},
      {{1, 5, 9, 3}, {1, 2, 3, 6}, {1, 4, 5, 6}, {1, 1}, {0, 0}, {1, 2}},
      {{1, 4, 3, 17}, {1, 3, 3, 17}, {1, 2, 2, 17}, {2, 2}, {1, 1}, {1, 1}},
  };
  for (const Nhwc& p : twins)
    cases.push_back(NhwcCase(
        NhwcLayer(static_cast<uint32_t>(cases.size()), p.weight, p.weight[3]),
        "quantized_depthwise_conv2d_nhwc", p.in, p.out,
        "weight=%w, bias=%b, stride=" + ListText(p.stride) + ", padding=" + ListText(p.padding) +
            ", dilation=" + ListText(p.dilation) +
            ", depth_multiplier=" + std::to_string(p.weight[3] / p.in[3]) + ", input_offset=7, output_offset=-7, requantize_multipliers=%m, "
            "requantize_shifts=%s, activation_min=-100, activation_max=127, scratch=%t"));
}

}  // namespace cortico::ops
