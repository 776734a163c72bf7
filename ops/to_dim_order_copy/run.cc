#include "ops/to_dim_order_copy/op.h"

#include <cstring>

#include "ops/checks.h"

namespace cortico::ops {
namespace {

// out[n][j][i] = in[n][i][j]: NCHW to NHWC with i the channel, and back with i the pixel.
template <class T>
void TransposePlanes(const Tensor& self, const Tensor& out, int32_t rows, int32_t columns) {
  const T* in = self.As<T>();
  T* to = out.As<T>();
  for (int32_t n = self.size(0); n > 0; --n, in += rows * columns) {
    for (int32_t column = 0; column < columns; ++column) {
      const T* from = in + column;
      for (int32_t row = 0; row < rows; ++row, from += columns) *to++ = *from;
    }
  }
}

Error CheckCopy(const Tensor& self, const Tensor& out) {
  if (self.dtype != out.dtype || self.layout == Layout::kOther || out.layout == Layout::kOther) {
    return Error::kBadType;
  }
  return SameSizes(self, out) ? Error::kOk : Error::kBadShape;
}

void Copy(const Tensor& self, const Tensor& out) {
  const int32_t count = self.numel();
  if (count == 0) return;
  const uint32_t element = SizeOf(self.dtype);
  if (self.layout == out.layout) {
    std::memmove(out.data, self.data, static_cast<uint32_t>(count) * element);
    return;
  }
  int32_t rows = self.size(1);
  int32_t columns = self.size(2) * self.size(3);
  if (self.layout == Layout::kChannelsLast) {
    rows = columns;
    columns = self.size(1);
  }
  switch (element) {
    case 1:
      return TransposePlanes<uint8_t>(self, out, rows, columns);
    case 2:
      return TransposePlanes<uint16_t>(self, out, rows, columns);
    case 4:
      return TransposePlanes<uint32_t>(self, out, rows, columns);
    default:
      return TransposePlanes<uint64_t>(self, out, rows, columns);
  }
}

}  // namespace

Error Check(const ToDimOrderCopy<Device>& op) { return CheckCopy(op.self, op.out); }
void Run(const ToDimOrderCopy<Device>& op) { Copy(op.self, op.out); }

Error Check(const CloneDimOrder<Device>& op) { return CheckCopy(op.self, op.out); }
void Run(const CloneDimOrder<Device>& op) { Copy(op.self, op.out); }

}  // namespace cortico::ops
