#include "compiler/reference/aten.h"

#include <string_view>
#include <unordered_map>

namespace cortico {

AtenFunction FindAten(std::string_view name) {
  static const auto* table = [] {
    auto* all = new std::unordered_map<std::string_view, AtenFunction>;
    for (const auto& ops :
         {ConvolutionOps(), MatrixOps(), UnaryOps(), BinaryOps(), PoolingOps(), ReductionOps(), ResizeOps(),
          NormalizationOps(), ShapeOps(), CopyOps(), QuantizationOps(),
          PlainOps(), IndexOps()})
      for (const AtenEntry& entry : ops) all->emplace(entry.name, entry.function);
    return all;
  }();
  const auto it = table->find(name);
  return it == table->end() ? nullptr : it->second;
}

}  // namespace cortico
