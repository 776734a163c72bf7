#include "compiler/dialect/lookup.h"

#include <map>
#include <string>

namespace cortico {
namespace {

template <class T>
using ByName = std::map<std::string, std::vector<T>, std::less<>>;

template <class T>
const std::vector<T>& Find(const ByName<T>& map, std::string_view name) {
  static const std::vector<T> none;
  const auto it = map.find(name);
  return it == map.end() ? none : it->second;
}

}  // namespace

const std::vector<KnownPattern>& PatternsFrom(std::string_view name) {
  static const ByName<KnownPattern> patterns = [] {
    ByName<KnownPattern> map;
    for (const auto& op : AllOps())
      for (QuantPattern& pattern : op->Patterns()) {
        const std::string first = pattern.ops.front();
        map[first].push_back({op.get(), std::move(pattern)});
      }
    return map;
  }();
  return Find(patterns, name);
}

const std::vector<const OpDefinition*>& LoweringsFrom(std::string_view name) {
  static const ByName<const OpDefinition*> lowerings = [] {
    ByName<const OpDefinition*> map;
    for (const auto& op : AllOps())
      for (const std::string& from : op->LowersFrom()) map[from].push_back(op.get());
    return map;
  }();
  return Find(lowerings, name);
}

}  // namespace cortico
