#include "ops/portable_movement/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

CORTICO_AT_LOAD Error CheckMoved(const Tensor& self, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(self));
  CORTICO_RETURN_IF_ERROR(CheckPlain(out));
  return self.dtype == out.dtype ? Error::kOk : Error::kBadType;
}

// What a pad adds before and after dimension d.
struct Border {
  int32_t before = 0, after = 0;
};

Border BorderOf(const AtenPad<Device>& op, int d) {
  const int pair = 2 * (op.self.rank - 1 - d);
  return pair < op.pad.count ? Border{op.pad[pair], op.pad[pair + 1]} : Border{};
}

}  // namespace

Error Check(const AtenPermute<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckMoved(op.self, op.out));
  if (op.dims.count != op.self.rank || op.out.rank != op.self.rank) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckDims(op.dims.v, op.dims.count, op.self.rank));
  for (int i = 0; i < op.out.rank; ++i) {
    if (op.out.size(i) != op.self.size(Wrap(op.dims[i], op.self.rank))) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const AtenPermute<Device>& op) {
  int32_t strides[portable::kMaxRank];
  StridesOf(op.self, strides);
  portable::Walk walk = WalkOf(op.out);
  for (int i = 0; i < walk.rank; ++i) walk.strides[i] = strides[Wrap(op.dims[i], op.self.rank)];
  portable::Gather(walk, op.self.data, 0, BytesOf(op.self), op.out.data);
}

Error Check(const AtenExpand<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckMoved(op.self, op.out));
  return CheckBroadcast(op.self, op.out);
}

void Run(const AtenExpand<Device>& op) {
  const portable::Broadcast box = BroadcastOf(op.out, &op.self, nullptr);
  portable::Walk walk = WalkOf(op.out);
  for (int i = 0; i < walk.rank; ++i) walk.strides[i] = box.strides[0][i];
  portable::Gather(walk, op.self.data, 0, BytesOf(op.self), op.out.data);
}

Error Check(const AtenFlip<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckMoved(op.self, op.out));
  if (!SameSizes(op.self, op.out)) return Error::kBadShape;
  return CheckDims(op.dims.v, op.dims.count, op.self.rank);
}

void Run(const AtenFlip<Device>& op) {
  portable::Walk walk = WalkOf(op.self);
  int32_t offset = 0;
  for (int i = 0; i < op.dims.count; ++i) {
    const int d = Wrap(op.dims[i], op.self.rank);
    offset += (walk.sizes[d] - 1) * walk.strides[d];
    walk.strides[d] = -walk.strides[d];
  }
  portable::Gather(walk, op.self.data, offset, BytesOf(op.self), op.out.data);
}

Error Check(const AtenPad<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckMoved(op.self, op.out));
  if (op.pad.count % 2 != 0 || op.pad.count > 2 * op.self.rank) return Error::kBadArgument;
  if (op.out.rank != op.self.rank) return Error::kBadShape;
  for (int d = 0; d < op.self.rank; ++d) {
    const Border border = BorderOf(op, d);
    const int32_t least = -op.self.size(d), most = op.out.size(d);
    if (!InRange(border.before, least, most) || !InRange(border.after, least, most)) {
      return Error::kBadArgument;
    }
    if (int64_t{op.self.size(d)} + border.before + border.after != op.out.size(d)) {
      return Error::kBadShape;
    }
  }
  return Error::kOk;
}

void Run(const AtenPad<Device>& op) {
  // The value in the tensor's own type.
  int64_t element = 0;
  Tensor one = op.out;
  one.data = &element;
  ArrayOf(one).Set(0, op.value.v);
  const int32_t bytes = BytesOf(op.self);
  portable::Fill(&element, op.out.numel(), bytes, op.out.data);
  // What is left of self, and where it comes to lie.
  portable::Walk from = WalkOf(op.self), to = WalkOf(op.out);
  int32_t in_offset = 0, out_offset = 0;
  for (int d = 0; d < from.rank; ++d) {
    const Border border = BorderOf(op, d);
    const int32_t cut = (border.before < 0 ? -border.before : 0) + (border.after < 0 ? -border.after : 0);
    if (cut >= from.sizes[d]) return;
    from.sizes[d] -= cut;
    (border.before < 0 ? in_offset : out_offset) +=
        border.before < 0 ? -border.before * from.strides[d] : border.before * to.strides[d];
  }
  portable::Copy(from, op.self.data, in_offset, to.strides, op.out.data, out_offset, bytes);
}

}  // namespace cortico::ops
