#include "compiler/emit/pte/value_table.h"

#include <cstring>
#include <limits>

#include "compiler/emit/pte/emit_pte.h"

namespace cortico::emit {
namespace {

template <class T>
std::string BytesOf(const T* first, size_t count) {
  return std::string(reinterpret_cast<const char*>(first), count * sizeof(T));
}

constexpr int64_t kMost32 = std::numeric_limits<int32_t>::max();

}  // namespace

uint32_t ConstantPool::Add(const Bytes& data) {
  const std::string_view view(reinterpret_cast<const char*>(data.data()), data.size());
  const size_t hash = std::hash<std::string_view>()(view);
  // Among equal hashes the lowest number wins, whatever the order in the map.
  uint32_t found = 0;
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it)
    if (sizes_[it->second] == data.size() &&
        (data.empty() ||
         std::memcmp(bytes_.data() + offsets_[it->second], data.data(), data.size()) == 0))
      found = found == 0 ? it->second : std::min(found, it->second);
  if (found != 0) return found;
  bytes_.resize((bytes_.size() + kSegmentAlignment - 1) / kSegmentAlignment * kSegmentAlignment);
  const auto number = static_cast<uint32_t>(offsets_.size());
  offsets_.push_back(bytes_.size());
  sizes_.push_back(data.size());
  bytes_.insert(bytes_.end(), data.begin(), data.end());
  by_hash_.emplace(hash, number);
  return number;
}

template <class T>
int ValueTable::Add(flatbuffers::Offset<T> value) {
  values_.push_back(
      fb::CreateEValue(builder_, fb::KernelTypesTraits<T>::enum_value, value.Union()));
  return static_cast<int>(values_.size()) - 1;
}

template <class Make>
int ValueTable::Once(const std::string& key, Make make) {
  const auto it = scalars_.find(key);
  if (it != scalars_.end()) return it->second;
  const int number = make();
  scalars_.emplace(key, number);
  return number;
}

int ValueTable::Null() {
  return Once("n", [&] { return Add(fb::CreateNull(builder_)); });
}

int ValueTable::Int(int64_t value) {
  return Once("i" + BytesOf(&value, 1), [&] { return Add(fb::CreateInt(builder_, value)); });
}

int ValueTable::Bool(bool value) {
  return Once(value ? "b1" : "b0", [&] { return Add(fb::CreateBool(builder_, value)); });
}

int ValueTable::Double(double value) {
  return Once("d" + BytesOf(&value, 1), [&] { return Add(fb::CreateDouble(builder_, value)); });
}

int ValueTable::String(const std::string& value) {
  return Once("s" + value,
              [&] { return Add(fb::CreateString(builder_, builder_.CreateString(value))); });
}

int ValueTable::IntList(const Ints64& items) {
  return Once("I" + BytesOf(items.data(), items.size()), [&] {
    // An item of the list is the number of an Int value.
    std::vector<int64_t> numbers;
    for (const int64_t item : items) numbers.push_back(Int(item));
    return Add(fb::CreateIntList(builder_, builder_.CreateVector(numbers)));
  });
}

int ValueTable::DoubleList(const Doubles& items) {
  return Once("D" + BytesOf(items.data(), items.size()),
              [&] { return Add(fb::CreateDoubleList(builder_, builder_.CreateVector(items))); });
}

int ValueTable::TensorList(const Values& items, const Location& where) {
  std::vector<int32_t> numbers;
  bool optional = false;
  for (const Value* item : items) {
    optional = optional || item == nullptr;
    numbers.push_back(item == nullptr ? -1 : Tensor(item, where));
  }
  const std::string key = (optional ? "O" : "T") + BytesOf(numbers.data(), numbers.size());
  return Once(key, [&] {
    const auto vector = builder_.CreateVector(numbers);
    return optional ? Add(fb::CreateOptionalTensorList(builder_, vector))
                    : Add(fb::CreateTensorList(builder_, vector));
  });
}

int ValueTable::Tensor(const Value* value, const Location& where) {
  if (const auto it = tensor_numbers_.find(value); it != tensor_numbers_.end()) return it->second;
  const TensorType& type = value->type;
  std::vector<int32_t> sizes;
  for (const int64_t size : type.sizes) {
    if (size > kMost32)
      diagnostics_.Error(
          where, "'" + value->name + "' is too large for a program file: " + type.ToString());
    sizes.push_back(static_cast<int32_t>(size));
  }
  std::vector<uint8_t> dim_order;
  for (const int dim : type.order()) dim_order.push_back(static_cast<uint8_t>(dim));

  uint32_t constant = 0;
  flatbuffers::Offset<fb::AllocationDetails> allocation;
  if (value->is_constant()) {
    constant = constants_.Add(*value->data);
  } else if (const Placement* place = plan_.Find(value); place != nullptr) {
    const auto offset = static_cast<uint64_t>(place->offset);
    allocation = fb::CreateAllocationDetails(builder_, static_cast<uint32_t>(place->bank) + 1,
                                             static_cast<uint32_t>(offset),
                                             static_cast<uint32_t>(offset >> 32));
  } else {
    diagnostics_.Error(where, "'" + value->name + "' has no place in the memory plan");
  }
  const auto sizes_vector = builder_.CreateVector(sizes);
  const auto order_vector = builder_.CreateVector(dim_order);
  fb::TensorBuilder tensor(builder_);
  tensor.add_scalar_type(static_cast<fb::ScalarType>(type.dtype));
  tensor.add_sizes(sizes_vector);
  tensor.add_dim_order(order_vector);
  tensor.add_data_buffer_idx(constant);
  if (!allocation.IsNull()) tensor.add_allocation_info(allocation);
  const int number = Add(tensor.Finish());
  tensor_numbers_.emplace(value, number);
  tensors_.emplace_back(number, value);
  return number;
}

}  // namespace cortico::emit
