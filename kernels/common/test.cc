#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernels/common/requantize.h"
#include "kernels/common/variants.h"
#include "kernels/common/window.h"
#include "kernels/testing/reference.h"

namespace cortico::kernels {
namespace {

TEST(Requantize, WorkedByHand) {
  // 0.5 exactly: 2^30 * 2^(0 - 31).
  EXPECT_EQ(Requantize(10, 1 << 30, 0), 5);
  // Halves: up after the multiply ...
  EXPECT_EQ(Requantize(5, 1 << 30, 0), 3);
  EXPECT_EQ(Requantize(-5, 1 << 30, 0), -2);
  // ... away from zero after the shift.
  EXPECT_EQ(Requantize(20, 1 << 30, -2), 3);
  EXPECT_EQ(Requantize(-20, 1 << 30, -2), -3);
  // Rounded twice: 1.75 becomes 2, 2 / 4 becomes 1; 0.4375 at once would be 0.
  EXPECT_EQ(Requantize(7, 1 << 29, -2), 1);
  EXPECT_EQ(Requantize(3, 1 << 30, 4), 24);
  EXPECT_EQ(Requantize(INT32_MIN, INT32_MAX, -31), -1);
  EXPECT_EQ(Requantize(INT32_MAX, INT32_MAX, 0), INT32_MAX - 1);
}

RC_GTEST_PROP(Requantize, EqualsReference, (int32_t x, int32_t m)) {
  RC_PRE(m != INT32_MIN);
  const int shift = *rc::gen::inRange(-31, 31);
  RC_ASSERT(Requantize(x, m, shift) == reference::Requantize(x, m, shift));
}

RC_GTEST_PROP(Requantize, EqualsReferenceAtExtremes, ()) {
  const auto x = *rc::gen::element<int32_t>(INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX,
                                            1 << 30, -(1 << 30), (1 << 30) - 1);
  const auto m = *rc::gen::element<int32_t>(INT32_MIN + 1, -1, 0, 1, 1 << 30, INT32_MAX);
  const int shift = *rc::gen::inRange(-31, 31);
  RC_ASSERT(Requantize(x, m, shift) == reference::Requantize(x, m, shift));
}

TEST(ClipTaps, IsTheSetOfTapsInside) {
  for (int base = -9; base < 12; ++base) {
    for (int dilation = 1; dilation < 4; ++dilation) {
      for (int taps = 0; taps < 6; ++taps) {
        for (int size = 0; size < 9; ++size) {
          const Taps clipped = ClipTaps(base, dilation, taps, size);
          for (int k = 0; k < taps; ++k) {
            const int position = base + k * dilation;
            EXPECT_EQ(k >= clipped.begin && k < clipped.end, position >= 0 && position < size)
                << base << " " << dilation << " " << taps << " " << size << " tap " << k;
          }
          EXPECT_GE(clipped.begin, 0);
          EXPECT_LE(clipped.end, taps);
        }
      }
    }
  }
}

TEST(Select, TakesTheLastOfTheHighestCode) {
  using Function = int();
  constexpr Function* kNone = nullptr;
  static constexpr Function* kA = +[]() { return 1; };
  static constexpr Function* kB = +[]() { return 2; };
  static constexpr Function* kC = +[]() { return 3; };
  constexpr Variant<Function> variants[] = {
      {"a", Code::kScalar, kA}, {"c", Code::kMve, kC}, {"b", Code::kScalar, kB}};
  static_assert(Select(variants, Code::kScalar) == kB && kB != kNone);
  static_assert(Select(variants, Code::kDsp) == kB);
  static_assert(Select(variants, Code::kMve) == kC);
}

}  // namespace
}  // namespace cortico::kernels
