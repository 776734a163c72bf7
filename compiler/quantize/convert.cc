#include "compiler/quantize/convert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "compiler/reference/quantize_value.h"

namespace cortico {
namespace {

constexpr char kQuantize[] = "quantized_decomposed.quantize_per_tensor.default";
constexpr char kDequantize[] = "quantized_decomposed.dequantize_per_tensor.default";
constexpr char kDequantizeChannels[] = "quantized_decomposed.dequantize_per_channel.default";

constexpr int32_t kWeightMax = 127;
constexpr double kBiasMax = 1073741824.0;  // 2^30: half of the accumulator is left for the sum

/// Slice along `axis` of the element at position `index` of a dense constant.
class SliceOf {
 public:
  SliceOf(const TensorType& type, int axis) {
    if (axis < 0) return;
    stride_ = StridesOf(type)[static_cast<size_t>(axis)];
    count_ = type.sizes[static_cast<size_t>(axis)];
  }
  size_t operator()(int64_t index) const { return static_cast<size_t>(index / stride_ % count_); }
  size_t count() const { return static_cast<size_t>(count_); }

 private:
  int64_t stride_ = 1, count_ = 1;
};

class Inserter {
 public:
  Inserter(const Graph& graph, const Annotation& annotation,
           const std::vector<AffineParameters>& parameters, Diagnostics& diagnostics)
      : source_(graph),
        annotation_(annotation),
        parameters_(parameters),
        diagnostics_(diagnostics),
        graph_(graph.Clone(&twin_)) {}

  Graph Run() {
    for (const QuantMatch& match : annotation_.matches) ConvertParameters(match);
    // In the order of values, not of pointers: the result must be the same in every run.
    for (const auto& value : source_.values())
      if (const auto it = annotation_.group_of.find(value.get()); it != annotation_.group_of.end())
        ConvertActivation(value.get(), parameters_[it->second]);
    graph_.RemoveDead();
    return std::move(graph_);
  }

 private:
  Node* TwinOf(const Node* node) const { return twin_.at(node->output())->producer; }

  // ---- activations ----

  static std::vector<std::pair<std::string, Arg>> AffineArgs(Value* input,
                                                             const AffineParameters& p) {
    return {{"input", input},
            {"scale", static_cast<double>(p.scale)},
            {"zero_point", int64_t{p.zero_point}},
            {"quant_min", int64_t{-128}},
            {"quant_max", int64_t{127}},
            {"dtype", DType::kInt8}};
  }

  Value* AddDequantize(Value* quantized, const Value* real, const AffineParameters& p, Node* before,
                       const Location& location) {
    Node* node = graph_.AddNode(kDequantize, AffineArgs(quantized, p), real->type,
                                "dequantize_per_tensor", before);
    node->location = location;
    return node->output();
  }

  Value* AddQuantize(Value* value, const AffineParameters& p) {
    TensorType type = value->type;
    type.dtype = DType::kInt8;
    if (value->is_constant()) {
      const float* from = value->DataAs<float>();
      std::vector<int8_t> data(static_cast<size_t>(type.numel()));
      for (size_t i = 0; i < data.size(); ++i)
        data[i] = QuantizeValue<int8_t>(from[i], InverseScale(p.scale), p.zero_point, -128, 127);
      return AddConstant(*value, type, data);
    }
    Node* before = nullptr;
    if (value->producer != nullptr)
      before = graph_.Next(value->producer);
    else if (!graph_.nodes().empty())
      before = graph_.nodes().front().get();
    Node* node =
        graph_.AddNode(kQuantize, AffineArgs(value, p), type, "quantize_per_tensor", before);
    if (value->producer != nullptr) node->location = value->producer->location;
    return node->output();
  }

  // A result of a quantized op is read through its pair by everybody; a value from elsewhere only
  // by quantized ops, the others keep the float.
  void ConvertActivation(const Value* old, const AffineParameters& p) {
    const auto is_result = std::any_of(annotation_.matches.begin(), annotation_.matches.end(),
                                       [&](const QuantMatch& m) { return m.output() == old; });
    std::vector<Node*> readers;
    for (Node* reader : source_.Users(old)) {
      const auto quantized = [&](const QuantMatch& match) {
        const Values activations = match.Activations();
        return match.chain.front() == reader &&
               std::find(activations.begin(), activations.end(), old) != activations.end();
      };
      if (is_result ||
          std::any_of(annotation_.matches.begin(), annotation_.matches.end(), quantized))
        readers.push_back(TwinOf(reader));
    }
    Value* value = twin_.at(old);
    Value* quantized = AddQuantize(value, p);
    for (Node* reader : readers) {
      Value* real = AddDequantize(quantized, value, p, reader, reader->location);
      for (auto& [name, arg] : reader->args) {
        if (auto* single = std::get_if<Value*>(&arg)) {
          if (*single == value) *single = real;
        } else if (auto* list = std::get_if<Values>(&arg)) {
          std::replace(list->begin(), list->end(), value, real);
        }
      }
    }
    if (!is_result || !graph_.IsOutput(value)) return;
    Value* real = AddDequantize(quantized, value, p, nullptr, value->producer->location);
    std::replace(graph_.outputs.begin(), graph_.outputs.end(), value, real);
  }

  // ---- weights and biases ----

  template <class T>
  Value* AddConstant(const Value& model, TensorType type, const std::vector<T>& data) {
    Value* value = graph_.AddConstant(model.name + "_quantized", std::move(type), data);
    value->origin = model.origin;
    return value;
  }

  // A dequantize of `quantized` in front of `reader`; per tensor when there is no axis.
  Value* AddParameterDequantize(Value* quantized, const std::vector<float>& scales, int axis,
                                int64_t qmin, int64_t qmax, Node* reader) {
    TensorType type = quantized->type;
    const DType dtype = std::exchange(type.dtype, DType::kFloat32);
    Node* node = nullptr;
    if (axis < 0) {
      node = graph_.AddNode(kDequantize,
                            {{"input", quantized},
                             {"scale", static_cast<double>(scales.front())},
                             {"zero_point", int64_t{0}},
                             {"quant_min", qmin},
                             {"quant_max", qmax},
                             {"dtype", dtype}},
                            type, "dequantize_per_tensor", reader);
    } else {
      const auto count = static_cast<int64_t>(scales.size());
      Value* scale = graph_.AddConstant(quantized->name + "_scales",
                                        {DType::kFloat32, {count}, {}, {}}, scales);
      Value* zero =
          graph_.AddConstant(quantized->name + "_zero_points", {DType::kInt64, {count}, {}, {}},
                             std::vector<int64_t>(scales.size(), 0));
      node = graph_.AddNode(kDequantizeChannels,
                            {{"input", quantized},
                             {"scales", scale},
                             {"zero_points", zero},
                             {"axis", int64_t{axis}},
                             {"quant_min", qmin},
                             {"quant_max", qmax},
                             {"dtype", dtype}},
                            type, "dequantize_per_channel", reader);
    }
    node->location = reader->location;
    return node->output();
  }

  Value* QuantizedWeight(const Value& weight, const std::vector<float>& scales, int axis) {
    Value*& cached = weights_[{&weight, axis, scales}];
    if (cached != nullptr) return cached;
    const SliceOf slice(weight.type, axis);
    const float* from = weight.DataAs<float>();
    std::vector<int8_t> data(static_cast<size_t>(weight.type.numel()));
    for (size_t i = 0; i < data.size(); ++i)
      data[i] = QuantizeValue<int8_t>(from[i], InverseScale(scales[slice(static_cast<int64_t>(i))]),
                                      0, -kWeightMax, kWeightMax);
    TensorType type = weight.type;
    type.dtype = DType::kInt8;
    return cached = AddConstant(weight, type, data);
  }

  void ConvertParameters(const QuantMatch& match) {
    const Node* node = match.chain.front();
    const QuantPattern::Argument *weight = nullptr, *bias = nullptr;
    for (const QuantPattern::Argument& argument : match.pattern.arguments) {
      if (node->Tensor(argument.name) == nullptr) continue;
      if (argument.role == QuantRole::kWeight) weight = &argument;
      if (argument.role == QuantRole::kBias) bias = &argument;
    }
    if (weight == nullptr) return;
    Node* reader = TwinOf(node);
    const float activation =
        parameters_[annotation_.group_of.at(match.Activations().front())].scale;
    const Value& w = *node->Tensor(weight->name);
    const Value* b = bias != nullptr ? node->Tensor(bias->name) : nullptr;
    const SliceOf slice(w.type, weight->axis);
    // A bias of another length is the op's to refuse (when it lowers); here it must not be indexed.
    if (b != nullptr && weight->axis >= 0 && b->type.numel() != static_cast<int64_t>(slice.count()))
      b = nullptr;

    std::vector<int64_t> raised;
    const std::vector<float> scales = ChooseWeightScales(
        w, weight->axis, b, activation, &raised, match.observer);
    if (!raised.empty())
      diagnostics_.Note(node->location,
                        std::to_string(raised.size()) +
                            " channels have weights so small beside their bias that "
                            "a coarser scale was chosen for them");
    reader->Set(weight->name,
                AddParameterDequantize(QuantizedWeight(w, scales, weight->axis), scales,
                                       weight->axis, -kWeightMax, kWeightMax, reader));
    if (b == nullptr) return;
    std::vector<float> bias_scales;
    for (float scale : scales) bias_scales.push_back(activation * scale);
    const float* from = b->DataAs<float>();
    std::vector<int32_t> data(static_cast<size_t>(b->type.numel()));
    for (size_t i = 0; i < data.size(); ++i) {
      const double scale = bias_scales[weight->axis < 0 ? 0 : i];
      data[i] = static_cast<int32_t>(
          std::clamp(std::nearbyint(from[i] / scale), -2147483648.0, 2147483647.0));
    }
    TensorType type = b->type;
    type.dtype = DType::kInt32;
    reader->Set(bias->name, AddParameterDequantize(AddConstant(*b, type, data), bias_scales,
                                                   weight->axis < 0 ? -1 : 0,
                                                   std::numeric_limits<int32_t>::min(),
                                                   std::numeric_limits<int32_t>::max(), reader));
  }

  const Graph& source_;
  const Annotation& annotation_;
  const std::vector<AffineParameters>& parameters_;
  Diagnostics& diagnostics_;
  std::map<const Value*, Value*> twin_;
  Graph graph_;
  std::map<std::tuple<const Value*, int, std::vector<float>>, Value*> weights_;
};

// Each scale by the factor that loses least.
void NarrowScales(const Value& weight, const SliceOf& slice, std::vector<float>* scales) {
  constexpr int kWhole = 100, kLeast = 50;
  const float* data = weight.DataAs<float>();
  const std::vector<float> whole = *scales;
  std::vector<double> least(whole.size(), std::numeric_limits<double>::infinity());
  for (int percent = kWhole; percent >= kLeast; --percent) {
    std::vector<double> loss(whole.size(), 0.0);
    const auto candidate = [&](size_t c) { return whole[c] * static_cast<float>(percent) / kWhole; };
    for (int64_t i = 0; i < weight.type.numel(); ++i) {
      const size_t c = slice(i);
      const float scale = candidate(c);
      const int8_t q = QuantizeValue<int8_t>(data[i], InverseScale(scale), 0, -kWeightMax, kWeightMax);
      const double error = static_cast<double>(data[i]) - static_cast<double>(q) * scale;
      loss[c] += error * error;
    }
    for (size_t c = 0; c < whole.size(); ++c)
      if (loss[c] < least[c] && candidate(c) >= kSmallestScale)
        least[c] = loss[c], (*scales)[c] = candidate(c);
  }
}

}  // namespace

std::vector<float> ChooseWeightScales(const Value& weight, int axis, const Value* bias,
                                      float activation_scale, std::vector<int64_t>* raised,
                                      ObserverKind observer) {
  const SliceOf slice(weight.type, axis);
  std::vector<float> largest(slice.count(), 0.0f);
  const float* data = weight.DataAs<float>();
  const int64_t count = weight.type.numel();
  for (int64_t i = 0; i < count; ++i) {
    float& channel = largest[slice(i)];
    channel = std::max(channel, std::fabs(data[i]));
  }
  float widest = 0.0f;
  for (float m : largest) widest = std::max(widest, m);
  std::vector<float> scales;
  // Zeros are zeros at any scale; this one keeps the bias as fine as that of the other channels.
  for (float m : largest)
    scales.push_back(widest == 0.0f ? 1.0f : ChooseSymmetric(m > 0.0f ? m : widest));
  if (observer == ObserverKind::kMse) NarrowScales(weight, slice, &scales);
  if (bias == nullptr) return scales;
  const float* b = bias->DataAs<float>();
  for (int64_t i = 0; i < bias->type.numel(); ++i) {
    const size_t c = axis < 0 ? 0 : static_cast<size_t>(i);
    if (std::fabs(b[i]) <= kBiasMax * static_cast<double>(activation_scale * scales[c])) continue;
    scales[c] = std::nextafter(
        static_cast<float>(std::fabs(static_cast<double>(b[i])) / kBiasMax / activation_scale),
        std::numeric_limits<float>::infinity());
    if (raised != nullptr && (raised->empty() || raised->back() != static_cast<int64_t>(c)))
      raised->push_back(static_cast<int64_t>(c));
  }
  return scales;
}

Graph InsertQuantization(const Graph& graph, const Annotation& annotation,
                         const std::vector<AffineParameters>& parameters,
                         Diagnostics& diagnostics) {
  return Inserter(graph, annotation, parameters, diagnostics).Run();
}

}  // namespace cortico
