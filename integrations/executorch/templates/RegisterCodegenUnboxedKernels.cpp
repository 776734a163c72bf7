// Puts the kernels into ExecuTorch's registry when the library is loaded.
#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/core/event_tracer_hooks.h>
#include <executorch/runtime/kernel/kernel_includes.h>
#include <executorch/runtime/kernel/operator_registry.h>
#include <executorch/runtime/platform/profiler.h>

#include "${fn_header}"

namespace {

using namespace ::executorch::runtime;

const Kernel kKernels[] = {
    ${unboxed_kernels}
};

// A kernel that is there already ends the process with ExecuTorch's own message.
const bool kRegistered = [] {
  const Error error = register_kernels({kKernels, sizeof(kKernels) / sizeof(*kKernels)});
  ET_CHECK_MSG(error == Error::Ok, "cortico: %s", ::executorch::runtime::to_string(error));
  return true;
}();

}  // namespace
