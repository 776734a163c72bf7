// Reductions over dimensions: mean, sum, amax, amin, any, variance.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "compiler/reference/aten.h"
#include "compiler/reference/numbers.h"

namespace cortico {
namespace {

// Sums run in row-major order in double and are rounded once.
template <class F>
void Reduce(OpCall& call, double start, const F& combine, bool mean) {
  const HostTensor& x = call.Float("self");
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  Sizes dims = call.Dims("dim", {}, x.type.rank());
  const bool keep = call.Bool("keepdim", false);
  if (!call.ok()) return;
  const bool all = dims.empty();  // no list and an empty list both mean every dimension
  std::vector<bool> reduced(in.size(), all);
  for (int64_t d : dims)
    if (!in.empty()) reduced[static_cast<size_t>(d)] = true;

  Sizes sizes, kept(in.size());
  int64_t count = 1;
  for (size_t d = 0; d < in.size(); ++d) {
    kept[d] = reduced[d] ? 1 : in[d];
    if (reduced[d]) count *= in[d];
    if (!reduced[d] || keep) sizes.push_back(kept[d]);
  }
  if (count == 0 && mean) return call.Fail("mean over no elements of " + ToText(in));
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const Sizes step = BroadcastStrides(kept, in);
  std::vector<double> sums(static_cast<size_t>(NumelOf(sizes)), start);
  const int64_t total = x.type.numel();
  const float* from = x.As<float>();
  Sizes at(in.size(), 0);
  int64_t target = 0;
  for (int64_t i = 0; i < total; ++i) {
    double& sum = sums[static_cast<size_t>(target)];
    sum = combine(sum, static_cast<double>(from[i]));
    for (size_t d = in.size(); d-- > 0;) {
      target += step[d];
      if (++at[d] < in[d]) break;
      target -= step[d] * in[d];
      at[d] = 0;
    }
  }
  for (size_t i = 0; i < sums.size(); ++i)
    out.As<float>()[i] = static_cast<float>(mean ? sums[i] / static_cast<double>(count) : sums[i]);
}

// Of whole numbers and masks, in int64.
template <class F>
bool ReduceWhole(OpCall& call, int64_t start, const F& combine, bool keeps_type) {
  const HostTensor* x = call.OptionalTensor("self");
  if (x == nullptr || x->type.dtype == DType::kFloat32) return false;
  const Sizes& in = x->type.sizes;
  const Sizes dims = call.Dims("dim", {}, x->type.rank());
  const bool keep = call.Bool("keepdim", false);
  if (!call.ok()) return true;
  Sizes sizes, kept(in.size());
  for (size_t d = 0; d < in.size(); ++d) {
    const bool reduced = dims.empty() || std::find(dims.begin(), dims.end(), static_cast<int64_t>(d)) != dims.end();
    kept[d] = reduced ? 1 : in[d];
    if (!reduced || keep) sizes.push_back(kept[d]);
  }
  const DType type = call.node().output()->type.dtype;
  HostTensor& out = call.AddResult(sizes, keeps_type ? x->type.dtype : type);
  if (!call.ok()) return true;
  std::vector<int64_t> values(static_cast<size_t>(NumelOf(sizes)), start);
  const Places place(kept, in);
  for (int64_t i = 0; i < x->type.numel(); ++i) {
    int64_t& value = values[static_cast<size_t>(place[i])];
    value = combine(value, IntAt(*x, i));
  }
  for (size_t i = 0; i < values.size(); ++i) SetInt(&out, static_cast<int64_t>(i), values[i]);
  return true;
}

double Plus(double a, double b) { return a + b; }
double Max(double a, double b) { return b > a || b != b ? b : a; }
double Min(double a, double b) { return b < a || b != b ? b : a; }

void Mean(OpCall& call) { Reduce(call, 0.0, Plus, true); }
void Sum(OpCall& call) {
  if (ReduceWhole(call, 0, [](int64_t a, int64_t b) { return a + b; }, false)) return;
  Reduce(call, 0.0, Plus, false);
}
void Amax(OpCall& call) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  if (ReduceWhole(call, kLeast, [](int64_t a, int64_t b) { return std::max(a, b); }, true)) return;
  Reduce(call, -std::numeric_limits<double>::infinity(), Max, false);
}
void Amin(OpCall& call) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (ReduceWhole(call, kMost, [](int64_t a, int64_t b) { return std::min(a, b); }, true)) return;
  Reduce(call, std::numeric_limits<double>::infinity(), Min, false);
}
void Any(OpCall& call) {
  if (ReduceWhole(call, 0, [](int64_t a, int64_t b) { return int64_t{a != 0 || b != 0}; }, false)) return;
  call.Fail("any of floats is not computed");
}

// Squared distances from the mean divided by what `correction` leaves of the count, in double.
void Variance(OpCall& call, bool root) {
  const HostTensor& x = call.Float("self");
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  const Sizes dims = call.Dims("dim", {}, x.type.rank());
  const bool keep = call.Bool("keepdim", false);
  const double correction = call.Has("correction") ? call.Number("correction", 1.0)
                                                   : (call.Bool("unbiased", true) ? 1.0 : 0.0);
  if (!call.ok()) return;
  Sizes sizes, kept(in.size());
  int64_t count = 1;
  for (size_t d = 0; d < in.size(); ++d) {
    const bool reduced = dims.empty() || std::find(dims.begin(), dims.end(), static_cast<int64_t>(d)) != dims.end();
    kept[d] = reduced ? 1 : in[d];
    if (reduced) count *= in[d];
    if (!reduced || keep) sizes.push_back(kept[d]);
  }
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const Places place(kept, in);
  std::vector<double> means(static_cast<size_t>(NumelOf(sizes)), 0.0), squares = means;
  for (int64_t i = 0; i < x.type.numel(); ++i) means[static_cast<size_t>(place[i])] += x.As<float>()[i];
  for (double& mean : means) mean /= static_cast<double>(count);
  for (int64_t i = 0; i < x.type.numel(); ++i) {
    const auto k = static_cast<size_t>(place[i]);
    squares[k] += (x.As<float>()[i] - means[k]) * (x.As<float>()[i] - means[k]);
  }
  const double divisor = std::max(static_cast<double>(count) - correction, 0.0);
  for (size_t i = 0; i < squares.size(); ++i) {
    const auto variance = static_cast<float>(squares[i] / divisor);
    out.As<float>()[i] = root ? std::sqrt(variance) : variance;
  }
}
void Var(OpCall& call) { Variance(call, false); }
void Std(OpCall& call) { Variance(call, true); }

constexpr AtenEntry kOps[] = {
    {"aten.mean.default", Mean},   {"aten.mean.dim", Mean},     {"aten.sum.default", Sum},
    {"aten.sum.dim_IntList", Sum}, {"aten.amax.default", Amax}, {"aten.amin.default", Amin},
    {"aten.max.default", Amax},    {"aten.min.default", Amin},  {"aten.any.dims", Any},
    {"aten.any.default", Any},     {"aten.any.dim", Any},       {"aten.var.correction", Var},
    {"aten.var.dim", Var},         {"aten.var.default", Var},   {"aten.std.correction", Std},
    {"aten.std.dim", Std},         {"aten.std.default", Std},
};

}  // namespace

std::span<const AtenEntry> ReductionOps() { return kOps; }

}  // namespace cortico
