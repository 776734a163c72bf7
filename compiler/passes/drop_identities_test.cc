#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

TEST(DropIdentities, LooksThroughDropoutCloneAndSameView) {
  ExpectRewrite(DropIdentities, R"(graph g {
  input %x : f32[1,4]
  %a : f32[1,4] = aten.dropout.default(input=%x, p=0.5, train=false)
  %b : f32[1,4] = aten.clone.default(self=%a)
  %c : f32[1,4] = aten.view.default(self=%b, size=[1, 4])
  %d : f32[1,4] = aten.relu.default(self=%c)
  output %d "d"
}
)",
                R"(graph g {
  input %x : f32[1,4]
  %d : f32[1,4] = aten.relu.default(self=%x)
  output %d "d"
}
)");
}

TEST(DropIdentities, KeepsWhatChangesTypeOrSize) {
  const std::string text = R"(graph g {
  input %x : f32[1,4]
  %a : f64[1,4] = aten.to.dtype(self=%x, dtype=:f64)
  %b : f64[4] = aten.view.default(self=%a, size=[4])
  output %b "b"
}
)";
  ExpectRewrite(DropIdentities, text, text);
}

TEST(DropIdentities, TrainingModeIsAnError) {
  const PassResult result = RunPass(DropIdentities, R"(graph g {
  input %x : f32[1,4]
  %a : f32[1,4] = aten.dropout.default(input=%x, p=0.5, train=true) @ "dropout" "net.drop" "net.py:9"
  output %a "a"
}
)");
  EXPECT_EQ(result.messages,
            "node 'dropout' (net.drop, net.py:9): dropout is in training mode; call model.eval() "
            "before torch.export.export\n");
}

}  // namespace
}  // namespace cortico::passes
