#include "ops/cat/op.h"

#include <cstring>

#include "ops/blocks.h"

namespace cortico::ops {
namespace {

int DimOf(const Cat<Device>& op) { return op.dim < 0 ? op.dim + op.out.rank : op.dim; }

}  // namespace

Error Check(const Cat<Device>& op) {
  const int rank = op.out.rank, dim = DimOf(op);
  if (op.out.layout == Layout::kOther) return Error::kBadType;
  if (op.tensors.count < 1 || rank < 1 || dim < 0 || dim >= rank) return Error::kBadArgument;
  const bool nhwc = op.out.layout == Layout::kChannelsLast;
  int32_t left = op.out.size(dim);
  for (int i = 0; i < op.tensors.count; ++i) {
    const Tensor& t = op.tensors.v[i];
    if (t.dtype != op.out.dtype || !LiesSo(t, nhwc)) return Error::kBadType;
    if (t.rank != rank) return Error::kBadShape;
    for (int d = 0; d < rank; ++d) {
      if (d != dim && t.size(d) != op.out.size(d)) return Error::kBadShape;
    }
    if (t.size(dim) > left) return Error::kBadShape;
    left -= t.size(dim);
  }
  return left == 0 ? Error::kOk : Error::kBadShape;
}

void Run(const Cat<Device>& op) {
  const bool nhwc = op.out.layout == Layout::kChannelsLast;
  const int dim = DimOf(op);
  const Blocks all = BlocksOf(op.out, dim, nhwc);
  const int32_t pitch = all.along * all.inner;
  uint8_t* place = op.out.As<uint8_t>();
  for (int i = 0; i < op.tensors.count; ++i) {
    const Tensor& t = op.tensors.v[i];
    const int32_t bytes = t.size(dim) * all.inner;
    const uint8_t* from = t.As<uint8_t>();
    uint8_t* to = place;
    // Where the tensor lies at its place already, this moves nothing.
    for (int32_t k = 0; k < all.outer && from != to; ++k, from += bytes, to += pitch) {
      std::memmove(to, from, static_cast<size_t>(bytes));
    }
    place += bytes;
  }
}

}  // namespace cortico::ops
