#include "compiler/tester/nhwc_cases.h"

namespace cortico::ops {

void quantized_max_pool2d_cases(std::vector<OpCase>& cases) {
  struct Window {
    int64_t n, c, h, w, kh, kw, stride, pad;
    bool ceil;
  };
  const Window windows[] = {
      {1, 4, 8, 8, 2, 2, 2, 0, false}, {1, 3, 7, 9, 3, 3, 2, 1, false}, {1, 5, 6, 6, 3, 3, 1, 1, false},
      {2, 2, 5, 5, 2, 2, 2, 0, true},  {1, 16, 4, 4, 4, 4, 4, 0, false}, {1, 7, 9, 3, 3, 1, 2, 0, true},
      {1, 17, 5, 4, 2, 3, 1, 0, false}, {1, 1, 10, 10, 3, 2, 3, 0, false},
  };
  for (const Window& p : windows) {
    const auto out = [&p](int64_t in, int64_t k) {
      const int64_t span = in + 2 * p.pad - k;
      int64_t size = (span + (p.ceil ? p.stride - 1 : 0)) / p.stride + 1;
      if (p.ceil && (size - 1) * p.stride >= in + p.pad) --size;
      return size;
    };
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {p.n, p.c, p.h, p.w}).Node("n", {p.n, p.c, p.h, p.w}, "aten.neg.default(self=%x)");
    text.Node("y", {p.n, p.c, out(p.h, p.kh), out(p.w, p.kw)},
              "aten.max_pool2d.default(self=%n, kernel_size=" + ListText({p.kh, p.kw}) + ", stride=" +
                  ListText({p.stride, p.stride}) + ", padding=" + ListText({p.pad, p.pad}) +
                  ", dilation=[1, 1]" + ", ceil_mode=" + (p.ceil ? "true" : "false") + ")");
    cases.push_back({"k" + std::to_string(p.kh) + "x" + std::to_string(p.kw) + " s" +
                         std::to_string(p.stride) + " p" + std::to_string(p.pad) +
                         (p.ceil ? " ceil " : " ") + FloatType({p.n, p.c, p.h, p.w}),
                     text.Done({"y"}), {{"cortex_m::quantized_max_pool2d", 1}}});
  }
  GraphText text(6);
  text.Input("x", {1, 3, 12}).Node("n", {1, 3, 12}, "aten.neg.default(self=%x)");
  text.Node("y", {1, 3, 6}, "aten.max_pool1d.default(self=%n, kernel_size=[2], stride=[2], padding=[0], "
                            "dilation=[1], ceil_mode=false)");
  cases.push_back({"max_pool1d", text.Done({"y"}), {{"cortex_m::quantized_max_pool2d", 1}}});

  struct Nhwc {
    Ints64 in, out, kernel, stride, padding;
    bool ceil;
  };
  const Nhwc twins[] = {
      {{1, 6, 4, 5}, {1, 3, 2, 5}, {2, 2}, {2, 2}, {0, 0}, false},
      {{2, 7, 5, 3}, {2, 4, 5, 3}, {3, 3}, {2, 1}, {1, 1}, false},
      {{1, 5, 8, 17}, {1, 3, 3, 17}, {2, 3}, {2, 3}, {0, 0}, true},
      {{1, 4, 1, 2}, {1, 1, 1, 2}, {4, 1}, {4, 1}, {0, 0}, false},
  };
  for (const Nhwc& p : twins)
    cases.push_back(NhwcCase(
        GraphText(0), "quantized_max_pool2d_nhwc", p.in, p.out,
        "kernel_size=" + ListText(p.kernel) + ", stride=" + ListText(p.stride) + ", padding=" +
            ListText(p.padding) + ", dilation=[1, 1], ceil_mode=" + (p.ceil ? "true" : "false") +
            ", input_zero_point=-7, output_zero_point=-7, activation_min=-90, activation_max=80"));
}

}  // namespace cortico::ops
