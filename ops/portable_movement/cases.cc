#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_movement_cases(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& op, const std::string& call, const Ints64& in,
                            const Ints64& out, const std::string& type = "f32") {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", in, type).Node("y", out, "aten." + call, type);
    OpCase c = {call + " of " + FloatType(in, type), text.Done({"y"}), {{op, 1}}, -9, 9};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  for (const std::string type : {"f32", "i64", "bool"}) {
    add("aten::permute_copy", "permute.default(self=%x, dims=[2, 0, 1])", {2, 3, 4}, {4, 2, 3}, type);
    add("aten::permute_copy", "transpose.int(self=%x, dim0=1, dim1=-1)", {2, 3, 4}, {2, 4, 3}, type);
    add("aten::expand_copy", "expand.default(self=%x, size=[2, 3, 4])", {3, 1}, {2, 3, 4}, type);
    add("aten::flip", "flip.default(self=%x, dims=[0, 2])", {2, 3, 4}, {2, 3, 4}, type);
    add("aten::constant_pad_nd", "constant_pad_nd.default(self=%x, pad=[1, 2, 0, 1], value=0)", {2, 3, 4}, {2, 4, 7}, type);
    add("aten::slice_copy", "slice.Tensor(self=%x, dim=1, start=1, end=6, step=2)", {2, 7, 3}, {2, 3, 3}, type);
    add("aten::slice_copy", "select.int(self=%x, dim=1, index=-2)", {2, 7, 3}, {2, 3}, type);
  }
  add("aten::expand_copy", "repeat.default(self=%x, repeats=[2, 1, 3])", {2, 3}, {2, 2, 9});
  add("aten::permute_copy", "pixel_shuffle.default(self=%x, upscale_factor=2)", {1, 8, 3, 2}, {1, 2, 6, 4});
  add("aten::permute_copy", "permute.default(self=%x, dims=[0, 3, 1, 2])", {1, 4, 5, 6}, {1, 6, 4, 5});
  GraphText cat(1);
  cat.Input("a", {2, 3}).Input("b", {2, 4}).Node("y", {2, 7}, "aten.cat.default(tensors=[%a, %b], dim=1)");
  OpCase c = {"cat of floats", cat.Done({"y"}), {{"aten::cat", 1}}};
  c.in_float = true;
  cases.push_back(c);
  GraphText split(2);
  split.Input("x", {6, 2}).Node("a", {4, 2}, "aten.slice.Tensor(self=%x, dim=0, start=0, end=4)");
  split.Node("y", {4, 2}, "aten.exp.default(self=%a)");
  c = {"slice before exp", split.Done({"y"}), {{"aten::slice_copy", 1}, {"aten::exp", 1}}};
  c.in_float = true;
  c.TolerateLibm();
  cases.push_back(c);
}

}  // namespace cortico::ops
