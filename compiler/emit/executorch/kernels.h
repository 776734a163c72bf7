// What a build of ExecuTorch needs to run our ops with our kernels: the file that registers them and
// the functions that it names. Both come from the field lists in ops/*/op.h.
#pragma once

#include <string>

namespace cortico {

/// ExecuTorch's registration file (operators.yaml) for the ops whose kernels are ours: those in
/// cortex_m:: and cortico::. The others of the dialect are ExecuTorch's own.
std::string ExecutorchYaml();

/// C++ source of the functions that ExecutorchYaml() names, `cortex_m::native::<op>_out` and
/// `cortico::native::<op>_out`, with the signatures that ExecuTorch's code generator expects. Each
/// hands its arguments to the op's fields (integrations/executorch/call.h), checks and runs it.
std::string ExecutorchKernels();

}  // namespace cortico
