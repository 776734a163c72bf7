// A firmware that refers to the functions of one model and to nothing else: the linker map says what
// their code takes. It is linked, not run.
#include "arm_nnfunctions.h"

namespace {
using Function = void();
Function* volatile g_called[] = {
#define CORTICO_CALL(name) reinterpret_cast<Function*>(name),
    CORTICO_CALLS
#undef CORTICO_CALL
};
}  // namespace

int main() {
  g_called[0]();
  return 0;
}
