#include "compiler/quantize/quantizer.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

namespace cortico {
namespace {

/// Disjoint sets of values.
class Groups {
 public:
  const Value* Find(const Value* v) {
    const Value*& parent = parent_.try_emplace(v, v).first->second;
    if (parent == v) return v;
    return parent = Find(parent);
  }
  void Join(const Value* a, const Value* b) { parent_[Find(a)] = Find(b); }

 private:
  std::unordered_map<const Value*, const Value*> parent_;
};

struct Uses {
  std::vector<Node*> readers;  // one entry per read
  bool is_output = false;
};

class Matcher {
 public:
  Matcher(Graph& graph, const QuantizerOptions& options) : graph_(graph), options_(options) {
    size_t position = 0;
    for (const auto& node : graph.nodes()) {
      position_[node.get()] = position++;
      for (const Value* input : node->Inputs()) uses_[input].readers.push_back(node.get());
    }
    for (const Value* output : graph.outputs) uses_[output].is_output = true;
  }

  Annotation Run(const std::vector<const OpDefinition*>& ops) {
    struct Candidate {
      const OpDefinition* op;
      QuantPattern pattern;
    };
    std::vector<Candidate> candidates;
    for (const OpDefinition* op : ops)
      for (QuantPattern& pattern : op->Patterns()) candidates.push_back({op, std::move(pattern)});
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
      // Of two that are as long, the one that gives its result parameters of its own.
      return std::pair(a.pattern.ops.size(), !a.pattern.shares_input) >
             std::pair(b.pattern.ops.size(), !b.pattern.shares_input);
    });
    for (const Candidate& candidate : candidates)
      for (const auto& node : graph_.nodes()) Try(candidate.op, candidate.pattern, node.get());
    KeepReasons();
    DropLonelySharers();
    std::sort(result_.matches.begin(), result_.matches.end(),
              [&](const QuantMatch& a, const QuantMatch& b) {
                return position_.at(a.chain.front()) < position_.at(b.chain.front());
              });
    NumberGroups();
    FixGroups();
    ChooseObservers();
    TellIdleRules();
    return std::move(result_);
  }

 private:
  // The nodes from `first` on whose ops are the pattern's; empty when they are not, or when another
  // match has one of them.
  std::vector<Node*> Chain(const QuantPattern& pattern, Node* first) {
    std::vector<Node*> chain;
    Node* node = first;
    for (size_t i = 0; i < pattern.ops.size(); ++i) {
      if (i > 0) {
        if (node->outputs.size() != 1) return {};
        const Uses& uses = uses_[node->output()];
        if (uses.readers.size() != 1 || uses.is_output) return {};
        node = uses.readers.front();
      }
      if (!node->Is(pattern.ops[i]) || taken_.contains(node)) return {};
      chain.push_back(node);
    }
    return chain;
  }

  // What keeps the match from being quantized whatever the op says; empty when nothing does.
  static std::string Unfit(const QuantMatch& match) {
    const Node& first = *match.chain.front();
    if (match.chain.back()->outputs.size() != 1) return "it has more than one result";
    if (match.output()->type.dtype != DType::kFloat32)
      return std::string("its result is ") + Name(match.output()->type.dtype) + ", not float32";
    bool any = false;
    for (const QuantPattern::Argument& argument : match.pattern.arguments) {
      const std::string name = "its argument '" + argument.name + "'";
      const Value* value = first.Tensor(argument.name);
      if (argument.role == QuantRole::kActivation) {
        const Arg* arg = first.Find(argument.name);
        const auto* list = arg != nullptr ? std::get_if<Values>(arg) : nullptr;
        if (value == nullptr && list == nullptr) return name + " is not a tensor";
        for (const Value* v : list != nullptr ? *list : Values{first.Tensor(argument.name)}) {
          if (v == nullptr) return name + " has an empty entry";
          if (v->type.dtype != DType::kFloat32)
            return name + " is " + Name(v->type.dtype) + ", not float32";
          any = true;
        }
        continue;
      }
      if (value == nullptr && argument.role == QuantRole::kBias) continue;
      if (value == nullptr || !value->is_constant()) return name + " is not a constant";
      if (value->type.dtype != DType::kFloat32)
        return name + " is " + Name(value->type.dtype) + ", not float32";
      if (argument.role == QuantRole::kWeight && argument.axis >= value->type.rank())
        return name + " has no dimension " + std::to_string(argument.axis);
      if (argument.role == QuantRole::kBias && value->type.rank() != 1)
        return name + " is not a vector";
    }
    return any ? "" : "it reads no activation";
  }

  // The rules that concern any node of the match, by number.
  std::vector<size_t> RulesOf(const QuantMatch& match) const {
    std::vector<size_t> numbers;
    for (size_t r = 0; r < options_.overrides.size(); ++r)
      if (std::any_of(match.chain.begin(), match.chain.end(), [&](const Node* node) {
            return options_.overrides[r].Concerns(node->location);
          }))
        numbers.push_back(r);
    return numbers;
  }

  // What keeps the match from being quantized whatever its tensors are.
  std::string NotWanted(const QuantMatch& match) {
    if (options_.dialect == Dialect::kExecutorch && match.op->name().starts_with("cortico::"))
      return "the executorch dialect has no " + std::string(match.op->name());
    std::optional<size_t> last;
    for (const size_t r : RulesOf(match))
      if (options_.overrides[r].skip) last = r;
    if (!last) return "";
    busy_.emplace(*last, "skip");
    if (!*options_.overrides[*last].skip) return "";
    return "rule " + std::to_string(*last + 1) + " of the overrides keeps it in float";
  }

  void ApplyRules(QuantMatch* match) {
    match->observer = options_.observer;
    for (const size_t r : RulesOf(*match)) {
      const OverrideRule& rule = options_.overrides[r];
      if (rule.observer) match->observer = *rule.observer, busy_.emplace(r, "observer");
      if (!rule.per_tensor) continue;
      for (QuantPattern::Argument& argument : match->pattern.arguments) {
        if (argument.role != QuantRole::kWeight) continue;
        if (*rule.per_tensor) argument.axis = -1;
        busy_.emplace(r, "weights");
      }
    }
  }

  // A group is watched as the last rule for one of its results, or for an input of the graph, says.
  void ChooseObservers() {
    result_.observers.assign(result_.watched.size(), options_.observer);
    for (size_t r = 0; r < options_.overrides.size(); ++r) {
      const OverrideRule& rule = options_.overrides[r];
      if (!rule.observer) continue;
      for (const QuantMatch& match : result_.matches)
        if (std::any_of(match.chain.begin(), match.chain.end(),
                        [&](const Node* node) { return rule.Concerns(node->location); }))
          result_.observers[result_.group_of.at(match.output())] = *rule.observer;
      for (const Value* input : graph_.inputs) {
        const auto group = result_.group_of.find(input);
        if (group == result_.group_of.end() || !rule.Concerns({input->name, "", ""})) continue;
        result_.observers[group->second] = *rule.observer;
        busy_.emplace(r, "observer");
      }
    }
  }

  void TellIdleRules() {
    for (size_t r = 0; r < options_.overrides.size(); ++r) {
      const OverrideRule& rule = options_.overrides[r];
      const std::string which = "rule " + std::to_string(r + 1) + " of the overrides (" + rule.Subject() + ")";
      const auto idle = [&](bool given, const char* key, const char* lacking) {
        if (given && !busy_.contains({r, key}))
          result_.idle_rules.push_back(which + ": \"" + key + "\" finds " + lacking);
      };
      idle(rule.skip.has_value(), "skip", "no layer there that could be quantized");
      idle(rule.observer.has_value(), "observer", "nothing quantized there");
      idle(rule.per_tensor.has_value(), "weights", "no quantized layer with weights there");
    }
  }

  void Try(const OpDefinition* op, const QuantPattern& pattern, Node* node) {
    QuantMatch match{op, pattern, Chain(pattern, node)};
    if (match.chain.empty()) return;
    std::string reason = NotWanted(match);
    if (reason.empty()) reason = Unfit(match);
    if (reason.empty()) reason = op->Reject(match.chain);
    if (!reason.empty()) {
      refused_.push_back({op, node, {node->location, pattern.name, std::move(reason), true}});
      return;
    }
    if (options_.dialect == Dialect::kExecutorch && node->Is("aten.linear.default"))
      for (QuantPattern::Argument& argument : match.pattern.arguments)
        if (argument.role == QuantRole::kWeight) argument.axis = -1;
    ApplyRules(&match);
    taken_.insert(match.chain.begin(), match.chain.end());
    const Values activations = match.Activations();
    if (pattern.shares_input) {
      for (const Value* value : activations) groups_.Join(value, match.output());
    }
    result_.matches.push_back(std::move(match));
  }

  // A node that another op took needs no excuse, and each reason is told once.
  void KeepReasons() {
    std::set<std::pair<const Node*, std::string>> told;
    for (Refused& refused : refused_) {
      const auto match = std::find_if(
          result_.matches.begin(), result_.matches.end(), [&](const QuantMatch& m) {
            return std::find(m.chain.begin(), m.chain.end(), refused.node) != m.chain.end();
          });
      refused.rejection.left_in_float = match == result_.matches.end();
      const bool taken = match != result_.matches.end() && match->op != refused.op;
      if (!taken && told.emplace(refused.node, refused.rejection.reason).second)
        result_.rejections.push_back(std::move(refused.rejection));
    }
  }

  void DropLonelySharers() {
    std::set<const Value*> computing;  // representatives of groups
    for (const QuantMatch& match : result_.matches) {
      if (match.pattern.shares_input && match.op->TakesFloat()) continue;
      computing.insert(groups_.Find(match.output()));
      for (const Value* value : match.Activations()) computing.insert(groups_.Find(value));
    }
    std::erase_if(result_.matches, [&](const QuantMatch& match) {
      if (!match.pattern.shares_input || !match.op->TakesFloat() ||
          computing.contains(groups_.Find(match.output())))
        return false;
      result_.rejections.push_back({match.chain.front()->location, match.pattern.name,
                                    "neither what it reads nor what reads it is quantized", true});
      return true;
    });
  }

  void NumberGroups() {
    std::set<const Value*> derived, quantized;
    for (const QuantMatch& match : result_.matches) {
      quantized.insert(match.output());
      if (match.pattern.shares_input) derived.insert(match.output());
      for (const Value* value : match.Activations()) quantized.insert(value);
    }
    std::map<const Value*, size_t> number;
    for (const auto& value : graph_.values()) {
      if (!quantized.contains(value.get())) continue;
      const auto [it, fresh] = number.try_emplace(groups_.Find(value.get()), number.size());
      if (fresh) result_.watched.emplace_back();
      result_.group_of[value.get()] = it->second;
      if (!derived.contains(value.get())) result_.watched[it->second].push_back(value.get());
    }
  }

  // A group takes parameters that an op prescribes when nothing else is watched in it: another
  // value in the group has a range of its own, and the op's result is then rescaled.
  void FixGroups() {
    result_.fixed.resize(result_.watched.size());
    for (const QuantMatch& match : result_.matches) {
      if (!match.pattern.fixed_output) continue;
      const size_t group = result_.group_of.at(match.output());
      if (result_.watched[group] != std::vector<const Value*>{match.output()}) continue;
      const Quantization& q = *match.pattern.fixed_output;
      result_.fixed[group] = {static_cast<float>(q.scale()), q.zero_point()};
    }
  }

  struct Refused {
    const OpDefinition* op;
    const Node* node;
    Rejection rejection;
  };

  Graph& graph_;
  const QuantizerOptions& options_;
  std::unordered_map<const Node*, size_t> position_;
  std::unordered_map<const Value*, Uses> uses_;
  std::set<const Node*> taken_;
  std::vector<Refused> refused_;
  std::set<std::pair<size_t, std::string>> busy_;  // rule and key that changed something
  Groups groups_;
  Annotation result_;
};

}  // namespace

Values QuantMatch::Activations() const {
  Values values;
  for (const QuantPattern::Argument& argument : pattern.arguments) {
    if (argument.role != QuantRole::kActivation) continue;
    const Arg* arg = chain.front()->Find(argument.name);
    if (const auto* list = arg != nullptr ? std::get_if<Values>(arg) : nullptr)
      values.insert(values.end(), list->begin(), list->end());
    else if (Value* value = chain.front()->Tensor(argument.name))
      values.push_back(value);
  }
  return values;
}

Annotation CortexMQuantizer::Annotate(Graph& graph) const {
  std::vector<const OpDefinition*> ops;
  for (const auto& op : AllOps()) ops.push_back(op.get());
  return Annotate(graph, ops);
}

Annotation CortexMQuantizer::Annotate(Graph& graph,
                                      const std::vector<const OpDefinition*>& ops) const {
  return Matcher(graph, options_).Run(ops);
}

}  // namespace cortico
