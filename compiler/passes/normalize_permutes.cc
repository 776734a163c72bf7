// Why: a shuffle of pixels or of channels is a view, a permutation and a view, and the kernel
// permutes at most four dimensions. What moves together is one dimension, what has one element is
// none, and whatever is left is several permutations of four, each bringing one dimension to its place.
//
//   pixel_shuffle(x : [1,12,H,W], 2) → view [1,3,2,2,H,W], permute [0,1,4,2,5,3], view [1,3,2H,2W]
//   channel_shuffle, pixel_unshuffle likewise;  swapaxes, movedim, transpose → permute
//   permute([1,2,4,H,W], [0,2,1,3,4]) → view [2,4,H*W], permute [1,0,2], view
//   permute([3,2,2,H,W], [0,3,1,4,2]) → [3,4,H,W] by [0,2,1,3], then [3*H,2,2,W] … , views between
//
// Needs: nothing. Refuses: nothing.
#include <algorithm>

#include "compiler/passes/build.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

constexpr size_t kMostDims = 4;

std::string NormalizePermute(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const std::string before = node->op;
  const int64_t rank = self->type.rank();
  Ints64 dims = Iota(rank);
  const auto swap = [&](int64_t a, int64_t b) {
    a = WrapDim(a, rank), b = WrapDim(b, rank);
    if (a >= 0 && b >= 0) std::swap(dims[static_cast<size_t>(a)], dims[static_cast<size_t>(b)]);
    return a >= 0 && b >= 0;
  };
  if (node->Is("aten.permute_copy.default")) {
    dims = node->IntList("dims", {});
  } else if (node->Is("aten.transpose.int") || node->Is("aten.transpose_copy.int") ||
             node->Is("aten.swapdims.default")) {
    if (!swap(node->Int("dim0", 0), node->Int("dim1", 0))) return "";
  } else if (node->Is("aten.swapaxes.default")) {
    if (!swap(node->Int("axis0", 0), node->Int("axis1", 0))) return "";
  } else if ((node->Is("aten.t.default") && rank == 2) ||
             ((node->Is("aten.mT.default") || node->Is("aten.adjoint.default")) && rank >= 2)) {
    swap(-1, -2);
  } else if (node->Is("aten.numpy_T.default")) {
    std::reverse(dims.begin(), dims.end());
  } else if (node->Is("aten.movedim.int") || node->Is("aten.movedim.intlist")) {
    Ints64 from = node->IntList("source", {}), to = node->IntList("destination", {});
    if (from.size() != to.size()) return "";
    Ints64 places(dims.size(), -1);
    for (size_t i = 0; i < from.size(); ++i) {
      from[i] = WrapDim(from[i], rank), to[i] = WrapDim(to[i], rank);
      if (from[i] < 0 || to[i] < 0) return "";
      places[static_cast<size_t>(to[i])] = from[i];
    }
    // The others keep their order.
    int64_t next = 0;
    for (int64_t& place : places) {
      if (place >= 0) continue;
      while (std::find(from.begin(), from.end(), next) != from.end()) ++next;
      place = next++;
    }
    dims = places;
  } else {
    return "";
  }
  (void)context;
  node->op = "aten.permute.default";
  node->args = {{"self", self}, {"dims", dims}};
  return before + " → " + node->op;
}

std::string OpenShuffle(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || self->type.rank() < 3) return "";
  const bool pixels = node->Is("aten.pixel_shuffle.default");
  const bool back = node->Is("aten.pixel_unshuffle.default");
  const bool channels = node->Is("aten.channel_shuffle.default");
  if (!pixels && !back && !channels) return "";
  const Ints64& in = self->type.sizes;
  const Ints64 out = node->output()->type.sizes;
  const std::string what = node->op;
  Ints64 parts, dims;
  if (channels) {
    const int64_t groups = node->Int("groups", 1);
    if (groups < 1 || in[1] % groups != 0) return "";
    parts = {in[0], groups, in[1] / groups, self->type.numel() / (in[0] * in[1])};
    dims = {0, 2, 1, 3};
  } else {
    const int64_t r = node->Int(pixels ? "upscale_factor" : "downscale_factor", 1);
    if (r < 1) return "";
    const size_t c = in.size() - 3;
    int64_t outer = 1;
    for (size_t d = 0; d < c; ++d) outer *= in[d];
    parts = pixels ? Ints64{outer, in[c] / (r * r), r, r, in[c + 1], in[c + 2]}
                   : Ints64{outer, in[c], in[c + 1] / r, r, in[c + 2] / r, r};
    dims = pixels ? Ints64{0, 1, 4, 2, 5, 3} : Ints64{0, 1, 3, 5, 2, 4};
  }
  Builder build(node, context);
  build.Replace(build.View(build.Permute(build.View(self, parts), dims), out));
  return what + " → view, permute, view";
}

// Without dimensions of one element, and with those that stay neighbours as one.
void Collapse(Ints64* sizes, Ints64* dims) {
  Ints64 kept, number(sizes->size(), -1);
  for (size_t d = 0; d < sizes->size(); ++d)
    if ((*sizes)[d] != 1) {
      number[d] = static_cast<int64_t>(kept.size());
      kept.push_back((*sizes)[d]);
    }
  std::vector<Ints64> runs;  // of old dimensions, in the new order
  for (int64_t d : *dims) {
    const int64_t n = number[static_cast<size_t>(d)];
    if (n < 0) continue;
    if (!runs.empty() && runs.back().back() + 1 == n) runs.back().push_back(n);
    else runs.push_back({n});
  }
  std::vector<size_t> order(runs.size());  // runs in the old order
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return runs[a][0] < runs[b][0]; });
  sizes->clear();
  dims->assign(runs.size(), 0);
  for (size_t i = 0; i < order.size(); ++i) {
    int64_t size = 1;
    for (int64_t n : runs[order[i]]) size *= kept[static_cast<size_t>(n)];
    sizes->push_back(size);
    (*dims)[order[i]] = static_cast<int64_t>(i);
  }
}

std::string SplitPermute(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || !node->Is("aten.permute.default") ||
      self->type.sizes.size() <= kMostDims)
    return "";
  Ints64 sizes = self->type.sizes, dims = node->IntList("dims", {});
  if (dims.size() != sizes.size()) return "";
  for (int64_t& d : dims) {
    d = WrapDim(d, self->type.rank());
    if (d < 0) return "";
  }
  Collapse(&sizes, &dims);
  Builder build(node, context);
  Value* result = self;
  if (sizes.size() <= kMostDims) {
    result = build.Permute(build.View(self, sizes), dims);
  } else {
    Ints64 order = Iota(static_cast<int64_t>(sizes.size()));  // the dimensions as they stand now
    const auto product = [&](size_t first, size_t last) {
      int64_t size = 1;
      for (size_t i = first; i < last; ++i) size *= sizes[static_cast<size_t>(order[i])];
      return size;
    };
    for (size_t i = 0; i < dims.size(); ++i) {
      const auto at = std::find(order.begin(), order.end(), dims[i]);
      const auto j = static_cast<size_t>(at - order.begin());
      if (j == i) continue;
      result = build.Permute(build.View(result, {product(0, i), product(i, j), product(j, j + 1),
                                                 product(j + 1, order.size())}),
                             {0, 2, 1, 3});
      std::rotate(order.begin() + static_cast<int64_t>(i), at, at + 1);
    }
  }
  build.Replace(build.View(result, node->output()->type.sizes));
  return "a permutation of " + std::to_string(self->type.rank()) + " dimensions, four at a time";
}

}  // namespace

void NormalizePermutes(PassContext& context) {
  std::vector<Rule> rules = {{"permute", NormalizePermute}};
  if (!context.in_float)
    rules.insert(rules.end(), {{"shuffle", OpenShuffle}, {"split", SplitPermute}});
  ApplyRules("normalize-permutes", rules, context);
  // What was done to constants is one.
  FoldConstants(context);
}

}  // namespace cortico::passes
