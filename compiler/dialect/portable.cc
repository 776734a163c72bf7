#include "compiler/dialect/portable.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "compiler/reference/aten.h"

namespace cortico::rules {
namespace {

bool HasPortableType(const TensorType& type) {
  switch (type.dtype) {
    case DType::kFloat32:
    case DType::kInt64:
    case DType::kInt32:
    case DType::kUInt8:
    case DType::kBool: return true;
    default: return false;
  }
}

std::string NotPlain(const Value& value) {
  const TensorType& type = value.type;
  if (type.quantization || type.dtype == DType::kInt8)
    return "'" + value.name + "' is quantized, and its kernel computes with plain numbers";
  if (!HasPortableType(type))
    return std::string("'") + value.name + "' is " + Name(type.dtype) + ", for which it has no kernel";
  if (type.rank() > 8) return "'" + value.name + "' has more than eight dimensions";
  if (type.numel() == 0) return "'" + value.name + "' has no elements";
  return "";
}

}  // namespace

std::string NotPlain(const Node& node) {
  for (const Value* input : node.Inputs())
    if (std::string why = NotPlain(*input); !why.empty()) return why;
  for (const Value* output : node.outputs)
    if (std::string why = NotPlain(*output); !why.empty()) return why;
  return "";
}

std::vector<HostTensor> EvaluateAs(const char* aten, const Node& node,
                                   const std::vector<const HostTensor*>& inputs) {
  const AtenFunction function = FindAten(aten);
  CORTICO_CHECK(function != nullptr);
  Node copy;
  copy.op = aten;
  copy.args = node.args;
  copy.outputs = node.outputs;
  std::map<const Value*, const HostTensor*> tensors;
  const Values values = node.Inputs();
  CORTICO_CHECK(values.size() == inputs.size());
  for (size_t i = 0; i < values.size(); ++i) tensors[values[i]] = inputs[i];
  const OpCall::Lookup lookup = [&tensors](const Value* value) {
    const auto it = tensors.find(value);
    return it == tensors.end() ? nullptr : it->second;
  };
  OpCall call(copy, lookup);
  function(call);
  if (!call.ok()) throw InternalError(std::string(aten) + " of a verified node: " + call.error());
  return std::move(call.results());
}

Ints64 BroadcastOf(const std::vector<const TensorType*>& types, std::string* error) {
  Sizes sizes;
  for (const TensorType* type : types) {
    Sizes both;
    if (!BroadcastSizes(sizes, type->sizes, &both)) {
      *error = type->ToString() + " does not go with the other operands' sizes";
      return {};
    }
    sizes = both;
  }
  return sizes;
}

Ints64 ReducedSizes(const Ints64& sizes, const Ints64& dims, bool keep) {
  const auto rank = static_cast<int64_t>(sizes.size());
  Ints64 result;
  for (int64_t d = 0; d < rank; ++d) {
    const bool reduced = dims.empty() || std::any_of(dims.begin(), dims.end(), [&](int64_t k) {
      return k == d || k + rank == d;
    });
    if (!reduced || keep) result.push_back(reduced ? 1 : sizes[static_cast<size_t>(d)]);
  }
  return result;
}

void AtenReader::Fail(const char* name, const char* what) {
  if (error_.empty()) error_ = std::string("its argument '") + name + "' " + what;
}

const Arg* AtenReader::Given(const char* name) const {
  const Arg* arg = node_.Find(name);
  return arg == nullptr || std::holds_alternative<std::monostate>(*arg) ? nullptr : arg;
}

Value* AtenReader::TensorOf(const char* name) {
  const Arg* arg = Given(name);
  if (arg == nullptr) return nullptr;
  if (const auto* value = std::get_if<Value*>(arg)) return *value;
  if (std::holds_alternative<Ints64>(*arg) || std::holds_alternative<Values>(*arg)) return nullptr;
  // PyTorch's rule: a whole number takes its type from the tensor it meets, a real one makes floats.
  const double number = Number(name, *arg);
  const bool whole = !std::holds_alternative<double>(*arg);
  const Values inputs = node_.Inputs();
  const bool ints = whole && !inputs.empty() && inputs.front()->type.dtype != DType::kFloat32;
  const std::string wanted = node_.output()->name + "_" + name;
  if (ints)
    return graph_.AddConstant(wanted, {DType::kInt64, {}, {}, {}},
                              std::vector<int64_t>{static_cast<int64_t>(number)});
  return graph_.AddConstant(wanted, {DType::kFloat32, {}, {}, {}},
                            std::vector<float>{static_cast<float>(number)});
}

float AtenReader::Number(const char* name, const Arg& arg) {
  if (const auto* d = std::get_if<double>(&arg)) return static_cast<float>(*d);
  if (const auto* b = std::get_if<bool>(&arg)) return *b ? 1.0f : 0.0f;
  if (const auto* i = std::get_if<int64_t>(&arg)) {
    if (std::abs(*i) > int64_t{1} << 24) Fail(name, "is a whole number beyond 2^24");
    return static_cast<float>(*i);
  }
  Fail(name, "is not a number");
  return 0.0f;
}

int32_t AtenReader::Narrow(const char* name, int64_t value) {
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
    Fail(name, "does not fit 32 bits");
  return static_cast<int32_t>(value);
}

bool AtenReader::Take(const char* name, Ints64* list) {
  const Arg* arg = Given(name);
  if (arg == nullptr) return false;
  if (const auto* i = std::get_if<int64_t>(arg)) return *list = {*i}, true;
  if (const auto* ints = std::get_if<Ints64>(arg)) return *list = *ints, true;
  Fail(name, "is not a list of whole numbers");
  return false;
}

void AtenReader::TakeList(const char* name, int32_t* v, size_t most, int32_t* count) {
  Ints64 list;
  if (!Take(name, &list)) return;
  if (list.size() > most) return Fail(name, "has too many elements");
  *count = static_cast<int32_t>(list.size());
  for (size_t i = 0; i < list.size(); ++i) v[i] = Narrow(name, list[i]);
}

void AtenReader::operator()(const char* n, int32_t& f) {
  const Arg* arg = Given(n);
  if (arg == nullptr) return;
  if (const auto* i = std::get_if<int64_t>(arg)) return void(f = Narrow(n, *i));
  Fail(n, "is not a whole number");
}

void AtenReader::operator()(const char* n, float& f) {
  if (const Arg* arg = Given(n)) f = Number(n, *arg);
}

void AtenReader::operator()(const char* n, bool& f) {
  const Arg* arg = Given(n);
  if (arg == nullptr) return;
  if (const auto* b = std::get_if<bool>(arg)) return void(f = *b);
  Fail(n, "is not a truth value");
}

void AtenReader::operator()(const char* n, Scalar& f) {
  if (const Arg* arg = Given(n)) f.v = Number(n, *arg);
}

void AtenReader::operator()(const char* n, OptionalScalar& f) {
  const Arg* arg = Given(n);
  if (arg == nullptr) return;
  f.v = Number(n, *arg);
  f.present = 1;
}

// Also an element type, a memory format: the result's type says it, and the runtime reads that.
void AtenReader::operator()(const char* n, OptionalInt& f) {
  const Arg* arg = Given(n);
  if (arg == nullptr || std::holds_alternative<DType>(*arg) || std::holds_alternative<Symbol>(*arg))
    return;
  const auto* i = std::get_if<int64_t>(arg);
  if (i == nullptr) return Fail(n, "is not a whole number");
  f.v = Narrow(n, *i);
  f.present = 1;
}

void AtenReader::operator()(const char* n, Text& f) {
  const Arg* arg = Given(n);
  if (arg == nullptr) return;
  const auto* text = std::get_if<std::string>(arg);
  if (text == nullptr) return Fail(n, "is not a word");
  f.v = text->c_str();
}

}  // namespace cortico::rules
