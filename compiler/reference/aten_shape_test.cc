// Ops that move elements.
#include "compiler/reference/evaluate_testing.h"

namespace cortico::testing {
namespace {

const Input kSix{"f32[2,3]", {1, 2, 3, 4, 5, 6}};

TEST(Shape, ViewsKeepTheOrder) {
  for (const auto& [op, result] : std::vector<std::pair<std::string, std::string>>{
           {"aten.view.default(self=%a, size=[3, 2])", "f32[3,2]"},
           {"aten.view.default(self=%a, size=[-1])", "f32[6]"},
           {"aten.reshape.default(self=%a, shape=[1, -1, 2])", "f32[1,3,2]"},
           {"aten._unsafe_view.default(self=%a, size=[6])", "f32[6]"},
           {"aten.flatten.using_ints(self=%a)", "f32[6]"},
           {"aten.flatten.using_ints(self=%a, start_dim=1)", "f32[2,3]"},
           {"aten.unflatten.int(self=%a, dim=1, sizes=[3, 1])", "f32[2,3,1]"},
           {"aten.unsqueeze.default(self=%a, dim=-1)", "f32[2,3,1]"},
           {"aten.unsqueeze.default(self=%a, dim=0)", "f32[1,2,3]"},
           {"aten.clone.default(self=%a)", "f32[2,3]"},
           {"aten.contiguous.default(self=%a)", "f32[2,3]"},
           {"aten.alias.default(self=%a)", "f32[2,3]"},
           {"aten.detach.default(self=%a)", "f32[2,3]"},
           {"aten.dropout.default(input=%a, p=0.5, train=false)", "f32[2,3]"},
           {"aten._to_copy.default(self=%a, dtype=:f32)", "f32[2,3]"}})
    EXPECT_EQ(Compute(op, result, {kSix}), kSix.values) << op;
  const Input ones{"f32[1,2,1]", {7, 8}};
  EXPECT_EQ(Compute("aten.squeeze.default(self=%a)", "f32[2]", {ones}), ones.values);
  EXPECT_EQ(Compute("aten.squeeze.dim(self=%a, dim=0)", "f32[2,1]", {ones}), ones.values);
  EXPECT_EQ(Compute("aten.squeeze.dim(self=%a, dim=1)", "f32[1,2,1]", {ones}), ones.values);
  EXPECT_EQ(Compute("aten.squeeze.dims(self=%a, dim=[0, -1])", "f32[2]", {ones}), ones.values);
}

TEST(Shape, Permutations) {
  const Floats turned{1, 4, 2, 5, 3, 6};
  EXPECT_EQ(Compute("aten.permute.default(self=%a, dims=[1, 0])", "f32[3,2]", {kSix}), turned);
  EXPECT_EQ(Compute("aten.transpose.int(self=%a, dim0=-1, dim1=0)", "f32[3,2]", {kSix}), turned);
  EXPECT_EQ(Compute("aten.t.default(self=%a)", "f32[3,2]", {kSix}), turned);
  EXPECT_EQ(Compute("aten.permute.default(self=%a, dims=[2, 0, 1])", "f32[2,1,3]",
                    {{"f32[1,3,2]", {1, 2, 3, 4, 5, 6}}}),
            (Floats{1, 3, 5, 2, 4, 6}));
  EXPECT_NE(Failure("aten.permute.default(self=%a, dims=[0, 0])", "f32[2,3]", {kSix}), "");
  EXPECT_NE(Failure("aten.permute.default(self=%a, dims=[1])", "f32[2,3]", {kSix}), "");
}

TEST(Shape, Parts) {
  EXPECT_EQ(Compute("aten.slice.Tensor(self=%a, dim=1, start=1, end=9223372036854775807)",
                    "f32[2,2]", {kSix}),
            (Floats{2, 3, 5, 6}));
  EXPECT_EQ(
      Compute("aten.slice.Tensor(self=%a, dim=1, start=0, end=3, step=2)", "f32[2,2]", {kSix}),
      (Floats{1, 3, 4, 6}));
  EXPECT_EQ(Compute("aten.slice.Tensor(self=%a, dim=-1, start=-1)", "f32[2,1]", {kSix}),
            (Floats{3, 6}));
  EXPECT_EQ(Compute("aten.slice.Tensor(self=%a, start=2, end=1)", "f32[0,3]", {kSix}), Floats());
  EXPECT_EQ(Compute("aten.select.int(self=%a, dim=0, index=1)", "f32[3]", {kSix}),
            (Floats{4, 5, 6}));
  EXPECT_EQ(Compute("aten.select.int(self=%a, dim=1, index=-3)", "f32[2]", {kSix}), (Floats{1, 4}));
  EXPECT_NE(Failure("aten.select.int(self=%a, dim=1, index=3)", "f32[2]", {kSix}), "");
  EXPECT_NE(Failure("aten.slice.Tensor(self=%a, step=0)", "f32[2,3]", {kSix}), "");
  const auto parts = RunOp("aten.split_with_sizes.default(self=%a, split_sizes=[1, 2], dim=1)",
                           {"f32[2,1]", "f32[2,2]"}, {kSix});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(Elements(parts[0]), (Floats{1, 4}));
  EXPECT_EQ(Elements(parts[1]), (Floats{2, 3, 5, 6}));
  const auto chunks =
      RunOp("aten.chunk.default(self=%a, chunks=2, dim=1)", {"f32[2,2]", "f32[2,1]"}, {kSix});
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(Elements(chunks[1]), (Floats{3, 6}));
}

TEST(Shape, Joins) {
  const Input two{"f32[2,1]", {10, 20}};
  EXPECT_EQ(Compute("aten.cat.default(tensors=[%a, %b], dim=1)", "f32[2,4]", {kSix, two}),
            (Floats{1, 2, 3, 10, 4, 5, 6, 20}));
  EXPECT_EQ(Compute("aten.cat.default(tensors=[%a, %a])", "f32[4,1]", {two}),
            (Floats{10, 20, 10, 20}));
  EXPECT_EQ(Compute("aten.stack.default(tensors=[%a, %a], dim=1)", "f32[2,2,1]", {two}),
            (Floats{10, 10, 20, 20}));
  EXPECT_NE(Failure("aten.cat.default(tensors=[%a, %b])", "f32[4,3]", {kSix, two}), "");
  EXPECT_NE(Failure("aten.cat.default(tensors=[]v)", "f32[4,3]", {kSix}), "");
}

TEST(Shape, Padding) {
  const Input x{"f32[1,2]", {1, 2}}, row{"f32[1,3]", {1, 2, 3}};
  EXPECT_EQ(Compute("aten.constant_pad_nd.default(self=%a, pad=[1, 0, 0, 1], value=9.0)",
                    "f32[2,3]", {x}),
            (Floats{9, 1, 2, 9, 9, 9}));
  EXPECT_EQ(Compute("aten.pad.default(self=%a, pad=[-1, 1])", "f32[1,2]", {x}), (Floats{2, 0}));
  EXPECT_EQ(Compute("aten.pad.default(self=%a, pad=[2, 1], mode=\"reflect\")", "f32[1,6]", {row}),
            (Floats{3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(Compute("aten.pad.default(self=%a, pad=[1, 2], mode=\"replicate\")", "f32[1,6]", {row}),
            (Floats{1, 1, 2, 3, 3, 3}));
  EXPECT_EQ(Compute("aten.pad.default(self=%a, pad=[1, 2], mode=\"circular\")", "f32[1,6]", {row}),
            (Floats{3, 1, 2, 3, 1, 2}));
  for (const char* op :
       {"aten.pad.default(self=%a, pad=[1])", "aten.pad.default(self=%a, pad=[-2, -1])",
        "aten.pad.default(self=%a, pad=[2, 0], mode=\"reflect\")",
        "aten.pad.default(self=%a, pad=[1, 1], mode=\"odd\")",
        "aten.pad.default(self=%a, pad=[1, 1, 1, 1, 1, 1])",
        "aten.pad.default(self=%a, pad=[9000000000000000000, 0])"})
    EXPECT_NE(Failure(op, "f32[1,4]", {x}), "") << op;
}

TEST(Shape, Expansion) {
  EXPECT_EQ(Compute("aten.expand.default(self=%a, size=[2, 2, -1])", "f32[2,2,1]",
                    {{"f32[2,1]", {1, 2}}}),
            (Floats{1, 2, 1, 2}));
  EXPECT_EQ(
      Compute("aten.expand.default(self=%a, size=[2, 3])", "f32[2,3]", {{"f32[2,1]", {1, 2}}}),
      (Floats{1, 1, 1, 2, 2, 2}));
}

TEST(Shape, ConstantsOfOneNumber) {
  EXPECT_EQ(Compute("aten.full.default(size=[2], fill_value=1.5)", "f32[2]", {}),
            (Floats{1.5, 1.5}));
  EXPECT_EQ(Compute("aten.ones_like.default(self=%a)", "f32[2,3]", {kSix}), Floats(6, 1.0f));
}

TEST(Shape, Errors) {
  for (const char* op :
       {"aten.view.default(self=%a, size=[4])", "aten.view.default(self=%a, size=[-1, -1])",
        "aten.view.default(self=%a, size=[-1, 4])", "aten.view.default(self=%a, size=[-1, 0])",
        "aten.view.default(self=%a, size=[-2, -3])", "aten.expand.default(self=%a, size=[3, 3])",
        "aten.expand.default(self=%a, size=[3])",
        "aten.expand.default(self=%a, size=[1000000000, 1000000000, 2, 3])",
        "aten.unsqueeze.default(self=%a, dim=3)",
        "aten.flatten.using_ints(self=%a, start_dim=1, end_dim=0)",
        "aten.dropout.default(input=%a, p=0.5, train=true)",
        "aten._to_copy.default(self=%a, dtype=:bf16)"})
    EXPECT_NE(Failure(op, "f32[2,3]", {kSix}), "") << op;
}

}  // namespace
}  // namespace cortico::testing
