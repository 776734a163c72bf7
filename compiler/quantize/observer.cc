#include "compiler/quantize/observer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cortico {
namespace {

constexpr double kSteps = 255.0;                  // between the 256 values of an int8

// Extremes of finite data; nullopt when there is a NaN or an infinity.
std::optional<Range> ExtremesOf(const float* data, int64_t count) {
  // Eight independent lanes, which the compiler keeps in vector registers.
  constexpr int kLanes = 8;
  float low[kLanes], high[kLanes];
  uint32_t magnitude[kLanes];
  std::fill_n(low, kLanes, data[0]);
  std::fill_n(high, kLanes, data[0]);
  std::fill_n(magnitude, kLanes, 0u);
  const auto visit = [&](int lane, float x) {
    low[lane] = x < low[lane] ? x : low[lane];
    high[lane] = x > high[lane] ? x : high[lane];
    // The exponent's bits all set: infinite or NaN. Without sign, bits are ordered as numbers.
    const uint32_t bits = std::bit_cast<uint32_t>(x) & 0x7fffffffu;
    magnitude[lane] |= static_cast<uint32_t>(bits >= 0x7f800000u);
  };
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) visit(lane, data[i + lane]);
  for (; i < count; ++i) visit(0, data[i]);
  if (*std::max_element(magnitude, magnitude + kLanes) != 0) return std::nullopt;
  return Range{*std::min_element(low, low + kLanes), *std::max_element(high, high + kLanes)};
}

// Keeps a histogram.
class HistogramKeeper : public Observer {
 protected:
  void Record(const float* data, int64_t count, Range now) override {
    histogram_.Widen(now);
    histogram_.Add(data, count);
  }
  Histogram histogram_;
};

double Total(const std::vector<double>& counts) {
  double total = 0.0;
  for (double c : counts) total += c;
  return total;
}

class HistogramObserver : public HistogramKeeper {
 public:
  Range range() const override {
    const std::vector<double> counts = histogram_.counts();
    const double first = histogram_.low(), width = histogram_.width();
    if (!seen() || width == 0.0) return extremes();
    constexpr double kQuantileStep = 1e-5;
    std::vector<double> below(counts.size());  // mass up to and with each bin
    double total = 0.0;
    for (size_t i = 0; i < counts.size(); ++i) below[i] = total += counts[i];

    const auto loss = [&](size_t from, size_t to) {
      return QuantizationLoss(counts, first, width, first + static_cast<double>(from) * width,
                              first + static_cast<double>(to + 1) * width);
    };
    size_t from = 0, to = counts.size() - 1;
    double low = 0.0, high = 1.0;  // quantiles that were cut to
    double best = loss(from, to);
    while (low < high) {
      const double next_low = low + kQuantileStep, next_high = high - kQuantileStep;
      size_t left = from, right = to;
      while (left < to && below[left] < next_low * total) ++left;
      while (right > from && below[right] > next_high * total) --right;
      const size_t cut_from = from, cut_to = to;
      if (left - from > to - right)
        from = left, low = next_low;
      else
        to = right, high = next_high;
      if (from == cut_from && to == cut_to) continue;
      if (from >= to) {
        from = cut_from, to = cut_to;
        break;
      }
      const double now = loss(from, to);
      if (now > best) {
        from = cut_from, to = cut_to;
        break;
      }
      best = now;
    }
    return {static_cast<float>(first + static_cast<double>(from) * width),
            static_cast<float>(first + static_cast<double>(to + 1) * width)};
  }
};

class MseObserver : public HistogramKeeper {
 public:
  Range range() const override {
    if (!seen() || histogram_.width() == 0.0) return extremes();
    const std::vector<double> counts = histogram_.counts();
    double ends[2] = {std::min(extremes().min, 0.0f), std::max(extremes().max, 0.0f)};
    const int farther = ends[1] >= -ends[0] ? 1 : 0;
    for (const int side : {farther, 1 - farther}) {
      constexpr int kCandidates = 100;
      const double whole = ends[side];
      double best_loss = -1.0, best_end = whole;
      for (int i = kCandidates; i > 0; --i) {
        ends[side] = whole * i / kCandidates;
        const double loss =
            QuantizationLoss(counts, histogram_.low(), histogram_.width(), ends[0], ends[1]);
        if (best_loss < 0.0 || loss < best_loss) best_loss = loss, best_end = ends[side];
      }
      ends[side] = best_end;
    }
    return {static_cast<float>(ends[0]), static_cast<float>(ends[1])};
  }
};

class PercentileObserver : public HistogramKeeper {
 public:
  Range range() const override {
    if (!seen() || histogram_.width() == 0.0) return extremes();
    constexpr double kTail = 1e-4;
    const std::vector<double> counts = histogram_.counts();
    const double cut = kTail * Total(counts);
    // The bin in which the tail ends still counts as inside.
    size_t from = 0, to = counts.size() - 1;
    for (double mass = counts[from]; mass <= cut && from < to; mass += counts[++from]) {
    }
    for (double mass = counts[to]; mass <= cut && to > from; mass += counts[--to]) {
    }
    const double first = histogram_.low(), width = histogram_.width();
    return {static_cast<float>(first + static_cast<double>(from) * width),
            static_cast<float>(first + static_cast<double>(to + 1) * width)};
  }
};

class MinMaxObserver : public Observer {};

}  // namespace

std::optional<ObserverKind> ParseObserver(std::string_view name) {
  if (name == "histogram") return ObserverKind::kHistogram;
  if (name == "minmax") return ObserverKind::kMinMax;
  if (name == "mse") return ObserverKind::kMse;
  if (name == "percentile") return ObserverKind::kPercentile;
  return std::nullopt;
}

AffineParameters ChooseAffine(Range range) {
  const double low = std::min(range.min, 0.0f), high = std::max(range.max, 0.0f);
  AffineParameters p;
  p.scale = std::max(static_cast<float>((high - low) / kSteps), kSmallestScale);
  const double zero = std::nearbyint(-128.0 - low / p.scale);
  p.zero_point = static_cast<int32_t>(std::clamp(zero, -128.0, 127.0));
  return p;
}

float ChooseSymmetric(float largest_magnitude) {
  return std::max(static_cast<float>(largest_magnitude / 127.0), kSmallestScale);
}

bool Observer::Observe(const float* data, int64_t count) {
  if (count == 0) return true;
  const std::optional<Range> now = ExtremesOf(data, count);
  if (!now.has_value()) return false;
  Record(data, count, *now);
  extremes_.min = seen_ ? std::min(extremes_.min, now->min) : now->min;
  extremes_.max = seen_ ? std::max(extremes_.max, now->max) : now->max;
  seen_ = true;
  return true;
}

std::unique_ptr<Observer> MakeObserver(ObserverKind kind) {
  switch (kind) {
    case ObserverKind::kHistogram:
      return std::make_unique<HistogramObserver>();
    case ObserverKind::kMinMax:
      return std::make_unique<MinMaxObserver>();
    case ObserverKind::kMse:
      return std::make_unique<MseObserver>();
    case ObserverKind::kPercentile:
      return std::make_unique<PercentileObserver>();
  }
  return nullptr;
}

// ---- Histogram ---------------------------------------------------------------------------------

void Histogram::Widen(Range range) {
  const double old_low = low_, old_width = width_, old_high = low_ + kBins * width_;
  if (empty_) {
    counts_.assign(kBins, 0.0);
    for (auto& table : fresh_) table.assign(kBins, 0);
    empty_ = false;
    low_ = range.min;
    width_ = (static_cast<double>(range.max) - range.min) / kBins;
    return;
  }
  if (range.min >= low_ && range.max <= old_high) return;
  Flush();
  low_ = std::min<double>(old_low, range.min);
  width_ = (std::max<double>(old_high, range.max) - low_) / kBins;
  std::vector<double> old(kBins, 0.0);
  old.swap(counts_);
  for (int i = 0; i < kBins; ++i) {
    const double count = old[static_cast<size_t>(i)];
    if (count == 0.0) continue;
    // The old bin in units of new bins. It is narrower than a new one, so it spans two at most.
    const double begin = (old_low + i * old_width - low_) / width_;
    const double end = begin + old_width / width_;
    const int first = std::clamp(static_cast<int>(begin), 0, kBins - 1);
    const int last = std::min(first + 1, kBins - 1);
    double share = old_width > 0.0 ? (end - (first + 1)) / (end - begin) : 0.0;
    share = std::clamp(share, 0.0, 1.0);
    counts_[static_cast<size_t>(first)] += count * (1.0 - share);
    counts_[static_cast<size_t>(last)] += count * share;
  }
}

void Histogram::Add(const float* data, int64_t count) {
  constexpr int64_t kMostFresh = int64_t{1} << 31;
  while (count > kMostFresh) {
    Add(data, kMostFresh);
    data += kMostFresh;
    count -= kMostFresh;
  }
  if (fresh_count_ + count > kMostFresh) Flush();
  fresh_count_ += count;
  const auto low = static_cast<float>(low_);
  const auto inverse = width_ > 0.0 ? static_cast<float>(1.0 / width_) : 0.0f;
  uint32_t* const tables[kTables] = {fresh_[0].data(), fresh_[1].data(), fresh_[2].data(),
                                     fresh_[3].data()};
  // Bins first, a block at a time, which the compiler vectorises; then the counting.
  constexpr int kBlock = 256;
  int32_t bins[kBlock];
  for (int64_t start = 0; start < count; start += kBlock) {
    const int block = static_cast<int>(std::min<int64_t>(kBlock, count - start));
    for (int i = 0; i < block; ++i) {
      // Rounding may push an extreme just outside; a width below float's range gives infinity or
      // NaN, and NaN goes to bin 0.
      const float at = (data[start + i] - low) * inverse;
      const float bounded = at > 0.0f ? at : 0.0f;
      bins[i] = static_cast<int32_t>(bounded < kBins - 1.0f ? bounded : kBins - 1.0f);
    }
    int i = 0;
    for (; i + kTables <= block; i += kTables)
      for (int t = 0; t < kTables; ++t) ++tables[t][bins[i + t]];
    for (; i < block; ++i) ++tables[0][bins[i]];
  }
}

void Histogram::Flush() const {
  if (fresh_count_ == 0) return;
  for (auto& table : fresh_) {
    for (size_t i = 0; i < table.size(); ++i) counts_[i] += table[i];
    std::fill(table.begin(), table.end(), 0u);
  }
  fresh_count_ = 0;
}

std::vector<double> Histogram::counts() const {
  Flush();
  return counts_;
}

double QuantizationLoss(const std::vector<double>& counts, double first, double width, double low,
                        double high) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  const double scale = (high - low) / kSteps;
  if (scale <= 0.0 || width <= 0.0) return 0.0;
  // In units of a step from `low`: x becomes the nearest of 0, 1, …, 255. The integral of the
  // squared difference is a cubic between the half-way points.
  const double unit = width / scale;
  const double start = (first - low) / scale;
  double loss = 0.0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0.0) continue;
    double begin = start + static_cast<double>(i) * unit;
    const double end = begin + unit;
    double integral = 0.0;
    while (begin < end) {
      const double level = std::clamp(std::floor(begin + 0.5), 0.0, kSteps);
      const double until = level < kSteps ? std::min(end, level + 0.5) : end;
      const double a = begin - level, b = until - level;
      integral += (b * b * b - a * a * a) / 3.0;
      if (until <= begin) break;  // rounding: no progress any more
      begin = until;
    }
    loss += counts[i] * integral / unit;
  }
  return loss * scale * scale;
}

}  // namespace cortico
