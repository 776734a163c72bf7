#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

TEST(OpenComposites, SoftmaxAlongAnInnerDimension) {
  ExpectRewrite(OpenComposites, R"(graph g {
  input %x : f32[1,3,4]
  %y : f32[1,3,4] = aten.softmax.int(self=%x, dim=1)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,3,4]
  %y_permuted : f32[1,4,3] = aten.permute.default(self=%x, dims=[0, 2, 1])
  %y_last : f32[1,4,3] = aten.softmax.int(self=%y_permuted, dim=-1)
  %y_permuted_1 : f32[1,3,4] = aten.permute.default(self=%y_last, dims=[0, 2, 1])
  output %y_permuted_1 "y"
}
)");
}

TEST(OpenComposites, AttentionOfFourElements) {
  ExpectRewrite(OpenComposites, R"(graph g {
  input %q : f32[1,2,4]
  input %k : f32[1,3,4]
  input %v : f32[1,3,5]
  %y : f32[1,2,5] = aten.scaled_dot_product_attention.default(query=%q, key=%k, value=%v)
  output %y "y"
}
)",
                R"(graph g {
  input %q : f32[1,2,4]
  input %k : f32[1,3,4]
  input %v : f32[1,3,5]
  %y_scaled : f32[1,2,4] = aten.mul.Tensor(self=%q, other=0.5)
  %y_permuted : f32[1,4,3] = aten.permute.default(self=%k, dims=[0, 2, 1])
  %y_scores : f32[1,2,3] = aten.matmul.default(self=%y_scaled, other=%y_permuted)
  %y_weights : f32[1,2,3] = aten.softmax.int(self=%y_scores, dim=-1)
  %y_mixed : f32[1,2,5] = aten.matmul.default(self=%y_weights, other=%v)
  output %y_mixed "y"
}
)");
}

// No range of int8 holds minus infinity beside the scores.
TEST(OpenComposites, CausalAttentionStays) {
  const std::string text = R"(graph g {
  input %q : f32[1,2,4]
  %y : f32[1,2,4] = aten.scaled_dot_product_attention.default(query=%q, key=%q, value=%q, is_causal=true)
  output %y "y"
}
)";
  ExpectRewrite(OpenComposites, text, text);
}

// Three elements, divided by two.
TEST(OpenComposites, VarianceIsAMeanOfSquares) {
  ExpectRewrite(OpenComposites, R"(graph g {
  input %x : f32[2,3]
  %y : f32[2] = aten.var.correction(self=%x, dim=[1], correction=1)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[2,3]
  %y_mean : f32[2,1] = aten.mean.dim(self=%x, dim=[1], keepdim=true)
  %y_centred : f32[2,3] = aten.sub.Tensor(self=%x, other=%y_mean)
  %y_squares : f32[2,3] = aten.square.default(self=%y_centred)
  %y_mean_1 : f32[2,1] = aten.mean.dim(self=%y_squares, dim=[1], keepdim=true)
  %y_corrected : f32[2,1] = aten.mul.Tensor(self=%y_mean_1, other=1.5)
  %y_view : f32[2] = aten.view.default(self=%y_corrected, size=[2])
  output %y_view "y"
}
)");
}

TEST(OpenComposites, ValuesAndPlacesOfTheLargest) {
  ExpectRewrite(OpenComposites, R"(graph g {
  input %x : f32[2,3]
  %v : f32[2], %i : i64[2] = aten.max.dim(self=%x, dim=1)
  output %v "v"
  output %i "i"
}
)",
                R"(graph g {
  input %x : f32[2,3]
  %v_value : f32[2] = aten.amax.default(self=%x, dim=[1], keepdim=false)
  %i_index : i64[2] = aten.argmax.default(self=%x, dim=1, keepdim=false)
  output %v_value "v"
  output %i_index "i"
}
)");
}

TEST(OpenComposites, IndicesOfAPoolOnlyWhenNobodyReadsThem) {
  const std::string head = R"(graph g {
  input %x : f32[1,1,4,4]
  %y : f32[1,1,2,2], %i : i64[1,1,2,2] = aten.max_pool2d_with_indices.default(self=%x, kernel_size=[2, 2])
  output %y "y"
)";
  EXPECT_NE(RunPass(OpenComposites, head + "}\n").after.find("aten.max_pool2d.default(self=%x"),
            std::string::npos);
  EXPECT_NE(RunPass(OpenComposites, head + "  output %i \"i\"\n}\n").after.find("with_indices"),
            std::string::npos);
}

// Two groups of two channels; the weights stand per channel, known now.
TEST(OpenComposites, GroupNormIsALayerNormOfEachGroup) {
  ExpectRewrite(OpenComposites, R"(graph g {
  input %x : f32[1,4,3]
  const %w : f32[4] = [1.0, 2.0, 3.0, 4.0]
  %y : f32[1,4,3] = aten.group_norm.default(input=%x, num_groups=2, weight=%w, bias=none, eps=0.5)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,4,3]
  const %y_view_2 : f32[1,4,1] = [1.0, 2.0, 3.0, 4.0]
  %y_view : f32[1,2,6] = aten.view.default(self=%x, size=[1, 2, 6])
  %y_normal : f32[1,2,6] = aten.layer_norm.default(input=%y_view, normalized_shape=[6], weight=none, bias=none, eps=0.5)
  %y_view_1 : f32[1,4,3] = aten.view.default(self=%y_normal, size=[1, 4, 3])
  %y_weighted : f32[1,4,3] = aten.mul.Tensor(self=%y_view_1, other=%y_view_2)
  output %y_weighted "y"
}
)");
}

}  // namespace
}  // namespace cortico::passes
