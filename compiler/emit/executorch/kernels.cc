#include "compiler/emit/executorch/kernels.h"

#include <fmt/format.h>

#include <vector>

#include "compiler/graph/op_domain.h"

namespace cortico {
namespace {

/// An op's struct in C++, in the order of AllOps().
constexpr const char* kStructs[] = {
#define CORTICO_OP(folder, Struct) #Struct,
#include "ops_list.inc"
#undef CORTICO_OP
};

bool HasKernelOfOurs(const OpDefinition& op) {
  return op.name().starts_with("cortex_m::") || op.name().starts_with("cortico::");
}

/// "cortex_m" of "cortex_m::softmax".
std::string_view NamespaceOf(const OpDefinition& op) {
  return op.name().substr(0, op.name().find("::"));
}

/// "softmax_out"
std::string FunctionOf(const OpDefinition& op) {
  return fmt::format("{}_{}", op.name().substr(op.name().find("::") + 2), op.overload());
}

/// The type that ExecuTorch gives an argument of this kind.
const char* ArgumentType(FieldKind kind) {
  switch (kind) {
    case FieldKind::kIn:
    case FieldKind::kConstant:
    case FieldKind::kScratch: return "const EtTensor&";
    case FieldKind::kOptionalConstant: return "const std::optional<EtTensor>&";
    case FieldKind::kOut: return "EtTensor&";
    case FieldKind::kInt: return "int64_t";
    case FieldKind::kFloat: return "double";
    case FieldKind::kBool: return "bool";
    case FieldKind::kDType: return "ScalarType";
    case FieldKind::kInts:
    case FieldKind::kIntList: return "ArrayRef<int64_t>";
    case FieldKind::kOptionalIntList: return "std::optional<ArrayRef<int64_t>>";
    case FieldKind::kInList: return "ArrayRef<EtTensor>";
    case FieldKind::kOptionalIn: return "const std::optional<EtTensor>&";
    case FieldKind::kScalar: return "const Scalar&";
    case FieldKind::kOptionalScalar: return "const std::optional<Scalar>&";
    case FieldKind::kOptionalInt: return "std::optional<int64_t>";
    case FieldKind::kOptionalFloats: return "std::optional<ArrayRef<double>>";
    case FieldKind::kText: return "std::string_view";
  }
  return "?";
}

std::string KernelOf(const OpDefinition& op, const char* type) {
  std::string arguments = "KernelRuntimeContext& context", body;
  const char* result = "";
  const std::vector<FieldInfo> fields = op.fields();
  for (const FieldInfo& field : fields) {
    arguments += fmt::format(", {} {}", ArgumentType(field.kind), field.name);
    body += fmt::format("  call.Set(call.op.{0}, {0});\n", field.name);
    if (field.kind == FieldKind::kOut) result = fields.back().name.c_str();
  }
  return fmt::format(
      "\nEtTensor& {}({}) {{\n"
      "  Call<ops::{}> call;\n"
      "{}"
      "  call.Run(context);\n"
      "  return {};\n"
      "}}\n",
      FunctionOf(op), arguments, type, body, result);
}

}  // namespace

std::string ExecutorchYaml() {
  std::string text =
      "# Kernels of the ops below, for ExecuTorch's registration of custom ops. Written by\n"
      "# `cortico ops --yaml` from the signatures in ops/*/op.h.\n";
  for (const auto& op : AllOps()) {
    if (!HasKernelOfOurs(*op)) continue;
    text += fmt::format(
        "\n- func: {}\n"
        "  variants: function\n"
        "  kernels:\n"
        "    - arg_meta: null\n"
        "      kernel_name: {}::{}\n",
        op->OutSchema(), NamespaceOf(*op), FunctionOf(*op));
  }
  return text;
}

std::string ExecutorchKernels() {
  std::string text =
      "// Generated from the signatures in ops/*/op.h.\n"
      "#include \"integrations/executorch/call.h\"\n"
      "#include \"ops_includes.inc\"\n";
  for (const std::string_view space : {"cortex_m", "cortico"}) {
    text += fmt::format(
        "\nnamespace {}::native {{\n\n"
        "using namespace cortico::executorch;\n"
        "namespace ops = cortico::ops;\n",
        space);
    for (size_t i = 0; i < AllOps().size(); ++i)
      if (NamespaceOf(*AllOps()[i]) == space) text += KernelOf(*AllOps()[i], kStructs[i]);
    text += fmt::format("\n}}  // namespace {}::native\n", space);
  }
  return text;
}

}  // namespace cortico
