#include <cstring>

#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

// The nearest index that there is.
int32_t Clamped(int64_t index, int32_t size, bool* good) {
  if (index >= 0 && index < size) return static_cast<int32_t>(index);
  *good = false;
  return index < 0 ? 0 : size - 1;
}

}  // namespace

void Gather(const Walk& box, const void* in, int32_t offset, int32_t bytes, void* out) {
  const auto* from = static_cast<const uint8_t*>(in);
  auto* to = static_cast<uint8_t*>(out);
  box.Each([&](int32_t place) {
    std::memcpy(to, from + (offset + place) * bytes, static_cast<uint32_t>(bytes));
    to += bytes;
  });
}

void Copy(const Walk& box, const void* in, int32_t from, const int32_t* out_strides, void* out,
          int32_t to, int32_t bytes) {
  // Line by line along the last dimension; a tensor without dimensions is one line of one.
  Walk lines = box;
  const int last = box.rank - 1;
  const int32_t count = last < 0 ? 1 : box.sizes[last];
  if (last >= 0) lines.rank = last;
  const auto* source = static_cast<const uint8_t*>(in);
  auto* target = static_cast<uint8_t*>(out);
  int32_t at[kMaxRank] = {};
  lines.Each([&](int32_t place) {
    int32_t place_out = to;
    for (int i = 0; i < lines.rank; ++i) place_out += at[i] * out_strides[i];
    std::memcpy(target + place_out * bytes, source + (from + place) * bytes,
                static_cast<uint32_t>(count * bytes));
    for (int i = lines.rank - 1; i >= 0 && ++at[i] == lines.sizes[i]; --i) at[i] = 0;
  });
}

void Fill(const void* value, int32_t count, int32_t bytes, void* out) {
  auto* to = static_cast<uint8_t*>(out);
  for (int32_t i = 0; i < count; ++i, to += bytes) {
    std::memcpy(to, value, static_cast<uint32_t>(bytes));
  }
}

bool TakeRows(const void* in, int32_t outer, int32_t rows, int32_t row_bytes, Array index,
              int32_t count, void* out) {
  bool good = true;
  const auto* table = static_cast<const uint8_t*>(in);
  auto* to = static_cast<uint8_t*>(out);
  for (int32_t o = 0; o < outer; ++o, table += rows * row_bytes) {
    for (int32_t j = 0; j < count; ++j, to += row_bytes) {
      const int32_t row = Clamped(index.Int(j), rows, &good);
      std::memcpy(to, table + row * row_bytes, static_cast<uint32_t>(row_bytes));
    }
  }
  return good;
}

bool TakeElements(const Walk& box, int dim, int32_t size, const void* in, Array index,
                  int32_t bytes, void* out) {
  bool good = true;
  const auto* from = static_cast<const uint8_t*>(in);
  auto* to = static_cast<uint8_t*>(out);
  const int32_t step = box.strides[dim];
  Walk others = box;
  others.strides[dim] = 0;
  int32_t i = 0;
  others.Each([&](int32_t place) {
    const int32_t at = place + Clamped(index.Int(i++), size, &good) * step;
    std::memcpy(to, from + at * bytes, static_cast<uint32_t>(bytes));
    to += bytes;
  });
  return good;
}

}  // namespace cortico::kernels::portable
