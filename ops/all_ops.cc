// The table with every op of the dialect, for firmwares that run any program.
#include "ops_includes.inc"
#include "runtime/model/op_row.h"

namespace cortico {
namespace {

constexpr OpRow kRows[] = {
#define CORTICO_OP(folder, Struct) RowOf<ops::Struct>(),
#include "ops_list.inc"
#undef CORTICO_OP
};

}  // namespace

Span<const OpRow> LinkedOps() { return kRows; }

}  // namespace cortico
