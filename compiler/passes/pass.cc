#include "compiler/passes/pass.h"

#include "compiler/passes/passes.h"

namespace cortico {

void ApplyRules(const char* pass, const std::vector<Rule>& rules, PassContext& context) {
  // A rule that undoes another would go on for ever; no honest program needs this many rounds.
  constexpr int kMaxRounds = 64;
  bool changed = true;
  for (int round = 0; changed; ++round) {
    CORTICO_CHECK(round < kMaxRounds);
    changed = false;
    auto& nodes = context.graph.nodes();
    for (auto it = nodes.begin(); it != nodes.end();) {
      Node* node = it->get();
      const Location where = node->location;
      // The rule may erase this node or put others before it; the one after it stays.
      const auto next = std::next(it);
      for (const Rule& rule : rules) {
        const std::string what = rule.apply(node, context);
        if (what.empty()) continue;
        context.log.push_back({pass, where, what});
        changed = true;
        break;
      }
      it = next;
    }
    context.graph.RemoveDead();
  }
}

const std::vector<Pass>& CanonicalizePasses() {
  static const std::vector<Pass> passes = {
      {"drop-identities", passes::DropIdentities},
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
