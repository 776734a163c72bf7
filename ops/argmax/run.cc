#include "ops/argmax/op.h"

#include "ops/blocks.h"

namespace cortico::ops {
namespace {

bool IsNhwc(const Argmax<Device>& op) { return op.input.layout == Layout::kChannelsLast; }

template <bool largest>
void Find(const Argmax<Device>& op) {
  const Blocks from = BlocksOf(op.input, op.dim, IsNhwc(op));
  const int8_t* in = op.input.As<int8_t>();
  int64_t* out = op.out.As<int64_t>();
  for (int32_t o = 0; o < from.outer; ++o, in += from.along * from.inner) {
    for (int32_t i = 0; i < from.inner; ++i) {
      int32_t place = 0;
      int8_t best = in[i];
      for (int32_t k = 1; k < from.along; ++k) {
        const int8_t x = in[k * from.inner + i];
        if (largest ? x > best : x < best) best = x, place = k;
      }
      *out++ = place;
    }
  }
}

}  // namespace

Error Check(const Argmax<Device>& op) {
  const Tensor &in = op.input, &out = op.out;
  const bool nhwc = IsNhwc(op), keeps = out.rank == in.rank;
  if (in.dtype != DType::kInt8 || out.dtype != DType::kInt64 || !LiesSo(in, nhwc) ||
      !LiesSo(out, nhwc && keeps)) {
    return Error::kBadType;
  }
  if (!InRange(op.dim, 0, in.rank - 1)) return Error::kBadArgument;
  // Without `dim` the others must stand in memory as their sizes say.
  if (nhwc && !keeps && op.dim != 1) return Error::kBadType;
  if (!HasElements(in) || out.rank < in.rank - 1 || out.rank > in.rank) return Error::kBadShape;
  for (int d = 0, k = 0; d < in.rank; ++d) {
    if (d == op.dim && !keeps) continue;
    if (out.size(k++) != (d == op.dim ? 1 : in.size(d))) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const Argmax<Device>& op) { Find<true>(op); }
void Run(const Argmin<Device>& op) { Find<false>(op); }

}  // namespace cortico::ops
