#include "compiler/quantize/overrides.h"

#include <fnmatch.h>

#include <nlohmann/json.hpp>

namespace cortico {
namespace {

using Json = nlohmann::json;

constexpr char kRemedy[] = "docs/overrides.md has the format";

bool Matches(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

// "a.b.c" cut after its first dot; the rest is empty when there is none.
std::pair<std::string, std::string> Cut(const std::string& path) {
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return {path, ""};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

bool PathMatches(std::string pattern, std::string path) {
  while (!pattern.empty()) {
    if (path.empty()) return false;
    auto [wanted, more_wanted] = Cut(pattern);
    auto [found, more_found] = Cut(path);
    if (!Matches(wanted, found)) return false;
    pattern = std::move(more_wanted), path = std::move(more_found);
  }
  return true;
}

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<std::vector<OverrideRule>> Read(std::string_view text) {
    const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded()) return Fail("is no sound JSON"), std::nullopt;
    if (!document.is_object() || !document.contains("rules") || !document["rules"].is_array())
      return Fail("is no object with a list \"rules\""), std::nullopt;
    for (const auto& [key, value] : document.items())
      if (key != "rules") Fail("has an unknown key \"" + key + "\"");
    for (const Json& entry : document["rules"]) {
      ++number_;
      ReadRule(entry);
    }
    if (!ok_) return std::nullopt;
    return std::move(rules_);
  }

 private:
  void Fail(const std::string& what) {
    diagnostics_.Error({}, what, kRemedy);
    ok_ = false;
  }
  void FailRule(const std::string& what) { Fail("rule " + std::to_string(number_) + " " + what); }

  void ReadRule(const Json& entry) {
    if (!entry.is_object()) return FailRule("is no object");
    OverrideRule rule;
    for (const auto& [key, value] : entry.items()) {
      if (key == "path") ReadText(key, value, &rule.path);
      else if (key == "node") ReadText(key, value, &rule.node);
      else if (key == "skip") ReadSkip(value, &rule);
      else if (key == "observer") ReadObserver(value, &rule);
      else if (key == "weights") ReadWeights(value, &rule);
      else FailRule("has an unknown key \"" + key + "\"");
    }
    if (rule.path.empty() == rule.node.empty())
      FailRule("concerns nothing: it needs \"path\" or \"node\", and not both");
    if (!rule.skip && !rule.observer && !rule.per_tensor)
      FailRule("says nothing: give \"skip\", \"observer\" or \"weights\"");
    rules_.push_back(std::move(rule));
  }

  void ReadText(const std::string& key, const Json& value, std::string* text) {
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
      return FailRule("has no text for \"" + key + "\"");
    *text = value.get<std::string>();
  }
  void ReadSkip(const Json& value, OverrideRule* rule) {
    if (!value.is_boolean()) return FailRule("wants true or false for \"skip\"");
    rule->skip = value.get<bool>();
  }
  void ReadObserver(const Json& value, OverrideRule* rule) {
    if (value.is_string()) rule->observer = ParseObserver(value.get_ref<const std::string&>());
    if (!rule->observer)
      FailRule("wants \"histogram\", \"minmax\", \"mse\" or \"percentile\" for \"observer\"");
  }
  void ReadWeights(const Json& value, OverrideRule* rule) {
    if (value == "per-tensor") rule->per_tensor = true;
    else if (value == "per-channel") rule->per_tensor = false;
    else FailRule("wants \"per-tensor\" or \"per-channel\" for \"weights\"");
  }

  Diagnostics& diagnostics_;
  std::vector<OverrideRule> rules_;
  int number_ = 0;
  bool ok_ = true;
};

}  // namespace

bool OverrideRule::Concerns(const Location& location) const {
  return path.empty() ? Matches(node, location.node) : PathMatches(path, location.module_path);
}

std::string OverrideRule::Subject() const {
  return path.empty() ? "node '" + node + "'" : "'" + path + "'";
}

std::optional<std::vector<OverrideRule>> ParseOverrides(std::string_view json,
                                                        Diagnostics& diagnostics) {
  return Reader(diagnostics).Read(json);
}

}  // namespace cortico
