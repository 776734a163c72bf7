// Armv7-M: 3x3 filters, one channel at a time, 3, 5 or 6 output columns at a time, all rows of the
// image in one tile (isa/v7m_depthwise.h, RunDepthwise). Inputs are read where they are; what a
// channel needs (nine weights as words, the bias with the input offset times the weights of windows
// with and without padding) is made once per channel.
//
// Other filters, dilation, several outputs per input, images of one row or of one or two columns
// and unusual scales: v7m_window.cc.
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/v7m_depthwise.h"

namespace cortico::kernels {
namespace {

using v7m::DepthwiseBias;
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
  void SetScale(int32_t multiplier, int32_t shift);
  // input, filter, output: at the channel.
  void RunChannel(const int8_t* input, const int8_t* filter, int8_t* output, int32_t bias);

 private:
  // The inputs of a segment.
  struct Range {
    int32_t begin, end;
  };

  template <int32_t row_words>
  void LoadWeights(const int8_t* filter, int32_t bias, DepthwiseBias& above,
                   DepthwiseBias& inside, DepthwiseBias& below);
  void SetBorders(bool left, bool right);
  void RunBlock(const int8_t* input, int8_t* output);

  DepthwiseShape shape_;
  ScaleKind scale_;
  bool pad_left_, pad_right_;
  int32_t stride_;
  int32_t columns_;
  int32_t width_;
  int32_t channels_;
  int32_t input_offset_;
  int32_t row_words_;
  OutputRange range_;
  Range inputs_[3] = {};
  DepthwiseBias bias_[3];  // of a segment's windows over padding on the left, nowhere, on the right
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
      output_dims->h < 1 || input_dims->h < 2) {
    return false;
  }
  range_ = {params->output_offset, -128, 127};
  scale_ = v7m::ChooseScale(quant->shift, output_dims->c, bias, output_dims->c, range_);
  if (scale_ == ScaleKind::kGeneral) return false;

  width_ = output_dims->w;
  pad_left_ = params->padding.w == 1;
  pad_right_ = pad_right == 1;
  const bool padded = pad_left_ && pad_right_ && stride_ == 1;
  shape_ = padded && width_ == 6   ? DepthwiseShape::kWhole6
           : padded && width_ == 5 ? DepthwiseShape::kWhole5
           : padded && width_ == 3 ? DepthwiseShape::kWhole3
           : stride_ == 2 ? (width_ >= 6 ? DepthwiseShape::kStride2Part6
                                         : DepthwiseShape::kStride2Part3)
           : width_ >= 6 ? DepthwiseShape::kPart6
                         : DepthwiseShape::kPart3;
  columns_ = v7m::DepthwiseColumns(shape_);
  channels_ = output_dims->c;
  const int32_t pitch = input_dims->w * channels_;
  input_offset_ = params->input_offset;

  row_words_ = v7m::IsWhole(shape_) ? kTaps : kTaps + kEdgeWords;

  block_.last = (columns_ - 1) * channels_;
  block_.pitch = width_ * channels_;
  block_.chain = v7m::DepthwiseChain(shape_, scale_);
  block_.channels = channels_;
  block_.row = v7m::DepthwiseRow(shape_, pitch, channels_);

  const int32_t step = params->stride.h * pitch;
  for (int32_t i = 0; i < 3; ++i) {
    DepthwiseSegment& segment = block_.segment[i];
    segment.weights = weights_ + (i == 0 ? row_words_ : 0);
    segment.entry = v7m::DepthwiseEntry(shape_, i == 1 ? kTaps : kTaps - 1);
    segment.step = step;
  }
  int32_t y = -params->padding.h;  // where the window's first row of taps is
  for (int32_t row = 0; row < output_dims->h; ++row, y += params->stride.h) {
    Range& inputs = inputs_[y < 0 ? 0 : y + kTaps <= input_dims->h ? 1 : 2];
    if (inputs.end == inputs.begin) inputs.begin = inputs.end = (y < 0 ? 0 : y) * pitch;
    inputs.end += step;
  }
  return true;
}

inline void Depthwise3x3::SetScale(int32_t multiplier, int32_t shift) {
  block_.multiplier = multiplier;
  if (scale_ == ScaleKind::kRelu) {
    const auto scale = v7m::ReluScale::Make(multiplier, shift, range_);
    block_.add = scale.add;
    block_.shift = scale.shift;
  } else {
    const auto scale = v7m::SignedScale::Make(multiplier, shift, range_);
    block_.add = scale.add;
    block_.shift = scale.shift;
  }
}

// The weights as words, and the biases of windows over padding and not.
template <int32_t row_words>
inline void Depthwise3x3::LoadWeights(const int8_t* filter, int32_t bias, DepthwiseBias& above,
                                      DepthwiseBias& inside, DepthwiseBias& below) {
  const int32_t offset = input_offset_;
  const int32_t c = channels_;
  int32_t* w = weights_;
  const int32_t t0 = w[0] = filter[0], t1 = w[1] = filter[c], t2 = w[2] = filter[2 * c];
  w += row_words;
  filter += kTaps * c;
  const int32_t m0 = w[0] = filter[0], m1 = w[1] = filter[c], m2 = w[2] = filter[2 * c];
  w += row_words;
  filter += kTaps * c;
  const int32_t b0 = w[0] = filter[0], b1 = w[1] = filter[c], b2 = w[2] = filter[2 * c];

  const auto set = [&](int32_t DepthwiseBias::*part, int32_t top, int32_t mid, int32_t bottom) {
    const int32_t without_top = bias + (mid + bottom) * offset;
    const int32_t all = without_top + top * offset;
    above.*part = without_top;
    inside.*part = all;
    below.*part = all - bottom * offset;
  };
  set(&DepthwiseBias::left, t1 + t2, m1 + m2, b1 + b2);
  set(&DepthwiseBias::right, t0 + t1, m0 + m1, b0 + b1);
  set(&DepthwiseBias::mid, t0 + t1 + t2, m0 + m1 + m2, b0 + b1 + b2);
}

CORTICO_NOINLINE void Depthwise3x3::SetBorders(bool left, bool right) {
  for (int32_t i = 0; i < 3; ++i) {
    DepthwiseBias& bias = block_.segment[i].bias;
    bias.mid = bias_[i].mid;
    bias.left = left ? bias_[i].left : bias.mid;
    bias.right = right ? bias_[i].right : bias.mid;
  }
  const int32_t origin = v7m::EdgeOrigin(shape_);
  const int32_t before = -(1 + origin) * channels_;
  const int32_t behind = (v7m::DepthwiseInputs(shape_) - origin) * channels_;
  int32_t* row = weights_;
  for (int32_t ky = 0; ky < kTaps; ++ky, row += row_words_) {
    row[kTaps + 0] = left ? 0 : row[0];
    row[kTaps + 1] = right ? 0 : row[2];
    row[kTaps + 2] = left ? 0 : before;
    row[kTaps + 3] = right ? 0 : behind;
  }
}

CORTICO_NOINLINE void Depthwise3x3::RunBlock(const int8_t* input, int8_t* output) {
  block_.output = output;
  const auto set = [&](int32_t i) {
    block_.segment[i].input = input + inputs_[i].begin;
    block_.segment[i].end = input + inputs_[i].end;
  };
  set(0);
  set(1);
  set(2);
  v7m::RunDepthwise(block_, shape_);
}

inline void Depthwise3x3::RunChannel(const int8_t* input, const int8_t* filter, int8_t* output,
                                     int32_t bias) {
  if (row_words_ == kTaps) {
    LoadWeights<kTaps>(filter, bias, block_.segment[0].bias, block_.segment[1].bias,
                       block_.segment[2].bias);
    RunBlock(input, output);
    return;
  }
  LoadWeights<kTaps + kEdgeWords>(filter, bias, bias_[0], bias_[1], bias_[2]);
  input += (pad_left_ ? 0 : 1) * channels_;
  const int32_t step = columns_ * channels_;
  bool left = pad_left_;
  bool right = pad_right_ && columns_ == width_;
  SetBorders(left, right);
  int32_t column = 0;
  for (;;) {
    RunBlock(input, output);
    column += columns_;
    if (column >= width_) return;
    input += stride_ * step;
    output += step;
    const int32_t over = column + columns_ - width_;
    if (over > 0) {
      // The last block overlaps the one before where the width is no multiple.
      column -= over;
      input -= over * stride_ * channels_;
      output -= over * channels_;
    }
    const bool at_right = pad_right_ && over >= 0;
    if (left || right != at_right) {
      left = false;
      right = at_right;
      SetBorders(left, right);
    }
  }
}

// The tile saturates to int8; any other range is cut out of that.
CORTICO_NOINLINE void ClampOutput(int8_t* output, int32_t size,
                                  const cmsis_nn_activation& activation) {
  for (int8_t* const end = output + size; output != end; ++output) {
    *output = static_cast<int8_t>(Clamp(*output, activation.min, activation.max));
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
    return depthwise_conv_s8_v7m_window(ctx, params, quant, input_dims, input, filter_dims, filter,
                                        bias_dims, bias, output_dims, output);
  }
  const int32_t channels = output_dims->c;
  const int32_t output_size = output_dims->h * output_dims->w * channels;
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t c = 0; c < channels; ++c) {
      layer.SetScale(quant->multiplier[c], quant->shift[c]);
      layer.RunChannel(input + c, filter + c, output + c, bias != nullptr ? bias[c] : 0);
    }
    input += input_dims->h * input_dims->w * channels;
    if (params->activation.min > -128 || params->activation.max < 127) {
      ClampOutput(output, output_size, params->activation);
    }
    output += output_size;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels
