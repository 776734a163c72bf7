#include "compiler/quantize/observer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace cortico {
namespace {

constexpr float kSmallest = 1.1920929e-07f;

Range Observed(ObserverKind kind, const std::vector<std::vector<float>>& batches) {
  const auto observer = MakeObserver(kind);
  for (const auto& batch : batches)
    EXPECT_TRUE(observer->Observe(batch.data(), static_cast<int64_t>(batch.size())));
  return observer->range();
}

constexpr ObserverKind kAll[] = {ObserverKind::kHistogram, ObserverKind::kMinMax,
                                 ObserverKind::kMse, ObserverKind::kPercentile};

TEST(Parameters, AffineByHand) {
  const auto check = [](Range range, float scale, int zero_point) {
    const AffineParameters p = ChooseAffine(range);
    EXPECT_FLOAT_EQ(p.scale, scale) << range.min << " " << range.max;
    EXPECT_EQ(p.zero_point, zero_point) << range.min << " " << range.max;
  };
  check({-1.0f, 1.55f}, 0.01f, -28);
  check({0.0f, 2.55f}, 0.01f, -128);
  check({0.5f, 2.55f}, 0.01f, -128);  // widened to hold 0
  check({-2.55f, -1.0f}, 0.01f, 127);
  check({0.0f, 0.0f}, kSmallest, -128);
  check({0.0f, 1e-30f}, kSmallest, -128);
  check({-3e38f, 3e38f}, static_cast<float>(6e38 / 255), 0);  // -0.5 rounds to even
}

TEST(Parameters, SymmetricByHand) {
  EXPECT_FLOAT_EQ(ChooseSymmetric(1.27f), 0.01f);
  EXPECT_EQ(ChooseSymmetric(0.0f), kSmallest);
}

TEST(Observer, Names) {
  EXPECT_EQ(ParseObserver("histogram"), ObserverKind::kHistogram);
  EXPECT_EQ(ParseObserver("minmax"), ObserverKind::kMinMax);
  EXPECT_EQ(ParseObserver("mse"), ObserverKind::kMse);
  EXPECT_EQ(ParseObserver("percentile"), ObserverKind::kPercentile);
  EXPECT_EQ(ParseObserver("entropy"), std::nullopt);
}

TEST(Observer, MinMaxKeepsTheExtremesOfAllBatches) {
  const Range range = Observed(ObserverKind::kMinMax, {{1, 2, 3}, {}, {-4, 0}, {2.5f}});
  EXPECT_EQ(range.min, -4.0f);
  EXPECT_EQ(range.max, 3.0f);
}

TEST(Observer, NothingSeen) {
  for (ObserverKind kind : kAll) {
    const auto observer = MakeObserver(kind);
    EXPECT_FALSE(observer->seen());
    EXPECT_EQ(observer->range().min, 0.0f);
    EXPECT_EQ(observer->range().max, 0.0f);
  }
}

TEST(Observer, RefusesWhatIsNotFiniteAtAnyPosition) {
  const float bad[] = {std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity(), std::nanf("")};
  for (ObserverKind kind : kAll) {
    for (float value : bad) {
      for (size_t at = 0; at < 19; ++at) {
        std::vector<float> data(19, 1.0f);
        data[at] = value;
        const auto observer = MakeObserver(kind);
        EXPECT_FALSE(observer->Observe(data.data(), 19)) << value << " at " << at;
        EXPECT_FALSE(observer->seen());
      }
    }
  }
}

TEST(Observer, EqualValues) {
  for (ObserverKind kind : kAll) {
    for (float value : {0.0f, 5.0f, -3.0f}) {
      const Range range = Observed(kind, {std::vector<float>(10, value), {value}});
      EXPECT_EQ(range.min, value);
      EXPECT_EQ(range.max, value);
    }
    // First a constant, then more: the range widens from a point.
    const Range range = Observed(kind, {{1, 1, 1}, {0, 2}});
    EXPECT_NEAR(range.min, 0.0f, 0.05f);
    EXPECT_NEAR(range.max, 2.0f, 0.05f);
  }
}

TEST(Observer, ExtremeMagnitudesDoNotOverflow) {
  for (ObserverKind kind : kAll) {
    const Range wide = Observed(kind, {{-3e38f, 0, 3e38f}});
    EXPECT_TRUE(std::isfinite(wide.min) && std::isfinite(wide.max));
    const Range tiny = Observed(kind, {{0, 1e-45f}});
    EXPECT_TRUE(std::isfinite(tiny.min) && std::isfinite(tiny.max));
  }
}

TEST(Observer, EvenlySpreadValuesKeepTheirRange) {
  std::vector<float> data;
  for (int i = 0; i <= 100000; ++i) data.push_back(static_cast<float>(i) / 50000.0f - 1.0f);
  for (ObserverKind kind : kAll) {
    const Range range = Observed(kind, {data});
    EXPECT_NEAR(range.min, -1.0f, 0.02f);
    EXPECT_NEAR(range.max, 1.0f, 0.02f);
  }
}

// One value at 100 among 100,000 in [-1, 1]: keeping it costs 100,000 * (101 / 255)^2 / 12 = 1307,
// cutting it 99^2 = 9801 or, at 40, 60^2 + 339 = 3939: it pays to keep it. Two million values in
// [-1, 1] reverse this.
TEST(Observer, OutliersAreCutWhenThatPays) {
  std::vector<float> data;
  for (int i = 0; i <= 2000000; ++i) data.push_back(static_cast<float>(i) / 1e6f - 1.0f);
  data.push_back(100.0f);
  EXPECT_EQ(Observed(ObserverKind::kMinMax, {data}).max, 100.0f);
  EXPECT_LT(Observed(ObserverKind::kHistogram, {data}).max, 60.0f);
  EXPECT_LT(Observed(ObserverKind::kMse, {data}).max, 60.0f);
  EXPECT_LT(Observed(ObserverKind::kPercentile, {data}).max, 1.1f);
  data.resize(100000);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i) / 50000.0f - 1.0f;
  data.push_back(100.0f);
  EXPECT_GT(Observed(ObserverKind::kMse, {data}).max, 60.0f);
}

// Signal to noise of int8 over the observed range, in dB.
double SqnrOf(ObserverKind kind, const std::vector<float>& data) {
  const AffineParameters p = ChooseAffine(Observed(kind, {data}));
  double signal = 0, noise = 0;
  for (const float x : data) {
    const double q = std::clamp(std::nearbyint(x / double{p.scale}) + p.zero_point, -128.0, 127.0);
    const double error = x - (q - p.zero_point) * p.scale;
    signal += double{x} * x, noise += error * error;
  }
  return 10 * std::log10(signal / noise);
}

// What observers are for: values of one sign, most of them small, a few very large (u^6, and 5 of 100,000 up to 61).
TEST(Observer, SkewedValuesKeepMoreThanWithTheExtremes) {
  for (const float tail : {1.0f, 60.0f}) {
    std::minstd_rand random(1);
    std::vector<float> data;
    for (int i = 0; i < 100000; ++i) {
      const float u = static_cast<float>(random()) / static_cast<float>(std::minstd_rand::max());
      float x = u;
      for (int k = 0; k < 5; ++k) x *= i % 20000 == 0 ? 1.0f : u;  // u^6, but for some
      data.push_back(i % 20000 == 0 ? (1 + tail) * x : x);
    }
    const double extremes = SqnrOf(ObserverKind::kMinMax, data);
    EXPECT_GE(SqnrOf(ObserverKind::kHistogram, data), extremes - 0.1) << tail;
    EXPECT_GE(SqnrOf(ObserverKind::kMse, data), extremes - 0.1) << tail;
    if (tail > 1) {
      EXPECT_GT(SqnrOf(ObserverKind::kMse, data), extremes + 0.3);
      EXPECT_GT(SqnrOf(ObserverKind::kHistogram, data), extremes + 0.1);
    }
  }
}

TEST(Histogram, CountsByHand) {
  Histogram histogram;
  histogram.Widen({0, 2048});
  const float data[] = {0, 0.5f, 1, 2047.5f, 2048};
  histogram.Add(data, 5);
  EXPECT_EQ(histogram.width(), 1.0);
  std::vector<double> counts = histogram.counts();
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 1);
  EXPECT_EQ(counts[2047], 2);

  histogram.Widen({0, 100});  // inside: nothing changes
  EXPECT_EQ(histogram.width(), 1.0);
  histogram.Widen({0, 4096});  // two old bins make a new one
  EXPECT_EQ(histogram.width(), 2.0);
  counts = histogram.counts();
  EXPECT_EQ(counts[0], 3);
  EXPECT_EQ(counts[1023], 2);

  histogram.Widen({-2048, 4096});  // width 3, old bins of 2: the first begins 2/3 into bin 682
  counts = histogram.counts();
  EXPECT_NEAR(counts[682], 1.5, 1e-9);
  EXPECT_NEAR(counts[683], 1.5, 1e-9);
  EXPECT_NEAR(std::accumulate(counts.begin(), counts.end(), 0.0), 5.0, 1e-9);
}

TEST(Histogram, WideningNeverLosesACount) {
  std::mt19937 random(7);
  Histogram histogram;
  double total = 0.0;
  for (int i = 0; i < 200; ++i) {
    std::vector<float> data(random() % 40 + 1);
    for (float& x : data)
      x = (static_cast<float>(random() % 2001) - 1000.0f) *
          std::pow(1.1f, static_cast<float>(i % 90));
    const auto [low, high] = std::minmax_element(data.begin(), data.end());
    histogram.Widen({*low, *high});
    histogram.Add(data.data(), static_cast<int64_t>(data.size()));
    total += static_cast<double>(data.size());
    const std::vector<double> counts = histogram.counts();
    ASSERT_NEAR(std::accumulate(counts.begin(), counts.end(), 0.0), total, 1e-6 * total);
  }
}

TEST(Loss, ByHand) {
  // Step 1. A bin that spans one whole step loses 1/12 per value.
  EXPECT_NEAR(QuantizationLoss({6}, 0.5, 1.0, 0, 255), 0.5, 1e-12);
  // Twice the step: four times the loss.
  EXPECT_NEAR(QuantizationLoss({6}, 1.0, 2.0, 0, 510), 2.0, 1e-12);
  // [256, 257] becomes 255: the mean of t^2 over [1, 2] is 7/3.
  EXPECT_NEAR(QuantizationLoss({3}, 256, 1.0, 0, 255), 7.0, 1e-12);
  // [-2, -1] becomes 0.
  EXPECT_NEAR(QuantizationLoss({3}, -2, 1.0, 0, 255), 7.0, 1e-12);
  // The range is widened to hold 0: step 1 again.
  EXPECT_NEAR(QuantizationLoss({6}, 0.5, 1.0, 100, 255), 0.5, 1e-12);
  // Many steps in one bin.
  EXPECT_NEAR(QuantizationLoss({12}, 0.5, 200.0, 0, 255), 1.0, 1e-9);
  EXPECT_EQ(QuantizationLoss({1}, 0, 1.0, 0, 0), 0.0);
}

}  // namespace
}  // namespace cortico
