// Tables and indices: embedding, index_select, gather, argmax; also what turns or repeats a tensor,
// runs along it, or is made from nothing. An index out of range is clamped, as on the target.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

namespace cortico {
namespace {

int64_t Size(const Sizes& sizes, int64_t dim) { return sizes[static_cast<size_t>(dim)]; }

struct Lines {
  int64_t outer = 1, along = 1, inner = 1;
};

Lines LinesOf(const Sizes& sizes, int64_t dim) {
  Lines lines;
  for (int64_t d = 0; d < static_cast<int64_t>(sizes.size()); ++d)
    (d < dim ? lines.outer : d > dim ? lines.inner : lines.along) *= Size(sizes, d);
  return lines;
}

// out[o, j, i] = x[o, index[j], i]
void TakeRows(OpCall& call, const HostTensor& x, int64_t dim, const HostTensor& index, Sizes sizes) {
  const Lines lines = LinesOf(x.type.sizes, dim);
  if (lines.along == 0) return call.Fail("an index into nothing");
  HostTensor& out = call.AddResult(std::move(sizes), x.type.dtype);
  if (!call.ok()) return;
  const auto bytes = static_cast<int64_t>(SizeOf(x.type.dtype)) * lines.inner;
  uint8_t* to = out.data.data();
  for (int64_t o = 0; o < lines.outer; ++o)
    for (int64_t j = 0; j < index.type.numel(); ++j, to += bytes) {
      const int64_t row = std::clamp<int64_t>(IntAt(index, j), 0, lines.along - 1);
      std::memcpy(to, x.data.data() + (o * lines.along + row) * bytes, static_cast<size_t>(bytes));
    }
}

void Embedding(OpCall& call) {
  const HostTensor& weight = call.Tensor("weight");
  const HostTensor& indices = call.Tensor("indices");
  if (call.ok() && weight.type.rank() != 2) call.Fail("a table " + ToText(weight.type.sizes));
  if (!call.ok()) return;
  Sizes sizes = indices.type.sizes;
  sizes.push_back(weight.type.sizes[1]);
  TakeRows(call, weight, 0, indices, sizes);
}

void IndexSelect(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const HostTensor& index = call.Tensor("index");
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  if (call.ok() && x.type.sizes.empty()) call.Fail("an index into a scalar");
  if (!call.ok()) return;
  Sizes sizes = x.type.sizes;
  sizes[static_cast<size_t>(dim)] = index.type.numel();
  TakeRows(call, x, dim, index, sizes);
}

void Gather(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const HostTensor& index = call.Tensor("index");
  const int64_t rank = x.type.rank(), dim = call.Dim("dim", 0, rank);
  if (call.ok() && (rank == 0 || index.type.rank() != rank)) call.Fail("gather of other ranks");
  if (!call.ok()) return;
  HostTensor& out = call.AddResult(index.type.sizes, x.type.dtype);
  if (!call.ok()) return;
  const Sizes strides = RowMajorStrides(x.type.sizes);
  const size_t bytes = SizeOf(x.type.dtype);
  Sizes at(static_cast<size_t>(rank), 0);
  for (int64_t i = 0; i < index.type.numel(); ++i) {
    int64_t place = 0;
    for (int64_t d = 0; d < rank; ++d) {
      const int64_t k = d == dim ? std::clamp<int64_t>(IntAt(index, i), 0, Size(x.type.sizes, d) - 1)
                                 : Size(at, d);
      place += k * Size(strides, d);
    }
    std::memcpy(out.data.data() + static_cast<size_t>(i) * bytes,
                x.data.data() + static_cast<size_t>(place) * bytes, bytes);
    for (size_t d = at.size(); d-- > 0;) {
      if (++at[d] < index.type.sizes[d]) break;
      at[d] = 0;
    }
  }
}

void Flip(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const Sizes dims = call.Dims("dims", {}, x.type.rank());
  if (!call.ok()) return;
  HostTensor& out = call.AddResult(x.type.sizes, x.type.dtype);
  if (!call.ok()) return;
  const size_t bytes = SizeOf(x.type.dtype);
  const Sizes strides = RowMajorStrides(x.type.sizes);
  for (int64_t i = 0; i < x.type.numel(); ++i) {
    int64_t place = i;
    for (int64_t d : dims) {
      const int64_t at = i / Size(strides, d) % Size(x.type.sizes, d);
      place += (Size(x.type.sizes, d) - 1 - 2 * at) * Size(strides, d);
    }
    std::memcpy(out.data.data() + static_cast<size_t>(i) * bytes,
                x.data.data() + static_cast<size_t>(place) * bytes, bytes);
  }
}

void Repeat(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const Sizes repeats = call.Ints("repeats", {});
  if (call.ok() && repeats.size() < x.type.sizes.size()) call.Fail("repeats " + ToText(repeats));
  if (!call.ok()) return;
  Sizes own(repeats.size() - x.type.sizes.size(), 1);
  own.insert(own.end(), x.type.sizes.begin(), x.type.sizes.end());
  Sizes sizes = own;
  for (size_t d = 0; d < sizes.size(); ++d) sizes[d] *= repeats[d];
  HostTensor& out = call.AddResult(sizes, x.type.dtype);
  if (!call.ok()) return;
  const size_t bytes = SizeOf(x.type.dtype);
  const Sizes from = RowMajorStrides(own), to = RowMajorStrides(sizes);
  for (int64_t i = 0; i < out.type.numel(); ++i) {
    int64_t place = 0;
    for (size_t d = 0; d < sizes.size(); ++d) place += i / to[d] % own[d] * from[d];
    std::memcpy(out.data.data() + static_cast<size_t>(i) * bytes,
                x.data.data() + static_cast<size_t>(place) * bytes, bytes);
  }
}

// [N, C * r * r, H, W] → [N, C, H * r, W * r]
void PixelShuffle(OpCall& call) {
  const HostTensor& x = call.Float("self");
  const int64_t r = call.Int("upscale_factor", 1);
  if (call.ok() && (x.type.rank() != 4 || r < 1 || x.type.sizes[1] % (r * r) != 0))
    call.Fail("pixel_shuffle of " + ToText(x.type.sizes));
  if (!call.ok()) return;
  const Sizes& s = x.type.sizes;
  const int64_t channels = s[1] / (r * r);
  HostTensor& out = call.AddResult({s[0], channels, s[2] * r, s[3] * r});
  if (!call.ok()) return;
  float* to = out.As<float>();
  for (int64_t n = 0; n < s[0]; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < s[2] * r; ++y)
        for (int64_t k = 0; k < s[3] * r; ++k) {
          const int64_t channel = (c * r + y % r) * r + k % r;
          *to++ = x.As<float>()[((n * s[1] + channel) * s[2] + y / r) * s[3] + k / r];
        }
}

void CumulativeSum(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  if (!call.ok()) return;
  const Lines lines = LinesOf(x.type.sizes, dim);
  HostTensor& out = call.AddResult(x.type.sizes, call.node().output()->type.dtype);
  if (!call.ok()) return;
  const bool floats = out.type.dtype == DType::kFloat32;
  for (int64_t o = 0; o < lines.outer; ++o)
    for (int64_t i = 0; i < lines.inner; ++i) {
      double real = 0;
      int64_t whole = 0;
      for (int64_t k = 0; k < lines.along; ++k) {
        const int64_t at = (o * lines.along + k) * lines.inner + i;
        if (floats) SetFloat(&out, at, static_cast<float>(real += FloatAt(x, at)));
        else SetInt(&out, at, whole += IntAt(x, at));
      }
    }
}

template <bool largest>
void PlaceOfExtreme(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const bool all = !call.Has("dim"), keep = call.Bool("keepdim", false);
  const int64_t dim = all ? 0 : call.Dim("dim", 0, x.type.rank());
  if (call.ok() && x.type.numel() == 0) call.Fail("the place of nothing");
  if (!call.ok()) return;
  const Sizes flat = {x.type.numel()};
  const Lines lines = LinesOf(all ? flat : x.type.sizes, dim);
  Sizes sizes;
  for (int64_t d = 0; d < x.type.rank(); ++d)
    if (all || d == dim) { if (keep) sizes.push_back(1); }
    else sizes.push_back(Size(x.type.sizes, d));
  HostTensor& out = call.AddResult(sizes, DType::kInt64);
  if (!call.ok()) return;
  for (int64_t o = 0; o < lines.outer; ++o)
    for (int64_t i = 0; i < lines.inner; ++i) {
      int64_t best = 0;
      const auto at = [&](int64_t k) { return (o * lines.along + k) * lines.inner + i; };
      for (int64_t k = 1; k < lines.along; ++k) {
        const float a = FloatAt(x, at(k)), b = FloatAt(x, at(best));
        if ((largest ? a > b : a < b) || (std::isnan(a) && !std::isnan(b))) best = k;
      }
      out.As<int64_t>()[o * lines.inner + i] = best;
    }
}

// arange and full in any type, and triangles of what there is.
void Arange(OpCall& call) {
  const double start = call.Number("start", 0), end = call.Number("end", 0);
  const double step = call.Number("step", 1);
  if (call.ok() && (step == 0 || (end - start) / step > 1e6)) call.Fail("arange without an end");
  if (!call.ok()) return;
  const auto count = std::max<int64_t>(0, static_cast<int64_t>(std::ceil((end - start) / step)));
  HostTensor& out = call.AddResult({count}, call.node().output()->type.dtype);
  if (!call.ok()) return;
  for (int64_t i = 0; i < count; ++i) SetFloat(&out, i, static_cast<float>(start + static_cast<double>(i) * step));
}

template <bool lower>
void Triangle(OpCall& call) {
  const HostTensor& x = call.Tensor("self");
  const int64_t diagonal = call.Int("diagonal", 0);
  if (call.ok() && x.type.rank() < 2) call.Fail("a triangle of " + ToText(x.type.sizes));
  if (!call.ok()) return;
  HostTensor& out = call.AddCopy(x, x.type.sizes);
  const int64_t columns = x.type.sizes.back(), rows = x.type.sizes[x.type.sizes.size() - 2];
  for (int64_t i = 0; i < x.type.numel(); ++i) {
    const int64_t offset = i % columns - i / columns % rows;
    if (lower ? offset > diagonal : offset < diagonal) SetInt(&out, i, 0);
  }
}

constexpr AtenEntry kOps[] = {
    {"aten.embedding.default", Embedding},
    {"aten.index_select.default", IndexSelect},
    {"aten.gather.default", Gather},
    {"aten.flip.default", Flip},
    {"aten.repeat.default", Repeat},
    {"aten.pixel_shuffle.default", PixelShuffle},
    {"aten.cumsum.default", CumulativeSum},
    {"aten.argmax.default", PlaceOfExtreme<true>},
    {"aten.argmin.default", PlaceOfExtreme<false>},
    {"aten.arange.default", Arange},
    {"aten.arange.start", Arange},
    {"aten.arange.start_step", Arange},
    {"aten.tril.default", Triangle<true>},
    {"aten.triu.default", Triangle<false>},
};

}  // namespace

std::span<const AtenEntry> IndexOps() { return kOps; }

}  // namespace cortico
