#include "compiler/tester/op_case.h"

namespace cortico::ops {

void reduce_cases(std::vector<OpCase>& cases) {
  struct Reduced {
    Ints64 sizes, dims;
    bool keep;
  };
  const Reduced all[] = {
      {{1, 4, 5, 6}, {1}, true}, {{1, 4, 5, 6}, {3}, true}, {{1, 4, 5, 6}, {1, 2}, false}, {{2, 3, 4}, {0}, false},
      {{2, 3, 4}, {-1}, true},   {{7, 9}, {0, 1}, true},    {{1, 33}, {1}, true},          {{2, 3, 4, 5}, {0, 2}, true},
  };
  for (const Reduced& r : all) {
    Ints64 out;
    for (size_t d = 0; d < r.sizes.size(); ++d) {
      bool reduced = false;
      for (int64_t k : r.dims) reduced = reduced || k == static_cast<int64_t>(d) || k + static_cast<int64_t>(r.sizes.size()) == static_cast<int64_t>(d);
      if (!reduced || r.keep) out.push_back(reduced ? 1 : r.sizes[d]);
    }
    const std::string tail = "dim=" + ListText(r.dims) + ", keepdim=" + (r.keep ? "true" : "false") + ")";
    for (const std::string op : {"mean.dim", "sum.dim_IntList", "amax.default", "amin.default"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", r.sizes).Node("n", r.sizes, "aten.neg.default(self=%x)");
      text.Node("y", out, "aten." + op + "(self=%n, " + tail);
      const std::string after = op[0] == 'a' ? "cortico::" + op.substr(0, 4) : "cortico::quantized_sum";
      cases.push_back({op + " " + FloatType(r.sizes) + " " + ListText(r.dims), text.Done({"y"}), {{after, 1}}});
    }
  }
  // Of whole images: a result with a scale of its own.
  for (const Ints64& sizes : {Ints64{1, 8, 5, 5}, Ints64{1, 3, 25, 5}, Ints64{2, 19, 3, 3}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", sizes).Node("n", sizes, "aten.neg.default(self=%x)");
    text.Node("y", {sizes[0], sizes[1], 1, 1}, "aten.adaptive_avg_pool2d.default(self=%n, output_size=[1, 1])");
    cases.push_back({"global " + FloatType(sizes), text.Done({"y"}), {{"cortico::quantized_sum", 1}}});
    GraphText mean(static_cast<uint32_t>(cases.size()));
    mean.Input("x", sizes).Node("n", sizes, "aten.neg.default(self=%x)");
    mean.Node("y", {sizes[0], sizes[1]}, "aten.mean.dim(self=%n, dim=[2, 3])");
    cases.push_back({"mean of pixels " + FloatType(sizes), mean.Done({"y"}), {{"cortico::quantized_sum", 1}}});
  }
}

}  // namespace cortico::ops
