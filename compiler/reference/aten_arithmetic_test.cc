// Element-wise ops, matrix products, pooling, reductions and normalizations on numbers that can be
// checked in one's head.
#include <cmath>
#include <limits>

#include "compiler/reference/evaluate_testing.h"

namespace cortico::testing {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(Unary, ClampingActivations) {
  const Input x{"f32[5]", {-4, -1, 0, 2, 8}};
  EXPECT_EQ(Compute("aten.relu.default(self=%a)", "f32[5]", {x}), (Floats{0, 0, 0, 2, 8}));
  EXPECT_EQ(Compute("aten.relu_.default(self=%a)", "f32[5]", {x}), (Floats{0, 0, 0, 2, 8}));
  EXPECT_EQ(Compute("aten.relu6.default(self=%a)", "f32[5]", {x}), (Floats{0, 0, 0, 2, 6}));
  EXPECT_EQ(Compute("aten.hardtanh.default(self=%a)", "f32[5]", {x}), (Floats{-1, -1, 0, 1, 1}));
  EXPECT_EQ(Compute("aten.hardtanh.default(self=%a, min_val=0.0, max_val=6.0)", "f32[5]", {x}),
            (Floats{0, 0, 0, 2, 6}));
  EXPECT_EQ(Compute("aten.clamp.default(self=%a, min=-2)", "f32[5]", {x}),
            (Floats{-2, -1, 0, 2, 8}));
  EXPECT_EQ(Compute("aten.clamp.default(self=%a, min=none, max=1.5)", "f32[5]", {x}),
            (Floats{-4, -1, 0, 1.5, 1.5}));
  EXPECT_EQ(Compute("aten.clamp.default(self=%a, min=3, max=1)", "f32[5]", {x}),
            (Floats{1, 1, 1, 1, 1}));
  EXPECT_EQ(Compute("aten.leaky_relu.default(self=%a, negative_slope=0.5)", "f32[5]", {x}),
            (Floats{-2, -0.5, 0, 2, 8}));
  EXPECT_EQ(Compute("aten.hardsigmoid.default(self=%a)", "f32[5]", {x}),
            (Floats{0, 2.0f / 6, 0.5, 5.0f / 6, 1}));
  EXPECT_EQ(Compute("aten.hardswish.default(self=%a)", "f32[5]", {x}),
            (Floats{0, -2.0f / 6, 0, 10.0f / 6, 8}));
}

TEST(Unary, NanIsKept) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const char* op : {"aten.relu.default(self=%a)", "aten.hardtanh.default(self=%a)",
                         "aten.clamp.default(self=%a, min=0.0)"})
    EXPECT_TRUE(std::isnan(Compute(op, "f32[1]", {{"f32[1]", {nan}}}).at(0))) << op;
}

TEST(Unary, SmoothActivations) {
  const Input x{"f32[3]", {-1, 0, 2}};
  const float e1 = std::exp(1.0f), e2 = std::exp(-2.0f);
  ExpectNear(Compute("aten.sigmoid.default(self=%a)", "f32[3]", {x}),
             {1 / (1 + e1), 0.5, 1 / (1 + e2)});
  ExpectNear(Compute("aten.silu.default(self=%a)", "f32[3]", {x}),
             {-1 / (1 + e1), 0, 2 / (1 + e2)});
  ExpectNear(Compute("aten.tanh.default(self=%a)", "f32[3]", {x}), {-0.76159416f, 0, 0.96402758f});
  // x * P(N(0, 1) < x): P(-1) = 0.15865525, P(2) = 0.97724987.
  ExpectNear(Compute("aten.gelu.default(self=%a)", "f32[3]", {x}), {-0.15865525f, 0, 1.95449974f});
  ExpectNear(Compute("aten.gelu.default(self=%a, approximate=\"tanh\")", "f32[3]", {x}),
             {-0.15880801f, 0, 1.95459769f});
  ExpectNear(Compute("aten.elu.default(self=%a)", "f32[3]", {x}), {-0.63212056f, 0, 2});
}

TEST(Unary, OtherFunctions) {
  const Input x{"f32[2]", {0.25, 4}};
  EXPECT_EQ(Compute("aten.neg.default(self=%a)", "f32[2]", {x}), (Floats{-0.25, -4}));
  EXPECT_EQ(Compute("aten.sqrt.default(self=%a)", "f32[2]", {x}), (Floats{0.5, 2}));
  EXPECT_EQ(Compute("aten.rsqrt.default(self=%a)", "f32[2]", {x}), (Floats{2, 0.5}));
  EXPECT_EQ(Compute("aten.reciprocal.default(self=%a)", "f32[2]", {x}), (Floats{4, 0.25}));
  EXPECT_EQ(Compute("aten.pow.Tensor_Scalar(self=%a, exponent=2)", "f32[2]", {x}),
            (Floats{0.0625, 16}));
}

TEST(Binary, BroadcastsAndScales) {
  const Input a{"f32[2,3]", {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(
      Compute("aten.add.Tensor(self=%a, other=%b)", "f32[2,3]", {a, {"f32[3]", {10, 20, 30}}}),
      (Floats{11, 22, 33, 14, 25, 36}));
  EXPECT_EQ(Compute("aten.add.Tensor(self=%a, other=%b, alpha=2)", "f32[2,3]",
                    {a, {"f32[2,1]", {10, 20}}}),
            (Floats{21, 22, 23, 44, 45, 46}));
  EXPECT_EQ(Compute("aten.sub.Tensor(self=%a, other=%b)", "f32[2,3]", {a, {"f32[1]", {1}}}),
            (Floats{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Compute("aten.mul.Tensor(self=%b, other=%a)", "f32[2,3]", {a, {"f32[2,1]", {2, -1}}}),
            (Floats{2, 4, 6, -4, -5, -6}));
  EXPECT_EQ(Compute("aten.mul.Scalar(self=%a, other=0.5)", "f32[2,3]", {a}),
            (Floats{0.5, 1, 1.5, 2, 2.5, 3}));
  EXPECT_EQ(Compute("aten.div.Tensor(self=%a, other=%b)", "f32[2,3]", {a, {"f32[]", {2}}}),
            (Floats{0.5, 1, 1.5, 2, 2.5, 3}));
  EXPECT_EQ(Compute("aten.rsub.Scalar(self=%a, other=7)", "f32[2,3]", {a}),
            (Floats{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(Compute("aten.maximum.default(self=%a, other=%b)", "f32[2,3]", {a, {"f32[1]", {3}}}),
            (Floats{3, 3, 3, 4, 5, 6}));
  EXPECT_EQ(Compute("aten.minimum.default(self=%a, other=%b)", "f32[2,3]", {a, {"f32[1]", {3}}}),
            (Floats{1, 2, 3, 3, 3, 3}));
  // Four dimensions, a different one repeated on either side.
  EXPECT_EQ(Compute("aten.add.Tensor(self=%a, other=%b)", "f32[2,1,2,2]",
                    {{"f32[2,1,1,2]", {0, 1, 2, 3}}, {"f32[2,1]", {10, 20}}}),
            (Floats{10, 11, 20, 21, 12, 13, 22, 23}));
}

TEST(Binary, Errors) {
  EXPECT_NE(Failure("aten.add.Tensor(self=%a, other=%b)", "f32[2]",
                    {{"f32[2]", {1, 2}}, {"f32[3]", {1, 2, 3}}})
                .find("node 'op_1' (net.op, model.py:3): aten.add.Tensor: [2] and [3]"),
            std::string::npos);
  EXPECT_NE(Failure("aten.add.Tensor(self=%a)", "f32[2]", {{"f32[2]", {1, 2}}}).find("missing"),
            std::string::npos);
  EXPECT_NE(Failure("aten.div.Tensor_mode(self=%a, other=%a, rounding_mode=\"up\")", "f32[1]",
                    {{"f32[1]", {1}}}),
            "");
}

TEST(Matrix, LinearAndItsDecompositions) {
  // rows (1,2,3), (0,1,-1) times columns of weight rows (1,0,2), (-1,1,0)
  const Input x{"f32[2,3]", {1, 2, 3, 0, 1, -1}}, w{"f32[2,3]", {1, 0, 2, -1, 1, 0}};
  const Input wt{"f32[3,2]", {1, -1, 0, 1, 2, 0}}, b{"f32[2]", {10, 20}};
  const Floats product{7, 1, -2, 1}, sum{17, 21, 8, 21};
  EXPECT_EQ(Compute("aten.linear.default(input=%a, weight=%b)", "f32[2,2]", {x, w}), product);
  EXPECT_EQ(Compute("aten.linear.default(input=%a, weight=%b, bias=%c)", "f32[2,2]", {x, w, b}),
            sum);
  EXPECT_EQ(Compute("aten.mm.default(self=%a, mat2=%b)", "f32[2,2]", {x, wt}), product);
  EXPECT_EQ(Compute("aten.addmm.default(self=%c, mat1=%a, mat2=%b)", "f32[2,2]", {x, wt, b}), sum);
  EXPECT_EQ(Compute("aten.addmm.default(self=%c, mat1=%a, mat2=%b, beta=2, alpha=-1)", "f32[2,2]",
                    {x, wt, b}),
            (Floats{13, 39, 22, 39}));
  EXPECT_EQ(Compute("aten.matmul.default(self=%a, other=%b)", "f32[2]", {x, {"f32[3]", {1, 1, 1}}}),
            (Floats{6, 0}));
  EXPECT_EQ(
      Compute("aten.linear.default(input=%a, weight=%b)", "f32[2]", {{"f32[3]", {1, 2, 3}}, w}),
      (Floats{7, 1}));
}

TEST(Matrix, BatchesBroadcast) {
  const Input a{"f32[2,1,2]", {1, 2, 3, 4}};
  EXPECT_EQ(Compute("aten.bmm.default(self=%a, mat2=%b)", "f32[2,1,1]",
                    {a, {"f32[2,2,1]", {1, 1, 2, 0}}}),
            (Floats{3, 6}));
  EXPECT_EQ(
      Compute("aten.matmul.default(self=%a, other=%b)", "f32[2,1,1]", {a, {"f32[2,1]", {10, 1}}}),
      (Floats{12, 34}));
}

TEST(Matrix, Errors) {
  EXPECT_NE(Failure("aten.linear.default(input=%a, weight=%b)", "f32[1,2]",
                    {{"f32[1,3]", {1, 2, 3}}, {"f32[2,2]", {1, 2, 3, 4}}}),
            "");
  EXPECT_NE(Failure("aten.mm.default(self=%a, mat2=%a)", "f32[1,3]", {{"f32[1,3]", {1, 2, 3}}}),
            "");
}

TEST(Pooling, MaxTakesTheFirstOfEquals) {
  const Input x{"f32[1,1,3,3]", {1, 5, 2, 5, 0, 3, 4, 8, 8}};
  EXPECT_EQ(Compute("aten.max_pool2d.default(self=%a, kernel_size=[2, 2], stride=[1, 1])",
                    "f32[1,1,2,2]", {x}),
            (Floats{5, 5, 8, 8}));
  EXPECT_EQ(Compute("aten.max_pool2d.default(self=%a, kernel_size=2, ceil_mode=true)",
                    "f32[1,1,2,2]", {x}),
            (Floats{5, 3, 8, 8}));
  EXPECT_EQ(
      Compute("aten.max_pool2d.default(self=%a, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1])",
              "f32[1,1,2,2]", {x}),
      (Floats{5, 5, 8, 8}));
  const auto both =
      RunOp("aten.max_pool2d_with_indices.default(self=%a, kernel_size=[2, 2], stride=[1, 1])",
            {"f32[1,1,2,2]", "i64[1,1,2,2]"}, {x});
  ASSERT_EQ(both.size(), 2u);
  const int64_t* where = both[1].As<int64_t>();
  EXPECT_EQ(std::vector<int64_t>(where, where + 4), (std::vector<int64_t>{1, 1, 7, 7}));
}

TEST(Pooling, AverageCountsThePaddingOrNot) {
  const Input x{"f32[1,2,2]", {1, 2, 3, 6}};
  EXPECT_EQ(Compute("aten.avg_pool2d.default(self=%a, kernel_size=[2, 2])", "f32[1,1,1]", {x}),
            (Floats{3}));
  EXPECT_EQ(Compute("aten.avg_pool2d.default(self=%a, kernel_size=[2, 2], padding=[1, 1])",
                    "f32[1,2,2]", {x}),
            (Floats{0.25, 0.5, 0.75, 1.5}));
  EXPECT_EQ(Compute("aten.avg_pool2d.default(self=%a, kernel_size=[2, 2], padding=[1, 1], "
                    "count_include_pad=false)",
                    "f32[1,2,2]", {x}),
            (Floats{1, 2, 3, 6}));
  EXPECT_EQ(Compute("aten.avg_pool2d.default(self=%a, kernel_size=[2, 2], divisor_override=3)",
                    "f32[1,1,1]", {x}),
            (Floats{4}));
  // The second window begins at 2 and has one column.
  EXPECT_EQ(Compute("aten.avg_pool1d.default(self=%a, kernel_size=[2], ceil_mode=true)", "f32[1,2]",
                    {{"f32[1,3]", {1, 3, 8}}}),
            (Floats{2, 8}));
}

TEST(Pooling, AdaptiveWindowsOverlapWhenTheyMust) {
  EXPECT_EQ(Compute("aten.adaptive_avg_pool2d.default(self=%a, output_size=[1, 2])", "f32[1,1,2]",
                    {{"f32[1,2,3]", {1, 2, 3, 5, 6, 7}}}),
            (Floats{3.5, 4.5}));
  EXPECT_EQ(Compute("aten._adaptive_avg_pool2d.default(self=%a, output_size=[1, 1])",
                    "f32[1,2,1,1]", {{"f32[1,2,1,2]", {1, 2, 3, 4}}}),
            (Floats{1.5, 3.5}));
}

TEST(Pooling, Errors) {
  const Input x{"f32[1,1,2,2]", {1, 2, 3, 4}};
  for (const char* op : {"aten.max_pool2d.default(self=%a, kernel_size=[3, 3])",
                         "aten.max_pool2d.default(self=%a, kernel_size=[2, 2], padding=[2, 2])",
                         "aten.max_pool2d.default(self=%a, kernel_size=[2, 2], stride=[0, 1])",
                         "aten.max_pool2d.default(self=%a)",
                         "aten.avg_pool2d.default(self=%a, kernel_size=[2, 2, 2])",
                         "aten.adaptive_avg_pool2d.default(self=%a, output_size=[0, 1])"})
    EXPECT_NE(Failure(op, "f32[1,1,1,1]", {x}), "") << op;
}

TEST(Reduction, DimensionsAndKeepdim) {
  const Input x{"f32[2,3]", {1, 2, 3, 4, 5, 12}};
  EXPECT_EQ(Compute("aten.mean.dim(self=%a, dim=[1])", "f32[2]", {x}), (Floats{2, 7}));
  EXPECT_EQ(Compute("aten.mean.dim(self=%a, dim=[-2], keepdim=true)", "f32[1,3]", {x}),
            (Floats{2.5, 3.5, 7.5}));
  EXPECT_EQ(Compute("aten.mean.dim(self=%a, dim=[0, 1])", "f32[]", {x}), (Floats{4.5}));
  EXPECT_EQ(Compute("aten.mean.default(self=%a)", "f32[]", {x}), (Floats{4.5}));
  EXPECT_EQ(Compute("aten.sum.dim_IntList(self=%a, dim=[0])", "f32[3]", {x}), (Floats{5, 7, 15}));
  EXPECT_EQ(Compute("aten.amax.default(self=%a, dim=[1])", "f32[2]", {x}), (Floats{3, 12}));
  EXPECT_EQ(Compute("aten.amin.default(self=%a, dim=[0])", "f32[3]", {x}), (Floats{1, 2, 3}));
  EXPECT_NE(Failure("aten.mean.dim(self=%a, dim=[2])", "f32[2]", {x}), "");
  EXPECT_NE(Failure("aten.mean.dim(self=%a, dim=[1, -1])", "f32[2]", {x}), "");
}

TEST(Normalization, BatchNormUsesStoredStatistics) {
  // (x - 1) / sqrt(3 + 1) * 4 + 10 = 2x + 8, and x / 1 (var + eps = 1) with no shift.
  EXPECT_EQ(Compute("aten.batch_norm.default(input=%a, weight=%b, bias=%c, running_mean=%d, "
                    "running_var=%e, training=false, momentum=0.1, eps=1.0)",
                    "f32[1,2,2]",
                    {{"f32[1,2,2]", {1, 2, 3, 4}},
                     {"f32[2]", {4, 1}},
                     {"f32[2]", {10, 0}},
                     {"f32[2]", {1, 0}},
                     {"f32[2]", {3, 0}}}),
            (Floats{10, 12, 3, 4}));
  const auto results = RunOp(
      "aten._native_batch_norm_legit_no_training.default(input=%a, weight=none, bias=none, "
      "running_mean=%b, running_var=%c, momentum=0.1, eps=1.0)",
      {"f32[1,1]", "f32[0]", "f32[0]"}, {{"f32[1,1]", {5}}, {"f32[1]", {1}}, {"f32[1]", {3}}});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(Elements(results[0]), (Floats{2}));
  EXPECT_NE(Failure("aten.batch_norm.default(input=%a, running_mean=%b, running_var=%b, "
                    "training=true)",
                    "f32[1,1]", {{"f32[1,1]", {5}}, {"f32[1]", {1}}})
                .find("model.eval()"),
            std::string::npos);
}

TEST(Normalization, LayerNorm) {
  // mean 2, variance 1
  EXPECT_EQ(
      Compute(
          "aten.layer_norm.default(input=%a, normalized_shape=[2], weight=%b, bias=%c, eps=0.0)",
          "f32[1,2]", {{"f32[1,2]", {1, 3}}, {"f32[2]", {2, 3}}, {"f32[2]", {10, 20}}}),
      (Floats{8, 23}));
  EXPECT_NE(Failure("aten.layer_norm.default(input=%a, normalized_shape=[3])", "f32[1,2]",
                    {{"f32[1,2]", {1, 3}}}),
            "");
}

TEST(Normalization, Softmax) {
  const float log3 = std::log(3.0f);
  ExpectNear(
      Compute("aten.softmax.int(self=%a, dim=-1)", "f32[2,2]", {{"f32[2,2]", {0, log3, 1, 1}}}),
      {0.25, 0.75, 0.5, 0.5});
  ExpectNear(Compute("aten._softmax.default(self=%a, dim=0, half_to_float=false)", "f32[2,2]",
                     {{"f32[2,2]", {0, 7, log3, 7}}}),
             {0.25, 0.5, 0.75, 0.5});
  ExpectNear(Compute("aten.log_softmax.int(self=%a, dim=0)", "f32[2]", {{"f32[2]", {0, log3}}}),
             {std::log(0.25f), std::log(0.75f)});
  // Large inputs do not overflow, and a masked position gets nothing.
  ExpectNear(
      Compute("aten.softmax.int(self=%a, dim=0)", "f32[3]", {{"f32[3]", {1000, 1000, -kInf}}}),
      {0.5, 0.5, 0});
}

}  // namespace
}  // namespace cortico::testing
