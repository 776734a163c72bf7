#include "ops/reduce/op.h"

#include "kernels/common/requantize.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMostTerms = 1 << 22;

template <class Op>
uint32_t ReducedDims(const Op& op) {
  uint32_t reduced = 0;
  for (int i = 0; i < op.dims.count; ++i) reduced |= 1u << op.dims[i];
  return reduced;
}

// At most `most` elements to each result.
template <class Op>
Error CheckReduction(const Op& op, int32_t most = kMostTerms) {
  const Tensor &in = op.input, &out = op.out;
  if (in.dtype != DType::kInt8 || out.dtype != DType::kInt8) return Error::kBadType;
  if (in.layout == Layout::kOther || out.layout == Layout::kOther) return Error::kBadType;
  if (!HasElements(in)) return Error::kBadShape;
  for (int i = 0; i < op.dims.count; ++i) {
    if (!InRange(op.dims[i], 0, in.rank - 1)) return Error::kBadArgument;
    for (int k = 0; k < i; ++k) {
      if (op.dims[k] == op.dims[i]) return Error::kBadArgument;
    }
  }
  const uint32_t reduced = ReducedDims(op);
  const bool keeps = out.rank == in.rank;
  if (keeps) {
    // One order in memory; of one channel or one pixel it is both.
    if (in.layout == Layout::kChannelsLast ? !out.IsNhwc() : out.layout != Layout::kContiguous) {
      return Error::kBadType;
    }
  } else if (in.layout != Layout::kContiguous || out.layout != Layout::kContiguous) {
    return Error::kBadType;
  }
  int next = 0;
  int32_t terms = 1;
  for (int d = 0; d < in.rank; ++d) {
    const bool is_reduced = (reduced >> d & 1) != 0;
    if (is_reduced) {
      if (in.size(d) > most / terms) return Error::kSumOverflow;
      terms *= in.size(d);
      if (!keeps) continue;
    }
    if (next >= out.rank || out.size(next) != (is_reduced ? 1 : in.size(d))) return Error::kBadShape;
    ++next;
  }
  return next == out.rank ? Error::kOk : Error::kBadShape;
}

// Positions of a tensor's elements along some of its dimensions, in the order of memory.
struct Walk {
  int32_t sizes[kMaxRank];
  int32_t strides[kMaxRank];
  int rank = 0;

  int32_t count() const {
    int32_t n = 1;
    for (int i = 0; i < rank; ++i) n *= sizes[i];
    return n;
  }
  // Calls function(offset) for each.
  template <class Function>
  void Each(Function function) const {
    int32_t at[kMaxRank] = {};
    int32_t offset = 0;
    for (;;) {
      function(offset);
      int i = rank - 1;
      for (; i >= 0; --i) {
        offset += strides[i];
        if (++at[i] < sizes[i]) break;
        offset -= at[i] * strides[i];
        at[i] = 0;
      }
      if (i < 0) return;
    }
  }
};

// `kept` and `reduced` dimensions of t. Neighbours in memory that go together are one.
void Split(const Tensor& t, uint32_t dims, Walk* kept, Walk* reduced) {
  static constexpr int kNhwc[4] = {0, 2, 3, 1};
  int32_t stride = t.numel();
  for (int i = 0; i < t.rank; ++i) {
    const int d = t.layout == Layout::kChannelsLast ? kNhwc[i] : i;
    stride /= t.size(d);
    Walk& walk = (dims >> d & 1) != 0 ? *reduced : *kept;
    if (walk.rank > 0 && walk.strides[walk.rank - 1] == stride * t.size(d)) {
      walk.sizes[walk.rank - 1] *= t.size(d);
      walk.strides[walk.rank - 1] = stride;
    } else {
      walk.sizes[walk.rank] = t.size(d);
      walk.strides[walk.rank++] = stride;
    }
  }
}

// For each element of the result: fold(first element, function that visits the rest) in its place.
template <class Op, class Fold>
void Reduce(const Op& op, Fold fold) {
  Walk kept = {}, reduced = {};
  Split(op.input, ReducedDims(op), &kept, &reduced);
  int8_t* out = op.out.template As<int8_t>();
  const int8_t* in = op.input.template As<int8_t>();
  kept.Each([&](int32_t offset) { *out++ = fold(in + offset, reduced); });
}

}  // namespace

Error Check(const QuantizedSum<Device>& op) {
  if (!IsInt8(op.input_zero_point) || !IsInt8(op.output_zero_point) || op.output_shift > 22 ||
      op.output_multiplier < 0) {
    return Error::kBadArgument;
  }
  CORTICO_RETURN_IF_ERROR(CheckRequantize(op.output_multiplier, op.output_shift));
  return CheckReduction(op, kMostTerms >> (op.output_shift > 0 ? op.output_shift : 0));
}

namespace {

// Images in N H W C, summed over their pixels: eight neighbouring channels at a time, without the
// walk's counting for each element.
void SumPixels(const QuantizedSum<Device>& op, int32_t pixels, int32_t channels) {
  constexpr int kTogether = 8;
  const int8_t* in = op.input.template As<int8_t>();
  int8_t* out = op.out.template As<int8_t>();
  const int32_t none = -op.input_zero_point * pixels;
  for (int32_t images = op.input.size(0); images > 0; --images, in += pixels * channels) {
    for (int32_t c = 0; c < channels; c += kTogether) {
      const int count = channels - c < kTogether ? static_cast<int>(channels - c) : kTogether;
      int32_t sums[kTogether];
      for (int32_t& sum : sums) sum = none;
      const int8_t* at = in + c;
      if (count == kTogether) {
        for (int32_t i = 0; i < pixels; ++i, at += channels)
          for (int k = 0; k < kTogether; ++k) sums[k] += at[k];
      } else {
        for (int32_t i = 0; i < pixels; ++i, at += channels)
          for (int k = 0; k < count; ++k) sums[k] += at[k];
      }
      for (int k = 0; k < count; ++k) {
        const int32_t sum = kernels::Requantize(sums[k], op.output_multiplier, op.output_shift);
        *out++ = kernels::ToOutput(sum, op.output_zero_point, -128, 127);
      }
    }
  }
}

}  // namespace

void Run(const QuantizedSum<Device>& op) {
  constexpr uint32_t kHeightAndWidth = 1u << 2 | 1u << 3;
  const Tensor& input = op.input;
  if (input.rank == 4 && input.layout == Layout::kChannelsLast &&
      ReducedDims(op) == kHeightAndWidth) {
    return SumPixels(op, input.size(2) * input.size(3), input.size(1));
  }
  Reduce(op, [&op](const int8_t* in, const Walk& terms) {
    int32_t sum = -op.input_zero_point * terms.count();
    terms.Each([&](int32_t offset) { sum += in[offset]; });
    sum = kernels::Requantize(sum, op.output_multiplier, op.output_shift);
    return kernels::ToOutput(sum, op.output_zero_point, -128, 127);
  });
}

Error Check(const Amax<Device>& op) { return CheckReduction(op); }

void Run(const Amax<Device>& op) {
  Reduce(op, [](const int8_t* in, const Walk& terms) {
    int8_t most = in[0];
    terms.Each([&](int32_t offset) { most = in[offset] > most ? in[offset] : most; });
    return most;
  });
}

Error Check(const Amin<Device>& op) { return CheckReduction(op); }

void Run(const Amin<Device>& op) {
  Reduce(op, [](const int8_t* in, const Walk& terms) {
    int8_t least = in[0];
    terms.Each([&](int32_t offset) { least = in[offset] < least ? in[offset] : least; });
    return least;
  });
}

}  // namespace cortico::ops
