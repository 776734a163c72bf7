// Observers watch the values of one tensor during calibration and say which range int8 shall cover.
//
//   minmax      the smallest and the largest value seen
//   histogram   the range that is expected to lose least (below)
//   mse         each end, the farther one first, moved towards 0 by hundredths until least is
//               lost
//   percentile  without the outermost 0.01 % on either side
//
// "Loses": the sum over all values of (x - what int8 makes of x)^2, with every histogram bin taken
// as uniformly filled. All but minmax keep a histogram of 2048 bins over [min, max] of what was
// seen. A value outside of it widens the range: the old counts go to the new bins by the share of
// each old bin that lies in each new one, so the total stays and the shape is blurred by less than
// a new bin.
//
// The histogram observer follows the method of PyTorch's observer of this name: start with the
// whole range; move inwards by quantiles, 1e-5 of the mass at a time from both ends; of the two
// cuts take the one that passes more bins; stop when a cut makes the loss grow. Greedy, since the
// loss has one valley for the distributions that occur.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cortico {

enum class ObserverKind { kHistogram, kMinMax, kMse, kPercentile };

/// "histogram", "minmax", "mse", "percentile"; nullopt for anything else.
std::optional<ObserverKind> ParseObserver(std::string_view name);

struct Range {
  float min = 0.0f;
  float max = 0.0f;
};

/// Parameters of one int8 tensor. `scale` is a float32 number (programs store it as one).
struct AffineParameters {
  float scale = 1.0f;
  int32_t zero_point = 0;
};

/// PyTorch's floor for scales.
inline constexpr float kSmallestScale = 1.1920929e-07f;

/// scale = (max - min) / 255 over the range widened to hold 0, at least 2^-23 (PyTorch's floor for
/// scales, 1.1920929e-07); zero_point = clamp(round(-128 - min / scale), -128, 127).
AffineParameters ChooseAffine(Range range);

/// Symmetric, of one channel: max|w| / 127, at least 2^-23.
float ChooseSymmetric(float largest_magnitude);

class Observer {
 public:
  virtual ~Observer() = default;

  /// False when a value is NaN or infinite; then nothing is recorded.
  bool Observe(const float* data, int64_t count);
  /// Whether any value was recorded.
  bool seen() const { return seen_; }
  /// The range to cover; {0, 0} when nothing was recorded.
  virtual Range range() const { return extremes_; }

 protected:
  /// `now` are the extremes of `data`; extremes() are still those of what came before.
  virtual void Record(const float* data, int64_t count, Range now) {
    (void)data, (void)count, (void)now;
  }
  const Range& extremes() const { return extremes_; }

 private:
  Range extremes_;
  bool seen_ = false;
};

std::unique_ptr<Observer> MakeObserver(ObserverKind kind);

/// Counts of values in bins of equal width.
class Histogram {
 public:
  static constexpr int kBins = 2048;

  /// Makes [min, max] part of the range; min <= max, both finite.
  void Widen(Range range);
  /// All values must lie in the range.
  void Add(const float* data, int64_t count);

  double low() const { return low_; }
  double width() const { return width_; }  ///< of a bin; 0 when all values are equal
  std::vector<double> counts() const;

 private:
  void Flush() const;

  double low_ = 0.0, width_ = 0.0;
  bool empty_ = true;
  // Equal values in a row (a ReLU's zeros) would wait for each other in one table of counters.
  static constexpr int kTables = 4;
  mutable std::array<std::vector<uint32_t>, kTables> fresh_;
  mutable int64_t fresh_count_ = 0;
  mutable std::vector<double> counts_;
};

/// The loss, as above, when int8 covers [low, high] (widened to hold 0).
double QuantizationLoss(const std::vector<double>& counts, double first, double width, double low,
                        double high);

}  // namespace cortico
