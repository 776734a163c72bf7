#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_convolution_cases(std::vector<OpCase>& cases) {
  struct Shape {
    const char* name;
    Ints64 in, weight;
    int64_t stride, padding, dilation, groups;
    Ints64 out;
  };
  const Shape all[] = {{"3x3", {1, 3, 6, 5}, {4, 3, 3, 3}, 1, 1, 1, 1, {1, 4, 6, 5}},
                       {"1x1", {2, 5, 3, 4}, {3, 5, 1, 1}, 1, 0, 1, 1, {2, 3, 3, 4}},
                       {"stride 2", {1, 2, 7, 7}, {3, 2, 3, 3}, 2, 1, 1, 1, {1, 3, 4, 4}},
                       {"dilation 2", {1, 2, 7, 7}, {2, 2, 3, 3}, 1, 0, 2, 1, {1, 2, 3, 3}},
                       {"depthwise", {1, 4, 5, 5}, {4, 1, 3, 3}, 1, 1, 1, 4, {1, 4, 5, 5}},
                       {"groups", {1, 4, 4, 4}, {6, 2, 2, 2}, 1, 0, 1, 2, {1, 6, 3, 3}}};
  for (const Shape& s : all) {
    for (const bool bias : {true, false}) {
      GraphText text(static_cast<uint32_t>(cases.size()));
      text.Input("x", s.in).Constant("w", s.weight, 0.5);
      if (bias) text.Constant("b", {s.weight[0]}, 0.5);
      const auto both = [](int64_t n) { return ListText({n, n}); };
      text.Node("y", s.out,
                std::string("aten.conv2d.default(input=%x, weight=%w, bias=") + (bias ? "%b" : "none") +
                    ", stride=" + both(s.stride) + ", padding=" + both(s.padding) + ", dilation=" +
                    both(s.dilation) + ", groups=" + std::to_string(s.groups) + ")");
      OpCase c = {std::string(s.name) + (bias ? "" : " without bias"), text.Done({"y"}),
                  {{"aten::convolution", 1}}};
      c.in_float = true;
      cases.push_back(std::move(c));
    }
  }
  struct Transposed {
    Ints64 weight;
    int64_t stride, padding, extra, groups;
    Ints64 out;
  };
  for (const Transposed& s : {Transposed{{4, 3, 2, 2}, 2, 0, 0, 1, {1, 3, 10, 10}},
                              Transposed{{4, 2, 3, 3}, 2, 1, 1, 1, {1, 2, 10, 10}},
                              Transposed{{4, 1, 3, 3}, 1, 1, 0, 4, {1, 4, 5, 5}}}) {
    GraphText text(static_cast<uint32_t>(cases.size()));
    text.Input("x", {1, 4, 5, 5}).Constant("w", s.weight, 0.5).Constant("b", {s.out[1]}, 0.5);
    text.Node("y", s.out,
              "aten.conv_transpose2d.input(input=%x, weight=%w, bias=%b, stride=" +
                  ListText({s.stride, s.stride}) + ", padding=" + ListText({s.padding, s.padding}) +
                  ", output_padding=" + ListText({s.extra, s.extra}) +
                  ", groups=" + std::to_string(s.groups) + ")");
    OpCase c = {"transposed " + FloatType(s.weight), text.Done({"y"}), {{"aten::convolution", 1}}};
    c.in_float = true;
    cases.push_back(std::move(c));
  }
}

}  // namespace cortico::ops
