// Which values of a program may lie in the same memory, so that in-place ops can be taken apart.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"

namespace cortico {

/// True for ops of ATen that may return (part of) the memory of their first tensor.
bool MayReturnView(std::string_view op);

/// "aten.relu_.default" -> "aten.relu.default"; empty when `op` does not write its first argument.
std::string FunctionalName(std::string_view op);

class AliasTracker {
 public:
  /// `view` may share memory with `base`, and thereby with all that `base` shares with.
  void Add(Value* view, Value* base);
  /// All that may share memory with `value`, itself included.
  std::vector<Value*> Sharing(Value* value) const;
  /// Nothing of what shares memory with `value` is read any more.
  void Dissolve(Value* value);

 private:
  std::map<const Value*, size_t> group_of_;
  std::vector<std::vector<Value*>> groups_;
};

}  // namespace cortico
