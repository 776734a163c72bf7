// cortico-executorch-kernels FOLDER: writes operators.yaml (what `cortico ops --yaml` prints) and
// kernels.cc with the functions that it names.
#include <cstdio>
#include <span>
#include <string>

#include "compiler/data/file.h"
#include "compiler/emit/executorch/kernels.h"

namespace {

void Write(const std::string& path, const std::string& text, cortico::Diagnostics& diagnostics) {
  cortico::WriteFileAtomically(
      path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()), diagnostics);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: cortico-executorch-kernels FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  cortico::Diagnostics diagnostics;
  Write(folder + "/operators.yaml", cortico::ExecutorchYaml(), diagnostics);
  Write(folder + "/kernels.cc", cortico::ExecutorchKernels(), diagnostics);
  for (const cortico::Diagnostic& diagnostic : diagnostics.all())
    std::fprintf(stderr, "cortico-executorch-kernels: %s\n", diagnostic.ToString().c_str());
  return diagnostics.ok() ? 0 : 1;
}
