#include "ops/portable_index/op.h"

#include "ops/portable.h"
#include "runtime/model/op_row.h"

namespace cortico::ops {
namespace {

CORTICO_AT_LOAD Error CheckTable(const Tensor& table, const Tensor& index, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(table));
  CORTICO_RETURN_IF_ERROR(CheckPlain(index));
  CORTICO_RETURN_IF_ERROR(CheckPlain(out));
  return IsIndex(index.dtype) && table.dtype == out.dtype ? Error::kOk : Error::kBadType;
}

// The first thing wrong with the data is kept.
void Report(bool good, RunContext& context) {
  if (!good && context.data_error == Error::kOk) context.data_error = Error::kDataIndex;
}

}  // namespace

Error Check(const AtenEmbedding<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckTable(op.weight, op.indices, op.out));
  if (op.weight.rank != 2 || op.out.rank != op.indices.rank + 1) return Error::kBadShape;
  for (int i = 0; i < op.indices.rank; ++i) {
    if (op.out.size(i) != op.indices.size(i)) return Error::kBadShape;
  }
  return op.out.size(op.out.rank - 1) == op.weight.size(1) ? Error::kOk : Error::kBadShape;
}

void Run(const AtenEmbedding<Device>& op, RunContext& context) {
  Report(portable::TakeRows(op.weight.data, 1, op.weight.size(0),
                            op.weight.size(1) * BytesOf(op.weight), ArrayOf(op.indices),
                            op.indices.numel(), op.out.data),
         context);
}

Error Check(const AtenIndexSelect<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckTable(op.self, op.index, op.out));
  if (op.index.rank > 1 || op.out.rank != op.self.rank) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckDims(&op.dim, 1, op.self.rank));
  for (int d = 0; d < op.self.rank; ++d) {
    const bool chosen = d == Wrap(op.dim, op.self.rank);
    if (op.out.size(d) != (chosen ? op.index.numel() : op.self.size(d))) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const AtenIndexSelect<Device>& op, RunContext& context) {
  const Lines lines = LinesOf(op.self, Wrap(op.dim, op.self.rank));
  Report(portable::TakeRows(op.self.data, lines.outer, lines.along, lines.inner * BytesOf(op.self),
                            ArrayOf(op.index), op.index.numel(), op.out.data),
         context);
}

Error Check(const AtenGather<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckTable(op.self, op.index, op.out));
  if (op.index.rank != op.self.rank || !SameSizes(op.index, op.out)) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckDims(&op.dim, 1, op.self.rank));
  for (int d = 0; d < op.self.rank; ++d) {
    if (d != Wrap(op.dim, op.self.rank) && op.index.size(d) > op.self.size(d)) {
      return Error::kBadShape;
    }
  }
  return Error::kOk;
}

void Run(const AtenGather<Device>& op, RunContext& context) {
  const int dim = Wrap(op.dim, op.self.rank);
  portable::Walk walk = WalkOf(op.index);
  StridesOf(op.self, walk.strides);
  Report(portable::TakeElements(walk, dim, op.self.size(dim), op.self.data, ArrayOf(op.index),
                                BytesOf(op.self), op.out.data),
         context);
}

}  // namespace cortico::ops
