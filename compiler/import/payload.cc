#include "compiler/import/payload.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cortico {
namespace {

// No Cortex-M model comes near; a damaged size that passed every other check ends here.
constexpr uint64_t kMaxTotalBytes = uint64_t{1} << 30;
constexpr size_t kMaxRank = 64;
constexpr const char* kSaveAgain = "export and save the model again";

struct SerializedType {
  int number;
  const char* name;
  std::optional<DType> dtype;
};
constexpr std::array<SerializedType, 21> kSerializedTypes = {{
    {1, "uint8", DType::kUInt8},           {2, "int8", DType::kInt8},
    {3, "int16", DType::kInt16},           {4, "int32", DType::kInt32},
    {5, "int64", DType::kInt64},           {6, "float16", DType::kFloat16},
    {7, "float32", DType::kFloat32},       {8, "float64", DType::kFloat64},
    {9, "complex32", std::nullopt},        {10, "complex64", std::nullopt},
    {11, "complex128", std::nullopt},      {12, "bool", DType::kBool},
    {13, "bfloat16", DType::kBFloat16},    {28, "uint16", DType::kUInt16},
    {29, "float8_e4m3fn", std::nullopt},   {30, "float8_e5m2", std::nullopt},
    {31, "float8_e4m3fnuz", std::nullopt}, {32, "float8_e5m2fnuz", std::nullopt},
    {33, "float8_e8m0fnu", std::nullopt},  {34, "uint32", DType::kUInt32},
    {35, "uint64", DType::kUInt64},
}};

const SerializedType* FindType(int64_t number) {
  const auto row =
      std::find_if(kSerializedTypes.begin(), kSerializedTypes.end(),
                   [&](const SerializedType& candidate) { return candidate.number == number; });
  return row == kSerializedTypes.end() ? nullptr : &*row;
}

/// A list of {"as_int": n}; nothing when one is symbolic or anything else.
std::optional<std::vector<int64_t>> PlainInts(const Json* list) {
  if (list == nullptr) return std::nullopt;
  std::vector<int64_t> values;
  for (const Json& item : *list) {
    const auto value = AsInt(Field(&item, "as_int"));
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

/// Copies the elements below dimension `d` whose first lies at `from`; returns the end of the copy.
uint8_t* CopyFrom(const StridedTensor& tensor, const uint8_t* from, size_t d, uint8_t* to) {
  const size_t element = SizeOf(tensor.dtype);
  if (d == tensor.sizes.size()) {
    std::memcpy(to, from, element);
    return to + element;
  }
  const auto size = static_cast<size_t>(tensor.sizes[d]);
  const size_t stride = static_cast<size_t>(tensor.strides[d]) * element;
  if (d + 1 == tensor.sizes.size() && stride == element) {
    std::memcpy(to, from, size * element);
    return to + size * element;
  }
  for (size_t i = 0; i < size; ++i) to = CopyFrom(tensor, from + i * stride, d + 1, to);
  return to;
}

}  // namespace

std::optional<DType> DTypeFromSerialized(int64_t number) {
  const SerializedType* type = FindType(number);
  return type == nullptr ? std::nullopt : type->dtype;
}

std::string SerializedDTypeName(int64_t number) {
  const SerializedType* type = FindType(number);
  return type == nullptr ? "number " + std::to_string(number) : type->name;
}

std::vector<std::pair<std::string, int64_t>> SerializedDTypes() {
  std::vector<std::pair<std::string, int64_t>> list;
  for (const SerializedType& type : kSerializedTypes) list.emplace_back(type.name, type.number);
  return list;
}

const char* TorchName(DType dtype) {
  for (const SerializedType& type : kSerializedTypes)
    if (type.dtype == dtype) return type.name;
  return "?";
}

std::optional<DType> DTypeFromTorchName(const std::string& name) {
  for (const SerializedType& type : kSerializedTypes)
    if (type.name == name) return type.dtype;
  return std::nullopt;
}

std::optional<Bytes> Densify(const StridedTensor& tensor, const Bytes& storage, uint64_t max_bytes,
                             std::string* error) {
  const auto fail = [&](const char* reason) {
    *error = reason;
    return std::nullopt;
  };
  const auto negative = [](int64_t n) { return n < 0; };
  if (tensor.sizes.size() != tensor.strides.size() || tensor.sizes.size() > kMaxRank ||
      tensor.offset < 0 || std::any_of(tensor.sizes.begin(), tensor.sizes.end(), negative) ||
      std::any_of(tensor.strides.begin(), tensor.strides.end(), negative)) {
    return fail("its sizes, strides or offset make no tensor");
  }
  const int64_t element = SizeOf(tensor.dtype);
  if (std::find(tensor.sizes.begin(), tensor.sizes.end(), 0) != tensor.sizes.end()) {
    return Bytes();
  }
  int64_t bytes = element;
  int64_t last = tensor.offset;  // number of the element farthest into the storage
  bool overflow = false;
  for (size_t d = 0; d < tensor.sizes.size(); ++d) {
    int64_t reach = 0;
    overflow = overflow || __builtin_mul_overflow(bytes, tensor.sizes[d], &bytes) ||
               __builtin_mul_overflow(tensor.sizes[d] - 1, tensor.strides[d], &reach) ||
               __builtin_add_overflow(last, reach, &last);
  }
  int64_t end = 0;
  overflow = overflow || __builtin_add_overflow(last, 1, &end) ||
             __builtin_mul_overflow(end, element, &end);
  if (overflow || static_cast<uint64_t>(end) > storage.size()) {
    if (storage.empty()) return fail("its bytes are not in the archive");
    return fail("it reaches beyond the end of its storage");
  }
  if (static_cast<uint64_t>(bytes) > max_bytes) return fail("it is too large for any Cortex-M");
  Bytes dense(static_cast<size_t>(bytes));
  CopyFrom(tensor, storage.data() + tensor.offset * element, 0, dense.data());
  if (tensor.dtype == DType::kBool) {
    for (uint8_t& byte : dense) byte = byte != 0;
  }
  return dense;
}

std::optional<StridedTensor> PayloadStore::ParseMeta(const Json* meta, const std::string& what,
                                                     const Location& where,
                                                     Diagnostics& diagnostics) const {
  const auto number = AsInt(Field(meta, "dtype"));
  const auto sizes = PlainInts(ArrayIn(meta, "sizes"));
  const auto strides = PlainInts(ArrayIn(meta, "strides"));
  const auto offset = AsInt(Field(Field(meta, "storage_offset"), "as_int"));
  const auto layout = AsInt(Field(meta, "layout"));
  if (!number || !sizes || !strides || !offset || !layout) {
    diagnostics.Error(where, what + " has an incomplete or symbolic description", kSaveAgain);
    return std::nullopt;
  }
  constexpr int64_t kStrided = 7;
  if (*layout != kStrided) {
    diagnostics.Error(where, what + " is a sparse tensor", "make it dense before the export");
    return std::nullopt;
  }
  const auto dtype = DTypeFromSerialized(*number);
  if (!dtype) {
    diagnostics.Error(
        where, what + " is of type " + SerializedDTypeName(*number) + ", which no target supports",
        "convert it before the export, for example with .float()");
    return std::nullopt;
  }
  return StridedTensor{*dtype, *sizes, *strides, *offset};
}

const Bytes* PayloadStore::Storage(const std::string& path, std::string* error) {
  const auto [found, is_new] = storages_.try_emplace(path);
  if (is_new) found->second = read_(path, error);
  if (!found->second && error->empty()) *error = "has no sound entry '" + path + "'";
  return found->second ? &*found->second : nullptr;
}

std::optional<Payload> PayloadStore::Load(const std::string& name, const Location& where,
                                          Diagnostics& diagnostics) {
  const std::string what = "weight '" + name + "'";
  const Json* record = Field(config_, name.c_str());
  if (record == nullptr) {
    diagnostics.Error(where, what + " is not in the archive", kSaveAgain);
    return std::nullopt;
  }
  if (AsBool(Field(record, "use_pickle")).value_or(true)) {
    diagnostics.Error(where,
                      what +
                          " is stored as a Python pickle, which may run code and is "
                          "never read",
                      "turn tensor subclasses and custom objects into plain tensors before the "
                      "export");
    return std::nullopt;
  }
  const std::string* path = StringIn(record, "path_name");
  if (path == nullptr) {
    diagnostics.Error(where, what + " names no entry of the archive", kSaveAgain);
    return std::nullopt;
  }
  const auto tensor = ParseMeta(Field(record, "tensor_meta"), what, where, diagnostics);
  if (!tensor) return std::nullopt;

  Payload payload;
  payload.type.dtype = tensor->dtype;
  payload.type.sizes = tensor->sizes;
  auto& shared = loaded_[{*path, *tensor}];
  if (shared == nullptr) {
    std::string error;
    const Bytes* storage = Storage(*path, &error);
    auto dense = storage == nullptr ? std::nullopt
                                    : Densify(*tensor, *storage, kMaxTotalBytes - total_, &error);
    if (!dense) {
      diagnostics.Error(where, what + " cannot be read: " + (storage ? "" : "the archive ") + error,
                        kSaveAgain);
      return std::nullopt;
    }
    total_ += dense->size();
    shared = std::make_shared<const Bytes>(std::move(*dense));
  }
  payload.data = shared;
  return payload;
}

}  // namespace cortico
