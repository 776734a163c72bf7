#include "compiler/graph/op_domain.h"

#include <limits>

#include "compiler/graph/lower_context.h"

namespace cortico {
namespace {

const char* SchemaType(FieldKind kind) {
  switch (kind) {
    case FieldKind::kIn:
    case FieldKind::kConstant:
    case FieldKind::kScratch: return "Tensor";
    case FieldKind::kOptionalIn:
    case FieldKind::kOptionalConstant: return "Tensor?";
    case FieldKind::kOut: return "Tensor(a!)";
    case FieldKind::kInt: return "int";
    case FieldKind::kFloat: return "float";
    case FieldKind::kBool: return "bool";
    case FieldKind::kDType: return "ScalarType";
    case FieldKind::kInts:
    case FieldKind::kIntList: return "int[]";
    case FieldKind::kOptionalIntList: return "int[]?";
    case FieldKind::kInList: return "Tensor[]";
    case FieldKind::kScalar: return "Scalar";
    case FieldKind::kOptionalScalar: return "Scalar?";
    case FieldKind::kOptionalInt: return "int?";
    case FieldKind::kOptionalFloats: return "float[]?";
    case FieldKind::kText: return "str";
  }
  return "?";
}

}  // namespace

std::string OpDefinition::OutSchema() const {
  std::string text = std::string(name()) + ".out(";
  bool first = true, outputs = false;
  for (const FieldInfo& field : fields()) {
    if (!first) text += ", ";
    first = false;
    if (field.kind == FieldKind::kOut && !outputs) {
      text += "*, ";
      outputs = true;
    }
    text += std::string(SchemaType(field.kind)) + " " + field.name;
  }
  return text + ") -> Tensor(a!)";
}

std::string OpDefinition::FunctionalSchema() const {
  std::string name = TorchName();
  if (name.empty()) return "";
  name.replace(name.find('.'), 1, "::");
  constexpr std::string_view kDefault = ".default";
  if (name.ends_with(kDefault)) name.resize(name.size() - kDefault.size());
  // The out form without what names the result.
  const std::string out = OutSchema();
  const size_t first = out.find('(');
  size_t last = out.find(", *, Tensor(a!) ");
  if (last == out.npos) last = out.find(", Tensor(a!) ");
  return name + out.substr(first, last - first) + ") -> Tensor";
}

std::string OpDefinition::TorchName() const {
  std::string text(name());
  text.replace(text.find("::"), 2, ".");
  if (overload() == "out") return text + ".default";
  constexpr std::string_view kOut = "_out";
  if (!overload().ends_with(kOut)) return "";
  return text + "." + std::string(overload().substr(0, overload().size() - kOut.size()));
}

const OpDefinition* FindOp(std::string_view name) {
  for (const auto& op : AllOps())
    if (op->name() == name) return op.get();
  return nullptr;
}

namespace {

// Why a portable op must not touch `value`.
std::string NotPlain(const Value* value) {
  if (!value->type.quantization && value->type.dtype != DType::kInt8) return "";
  return "'" + value->name + "' is quantized (" + value->type.ToString() +
         "), and this op computes with plain numbers";
}

std::string TouchesQuantized(const Node& node) {
  for (const Value* input : node.Inputs())
    if (std::string why = NotPlain(input); !why.empty()) return why;
  for (const Value* output : node.outputs)
    if (std::string why = NotPlain(output); !why.empty()) return why;
  return "";
}

}  // namespace

void VerifyNode(const OpDefinition& op, const Node& node, Diagnostics& diagnostics) {
  if (const std::string error = op.CheckFields(node); !error.empty())
    return diagnostics.Error(node.location, std::string(op.name()) + ": " + error);
  if (op.IsPortable())
    if (const std::string why = TouchesQuantized(node); !why.empty())
      return diagnostics.Error(node.location, std::string(op.name()) + ": " + why);
  if (const std::string why = op.Illegal(node); !why.empty())
    return diagnostics.Error(node.location, std::string(op.name()) + ": " + why);
  const TensorType expected = op.OutputType(node);
  const TensorType& actual = node.output()->type;
  if (expected.sizes != actual.sizes || expected.dtype != actual.dtype)
    diagnostics.Error(node.location, std::string(op.name()) + " gives " + expected.ToString() +
                                         ", the graph says " + actual.ToString());
  else if (expected.numel() == 0)
    diagnostics.Error(node.location, std::string(op.name()) + " gives an empty tensor");
}

namespace internal {

void NodeReader::Fail(const char* name, const char* what) {
  if (error.empty()) error = std::string("argument '") + name + "' " + what;
}

bool NodeReader::Absent(const char* name) const {
  const Arg* arg = node.Find(name);
  return arg == nullptr || std::holds_alternative<std::monostate>(*arg);
}

float NodeReader::NumberOf(const char* name) {
  if (const Arg* arg = node.Find(name); arg != nullptr) {
    if (const auto* d = std::get_if<double>(arg)) return static_cast<float>(*d);
    if (const auto* i = std::get_if<int64_t>(arg)) return static_cast<float>(*i);
    if (const auto* b = std::get_if<bool>(arg)) return *b ? 1.0f : 0.0f;
  }
  Fail(name, "is not a number");
  return 0.0f;
}

int64_t NodeReader::IntOf(const char* name) {
  const Arg* arg = node.Find(name);
  if (arg != nullptr)
    if (const auto* i = std::get_if<int64_t>(arg)) return *i;
  Fail(name, "is not an integer");
  return 0;
}

Ints64 NodeReader::ListOf(const char* name) {
  const Arg* arg = node.Find(name);
  if (arg != nullptr)
    if (const auto* list = std::get_if<Ints64>(arg)) return *list;
  Fail(name, "is not a list of integers");
  return {};
}

int32_t NodeReader::Narrow(const char* name, int64_t value) {
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
    Fail(name, "does not fit 32 bits");
  return static_cast<int32_t>(value);
}

void NodeReader::operator()(const char* n, float& f) {
  const Arg* arg = node.Find(n);
  if (arg != nullptr)
    if (const auto* d = std::get_if<double>(arg)) return void(f = static_cast<float>(*d));
  Fail(n, "is not a floating-point number");
}

void NodeReader::operator()(const char* n, bool& f) {
  const Arg* arg = node.Find(n);
  if (arg != nullptr)
    if (const auto* b = std::get_if<bool>(arg)) return void(f = *b);
  Fail(n, "is not a truth value");
}

void NodeReader::operator()(const char* n, DType& f) {
  const Arg* arg = node.Find(n);
  if (arg != nullptr)
    if (const auto* d = std::get_if<DType>(arg)) return void(f = *d);
  Fail(n, "is not an element type");
}

}  // namespace internal
}  // namespace cortico
