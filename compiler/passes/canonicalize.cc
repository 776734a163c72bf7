#include "compiler/passes/canonicalize.h"

namespace cortico {

void CanonicalizeForQuantization(Graph& graph, Diagnostics& diagnostics, RewriteLog& log) {
  const TargetConfig any_target;
  PassContext context{graph, any_target, diagnostics, log};
  for (const Pass& pass : CanonicalizePasses()) pass.run(context);
}

}  // namespace cortico
