#include "compiler/tester/op_case.h"

namespace cortico::ops {

void index_select_cases(std::vector<OpCase>& cases) {
  struct Choice {
    Ints64 in, out;
    std::string op, tail;
    int selects;
  };
  const Choice choices[] = {
      {{2, 3, 5}, {2, 3, 5}, "flip.default", "dims=[-1]", 1},
      {{1, 3, 4, 5}, {1, 3, 4, 5}, "flip.default", "dims=[2, 3]", 2},
      {{1, 6, 16}, {1, 6, 16}, "roll.default", "shifts=[3, -2], dims=[1, 2]", 2},
      {{1, 6, 1}, {1, 6, 7}, "expand.default", "size=[-1, 6, 7]", 1},
      {{3, 5}, {6, 15}, "repeat.default", "repeats=[2, 3]", 2},
      {{2, 3, 4}, {2, 9, 4}, "repeat_interleave.self_int", "repeats=3, dim=1", 1},
      {{1, 2, 4, 5}, {1, 2, 6, 8}, "reflection_pad2d.default", "padding=[1, 2, 1, 1]", 2},
      {{1, 2, 4, 5}, {1, 2, 5, 8}, "replication_pad2d.default", "padding=[2, 1, 0, 1]", 2},
      {{1, 3, 9}, {1, 3, 13}, "pad.default", "pad=[2, 2], mode=\"circular\"", 1},
  };
  for (const Choice& c : choices) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", c.in).Node("n", c.in, "aten.neg.default(self=%x)");
    text.Node("y", c.out, "aten." + c.op + "(self=%n, " + c.tail + ")");
    cases.push_back({c.op + " " + FloatType(c.in), text.Done({"y"}),
                     {{"cortico::index_select", c.selects}}});
  }
  // Beside a convolution the images stay N H W C.
  for (const int64_t dim : {1, 2, 3}) {
    const Ints64 in = {1, 4, 5, 3};
    Ints64 out = in;
    out[static_cast<size_t>(dim)] = 2;
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", in).Constant("w", {4, 4, 1, 1}, 0.7).Integers("i", "i64", {2}, 0, 2);
    text.Node("c", in, "aten.conv2d.default(input=%x, weight=%w, bias=none)");
    text.Node("s", out, "aten.index_select.default(self=%c, dim=" + std::to_string(dim) + ", index=%i)");
    text.Node("y", out, "aten.max_pool2d.default(self=%s, kernel_size=[1, 1], stride=[1, 1])");
    cases.push_back({"dimension " + std::to_string(dim) + " of N H W C", text.Done({"y"}),
                     {{"cortico::index_select", 1}}});
  }
  // Computed operands that are repeated.
  struct Pair {
    Ints64 self, other, out;
    int selects;
  };
  const Pair pairs[] = {{{1, 6, 16}, {1, 1, 16}, {1, 6, 16}, 1}, {{1, 6, 1}, {1, 1, 7}, {1, 6, 7}, 2},
                        {{1, 4, 3, 5}, {1, 1, 3, 5}, {1, 4, 3, 5}, 1}, {{2, 3, 4}, {4}, {2, 3, 4}, 2}};
  for (const Pair& p : pairs)
    for (const std::string op : {"add.Tensor", "mul.Tensor"}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("a", p.self).Input("b", p.other);
      text.Node("y", p.out, "aten." + op + "(self=%a, other=%b)");
      cases.push_back({op + " " + FloatType(p.self) + " " + FloatType(p.other), text.Done({"y"}),
                       {{"cortico::index_select", p.selects}}});
    }
}

}  // namespace cortico::ops
