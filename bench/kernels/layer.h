// One layer of layers.csv with synthetic operands, the same on the host, which computes what must
// come out, and on the board.
#pragma once

#include <cstdint>
#include <string_view>

namespace cortico::bench {

enum class Kind { kConvolve, kDepthwise, kFullyConnected, kAdd, kAvgPool, kSoftmax };

struct Size {
  int32_t h, w, c;
  constexpr int32_t count() const { return h * w * c; }
};

struct Pair {
  int32_t h, w;
};

struct Layer {
  const char* model;
  const char* name;
  Kind kind;
  Size input;
  Size output;
  Pair window;
  int32_t stride;
  Pair pad;
  bool relu;

  // Elements per output channel that are multiplied and summed.
  constexpr int32_t depth() const {
    return window.h * window.w * (kind == Kind::kDepthwise ? 1 : input.c);
  }
  constexpr bool has_filter() const {
    return kind == Kind::kConvolve || kind == Kind::kDepthwise || kind == Kind::kFullyConnected;
  }
  constexpr int32_t filter_count() const { return has_filter() ? depth() * output.c : 0; }
  // A fused ReLU means the zero point is the smallest value; without one it is any.
  constexpr int32_t output_offset() const { return relu ? -128 : -5; }
};

inline constexpr int32_t kInputOffset = 128;

inline constexpr Layer kLayers[] = {
#include "layers.inc"
};

// TensorFlow Lite's scheme of adding: both inputs at 2^20 times their value, halved, so that the
// sum fits; input 2 comes from a layer without ReLU.
struct AddScales {
  static constexpr int32_t kLeftShift = 20;
  static constexpr int32_t kOffset1 = 128, kMultiplier1 = 1 << 30, kShift1 = 0;
  static constexpr int32_t kOffset2 = 5, kMultiplier2 = 1610612736, kShift2 = -1;
  static constexpr int32_t kMultiplierOut = 1395864371, kShiftOut = -18;
};

// An input scale of 0.05: 0.05 * 2^26 as 0.8 * 2^22.
struct SoftmaxScale {
  static constexpr int32_t kMultiplier = 1717986918, kShift = 22, kDiffMin = -496;
};

class Random {  // xorshift32
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  int32_t Int(int32_t low, int32_t high) {
    return low + static_cast<int32_t>(
                     (uint64_t{Next()} * static_cast<uint32_t>(high - low + 1)) >> 32);
  }

 private:
  uint32_t state_;
};

// Null where the layer has none.
struct Operands {
  int8_t* input;
  int8_t* input2;
  int8_t* filter;
  int32_t* bias;
  int32_t* multiplier;
  int32_t* shift;
};

inline void FillBytes(Random& random, int8_t* to, int32_t count, int32_t low) {
  for (int32_t i = 0; i < count; ++i) to[i] = static_cast<int8_t>(random.Int(low, 127));
}

// Fills memory of the layer's sizes. Sums of `depth` products have a standard deviation of about
// 10800 * sqrt(depth); scales bring them to a few tens, so that some outputs clamp and most do not.
inline void Fill(const Layer& layer, const Operands& x) {
  uint32_t seed = 2166136261u;
  for (std::string_view text : {std::string_view(layer.model), std::string_view(layer.name)}) {
    for (char c : text) seed = (seed ^ static_cast<uint8_t>(c)) * 16777619u;
  }
  Random random(seed | 1);
  FillBytes(random, x.input, layer.input.count(), -128);
  if (x.input2 != nullptr) FillBytes(random, x.input2, layer.input.count(), -128);
  if (!layer.has_filter()) return;
  FillBytes(random, x.filter, layer.filter_count(), -127);
  int32_t root = 1;
  while (root * root < layer.depth()) ++root;
  int32_t shift = 0;
  while ((10800 * root) >> shift > 60) ++shift;
  for (int32_t o = 0; o < layer.output.c; ++o) {
    x.bias[o] = random.Int(-10800 * root, 10800 * root);
    x.multiplier[o] = random.Int(1 << 30, INT32_MAX);
    x.shift[o] = random.Int(-shift - 1, -shift + 1);
  }
  if (layer.kind == Kind::kFullyConnected) x.shift[0] = -shift;  // one for all
}

}  // namespace cortico::bench
