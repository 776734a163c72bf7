#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

TEST(NormalizePooling, AdaptivePoolOfEqualWindows) {
  ExpectRewrite(NormalizePooling, R"(graph g {
  input %x : f32[1,2,6,4]
  %y : f32[1,2,2,1] = aten.adaptive_avg_pool2d.default(self=%x, output_size=[2, 1])
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,2,6,4]
  %y : f32[1,2,2,1] = aten.avg_pool2d.default(self=%x, kernel_size=[3, 4], stride=[3, 4])
  output %y "y"
}
)");
}

TEST(NormalizePooling, UnequalWindowsStay) {
  const std::string text = R"(graph g {
  input %x : f32[1,2,7,4]
  %y : f32[1,2,2,1] = aten.adaptive_avg_pool2d.default(self=%x, output_size=[2, 1])
  output %y "y"
}
)";
  ExpectRewrite(NormalizePooling, text, text);
}

TEST(NormalizePooling, MeanOverTheImage) {
  ExpectRewrite(NormalizePooling, R"(graph g {
  input %x : f32[1,2,3,4]
  %m : f32[1,2] = aten.mean.dim(self=%x, dim=[-1, -2])
  %k : f32[1,2,1,1] = aten.mean.dim(self=%x, dim=[2, 3], keepdim=true)
  %c : f32[1,3,4] = aten.mean.dim(self=%x, dim=[1])
  output %m "m"
  output %k "k"
  output %c "c"
}
)",
                R"(graph g {
  input %x : f32[1,2,3,4]
  %m_pool : f32[1,2,1,1] = aten.avg_pool2d.default(self=%x, kernel_size=[3, 4], stride=[3, 4])
  %m : f32[1,2] = aten.view.default(self=%m_pool, size=[1, 2])
  %k_pool : f32[1,2,1,1] = aten.avg_pool2d.default(self=%x, kernel_size=[3, 4], stride=[3, 4])
  %c : f32[1,3,4] = aten.mean.dim(self=%x, dim=[1])
  output %m "m"
  output %k_pool "k"
  output %c "c"
}
)");
}

}  // namespace
}  // namespace cortico::passes
