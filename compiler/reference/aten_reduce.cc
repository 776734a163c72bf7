// Reductions over dimensions: mean, sum, amax, amin.
#include <limits>
#include <string>
#include <vector>

#include "compiler/reference/aten.h"

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

double Plus(double a, double b) { return a + b; }
double Max(double a, double b) { return b > a || b != b ? b : a; }
double Min(double a, double b) { return b < a || b != b ? b : a; }

void Mean(OpCall& call) { Reduce(call, 0.0, Plus, true); }
void Sum(OpCall& call) { Reduce(call, 0.0, Plus, false); }
void Amax(OpCall& call) { Reduce(call, -std::numeric_limits<double>::infinity(), Max, false); }
void Amin(OpCall& call) { Reduce(call, std::numeric_limits<double>::infinity(), Min, false); }

constexpr AtenEntry kOps[] = {
    {"aten.mean.default", Mean},   {"aten.mean.dim", Mean},     {"aten.sum.default", Sum},
    {"aten.sum.dim_IntList", Sum}, {"aten.amax.default", Amax}, {"aten.amin.default", Amin},
};

}  // namespace

std::span<const AtenEntry> ReductionOps() { return kOps; }

}  // namespace cortico
