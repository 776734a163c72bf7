// The dialect's list, made from ops/CMakeLists.txt.
#include "compiler/dialect/rules.h"
#include "compiler/graph/op_domain.h"

namespace cortico {

namespace ops {
#define CORTICO_OP(folder, Struct) std::unique_ptr<OpDefinition> Define##Struct();
#include "ops_list.inc"
#undef CORTICO_OP
}  // namespace ops

const std::vector<std::unique_ptr<OpDefinition>>& AllOps() {
  static const std::vector<std::unique_ptr<OpDefinition>> all = [] {
    std::vector<std::unique_ptr<OpDefinition>> list;
#define CORTICO_OP(folder, Struct) list.push_back(ops::Define##Struct());
#include "ops_list.inc"
#undef CORTICO_OP
    return list;
  }();
  return all;
}

}  // namespace cortico
