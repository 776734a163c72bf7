#include "compiler/passes/pass.h"

#include <algorithm>

#include "compiler/passes/passes.h"

namespace cortico {
namespace {

bool Holds(const Graph& graph, const Node* node) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(),
                     [&](const auto& held) { return held.get() == node; });
}

}  // namespace

void ApplyRules(const char* pass, const std::vector<Rule>& rules, PassContext& context) {
  // A rule that undoes another would go on for ever; no honest program needs this many rounds.
  constexpr int kMaxRounds = 64;
  bool changed = true;
  for (int round = 0; changed; ++round) {
    CORTICO_CHECK(round < kMaxRounds);
    changed = false;
    std::vector<Node*> visit;
    for (const auto& node : context.graph.nodes()) visit.push_back(node.get());
    for (Node* node : visit) {
      // A rule may erase its node and others around it.
      if (!Holds(context.graph, node)) continue;
      const Location where = node->location;
      for (const Rule& rule : rules) {
        const std::string what = rule.apply(node, context);
        if (what.empty()) continue;
        context.log.push_back({pass, where, what});
        changed = true;
        break;
      }
    }
    context.graph.RemoveDead();
  }
}

const std::vector<Pass>& CanonicalizePasses() {
  static const std::vector<Pass> passes = {
      {"drop-identities", passes::DropIdentities},
      {"fold-constants", passes::FoldConstants},
      {"normalize-movement", passes::NormalizeMovement},
      {"raise-rank", passes::RaiseRank},
      {"normalize-ops", passes::NormalizeOps},
      {"normalize-pooling", passes::NormalizePooling},
      {"fold-batch-norm", passes::FoldBatchNorm},
  };
  return passes;
}

const std::vector<Pass>& LoweringPasses() {
  static const std::vector<Pass> passes = {
      {"fuse-activations", passes::FuseActivations},
      {"fold-quantization", passes::FoldQuantization},
      {"drop-float-borders", passes::DropFloatBorders},
      {"decompose-float", passes::DecomposeFloat},
      {"assign-layouts", passes::AssignLayouts},
      {"lower-to-dialect", passes::LowerToDialect},
  };
  return passes;
}

const Pass* FindPass(std::string_view name) {
  for (const auto* list : {&CanonicalizePasses(), &LoweringPasses()})
    for (const Pass& pass : *list)
      if (name == pass.name) return &pass;
  return nullptr;
}

}  // namespace cortico
