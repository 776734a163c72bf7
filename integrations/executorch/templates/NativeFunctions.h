// Signatures of the kernels, as ExecuTorch's code generator reads them from operators.yaml.
#pragma once

#include <optional>

${headers}

${nativeFunctions_declarations}
