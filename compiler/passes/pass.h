// A pass: a name and a function over the graph. A rule: one rewrite that a pass tries on every node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/lower_context.h"
#include "compiler/target.h"

namespace cortico {

/// What a pass may touch. Errors end the pipeline after the pass; notes and the log are for the user.
struct PassContext {
  Graph& graph;
  const TargetConfig& target;
  Diagnostics& diagnostics;
  RewriteLog& log;
  /// Nothing is quantized, and nothing will be: what only int8 ops have to be spared stays as it is.
  bool in_float = false;
};

struct Pass {
  const char* name;  ///< verb-noun; the file and the test carry it too
  void (*run)(PassContext&);
};

/// Before quantization: the float program in as few words as possible.
const std::vector<Pass>& CanonicalizePasses();
/// After quantization: from q/dq pairs to the dialect.
const std::vector<Pass>& LoweringPasses();
/// Null when no pass has this name.
const Pass* FindPass(std::string_view name);

/// One rewrite. `apply` changes the graph around `node` (it may erase it) and says what it did, or
/// returns an empty string and changes nothing.
struct Rule {
  const char* name;
  std::string (*apply)(Node* node, PassContext& context);
};

/// Tries the rules on every node, in order, until none applies any more; drops what became unused.
/// Every rewrite is logged under `pass`.
void ApplyRules(const char* pass, const std::vector<Rule>& rules, PassContext& context);

}  // namespace cortico
