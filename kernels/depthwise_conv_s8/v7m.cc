// Armv7-M: 3x3 filters, one channel at a time, 3, 5 or 6 output columns at a time, all rows of the
// image in one asm tile (isa/v7m.h, RunDepthwise). Neither inputs nor weights are rearranged; what a
// channel needs (nine weights, the bias with the input offset times the weights, for windows with
// and without padding) is made once per channel.
//
// Other filters, dilation, several outputs per input, narrow images and unusual scales are the plain
// variant's.
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::DepthwiseBlock;
using v7m::DepthwiseEdge;
using v7m::DepthwiseSegment;
using v7m::DepthwiseShape;
using v7m::OutputRange;
using v7m::ScaleKind;

constexpr int32_t kTaps = 3;

// Words for a row of taps: its weights; and where columns have neighbours, DepthwiseEdge.
constexpr int32_t kEdgeWords = sizeof(DepthwiseEdge) / sizeof(int32_t);

class Depthwise3x3 {
 public:
  // False: not a case for this variant.
  bool Plan(const cmsis_nn_dw_conv_params* params, const cmsis_nn_per_channel_quant_params* quant,
            const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims, const int32_t* bias,
            const cmsis_nn_dims* output_dims);
  void RunChannel(const int8_t* input, const int8_t* filter, int8_t* output, int32_t bias);
  void SetScale(int32_t multiplier, int32_t shift);

 private:
  // Output rows whose windows have the same rows of taps, begin to end.
  struct Rows {
    int32_t count, begin, end;
    int32_t input;             // where the first window begins, in the input
    int32_t left, mid, right;  // biases of windows without the first column of taps, with all
                               // columns, without the last
  };

  void LoadWeights(const int8_t* filter, int32_t bias);

  DepthwiseShape shape_;
  ScaleKind scale_;
  bool pad_left_, pad_right_;
  int32_t stride_;
  int32_t columns_;
  int32_t width_;
  int32_t channels_;
  int32_t input_offset_;
  int32_t row_words_;
  int32_t segments_;
  OutputRange range_;
  Rows rows_[3];
  int32_t weights_[kTaps * (kTaps + kEdgeWords)];
  DepthwiseBlock block_;
};

bool Depthwise3x3::Plan(const cmsis_nn_dw_conv_params* params,
                        const cmsis_nn_per_channel_quant_params* quant,
                        const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims,
                        const int32_t* bias, const cmsis_nn_dims* output_dims) {
  stride_ = params->stride.w;
  const int32_t pad_right =
      (output_dims->w - 1) * stride_ + kTaps - params->padding.w - input_dims->w;
  const int32_t pad_below =
      (output_dims->h - 1) * params->stride.h + kTaps - params->padding.h - input_dims->h;
  if (filter_dims->w != kTaps || filter_dims->h != kTaps || params->dilation.w != 1 ||
      params->dilation.h != 1 || params->ch_mult != 1 || stride_ > 2 || params->padding.w > 1 ||
      params->padding.h > 1 || pad_right > 1 || pad_below > 1 || output_dims->w < 3 ||
      output_dims->h < 1) {
    return false;
  }
  range_ = {params->output_offset, params->activation.min, params->activation.max};
  scale_ = v7m::ChooseScale(quant->shift, output_dims->c, bias, output_dims->c, range_);
  if (scale_ == ScaleKind::kGeneral) return false;

  width_ = output_dims->w;
  pad_left_ = params->padding.w == 1;
  pad_right_ = pad_right == 1;
  const bool padded = pad_left_ && pad_right_;
  shape_ = stride_ == 2             ? DepthwiseShape::kStride2
           : padded && width_ == 6  ? DepthwiseShape::kWhole6
           : padded && width_ == 5  ? DepthwiseShape::kWhole5
           : padded && width_ == 3  ? DepthwiseShape::kWhole3
           : width_ >= 6            ? DepthwiseShape::kPart6
                                    : DepthwiseShape::kPart3;
  columns_ = v7m::DepthwiseColumns(shape_);
  channels_ = output_dims->c;
  const int32_t pitch = input_dims->w * channels_;
  input_offset_ = params->input_offset;

  row_words_ = shape_ >= DepthwiseShape::kPart6 ? kTaps + kEdgeWords : kTaps;

  block_.last = (columns_ - 1) * channels_;
  block_.pitch = width_ * channels_;
  block_.chain = v7m::DepthwiseChain(shape_, scale_);
  block_.channels = channels_;
  block_.row = v7m::DepthwiseRow(shape_, pitch, channels_);

  segments_ = 0;
  int32_t y = -params->padding.h;  // where the window's first row of taps is
  for (int32_t row = 0; row < output_dims->h; ++row, y += params->stride.h) {
    const int32_t begin = y < 0 ? 1 : 0;
    const int32_t end = y + kTaps > input_dims->h ? kTaps - 1 : kTaps;
    if (segments_ == 0 || rows_[segments_ - 1].begin != begin ||
        rows_[segments_ - 1].end != end) {
      rows_[segments_++] = {0, begin, end, (y + begin) * pitch, 0, 0, 0};
    }
    ++rows_[segments_ - 1].count;
  }
  for (int32_t i = 0; i < segments_; ++i) {
    block_.segment[i].weights = weights_ + rows_[i].begin * row_words_;
    block_.segment[i].entry = v7m::DepthwiseEntry(shape_, rows_[i].end - rows_[i].begin);
    block_.segment[i].step = params->stride.h * pitch;
  }
  block_.end = &block_.segment[segments_].input;
  return true;
}

inline void Depthwise3x3::SetScale(int32_t multiplier, int32_t shift) {
  block_.multiplier = multiplier;
  if (scale_ == ScaleKind::kRelu) {
    const v7m::ReluScale scale(multiplier, shift, range_);
    block_.add = scale.add;
    block_.shift = scale.shift;
  } else {
    const v7m::SignedScale scale(multiplier, shift, range_);
    block_.add = scale.add;
    block_.shift = scale.shift;
  }
}

inline void Depthwise3x3::LoadWeights(const int8_t* filter, int32_t bias) {
  int32_t all[kTaps], first[kTaps], last[kTaps];
  int32_t* weights = weights_;
  for (int32_t ky = 0; ky < kTaps; ++ky, weights += row_words_) {
    const int32_t w0 = filter[0];
    const int32_t w1 = filter[channels_];
    const int32_t w2 = filter[2 * channels_];
    filter += kTaps * channels_;
    weights[0] = w0;
    weights[1] = w1;
    weights[2] = w2;
    all[ky] = (w0 + w1 + w2) * input_offset_;
    first[ky] = w0 * input_offset_;
    last[ky] = w2 * input_offset_;
  }
  for (int32_t i = 0; i < segments_; ++i) {
    Rows& rows = rows_[i];
    int32_t mid = bias + all[1];
    int32_t left = -first[1];
    int32_t right = -last[1];
    if (rows.begin == 0) {
      mid += all[0];
      left -= first[0];
      right -= last[0];
    }
    if (rows.end == kTaps) {
      mid += all[2];
      left -= first[2];
      right -= last[2];
    }
    rows.mid = mid;
    rows.left = left + mid;
    rows.right = right + mid;
  }
}

// input, filter and output: at the channel.
void Depthwise3x3::RunChannel(const int8_t* input, const int8_t* filter, int8_t* output,
                              int32_t bias) {
  LoadWeights(filter, bias);
  const int32_t origin = v7m::EdgeOrigin(shape_);
  const int32_t before = -(1 + origin) * channels_;
  const int32_t behind = ((stride_ == 2 ? 5 : columns_) - origin) * channels_;
  for (int32_t column = 0; column < width_; column += columns_) {
    // The last block overlaps the one before where the width is no multiple.
    if (column + columns_ > width_) column = width_ - columns_;
    const bool left = pad_left_ && column == 0;
    const bool right = pad_right_ && column + columns_ == width_;
    if (row_words_ > kTaps) {
      int32_t* row = weights_;
      for (int32_t ky = 0; ky < kTaps; ++ky, row += row_words_) {
        row[kTaps + 0] = left ? 0 : row[0];
        row[kTaps + 1] = right ? 0 : row[2];
        row[kTaps + 2] = left ? 0 : before;
        row[kTaps + 3] = right ? 0 : behind;
      }
    }
    const int8_t* corner = input + (column * stride_ + 1 - (pad_left_ ? 1 : 0)) * channels_;
    for (int32_t i = 0; i < segments_; ++i) {
      const Rows& rows = rows_[i];
      DepthwiseSegment& segment = block_.segment[i];
      segment.input = corner + rows.input;
      segment.end = segment.input + rows.count * segment.step;
      segment.mid = rows.mid;
      segment.left = left ? rows.left : rows.mid;
      segment.right = right ? rows.right : rows.mid;
    }
    block_.output = output + column * channels_;
    v7m::RunDepthwise(block_, shape_);
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_v7m(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  Depthwise3x3 layer;
  if (!layer.Plan(params, quant, input_dims, filter_dims, bias, output_dims)) {
    return depthwise_conv_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter,
                                    bias_dims, bias, output_dims, output);
  }
  const int32_t channels = output_dims->c;
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t c = 0; c < channels; ++c) {
      layer.SetScale(quant->multiplier[c], quant->shift[c]);
      layer.RunChannel(input + c, filter + c, output + c, bias != nullptr ? bias[c] : 0);
    }
    input += input_dims->h * input_dims->w * channels;
    output += output_dims->h * output_dims->w * channels;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels
