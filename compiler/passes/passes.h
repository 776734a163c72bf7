// Every pass, in the order in which they run. Each is one file of its name, essay first.
#pragma once

#include "compiler/passes/pass.h"

namespace cortico::passes {

void DropIdentities(PassContext& context);
void FoldConstants(PassContext& context);
void NormalizeMovement(PassContext& context);
void RaiseRank(PassContext& context);
void NormalizeOps(PassContext& context);
void NormalizePooling(PassContext& context);
void FoldBatchNorm(PassContext& context);

void FuseActivations(PassContext& context);
void FoldQuantization(PassContext& context);
void DropFloatBorders(PassContext& context);
void DecomposeFloat(PassContext& context);
void AssignLayouts(PassContext& context);
void LowerToDialect(PassContext& context);

}  // namespace cortico::passes
