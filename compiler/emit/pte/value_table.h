// The values of a program file while it is written: every distinct one once, numbered.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/plan/plan.h"
#include "cortico_pte_generated.h"

namespace cortico::emit {

namespace fb = executorch_flatbuffer;

/// Bytes of all constants, equal ones once.
class ConstantPool {
 public:
  /// The number by which tensors refer to these bytes; at least 1.
  uint32_t Add(const Bytes& data);

  /// By number; entry 0 stands for "no constant".
  const std::vector<uint64_t>& offsets() const { return offsets_; }
  const Bytes& bytes() const { return bytes_; }

 private:
  std::unordered_multimap<size_t, uint32_t> by_hash_;
  std::vector<uint64_t> offsets_ = {0};
  std::vector<size_t> sizes_ = {0};
  Bytes bytes_;
};

class ValueTable {
 public:
  ValueTable(flatbuffers::FlatBufferBuilder* builder, const Plan& plan, Diagnostics& diagnostics)
      : builder_(*builder), plan_(plan), diagnostics_(diagnostics) {}

  /// Numbers of values, made on first use.
  int Null();
  int Int(int64_t value);
  int Bool(bool value);
  int Double(double value);
  int String(const std::string& value);
  int IntList(const Ints64& items);
  int DoubleList(const Doubles& items);
  /// A null entry becomes None. `where` is for messages.
  int TensorList(const Values& items, const Location& where);
  int Tensor(const Value* value, const Location& where);

  /// Tensors in the order of their numbers.
  const std::vector<std::pair<int, const Value*>>& tensors() const { return tensors_; }
  const ConstantPool& constants() const { return constants_; }
  std::vector<flatbuffers::Offset<fb::EValue>> Finish() { return std::move(values_); }

 private:
  template <class T>
  int Add(flatbuffers::Offset<T> value);
  template <class Make>
  int Once(const std::string& key, Make make);

  flatbuffers::FlatBufferBuilder& builder_;
  const Plan& plan_;
  Diagnostics& diagnostics_;
  ConstantPool constants_;
  std::vector<flatbuffers::Offset<fb::EValue>> values_;
  std::map<std::string, int> scalars_;  ///< by kind and bytes
  std::unordered_map<const Value*, int> tensor_numbers_;
  std::vector<std::pair<int, const Value*>> tensors_;
};

}  // namespace cortico::emit
