#include "compiler/reference/gemm.h"

#include <cstring>

namespace cortico::internal {
namespace {

// Four floats that every compiler of ours maps to a vector register; lanes are columns, so no sum
// is ever split. The sixteen registers of the smallest instruction set (SSE2) hold the eight
// accumulators of a block of 4 rows and 8 columns.
using Lanes = float __attribute__((vector_size(16)));

inline Lanes Load(const float* p) {
  Lanes v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline void Store(float* p, Lanes v) { std::memcpy(p, &v, sizeof(v)); }
inline Lanes Splat(float x) { return Lanes{x, x, x, x}; }

constexpr int kRows = 4;

// Written out row by row: as an array in a loop gcc -O2 keeps the accumulators in memory, which is
// twice as slow.
void MultiplyBlock(int64_t depth, const float* const (&a)[kRows], const float* panel,
                   float (&out)[kRows][kPanelColumns]) {
  const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
  Lanes c00 = Splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (int64_t k = 0; k < depth; ++k, panel += kPanelColumns) {
    const Lanes b0 = Load(panel), b1 = Load(panel + 4);
    const Lanes x0 = Splat(a0[k]);
    c00 += x0 * b0;
    c01 += x0 * b1;
    const Lanes x1 = Splat(a1[k]);
    c10 += x1 * b0;
    c11 += x1 * b1;
    const Lanes x2 = Splat(a2[k]);
    c20 += x2 * b0;
    c21 += x2 * b1;
    const Lanes x3 = Splat(a3[k]);
    c30 += x3 * b0;
    c31 += x3 * b1;
  }
  Store(out[0], c00), Store(out[0] + 4, c01);
  Store(out[1], c10), Store(out[1] + 4, c11);
  Store(out[2], c20), Store(out[2] + 4, c21);
  Store(out[3], c30), Store(out[3] + 4, c31);
}

}  // namespace

void MultiplyPanel(int64_t rows, int64_t depth, int columns, const float* a, const float* panel,
                   const float* bias, float* c, int64_t row_stride, int64_t column_stride) {
  float out[kRows][kPanelColumns];
  for (int64_t m = 0; m < rows; m += kRows) {
    // Rows beyond the last repeat it; their results are not stored.
    const float* block[kRows];
    for (int r = 0; r < kRows; ++r) block[r] = a + std::min(m + r, rows - 1) * depth;
    MultiplyBlock(depth, block, panel, out);
    for (int r = 0; r < kRows && m + r < rows; ++r) {
      const float offset = bias != nullptr ? bias[m + r] : 0.0f;
      float* row = c + (m + r) * row_stride;
      for (int n = 0; n < columns; ++n) row[n * column_stride] = out[r][n] + offset;
    }
  }
}

}  // namespace cortico::internal
