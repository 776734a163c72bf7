#include "compiler/reference/op_call.h"

#include <algorithm>
#include <utility>

namespace cortico {
namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 30;
constexpr int64_t kMaxPair = int64_t{1} << 20;

const HostTensor& EmptyFloat() {
  static const HostTensor empty{{DType::kFloat32, {0}, {}, {}}, {}};
  return empty;
}

std::string Quoted(std::string_view name) { return "argument '" + std::string(name) + "'"; }

}  // namespace

int64_t NumelOf(const Sizes& sizes) {
  int64_t n = 1;
  for (int64_t size : sizes) n *= size;
  return n;
}

std::string ToText(const Sizes& sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(sizes[i]);
  }
  return text + "]";
}

Sizes RowMajorStrides(const Sizes& sizes) {
  Sizes strides(sizes.size());
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= sizes[i];
  }
  return strides;
}

bool BroadcastSizes(const Sizes& a, const Sizes& b, Sizes* out) {
  const size_t rank = std::max(a.size(), b.size());
  out->assign(rank, 1);
  for (size_t i = 0; i < rank; ++i) {  // from the last dimension
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) return false;
    (*out)[rank - 1 - i] = x == 1 ? y : x;
  }
  return true;
}

Sizes BroadcastStrides(const Sizes& from, const Sizes& to) {
  const Sizes own = RowMajorStrides(from);
  Sizes strides(to.size(), 0);
  const size_t missing = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) strides[missing + i] = from[i] == 1 ? 0 : own[i];
  return strides;
}

bool OpCall::Has(std::string_view name) const {
  const Arg* arg = node_.Find(name);
  if (arg == nullptr || std::holds_alternative<std::monostate>(*arg)) return false;
  const auto* value = std::get_if<Value*>(arg);
  return value == nullptr || *value != nullptr;
}

const HostTensor* OpCall::OptionalTensor(std::string_view name) const {
  const Value* value = node_.Tensor(name);
  return value == nullptr ? nullptr : lookup_(value);
}

const HostTensor& OpCall::Tensor(std::string_view name) {
  const HostTensor* tensor = OptionalTensor(name);
  if (tensor != nullptr) return *tensor;
  Fail(Quoted(name) + (Has(name) ? " is not a tensor" : " is missing"));
  return EmptyFloat();
}

const HostTensor& OpCall::Float(std::string_view name) {
  const HostTensor& tensor = Tensor(name);
  if (tensor.type.dtype == DType::kFloat32) return tensor;
  Fail(Quoted(name) + " has type " + Name(tensor.type.dtype) + " where float32 is computed",
       "export the model in float32 (model.float())");
  return EmptyFloat();
}

const HostTensor* OpCall::OptionalFloat(std::string_view name) {
  return Has(name) ? &Float(name) : nullptr;
}

std::vector<const HostTensor*> OpCall::TensorList(std::string_view name) {
  std::vector<const HostTensor*> tensors;
  const Arg* arg = node_.Find(name);
  const auto* list = arg != nullptr ? std::get_if<Values>(arg) : nullptr;
  if (list == nullptr || list->empty()) {
    Fail(Quoted(name) + " is not a list of tensors");
    return {};
  }
  for (const Value* value : *list) {
    const HostTensor* tensor = value != nullptr ? lookup_(value) : nullptr;
    if (tensor == nullptr) Fail(Quoted(name) + " holds an empty entry");
    tensors.push_back(tensor != nullptr ? tensor : &EmptyFloat());
  }
  return tensors;
}

double OpCall::Number(std::string_view name, double otherwise) {
  if (!Has(name)) return otherwise;
  const Arg* arg = node_.Find(name);
  if (const auto* d = std::get_if<double>(arg)) return *d;
  if (const auto* i = std::get_if<int64_t>(arg)) return static_cast<double>(*i);
  if (const auto* b = std::get_if<bool>(arg)) return *b ? 1.0 : 0.0;
  Fail(Quoted(name) + " is not a number");
  return otherwise;
}

int64_t OpCall::Int(std::string_view name, int64_t otherwise) {
  if (!Has(name)) return otherwise;
  const Arg* arg = node_.Find(name);
  if (const auto* i = std::get_if<int64_t>(arg)) return *i;
  if (const auto* b = std::get_if<bool>(arg)) return *b ? 1 : 0;
  Fail(Quoted(name) + " is not a whole number");
  return otherwise;
}

bool OpCall::Bool(std::string_view name, bool otherwise) { return Int(name, otherwise) != 0; }

Sizes OpCall::Ints(std::string_view name, Sizes otherwise) {
  if (!Has(name)) return otherwise;
  const Arg* arg = node_.Find(name);
  if (const auto* list = std::get_if<Ints64>(arg)) return *list;
  if (const auto* i = std::get_if<int64_t>(arg)) return {*i};
  Fail(Quoted(name) + " is not a list of whole numbers");
  return otherwise;
}

std::string OpCall::Text(std::string_view name, std::string otherwise) const {
  const Arg* arg = node_.Find(name);
  if (arg == nullptr) return otherwise;
  if (const auto* text = std::get_if<std::string>(arg)) return *text;
  if (const auto* symbol = std::get_if<Symbol>(arg)) return symbol->text;
  return otherwise;
}

Pair OpCall::IntPair(std::string_view name, Pair otherwise, int64_t least) {
  const Sizes list = Ints(name, {});
  if (list.empty()) return otherwise;
  if (list.size() > 2) {
    Fail(Quoted(name) + " = " + ToText(list) + " has more than two elements");
    return otherwise;
  }
  for (int64_t v : list) {
    if (v >= least && v <= kMaxPair) continue;
    Fail(Quoted(name) + " = " + ToText(list) + " is outside of [" + std::to_string(least) + ", " +
         std::to_string(kMaxPair) + "]");
    return otherwise;
  }
  return {list.front(), list.back()};
}

int64_t OpCall::WrapDim(std::string_view name, int64_t dim, int64_t rank) {
  const int64_t count = std::max<int64_t>(rank, 1);  // a scalar has dimension 0 and -1
  if (dim >= -count && dim < count) return dim < 0 ? dim + count : dim;
  Fail(Quoted(name) + ": dimension " + std::to_string(dim) + " of a tensor with " +
       std::to_string(rank) + " dimensions");
  return 0;
}

int64_t OpCall::Dim(std::string_view name, int64_t otherwise, int64_t rank) {
  return WrapDim(name, Int(name, otherwise), rank);
}

Sizes OpCall::Dims(std::string_view name, Sizes otherwise, int64_t rank) {
  Sizes dims = Ints(name, std::move(otherwise));
  for (size_t i = 0; i < dims.size(); ++i) {
    dims[i] = WrapDim(name, dims[i], rank);
    if (std::find(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(i), dims[i]) !=
        dims.begin() + static_cast<std::ptrdiff_t>(i))
      Fail(Quoted(name) + " names dimension " + std::to_string(dims[i]) + " twice");
  }
  return dims;
}

HostTensor& OpCall::AddResult(Sizes sizes, DType dtype) {
  int64_t bytes = SizeOf(dtype);
  for (int64_t size : sizes) {
    if (size < 0 || (size > 0 && bytes > kMaxBytes / size)) {
      Fail("a result of sizes " + ToText(sizes) + " is not possible (more than 1 GiB)");
      sizes = {0};
      bytes = 0;
      break;
    }
    bytes *= size;
  }
  HostTensor& result = results_.emplace_back();
  result.type.dtype = dtype;
  result.type.sizes = std::move(sizes);
  result.data.resize(static_cast<size_t>(bytes));
  return result;
}

HostTensor& OpCall::AddCopy(const HostTensor& tensor, Sizes sizes) {
  CORTICO_CHECK(NumelOf(sizes) == NumelOf(tensor.type.sizes));
  HostTensor& result = results_.emplace_back();
  result.type.dtype = tensor.type.dtype;
  result.type.sizes = std::move(sizes);
  result.data = tensor.data;
  return result;
}

void OpCall::Fail(std::string message, std::string remedy) {
  if (!error_.empty()) return;
  error_ = std::move(message);
  remedy_ = std::move(remedy);
}

}  // namespace cortico
