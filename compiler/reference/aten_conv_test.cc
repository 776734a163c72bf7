// Convolutions: by hand on a few pixels, and random shapes against the definition.
#include <random>

#include "compiler/reference/evaluate_testing.h"

namespace cortico::testing {
namespace {

const Input kImage{"f32[1,1,3,3]", {1, 2, 3, 4, 5, 6, 7, 8, 9}};

TEST(Conv, ByHand) {
  const Input cross{"f32[1,1,2,2]", {1, 0, 0, 1}};
  EXPECT_EQ(Compute("aten.conv2d.default(input=%a, weight=%b)", "f32[1,1,2,2]", {kImage, cross}),
            (Floats{6, 8, 12, 14}));
  EXPECT_EQ(Compute("aten.conv2d.default(input=%a, weight=%b, bias=%c, stride=[2, 2])",
                    "f32[1,1,1,1]", {kImage, cross, {"f32[1]", {100}}}),
            (Floats{106}));
  EXPECT_EQ(Compute("aten.conv2d.default(input=%a, weight=%b, dilation=[2, 2])", "f32[1,1,1,1]",
                    {kImage, cross}),
            (Floats{10}));
  EXPECT_EQ(Compute("aten.conv2d.padding(input=%a, weight=%b, padding=\"same\")", "f32[1,1,3,3]",
                    {kImage, cross}),
            (Floats{6, 8, 3, 12, 14, 6, 7, 8, 9}));
  EXPECT_EQ(Compute("aten.conv1d.default(input=%a, weight=%b, padding=[1])", "f32[1,1,3]",
                    {{"f32[1,1,3]", {1, 2, 4}}, {"f32[1,1,3]", {1, 10, 100}}}),
            (Floats{210, 421, 42}));
  EXPECT_EQ(Compute("aten.conv2d.default(input=%a, weight=%b)", "f32[1,2,2]",
                    {{"f32[1,3,3]", kImage.values}, cross}),
            (Floats{6, 8, 12, 14}));
}

TEST(Conv, TransposedByHand) {
  const Input x{"f32[1,1,1,2]", {1, 2}}, w{"f32[1,1,1,2]", {10, 1}};
  EXPECT_EQ(Compute("aten.conv_transpose2d.input(input=%a, weight=%b)", "f32[1,1,1,3]", {x, w}),
            (Floats{10, 21, 2}));
  EXPECT_EQ(
      Compute("aten.convolution.default(input=%a, weight=%b, bias=none, stride=[1, 2], "
              "padding=[0, 0], dilation=[1, 1], transposed=true, output_padding=[0, 1], groups=1)",
              "f32[1,1,1,5]", {x, w}),
      (Floats{10, 1, 20, 2, 0}));
}

TEST(Conv, Errors) {
  const Input w{"f32[1,1,2,2]", {1, 0, 0, 1}};
  for (const char* op : {"aten.conv2d.default(input=%a, weight=%b, stride=[0, 1])",
                         "aten.conv2d.default(input=%a, weight=%b, groups=2)",
                         "aten.conv2d.default(input=%a, weight=%b, groups=0)",
                         "aten.conv2d.default(input=%a, weight=%b, bias=%b)",
                         "aten.conv2d.default(input=%a, weight=%b, dilation=[3, 3])",
                         "aten.conv2d.default(input=%a, weight=%b, padding=[-1, 0])",
                         "aten.conv2d.default(input=%a, weight=%b, padding=[9000000000000, 0])",
                         "aten.conv2d.padding(input=%a, weight=%b, padding=\"most\")",
                         "aten.conv2d.default(input=%a)"})
    EXPECT_NE(Failure(op, "f32[1,1,2,2]", {kImage, w}), "") << op;
  EXPECT_NE(Failure("aten.conv2d.default(input=%a, weight=%b)", "f32[1,1,2,2]",
                    {kImage, {"f32[1]", {1}}}),
            "");
}

struct Shape {
  int64_t n, c, h, w, o, kh, kw, groups, stride, pad, dilation;
};

// The definition, in double.
Floats Naive(const Shape& s, const Floats& x, const Floats& weight, const Floats& bias, int64_t oh,
             int64_t ow) {
  Floats out;
  const int64_t cg = s.c / s.groups, og = s.o / s.groups;
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t o = 0; o < s.o; ++o)
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t q = 0; q < ow; ++q) {
          double sum = bias[static_cast<size_t>(o)];
          for (int64_t c = 0; c < cg; ++c)
            for (int64_t i = 0; i < s.kh; ++i)
              for (int64_t j = 0; j < s.kw; ++j) {
                const int64_t iy = y * s.stride - s.pad + i * s.dilation;
                const int64_t ix = q * s.stride - s.pad + j * s.dilation;
                if (iy < 0 || iy >= s.h || ix < 0 || ix >= s.w) continue;
                const int64_t channel = o / og * cg + c;
                sum += double{x[static_cast<size_t>(((n * s.c + channel) * s.h + iy) * s.w + ix)]} *
                       weight[static_cast<size_t>(((o * cg + c) * s.kh + i) * s.kw + j)];
              }
          out.push_back(static_cast<float>(sum));
        }
  return out;
}

TEST(Conv, RandomShapesAgainstTheDefinition) {
  const unsigned seed = 20240611;
  std::mt19937 random(seed);
  const auto pick = [&](int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random() % static_cast<uint32_t>(high - low + 1));
  };
  const auto floats = [&](int64_t count) {
    Floats values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 1000.0f);
    return values;
  };
  const auto list = [](std::vector<int64_t> sizes) {
    std::string text = "f32[";
    for (size_t i = 0; i < sizes.size(); ++i) text += (i > 0 ? "," : "") + std::to_string(sizes[i]);
    return text + "]";
  };
  int ran = 0;
  while (ran < 300) {
    Shape s;
    s.groups = pick(0, 2) == 0 ? pick(2, 9) : 1;
    s.c = s.groups * pick(1, s.groups > 1 ? 2 : 11);
    s.o = s.groups * pick(1, s.groups > 1 ? 3 : 13);
    s.n = pick(1, 2), s.h = pick(1, 12), s.w = pick(1, 19), s.kh = pick(1, 4), s.kw = pick(1, 5);
    s.stride = pick(1, 3), s.pad = pick(0, 3), s.dilation = pick(1, 2);
    const int64_t oh = s.h + 2 * s.pad - s.dilation * (s.kh - 1) - 1;
    const int64_t ow = s.w + 2 * s.pad - s.dilation * (s.kw - 1) - 1;
    if (oh < 0 || ow < 0) continue;
    ++ran;
    const Floats x = floats(s.n * s.c * s.h * s.w);
    const Floats w = floats(s.o * s.c / s.groups * s.kh * s.kw), b = floats(s.o);
    const auto pair = [](int64_t v) {
      return "[" + std::to_string(v) + ", " + std::to_string(v) + "]";
    };
    const std::string op =
        "aten.conv2d.default(input=%a, weight=%b, bias=%c, stride=" + pair(s.stride) +
        ", padding=" + pair(s.pad) + ", dilation=" + pair(s.dilation) +
        ", groups=" + std::to_string(s.groups) + ")";
    const int64_t out_h = oh / s.stride + 1, out_w = ow / s.stride + 1;
    const Floats got = Compute(op, list({s.n, s.o, out_h, out_w}),
                               {{list({s.n, s.c, s.h, s.w}), x},
                                {list({s.o, s.c / s.groups, s.kh, s.kw}), w},
                                {list({s.o}), b}});
    SCOPED_TRACE(op + " seed " + std::to_string(seed) + " case " + std::to_string(ran));
    ExpectNear(got, Naive(s, x, w, b, out_h, out_w), 2e-5f);
    if (HasFailure()) break;
  }
}

// An image alone and inside of a batch, a channel alone and among others: the same bytes.
TEST(Conv, BytesDoNotDependOnTheNeighbours) {
  std::mt19937 random(5);
  Floats x, w;
  for (int i = 0; i < 2 * 5 * 7 * 7; ++i) x.push_back(static_cast<float>(random() % 1000) / 997.0f);
  for (int i = 0; i < 6 * 5 * 3 * 3; ++i) w.push_back(static_cast<float>(random() % 1000) / 991.0f);
  const Floats both = Compute("aten.conv2d.default(input=%a, weight=%b)", "f32[2,6,5,5]",
                              {{"f32[2,5,7,7]", x}, {"f32[6,5,3,3]", w}});
  const Floats second = Compute("aten.conv2d.default(input=%a, weight=%b)", "f32[1,1,5,5]",
                                {{"f32[1,5,7,7]", Floats(x.begin() + 245, x.end())},
                                 {"f32[1,5,3,3]", Floats(w.end() - 45, w.end())}});
  EXPECT_EQ(Floats(both.end() - 25, both.end()), second);
}

}  // namespace
}  // namespace cortico::testing
