// Normalizations: batch norm with stored statistics, layer norm, softmax, log softmax.
#include <algorithm>
#include <cmath>
#include <string>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

// y = (x - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c], channels in dimension 1; computed
// as x * a + b with a and b from double, the form into which the compiler folds it.
void BatchNorm(OpCall& call) {
  const HostTensor& x = call.Float("input");
  const HostTensor* weight = call.OptionalFloat("weight");
  const HostTensor* bias = call.OptionalFloat("bias");
  const HostTensor& mean = call.Float("running_mean");
  const HostTensor& var = call.Float("running_var");
  const double eps = call.Number("eps", 1e-5);
  if (call.Bool("training", false))
    call.Fail("batch norm in training mode", "call model.eval() before torch.export.export");
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  if (in.size() < 2) return call.Fail("batch norm of input " + ToText(in));
  const int64_t channels = in[1];
  for (const HostTensor* t : {weight, bias, &mean, &var})
    if (t != nullptr && t->type.sizes != Sizes{channels})
      return call.Fail("a parameter of sizes " + ToText(t->type.sizes) + " for " +
                       std::to_string(channels) + " channels");
  HostTensor& out = call.AddResult(in);
  if (!call.ok()) return;
  const int64_t plane = channels == 0 || in[0] == 0 ? 0 : x.type.numel() / (in[0] * channels);
  const float* from = x.As<float>();
  float* to = out.As<float>();
  for (int64_t n = 0; n < in[0]; ++n) {
    for (int64_t c = 0; c < channels; ++c) {
      const double scale = (weight != nullptr ? weight->As<float>()[c] : 1.0) /
                           std::sqrt(static_cast<double>(var.As<float>()[c]) + eps);
      const auto a = static_cast<float>(scale);
      const auto b = static_cast<float>((bias != nullptr ? bias->As<float>()[c] : 0.0) -
                                        mean.As<float>()[c] * scale);
      for (int64_t i = 0; i < plane; ++i) *to++ = *from++ * a + b;
    }
  }
  // The functional forms also return what training would have saved; nobody reads it in inference.
  for (size_t i = 1; i < call.node().outputs.size(); ++i)
    call.AddResult(call.node().outputs[i]->type.sizes);
}

// Over the last dimensions named by normalized_shape; the statistics are computed in double.
void LayerNorm(OpCall& call) {
  const HostTensor& x = call.Float("input");
  const Sizes shape = call.Ints("normalized_shape", {});
  const HostTensor* weight = call.OptionalFloat("weight");
  const HostTensor* bias = call.OptionalFloat("bias");
  const double eps = call.Number("eps", 1e-5);
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  if (shape.empty() || shape.size() > in.size() ||
      !std::equal(shape.begin(), shape.end(), in.end() - static_cast<std::ptrdiff_t>(shape.size())))
    return call.Fail("normalized_shape " + ToText(shape) + " of input " + ToText(in));
  for (const HostTensor* t : {weight, bias})
    if (t != nullptr && t->type.sizes != shape)
      return call.Fail("a parameter of sizes " + ToText(t->type.sizes) + " for normalized_shape " +
                       ToText(shape));
  HostTensor out = std::move(call.AddResult(in));
  const Sizes lead(in.begin(), in.end() - static_cast<std::ptrdiff_t>(shape.size()));
  const int64_t width = NumelOf(shape), rows = NumelOf(lead);
  call.results().clear();
  if (!call.ok()) return;
  Sizes statistics = lead;
  statistics.resize(in.size(), 1);
  HostTensor means{{DType::kFloat32, statistics, {}, {}},
                   Bytes(static_cast<size_t>(rows) * sizeof(float))};
  HostTensor deviations = means;
  for (int64_t r = 0; r < rows; ++r) {
    const float* from = x.As<float>() + r * width;
    float* to = out.As<float>() + r * width;
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < width; ++i) sum += from[i];
    const double mean = sum / static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i) squares += (from[i] - mean) * (from[i] - mean);
    const double scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + eps);
    for (int64_t i = 0; i < width; ++i) {
      double y = (from[i] - mean) * scale;
      if (weight != nullptr) y *= weight->As<float>()[i];
      if (bias != nullptr) y += bias->As<float>()[i];
      to[i] = static_cast<float>(y);
    }
    means.As<float>()[r] = static_cast<float>(mean);
    deviations.As<float>()[r] = static_cast<float>(scale);
  }
  call.results().push_back(std::move(out));
  if (call.node().outputs.size() == 3) {
    call.results().push_back(std::move(means));
    call.results().push_back(std::move(deviations));
  }
}

// The same over each of `group` runs of channels, with a weight and a bias for each channel.
void GroupNorm(OpCall& call) {
  const HostTensor& x = call.Float("input");
  const HostTensor* weight = call.OptionalFloat("weight");
  const HostTensor* bias = call.OptionalFloat("bias");
  const int64_t groups = call.Int(call.Has("num_groups") ? "num_groups" : "group", 1);
  const double eps = call.Number("eps", 1e-5);
  if (call.ok() && (x.type.rank() < 2 || groups < 1 || x.type.sizes[1] % groups != 0))
    call.Fail("group norm of " + ToText(x.type.sizes) + " in " + std::to_string(groups) + " groups");
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  for (const HostTensor* t : {weight, bias})
    if (t != nullptr && t->type.numel() != in[1])
      return call.Fail("a parameter of sizes " + ToText(t->type.sizes));
  HostTensor out = std::move(call.AddResult(in));
  call.results().clear();
  if (!call.ok()) return;
  const int64_t rows = in[0] * groups, width = rows == 0 ? 0 : x.type.numel() / rows;
  const int64_t plane = in[1] == 0 ? 1 : width / (in[1] / groups);
  HostTensor means{{DType::kFloat32, {in[0], groups}, {}, {}},
                   Bytes(static_cast<size_t>(rows) * sizeof(float))};
  HostTensor deviations = means;
  for (int64_t r = 0; r < rows; ++r) {
    const float* from = x.As<float>() + r * width;
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < width; ++i) sum += from[i];
    const double mean = sum / static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i) squares += (from[i] - mean) * (from[i] - mean);
    const double scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + eps);
    for (int64_t i = 0; i < width; ++i) {
      const int64_t channel = r % groups * (in[1] / groups) + i / plane;
      double y = (from[i] - mean) * scale;
      if (weight != nullptr) y *= weight->As<float>()[channel];
      if (bias != nullptr) y += bias->As<float>()[channel];
      out.As<float>()[r * width + i] = static_cast<float>(y);
    }
    means.As<float>()[r] = static_cast<float>(mean);
    deviations.As<float>()[r] = static_cast<float>(scale);
  }
  call.results().push_back(std::move(out));
  if (call.node().outputs.size() == 3) {
    call.results().push_back(std::move(means));
    call.results().push_back(std::move(deviations));
  }
}

// exp(x - max) / sum, or its logarithm, along one dimension.
void Softmax(OpCall& call) {
  const bool log = call.node().op.find("log_softmax") != std::string::npos;
  const HostTensor& x = call.Float("self");
  const int64_t dim = call.Dim("dim", -1, x.type.rank());
  if (!call.ok()) return;
  HostTensor& out = call.AddResult(x.type.sizes);
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  const int64_t length = in.empty() ? 1 : in[static_cast<size_t>(dim)];
  int64_t inner = 1;
  for (size_t d = static_cast<size_t>(dim) + 1; d < in.size(); ++d) inner *= in[d];
  const int64_t block = length * inner;
  const int64_t outer = block == 0 ? 0 : x.type.numel() / block;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      const float* from = x.As<float>() + o * block + i;
      float* to = out.As<float>() + o * block + i;
      float largest = from[0];
      for (int64_t k = 1; k < length; ++k) largest = std::max(largest, from[k * inner]);
      double sum = 0.0;
      for (int64_t k = 0; k < length; ++k) {
        to[k * inner] = std::exp(from[k * inner] - largest);
        sum += to[k * inner];
      }
      const float logarithm = std::log(static_cast<float>(sum));
      for (int64_t k = 0; k < length; ++k)
        to[k * inner] =
            log ? from[k * inner] - largest - logarithm : static_cast<float>(to[k * inner] / sum);
    }
  }
}

constexpr AtenEntry kOps[] = {
    {"aten.batch_norm.default", BatchNorm},
    {"aten._native_batch_norm_legit_no_training.default", BatchNorm},
    {"aten.native_batch_norm.default", BatchNorm},
    {"aten.layer_norm.default", LayerNorm},
    {"aten.native_layer_norm.default", LayerNorm},
    {"aten.group_norm.default", GroupNorm},
    {"aten.native_group_norm.default", GroupNorm},
    {"aten.softmax.int", Softmax},
    {"aten._softmax.default", Softmax},
    {"aten.log_softmax.int", Softmax},
    {"aten._log_softmax.default", Softmax},
};

}  // namespace

std::span<const AtenEntry> NormalizationOps() { return kOps; }

}  // namespace cortico
