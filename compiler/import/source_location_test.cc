#include "compiler/import/source_location.h"

#include <gtest/gtest.h>

namespace cortico {
namespace {

constexpr const char* kUser = "  File \"/home/me/train.py\", line 41, in forward\n    x = f(x)\n";
constexpr const char* kTorch =
    "  File \"/usr/lib/python3/site-packages/torch/nn/modules/conv.py\", line 9, in forward\n";

TEST(SourceLocation, InnermostFrameOutsideOfTorch) {
  const std::string outer = "  File \"/home/me/main.py\", line 3, in forward\n";
  EXPECT_EQ(LocationFrom("n", outer + kUser + kTorch, "").source, "train.py:41");
  EXPECT_EQ(LocationFrom("n", kTorch, "").source, "");
  EXPECT_EQ(LocationFrom("n", "", "").source, "");
  // A user's own folder may be called torch.
  EXPECT_EQ(LocationFrom("n", "File \"/home/torch/net.py\", line 5, in f", "").source, "net.py:5");
}

TEST(SourceLocation, BareNamesOfTorchFilesAreTorchs) {
  const std::string user = "File \"train.py\", line 105, in forward\n";
  const std::string torch = "File \"container.py\", line 253\n  File \"conv.py\", line 565\n";
  EXPECT_EQ(LocationFrom("n", user + torch, "L__self__,,train.Net").source, "train.py:105");
  // Unless the user has a module of that name.
  EXPECT_EQ(LocationFrom("n", user + torch, "L__self__,,conv.Net").source, "conv.py:565");
}

TEST(SourceLocation, ModulePathIsTheInnermostOne) {
  const auto path = [](const std::string& stack) {
    return LocationFrom("n", "", stack).module_path;
  };
  EXPECT_EQ(path("L__self__,,t.N;L__self__stem,stem,t.C;L__self__stem.0,stem.0,torch.nn.Conv2d"),
            "stem.0");
  EXPECT_EQ(path("k,L['self'],t.N;k,L['self'].blocks._modules['0'].depthwise,t.C"),
            "blocks.0.depthwise");
  EXPECT_EQ(path("k,L['self']._modules['a'],t.C"), "a");
  EXPECT_EQ(path("k,getattr(L['self'].blocks, '0'),t.C"), "blocks.0");
  EXPECT_EQ(path("k,fc@1,t.C"), "fc");
  EXPECT_EQ(path("k,m.a b\"c,t.C"), "m.a b\"c");
  EXPECT_EQ(path("_empty_nn_module_stack_from_metadata_hook,_empty_nn_module_stack_from_metadata_"
                 "hook,_empty_nn_module_stack_from_metadata_hook"),
            "");
  EXPECT_EQ(path(""), "");
  EXPECT_EQ(path(";;,"), "");
}

TEST(SourceLocation, DamagedTracesGiveNothing) {
  for (const char* trace : {"File \"", "File \"a.py\"", "File \"a.py\", line ",
                            "File \"a.py\", line x", "\n\n  \n", "File"}) {
    EXPECT_EQ(LocationFrom("n", trace, "").source, "") << trace;
  }
}

}  // namespace
}  // namespace cortico
