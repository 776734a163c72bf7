#include "ops/index_select/op.h"

#include <cstring>

#include "ops/blocks.h"

namespace cortico::ops {
namespace {

bool IsNhwc(const IndexSelect<Device>& op) {
  return op.input.layout == Layout::kChannelsLast || op.out.layout == Layout::kChannelsLast;
}

}  // namespace

Error Check(const IndexSelect<Device>& op) {
  const bool nhwc = IsNhwc(op);
  const int rank = op.input.rank;
  if (op.input.dtype != op.out.dtype || !LiesSo(op.input, nhwc) || !LiesSo(op.out, nhwc)) {
    return Error::kBadType;
  }
  if (op.out.rank != rank || !HasElements(op.out)) return Error::kBadShape;
  if (!InRange(op.dim, 0, rank - 1)) return Error::kBadArgument;
  for (int d = 0; d < rank; ++d) {
    if (d != op.dim && op.out.size(d) != op.input.size(d)) return Error::kBadShape;
  }
  const int32_t count = op.out.size(op.dim);
  if (op.index.data == nullptr) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.index, count));
  for (int32_t k = 0; k < count; ++k) {
    if (!InRange(op.index.As<int32_t>()[k], 0, op.input.size(op.dim) - 1)) {
      return Error::kBadArgument;
    }
  }
  return Error::kOk;
}

void Run(const IndexSelect<Device>& op) {
  const Blocks from = BlocksOf(op.input, op.dim, IsNhwc(op));
  const int32_t count = op.out.size(op.dim);
  const int32_t* index = op.index.As<int32_t>();
  const uint8_t* in = op.input.As<uint8_t>();
  uint8_t* out = op.out.As<uint8_t>();
  for (int32_t o = 0; o < from.outer; ++o, in += from.along * from.inner) {
    for (int32_t k = 0; k < count; ++k, out += from.inner) {
      const uint8_t* run = in + index[k] * from.inner;
      // A call costs more than a byte.
      if (from.inner == 1) {
        *out = *run;
      } else {
        std::memcpy(out, run, static_cast<size_t>(from.inner));
      }
    }
  }
}

}  // namespace cortico::ops
