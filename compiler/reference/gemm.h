// Matrix product in one fixed order of additions.
//
//   c[m, n] = bias[m] + sum over k = 0, 1, … of a[m, k] * b[k, n]
//
// Each element is one running sum from k = 0 upwards, rounded after every multiplication and every
// addition, whatever the shapes, the blocking or the machine. This is why Eigen is not used here:
// its product splits and interleaves the sum by register width, cache size and position in the
// matrix, and uses fused multiply-add where the architecture has it, so an Arm host and an x86 host
// (or one model at two batch sizes) would calibrate to different bytes. Speed on x86-64 with SSE2
// only is 80 % of Eigen's on the example's shapes (12 to 16 against 15 to 18 GMAC/s), and
// calibration spends a quarter of its time here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cortico {

/// Columns of `b` that are worked on together.
inline constexpr int kPanelColumns = 8;

namespace internal {

/// c for rows [0, rows) and `columns` <= kPanelColumns columns. `panel` is b's columns as
/// [depth][kPanelColumns]; the unused ones may hold anything. Element (m, n) of c is at
/// c[m * row_stride + n * column_stride]. `bias` may be null.
void MultiplyPanel(int64_t rows, int64_t depth, int columns, const float* a, const float* panel,
                   const float* bias, float* c, int64_t row_stride, int64_t column_stride);

}  // namespace internal

/// `a` is row-major [rows, depth]. `fill(first, count, panel)` writes columns first … first+count-1
/// of b, element (k, first + j) to panel[k * kPanelColumns + j].
template <class Fill>
void Multiply(int64_t rows, int64_t depth, int64_t columns, const float* a, const Fill& fill,
              const float* bias, float* c, int64_t row_stride, int64_t column_stride) {
  std::vector<float> panel(static_cast<size_t>(depth * kPanelColumns));
  for (int64_t n = 0; n < columns; n += kPanelColumns) {
    const int count = static_cast<int>(std::min<int64_t>(kPanelColumns, columns - n));
    fill(n, count, panel.data());
    internal::MultiplyPanel(rows, depth, count, a, panel.data(), bias, c + n * column_stride,
                            row_stride, column_stride);
  }
}

}  // namespace cortico
