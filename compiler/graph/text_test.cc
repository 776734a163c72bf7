#include "compiler/graph/text.h"

#include <gtest/gtest.h>

namespace cortico {
namespace {

constexpr char kAll[] = R"(graph forward {
  input %x : f32[1,2,2,2]
  const %w : f32[1,2,1,1] origin "net.conv.weight" = [2.0, -0.5]
  const %big : i8[1,2,3,3]{0,2,3,1} q(0, [0.5], [0], -127, 127) = hex "000102030405060708090a0b0c0d0e0f1011"
  scratch %s : u8[48]
  %y : i8[1,1,2,2]{0,2,3,1} q(0.1, -128, -128, 127), %z : i64[] = some.op(a=%x, b=none, c=-3, d=0.5, e=true, f=:i8, g=#channels_last, h="say \"hi\"", i=[1, -2], j=[], k=[0.5, inf], l=[]f, m=[%x, none], n=[]v) @ "conv2d" "net.conv" "train.py:7"
  output %y "result"
}
)";

TEST(Text, PrintsWhatItParsed) {
  Diagnostics diagnostics;
  const auto graph = ParseGraph(kAll, diagnostics);
  ASSERT_TRUE(graph) << (diagnostics.all().empty() ? "" : diagnostics.all()[0].message);
  EXPECT_EQ(PrintGraph(*graph), kAll);
  EXPECT_EQ(PrintGraph(graph->Clone()), kAll);
}

TEST(Text, ElidesLargeConstantsOnRequest) {
  Diagnostics diagnostics;
  const auto graph = ParseGraph(kAll, diagnostics);
  const std::string text = PrintGraph(*graph, {.elide_constants = true});
  EXPECT_NE(text.find("= elided"), std::string::npos);
  EXPECT_NE(text.find("= [2.0, -0.5]"), std::string::npos);
  EXPECT_FALSE(ParseGraph(text, diagnostics));
}

// Each line is wrong in one way; the message names the line.
TEST(Text, RefusesWhatItCannotRead) {
  const std::pair<const char*, const char*> cases[] = {
      {"graph g {\n input %x : f99[1]\n}", "line 2"},
      {"graph g {\n input %x : f32[-1]\n}", "size"},
      {"graph g {\n %y : f32[1] = op(a=%x)\n}", "not defined"},
      {"graph g {\n input %x : f32[1]\n input %x : f32[1]\n}", "twice"},
      {"graph g {\n const %c : f32[2] = [1.0]\n}", "elements"},
      {"graph g {\n const %c : f32[9000000000] = [1.0]\n}", "out of range"},
      {"graph g {\n %y : f32[1] = op(a=[1, 2.0])\n}", "mixes"},
      {"graph g {\n %y : f32[1] = op(a=\"x)\n}", "no end"},
      {"graph g {\n} more", "follow"},
      {"graph g {", "expected"},
      {"", "graph"},
  };
  for (const auto& [text, expected] : cases) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ParseGraph(text, diagnostics)) << text;
    ASSERT_FALSE(diagnostics.all().empty()) << text;
    EXPECT_NE(diagnostics.all()[0].message.find(expected), std::string::npos)
        << diagnostics.all()[0].message;
  }
}

TEST(Text, EveryTruncationIsRefused) {
  const std::string text = kAll;
  for (size_t n = 0; n + 2 < text.size(); ++n) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ParseGraph(text.substr(0, n), diagnostics)) << n;
  }
}

}  // namespace
}  // namespace cortico
