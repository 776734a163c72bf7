#include "compiler/quantize/overrides.h"

#include "compiler/quantize/quantize_testing.h"

namespace cortico {
namespace {

using testing::Messages;
using testing::ParseBody;
using testing::PatternOps;

std::vector<OverrideRule> Rules(const std::string& json) {
  Diagnostics diagnostics("rules.json");
  auto rules = ParseOverrides(json, diagnostics);
  EXPECT_TRUE(rules.has_value()) << Messages(diagnostics);
  return rules.value_or(std::vector<OverrideRule>());
}

std::string Refusal(const std::string& json) {
  Diagnostics diagnostics("rules.json");
  EXPECT_FALSE(ParseOverrides(json, diagnostics).has_value()) << json;
  return Messages(diagnostics);
}

TEST(Overrides, APathConcernsWhatLiesBelowIt) {
  const OverrideRule rule = Rules(R"({"rules": [{"path": "blocks.*.conv?", "skip": true}]})").at(0);
  EXPECT_TRUE(rule.Concerns({"n", "blocks.3.conv1", ""}));
  EXPECT_TRUE(rule.Concerns({"n", "blocks.3.conv1.inner", ""}));
  EXPECT_FALSE(rule.Concerns({"n", "blocks.3", ""}));
  EXPECT_FALSE(rule.Concerns({"n", "blocks.3.4.conv1", ""}));
  EXPECT_FALSE(rule.Concerns({"n", "", ""}));
}

TEST(Overrides, EverythingThatIsWrongIsTold) {
  const std::string text = Refusal(R"({"more": 1, "rules": [
    {"path": "a", "obsever": "mse"},
    {"path": "a", "observer": "best"},
    {"skip": true},
    {"path": "a", "node": "b", "weights": "per-row"}]})");
  for (const char* part :
       {"unknown key \"more\"", "rule 1 has an unknown key \"obsever\"", "rule 1 says nothing",
        "rule 2 wants \"histogram\"", "rule 3 concerns nothing", "rule 4 concerns nothing",
        "rule 4 wants \"per-tensor\"", "docs/overrides.md"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  EXPECT_NE(Refusal("{").find("no sound JSON"), std::string::npos);
  EXPECT_NE(Refusal("[]").find("\"rules\""), std::string::npos);
}

// Two linear layers of which a rule picks the second.
constexpr char kTwoLayers[] = R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w, bias=none) @ "a" "first" ""
  %b : f32[1,2] = aten.linear.default(input=%a, weight=%w, bias=none) @ "b" "second.fc" ""
  output %b "b"
)";

Annotation Annotate(Graph& graph, const std::string& json) {
  static const PatternOps ops;
  QuantizerOptions options;
  options.overrides = Rules(json);
  return CortexMQuantizer(options).Annotate(graph, ops.all());
}

TEST(Overrides, SkipKeepsALayerInFloatAndSaysSo) {
  Graph graph = ParseBody(kTwoLayers);
  const Annotation a = Annotate(graph, R"({"rules": [{"path": "second", "skip": true}]})");
  ASSERT_EQ(a.matches.size(), 1u);
  EXPECT_EQ(a.matches[0].output()->name, "a");
  ASSERT_EQ(a.rejections.size(), 1u);
  EXPECT_EQ(a.rejections[0].location.node, "b");
  EXPECT_NE(a.rejections[0].reason.find("rule 1"), std::string::npos) << a.rejections[0].reason;
  EXPECT_TRUE(a.idle_rules.empty());
}

TEST(Overrides, ALaterRuleWins) {
  Graph graph = ParseBody(kTwoLayers);
  const Annotation a = Annotate(graph, R"({"rules": [{"path": "*", "skip": true, "observer": "minmax"},
    {"node": "b", "skip": false, "observer": "mse", "weights": "per-tensor"}]})");
  ASSERT_EQ(a.matches.size(), 1u);
  const QuantMatch& match = a.matches[0];
  EXPECT_EQ(match.output()->name, "b");
  EXPECT_EQ(match.observer, ObserverKind::kMse);
  EXPECT_EQ(a.observers.at(a.group_of.at(match.output())), ObserverKind::kMse);
  EXPECT_EQ(match.pattern.arguments.at(1).axis, -1);
}

TEST(Overrides, TheObserverOfAnInputIsChosenByItsName) {
  Graph graph = ParseBody(kTwoLayers);
  const Annotation a = Annotate(graph, R"({"rules": [{"node": "x", "observer": "percentile"}]})");
  EXPECT_EQ(a.observers.at(a.group_of.at(graph.inputs[0])), ObserverKind::kPercentile);
  EXPECT_EQ(a.observers.at(a.group_of.at(a.matches[0].output())), ObserverKind::kHistogram);
  EXPECT_TRUE(a.idle_rules.empty());
}

TEST(Overrides, ARuleThatFindsNothingIsTold) {
  Graph graph = ParseBody(kTwoLayers);
  const Annotation a = Annotate(graph, R"({"rules": [{"path": "secnd", "skip": true},
    {"node": "x", "observer": "mse", "weights": "per-tensor"}]})");
  ASSERT_EQ(a.idle_rules.size(), 2u);
  EXPECT_NE(a.idle_rules[0].find("rule 1 of the overrides ('secnd'): \"skip\""), std::string::npos)
      << a.idle_rules[0];
  EXPECT_NE(a.idle_rules[1].find("rule 2 of the overrides (node 'x'): \"weights\""), std::string::npos)
      << a.idle_rules[1];
}

}  // namespace
}  // namespace cortico
