// Matrix products: linear, mm, addmm, bmm, baddbmm, matmul.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/reference/aten.h"
#include "compiler/reference/gemm.h"

namespace cortico {
namespace {

// c [m, n] row-major = a [m, k] row-major times b, row-major [k, n].
void Product(int64_t m, int64_t k, int64_t n, const float* a, const float* b, float* c) {
  const auto fill = [&](int64_t first, int count, float* panel) {
    for (int64_t i = 0; i < k; ++i)
      std::copy_n(b + i * n + first, count, panel + i * kPanelColumns);
  };
  Multiply(m, k, n, a, fill, nullptr, c, n, 1);
}

// out [..., O] = input [..., I] times weight [O, I] transposed, plus bias [O].
void Linear(OpCall& call) {
  const HostTensor& input = call.Float("input");
  const HostTensor& weight = call.Float("weight");
  const HostTensor* bias = call.OptionalFloat("bias");
  if (!call.ok()) return;
  const Sizes& w = weight.type.sizes;
  if (w.size() != 2 || input.type.sizes.empty() || input.type.sizes.back() != w[1])
    return call.Fail("input " + ToText(input.type.sizes) + " does not fit weight " + ToText(w));
  const int64_t outs = w[0], depth = w[1];
  if (bias != nullptr && bias->type.sizes != Sizes{outs})
    return call.Fail("bias " + ToText(bias->type.sizes) + " for weight " + ToText(w));
  Sizes sizes = input.type.sizes;
  sizes.back() = outs;
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  sizes.pop_back();
  // Rows of the product are output features and columns are input vectors: the weights, which are
  // many, are then read in place and only the vectors are rearranged.
  const float* x = input.As<float>();
  const auto fill = [&](int64_t first, int count, float* panel) {
    for (int64_t k = 0; k < depth; ++k)
      for (int j = 0; j < count; ++j) panel[k * kPanelColumns + j] = x[(first + j) * depth + k];
  };
  Multiply(outs, depth, NumelOf(sizes), weight.As<float>(), fill,
           bias != nullptr ? bias->As<float>() : nullptr, out.As<float>(), 1, outs);
}

// NumPy's rules: vectors gain a dimension, leading dimensions are broadcast.
void Matmul(OpCall& call, const HostTensor& left, const HostTensor& right) {
  Sizes a = left.type.sizes, b = right.type.sizes;
  const std::string text = ToText(a) + " times " + ToText(b);
  if (a.empty() || b.empty()) return call.Fail(text + ": a scalar in a matrix product");
  const bool left_vector = a.size() == 1, right_vector = b.size() == 1;
  if (left_vector) a.insert(a.begin(), 1);
  if (right_vector) b.push_back(1);
  const int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  Sizes batch;
  const Sizes lead_a(a.begin(), a.end() - 2), lead_b(b.begin(), b.end() - 2);
  if (b[b.size() - 2] != k || !BroadcastSizes(lead_a, lead_b, &batch))
    return call.Fail(text + " do not make a matrix product");
  Sizes sizes = batch;
  if (!left_vector) sizes.push_back(m);
  if (!right_vector) sizes.push_back(n);
  HostTensor& out = call.AddResult(sizes);
  if (!call.ok()) return;
  const Sizes step_a = BroadcastStrides(lead_a, batch), step_b = BroadcastStrides(lead_b, batch);
  const int64_t count = NumelOf(batch);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at_a = 0, at_b = 0;
    for (size_t d = batch.size(); d-- > 0;) {
      at_a += rest % batch[d] * step_a[d];
      at_b += rest % batch[d] * step_b[d];
      rest /= batch[d];
    }
    Product(m, k, n, left.As<float>() + at_a * m * k, right.As<float>() + at_b * k * n,
            out.As<float>() + i * m * n);
  }
}

void MatmulOp(OpCall& call) {
  const HostTensor& a = call.Float("self");
  const HostTensor& b = call.Float(call.Has("other") ? "other" : call.Has("vec") ? "vec" : "mat2");
  if (call.ok()) Matmul(call, a, b);
}

// beta * self + alpha * (a times b), self broadcast to the product's sizes.
void AddProduct(OpCall& call, const char* left, const char* right) {
  const HostTensor& self = call.Float("self");
  const HostTensor& a = call.Float(left);
  const HostTensor& b = call.Float(right);
  const auto beta = static_cast<float>(call.Number("beta", 1.0));
  const auto alpha = static_cast<float>(call.Number("alpha", 1.0));
  if (!call.ok()) return;
  Matmul(call, a, b);
  if (!call.ok()) return;
  HostTensor& out = call.results().back();
  const Sizes& sizes = out.type.sizes;
  Sizes common;
  if (!BroadcastSizes(self.type.sizes, sizes, &common) || common != sizes)
    return call.Fail("self " + ToText(self.type.sizes) + " does not broadcast to " + ToText(sizes));
  const Sizes step = BroadcastStrides(self.type.sizes, sizes);
  const int64_t count = NumelOf(sizes);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at = 0;
    for (size_t d = sizes.size(); d-- > 0;) {
      at += rest % sizes[d] * step[d];
      rest /= sizes[d];
    }
    float& y = out.As<float>()[i];
    y = beta == 0.0f ? alpha * y : beta * self.As<float>()[at] + alpha * y;
  }
}

void Addmm(OpCall& call) { AddProduct(call, "mat1", "mat2"); }
void Baddbmm(OpCall& call) { AddProduct(call, "batch1", "batch2"); }

constexpr AtenEntry kOps[] = {
    {"aten.linear.default", Linear},   {"aten.matmul.default", MatmulOp},
    {"aten.mm.default", MatmulOp},     {"aten.bmm.default", MatmulOp},
    {"aten.mv.default", MatmulOp},     {"aten.addmm.default", Addmm},
    {"aten.baddbmm.default", Baddbmm},
};

}  // namespace

std::span<const AtenEntry> MatrixOps() { return kOps; }

}  // namespace cortico
