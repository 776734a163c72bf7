#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_window_cases(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& op, const std::string& call, const Ints64& in, const Ints64& out) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", in).Node("y", out, "aten." + call);
    OpCase c = {call, text.Done({"y"}), {{"aten::" + op, 1}}};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  const std::string avg = "avg_pool2d.default(self=%x, kernel_size=";
  add("avg_pool2d", avg + "[2, 2])", {2, 3, 6, 5}, {2, 3, 3, 2});
  add("avg_pool2d", avg + "[3, 3], stride=[1, 1], padding=[1, 1], count_include_pad=false)", {1, 2, 5, 4}, {1, 2, 5, 4});
  add("avg_pool2d", avg + "[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=true)", {1, 2, 6, 6}, {1, 2, 4, 4});
  add("avg_pool2d", avg + "[2, 2], stride=[2, 2], divisor_override=3)", {1, 2, 4, 4}, {1, 2, 2, 2});
  const std::string max = "max_pool2d.default(self=%x, kernel_size=";
  add("max_pool2d_with_indices", max + "[2, 2])", {2, 3, 6, 5}, {2, 3, 3, 2});
  add("max_pool2d_with_indices", max + "[3, 3], stride=[2, 2], padding=[1, 1])", {1, 2, 7, 7}, {1, 2, 4, 4});
  add("max_pool2d_with_indices", max + "[2, 2], stride=[1, 1], dilation=[2, 2])", {1, 2, 5, 5}, {1, 2, 3, 3});
  add("max_pool2d_with_indices", max + "[2, 2], stride=[2, 2], ceil_mode=true)", {1, 1, 5, 5}, {1, 1, 3, 3});
  add("_adaptive_avg_pool2d", "adaptive_avg_pool2d.default(self=%x, output_size=[3, 2])", {1, 2, 7, 5}, {1, 2, 3, 2});
  const std::string nearest = "upsample_nearest2d.vec(input=%x, ", bilinear = "upsample_bilinear2d.vec(input=%x, ";
  add("upsample_nearest2d", nearest + "output_size=[7, 5], scale_factors=none)", {1, 2, 3, 4}, {1, 2, 7, 5});
  add("upsample_nearest2d", nearest + "output_size=none, scale_factors=[1.5, 2.0])", {1, 2, 5, 4}, {1, 2, 7, 8});
  for (const std::string align : {"false", "true"}) {
    add("upsample_bilinear2d", bilinear + "output_size=[7, 5], align_corners=" + align + ", scale_factors=none)", {1, 2, 3, 4}, {1, 2, 7, 5});
    add("upsample_bilinear2d", bilinear + "output_size=none, align_corners=" + align + ", scale_factors=[1.5, 2.0])", {1, 2, 5, 4}, {1, 2, 7, 8});
  }
}

}  // namespace cortico::ops
