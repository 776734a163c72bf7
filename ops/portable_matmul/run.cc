#include "ops/portable_matmul/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

// Matrices, or batches of them, that make one of the sizes of `out`.
CORTICO_AT_LOAD Error CheckProduct(const Tensor& a, const Tensor& b, const Tensor& out, int rank) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(a, rank));
  CORTICO_RETURN_IF_ERROR(CheckFloats(b, rank));
  CORTICO_RETURN_IF_ERROR(CheckFloats(out, rank));
  const int m = rank - 2, n = rank - 1;
  if (rank == 3 && (a.size(0) != out.size(0) || b.size(0) != out.size(0))) return Error::kBadShape;
  return a.size(n) == b.size(m) && a.size(m) == out.size(m) && b.size(n) == out.size(n)
             ? Error::kOk
             : Error::kBadShape;
}

void Product(const Tensor& a, const Tensor& b, const Tensor& out) {
  portable::MatrixProduct(a.As<float>(), b.As<float>(), out.As<float>(), a.size(0), a.size(1),
                          b.size(1));
}

}  // namespace

Error Check(const AtenMm<Device>& op) { return CheckProduct(op.self, op.mat2, op.out, 2); }

void Run(const AtenMm<Device>& op) { Product(op.self, op.mat2, op.out); }

Error Check(const AtenBmm<Device>& op) { return CheckProduct(op.self, op.mat2, op.out, 3); }

void Run(const AtenBmm<Device>& op) {
  const int32_t rows = op.self.size(1), depth = op.self.size(2), columns = op.mat2.size(2);
  const float* a = op.self.As<float>();
  const float* b = op.mat2.As<float>();
  float* out = op.out.As<float>();
  for (int32_t i = op.out.size(0); i > 0; --i) {
    portable::MatrixProduct(a, b, out, rows, depth, columns);
    a += rows * depth;
    b += depth * columns;
    out += rows * columns;
  }
}

Error Check(const AtenAddmm<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckProduct(op.mat1, op.mat2, op.out, 2));
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.self));
  return CheckBroadcast(op.self, op.out);
}

void Run(const AtenAddmm<Device>& op) {
  Product(op.mat1, op.mat2, op.out);
  const portable::Array out = ArrayOf(op.out);
  // One factor at a time: a combining function has one parameter.
  if (op.alpha.v != 1.0f || op.beta.v == 0.0f) {
    portable::Map(
        out, out, op.out.numel(),
        [](float x, const float* alpha) -> float { return *alpha * x; }, &op.alpha.v);
  }
  if (op.beta.v == 0.0f) return;
  portable::Combine(
      BroadcastOf(op.out, &op.self, &op.out), ArrayOf(op.self), out, out,
      [](float a, float b, float beta) -> float { return beta * a + b; }, op.beta.v);
}

}  // namespace cortico::ops
