// Ops that choose: elements by index, the place of the largest, a slope by sign.
#include <algorithm>
#include <cstring>
#include <string>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

// `outer` blocks of `along` rows of `inner` elements: a tensor seen from one of its dimensions.
struct Around {
  int64_t outer = 1, along = 1, inner = 1;
};

Around Split(const Sizes& sizes, int64_t dim) {
  Around a;
  for (size_t d = 0; d < sizes.size(); ++d) {
    const auto place = static_cast<int64_t>(d);
    (place < dim ? a.outer : place > dim ? a.inner : a.along) *= sizes[d];
  }
  return a;
}

void IndexSelect(OpCall& call) {
  const HostTensor& self = call.Tensor("self");
  const HostTensor& index = call.Tensor("index");
  const int64_t dim = call.Dim("dim", 0, self.type.rank());
  if (!call.ok()) return;
  if (index.type.dtype != DType::kInt64 && index.type.dtype != DType::kInt32)
    return call.Fail(std::string("its index is ") + Name(index.type.dtype));
  if (self.type.sizes.empty()) return call.Fail("a scalar has no dimension");
  const int64_t count = index.type.numel();
  Sizes sizes = self.type.sizes;
  sizes[static_cast<size_t>(dim)] = count;
  HostTensor& out = call.AddResult(sizes, self.type.dtype);
  if (!call.ok()) return;
  const Around in = Split(self.type.sizes, dim);
  const int64_t bytes = in.inner * static_cast<int64_t>(SizeOf(self.type.dtype));
  uint8_t* to = out.data.data();
  for (int64_t o = 0; o < in.outer; ++o)
    for (int64_t k = 0; k < count; ++k, to += bytes) {
      const int64_t at = index.type.dtype == DType::kInt64 ? index.As<int64_t>()[k]
                                                           : index.As<int32_t>()[k];
      if (at < 0 || at >= in.along)
        return call.Fail("index " + std::to_string(at) + " of a dimension of " +
                         std::to_string(in.along));
      std::memcpy(to, self.data.data() + (o * in.along + at) * bytes, static_cast<size_t>(bytes));
    }
}

// The first of equals; a NaN beats everything, as in PyTorch.
void ArgExtreme(OpCall& call) {
  const bool largest = call.node().op == "aten.argmax.default";
  const HostTensor& self = call.Float("self");
  const bool flat = !call.Has("dim"), keep = call.Bool("keepdim", false);
  const int64_t dim = flat ? 0 : call.Dim("dim", 0, self.type.rank());
  if (!call.ok()) return;
  const Around in = flat || self.type.sizes.empty() ? Around{1, self.type.numel(), 1}
                                                    : Split(self.type.sizes, dim);
  if (in.along == 0) return call.Fail("no elements to choose from");
  Sizes sizes = self.type.sizes;
  if (flat) sizes.assign(keep ? sizes.size() : 0, 1);
  else if (keep && !sizes.empty()) sizes[static_cast<size_t>(dim)] = 1;
  else if (!sizes.empty()) sizes.erase(sizes.begin() + dim);
  HostTensor& out = call.AddResult(sizes, DType::kInt64);
  if (!call.ok()) return;
  for (int64_t o = 0; o < in.outer; ++o)
    for (int64_t i = 0; i < in.inner; ++i) {
      const float* x = self.As<float>() + o * in.along * in.inner + i;
      int64_t best = 0;
      for (int64_t k = 1; k < in.along; ++k) {
        const float a = x[k * in.inner], b = x[best * in.inner];
        if (b == b && (a != a || (largest ? a > b : a < b))) best = k;
      }
      out.As<int64_t>()[o * in.inner + i] = best;
    }
}

void Prelu(OpCall& call) {
  const HostTensor& self = call.Float("self");
  const HostTensor& weight = call.Float("weight");
  if (!call.ok()) return;
  const Sizes& sizes = self.type.sizes;
  const int64_t channels = sizes.size() > 1 ? sizes[1] : 1, slopes = weight.type.numel();
  if (slopes != 1 && slopes != channels)
    return call.Fail(std::to_string(slopes) + " slopes for " + std::to_string(channels) + " channels");
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const Around in = Split(sizes, 1);
  for (int64_t i = 0; i < self.type.numel(); ++i) {
    const float x = self.As<float>()[i];
    const float slope = weight.As<float>()[slopes == 1 ? 0 : i / in.inner % channels];
    out.As<float>()[i] = x > 0 ? x : x * slope;
  }
}

// Windows from floor(i * in / out) to ceil((i + 1) * in / out).
void AdaptiveMaxPool(OpCall& call) {
  const HostTensor& self = call.Float("self");
  const Sizes wanted = call.Ints("output_size", {});
  if (!call.ok()) return;
  const Sizes& in = self.type.sizes;
  if (in.size() < 3 || wanted.empty()) return call.Fail("adaptive pool of input " + ToText(in));
  Sizes sizes = in;
  sizes[in.size() - 2] = wanted.front(), sizes[in.size() - 1] = wanted.back();
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const int64_t h = in[in.size() - 2], w = in.back(), oh = wanted.front(), ow = wanted.back();
  const int64_t planes = h * w == 0 ? 0 : self.type.numel() / (h * w);
  float* to = out.As<float>();
  for (int64_t p = 0; p < planes; ++p)
    for (int64_t y = 0; y < oh; ++y)
      for (int64_t x = 0; x < ow; ++x) {
        const float* plane = self.As<float>() + p * h * w;
        float best = plane[y * h / oh * w + x * w / ow];
        for (int64_t i = y * h / oh; i < ((y + 1) * h + oh - 1) / oh; ++i)
          for (int64_t j = x * w / ow; j < ((x + 1) * w + ow - 1) / ow; ++j)
            best = std::max(best, plane[i * w + j]);
        *to++ = best;
      }
}

constexpr AtenEntry kOps[] = {
    {"aten.index_select.default", IndexSelect},
    {"aten.argmax.default", ArgExtreme},
    {"aten.argmin.default", ArgExtreme},
    {"aten.prelu.default", Prelu},
    {"aten._prelu_kernel.default", Prelu},
    {"aten.adaptive_max_pool2d.default", AdaptiveMaxPool},
};

}  // namespace

std::span<const AtenEntry> SelectionOps() { return kOps; }

}  // namespace cortico
