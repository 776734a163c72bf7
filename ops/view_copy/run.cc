#include "ops/view_copy/op.h"

#include <cstring>

#include "ops/checks.h"

namespace cortico::ops {
namespace {

Error CheckView(const Tensor& self, const Tensor& out) {
  if (self.dtype != out.dtype) return Error::kBadType;
  if (self.numel() != out.numel()) return Error::kBadShape;
  const bool contiguous =
      self.layout == Layout::kContiguous && out.layout == Layout::kContiguous;
  const bool same = self.layout == out.layout && self.layout != Layout::kOther &&
                    SameSizes(self, out);
  return contiguous || same ? Error::kOk : Error::kBadType;
}

void Move(const Tensor& self, const Tensor& out) {
  const auto bytes = static_cast<uint32_t>(self.numel()) * SizeOf(self.dtype);
  if (out.data != self.data && bytes != 0) std::memmove(out.data, self.data, bytes);
}

}  // namespace

Error Check(const ViewCopy<Device>& op) { return CheckView(op.self, op.out); }
void Run(const ViewCopy<Device>& op) { Move(op.self, op.out); }

Error Check(const EtView<Device>& op) { return CheckView(op.self, op.out); }
void Run(const EtView<Device>& op) { Move(op.self, op.out); }

}  // namespace cortico::ops
