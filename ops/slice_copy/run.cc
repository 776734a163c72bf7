#include "ops/slice_copy/op.h"

#include <cstring>

#include "ops/blocks.h"

namespace cortico::ops {
namespace {

int DimOf(const SliceCopy<Device>& op) { return op.dim < 0 ? op.dim + op.self.rank : op.dim; }

bool IsNhwc(const SliceCopy<Device>& op) {
  return op.self.layout == Layout::kChannelsLast || op.out.layout == Layout::kChannelsLast;
}

}  // namespace

Error Check(const SliceCopy<Device>& op) {
  const int rank = op.self.rank, dim = DimOf(op);
  const bool nhwc = IsNhwc(op);
  if (op.self.dtype != op.out.dtype || !LiesSo(op.self, nhwc) || !LiesSo(op.out, nhwc)) {
    return Error::kBadType;
  }
  if (op.out.rank != rank) return Error::kBadShape;
  if (rank < 1 || dim < 0 || dim >= rank || op.step < 1 ||
      op.step > op.self.size(dim) || op.start < 0 || op.end <= op.start ||
      op.end > op.self.size(dim)) {
    return Error::kBadArgument;
  }
  for (int d = 0; d < rank; ++d) {
    const int32_t size = d == dim ? (op.end - op.start - 1) / op.step + 1 : op.self.size(d);
    if (op.out.size(d) != size) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const SliceCopy<Device>& op) {
  const Blocks from = BlocksOf(op.self, DimOf(op), IsNhwc(op));
  const uint8_t* in = op.self.As<uint8_t>() + op.start * from.inner;
  uint8_t* out = op.out.As<uint8_t>();
  const int32_t wanted = op.out.size(DimOf(op));
  // Neighbours are one run of bytes.
  const int32_t runs = op.step == 1 ? 1 : wanted;
  const int32_t bytes = op.step == 1 ? wanted * from.inner : from.inner;
  for (int32_t o = 0; o < from.outer; ++o, in += from.along * from.inner) {
    const uint8_t* run = in;
    for (int32_t k = 0; k < runs; ++k, run += op.step * from.inner, out += bytes) {
      if (run != out) std::memmove(out, run, static_cast<size_t>(bytes));
    }
  }
}

}  // namespace cortico::ops
