// Why: after quantization every edge carries a pair, integers made from floats and floats made from
// these integers, and the arithmetic between is still float. This pass reads the pairs as a
// statement about types: an op whose inputs are all dequantized and whose result is quantized is an
// op on integers, with the parameters in its types.
//
//   %xd = dequantize(%x, sx, zx)   %wd = dequantize(%w, sw, 0)
//   %c  = aten.conv2d.default(input=%xd, weight=%wd, …, fused_min=0.0)
//   %y  = quantize(%c, sy, zy)
//     → %y : i8[…] q(sy, zy, …) = aten.conv2d.default(input=%x : i8[…] q(sx, …), weight=%w, …)
//
// An op that keeps its input's parameters (view, pool, pad) takes them on its result; a pair that
// wants others stays behind it and becomes a requantization. Where it has several inputs that differ
// (cat, maximum) they are rescaled to what its readers want, or to a range that holds them all. quantize(dequantize(x)) with equal
// parameters is x.
//
// Needs: fuse-activations before it. Refuses: nothing; what does not fit stays in float and is
// reported by lower-to-dialect with the reason.
#include <algorithm>
#include <cmath>

#include "compiler/graph/op_domain.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

constexpr const char* kQuantize = "quantized_decomposed.quantize_per_tensor.default";
constexpr const char* kDequantize = "quantized_decomposed.dequantize_per_tensor.default";
constexpr const char* kQuantizeChannel = "quantized_decomposed.quantize_per_channel.default";
constexpr const char* kDequantizeChannel = "quantized_decomposed.dequantize_per_channel.default";

// The parameters that a quantize or dequantize node states; nullopt when they are not constants.
std::optional<Quantization> Parameters(const Node& node) {
  Quantization q;
  q.qmin = static_cast<int32_t>(node.Int("quant_min", -128));
  q.qmax = static_cast<int32_t>(node.Int("quant_max", 127));
  if (!node.Is(kDequantizeChannel) && !node.Is(kQuantizeChannel)) {
    // Programs store a scale as double, kernels and types know it as float.
    q.scales = {static_cast<double>(static_cast<float>(node.Double("scale", 0.0)))};
    q.zero_points = {static_cast<int32_t>(node.Int("zero_point", 0))};
    return q.scales[0] > 0 && std::isfinite(q.scales[0]) ? std::optional(q) : std::nullopt;
  }
  const Value* scales = node.Tensor("scales");
  const Value* zero_points = node.Tensor("zero_points");
  q.axis = static_cast<int>(node.Int("axis", 0));
  if (scales == nullptr || !scales->is_constant()) return std::nullopt;
  for (int64_t i = 0; i < scales->type.numel(); ++i) {
    const double scale = scales->type.dtype == DType::kFloat64
                             ? static_cast<double>(static_cast<float>(scales->DataAs<double>()[i]))
                         : scales->type.dtype == DType::kFloat32
                             ? double{scales->DataAs<float>()[i]}
                             : 0.0;
    if (!(scale > 0) || !std::isfinite(scale)) return std::nullopt;
    q.scales.push_back(scale);
    int64_t zero_point = 0;
    if (zero_points != nullptr && zero_points->is_constant() && zero_points->type.numel() > i) {
      if (zero_points->type.dtype == DType::kInt64) zero_point = zero_points->DataAs<int64_t>()[i];
      else if (zero_points->type.dtype == DType::kInt32) zero_point = zero_points->DataAs<int32_t>()[i];
      else return std::nullopt;
    }
    q.zero_points.push_back(static_cast<int32_t>(zero_point));
  }
  return q;
}

bool IsKnownPair(const Node& node) {
  return node.Is(kQuantize) || node.Is(kDequantize) || node.Is(kQuantizeChannel) ||
         node.Is(kDequantizeChannel);
}

// Why a node of a quantized program cannot be read as a statement about types, and what to do.
std::pair<std::string, std::string> UnknownQuantization(const Node& node, const Value* integers,
                                                        bool has_parameters) {
  const Value* scale = node.Tensor(node.Find("scales") != nullptr ? "scales" : "scale");
  if (node.op.starts_with("quantized_decomposed.choose_qparams") ||
      (scale != nullptr && !scale->is_constant()))
    return {"the quantization is dynamic: " + node.op + " computes or takes a scale as the program runs",
            "quantize statically (is_dynamic=False) and calibrate before convert_pt2e"};
  if (!IsKnownPair(node))
    return {node.op + " is not known", "quantize per tensor, and weights per channel"};
  if (!has_parameters || integers == nullptr)
    return {node.op + " has no constant, positive scale", "quantize with static parameters"};
  const DType dtype = integers->type.dtype;
  if (dtype != DType::kInt8 && dtype != DType::kInt16 && dtype != DType::kInt32)
    return {"'" + integers->name + "' is quantized to " + Name(dtype) + ", and the kernels know int8",
            "annotate activations and weights with dtype=torch.int8, quant_min=-128, quant_max=127"};
  return {};
}

// What the pairs say, written into the types of the integers between them.
void RecordParameters(PassContext& context) {
  for (const auto& node : context.graph.nodes()) {
    if (!node->op.starts_with("quantized_decomposed.")) continue;
    Value* integers = IsQuantize(node.get()) ? node->output() : node->Tensor("input");
    const auto q = IsKnownPair(*node) ? Parameters(*node) : std::nullopt;
    const auto [wrong, remedy] = UnknownQuantization(*node, integers, q.has_value());
    if (!wrong.empty())
      context.diagnostics.Error(node->location, wrong, remedy);
    else if (!integers->type.quantization)
      integers->type.quantization = q;
    else if (*integers->type.quantization != *q)
      context.diagnostics.Error(
          node->location, "'" + integers->name + "' is quantized and dequantized with different parameters",
          "quantize the program again");
  }
}

const OpDefinition* LoweringOf(const Node& node) {
  for (const auto& op : AllOps())
    for (const std::string& name : op->LowersFrom())
      if (node.Is(name)) return op.get();
  return nullptr;
}

bool KeepsParameters(const Node& node) {
  for (const auto& op : AllOps())
    for (const QuantPattern& pattern : op->Patterns())
      if (pattern.shares_input && pattern.ops.size() == 1 && node.Is(pattern.ops[0])) return true;
  return false;
}

// Whether another op computes the same with parameters of its own for the result.
bool CanHaveItsOwn(Node* node, const TargetConfig& target) {
  for (const auto& op : AllOps()) {
    if (target.dialect == Dialect::kExecutorch && op->name().starts_with("cortico::")) continue;
    for (const QuantPattern& pattern : op->Patterns())
      if (!pattern.shares_input && pattern.ops.size() == 1 && node->Is(pattern.ops[0]) &&
          op->Reject({node}).empty())
        return true;
  }
  return false;
}

std::optional<Quantization> FixedOutput(const Node& node) {
  for (const auto& op : AllOps())
    for (const QuantPattern& pattern : op->Patterns())
      if (pattern.ops.size() == 1 && node.Is(pattern.ops[0]) && pattern.fixed_output)
        return pattern.fixed_output;
  return std::nullopt;
}

// Every tensor argument comes from a dequantize, or is a float that lowering can round itself: a
// bias, or a number.
bool InputsAreDequantized(const Node& node) {
  bool any = false;
  for (const auto& [name, arg] : node.args) {
    const auto* value = std::get_if<Value*>(&arg);
    if (const auto* list = std::get_if<Values>(&arg)) {
      for (const Value* v : *list)
        if (v == nullptr || !IsDequantize(v->producer)) return false;
      any = any || !list->empty();
      continue;
    }
    if (value == nullptr || *value == nullptr) continue;
    if (IsDequantize((*value)->producer)) any = true;
    else if (!(*value)->is_constant() || (name != "bias" && (*value)->type.numel() != 1)) return false;
  }
  return any;
}

// Calls function(Value*&) for every tensor that comes from a dequantize.
template <class Function>
void ForEachDequantized(Node* node, Function function) {
  for (auto& [name, arg] : node->args) {
    if (auto* value = std::get_if<Value*>(&arg)) {
      if (*value != nullptr && IsDequantize((*value)->producer)) function(*value);
    } else if (auto* list = std::get_if<Values>(&arg)) {
      for (Value*& v : *list)
        if (v != nullptr && IsDequantize(v->producer)) function(v);
    }
  }
}

void ReadIntegers(Node* node) {
  ForEachDequantized(node, [](Value*& value) { value = value->producer->Tensor("input"); });
}

// `integers` in other parameters, by a node before `before`.
Value* Requantize(Value* integers, const Quantization& q, Node* before, PassContext& context) {
  Value* rescaled = AddRequantize(integers, q, before, context);
  context.log.push_back({"fold-quantization", rescaled->producer->location,
                         "'" + integers->name + "' is rescaled where two scales meet"});
  return rescaled;
}

// The parameters in which every reader of `value` wants it; none when they differ or one takes floats.
std::optional<Quantization> WantedBy(const std::vector<Node*>& readers) {
  if (readers.empty() || !readers[0]->Is(kQuantize)) return std::nullopt;
  const auto& q = readers[0]->output()->type.quantization;
  for (const Node* reader : readers)
    if (!reader->Is(kQuantize) || reader->output()->type.quantization != q ||
        reader->output()->type.dtype != readers[0]->output()->type.dtype)
      return std::nullopt;
  return q;
}

std::vector<std::pair<std::string, Arg>> PairArgs(Value* input, const Quantization& q, DType dtype) {
  return {{"input", input},
          {"scale", q.scale()},
          {"zero_point", int64_t{q.zero_point()}},
          {"quant_min", int64_t{q.qmin}},
          {"quant_max", int64_t{q.qmax}},
          {"dtype", dtype}};
}

// Parameters that hold every value of tensors with different ones: nothing is clipped.
Quantization Covering(const Values& integers) {
  double low = 0, high = 0;
  for (const Value* v : integers) {
    const Quantization& q = *v->type.quantization;
    low = std::min(low, (q.qmin - q.zero_point()) * q.scale());
    high = std::max(high, (q.qmax - q.zero_point()) * q.scale());
  }
  Quantization q = *integers.front()->type.quantization;
  q.qmin = -128, q.qmax = 127;
  q.scales = {static_cast<double>(static_cast<float>((high - low) / (q.qmax - q.qmin)))};
  q.zero_points = {static_cast<int32_t>(
      std::clamp<double>(std::nearbyint(q.qmin - low / q.scale()), q.qmin, q.qmax))};
  return q;
}

std::string FoldKeeper(Node* node, PassContext& context) {
  if (!KeepsParameters(*node) || !InputsAreDequantized(*node)) return "";
  if (!context.graph.IsOutput(node->output()) && WantedBy(context.graph.Users(node->output())) &&
      CanHaveItsOwn(node, context.target))
    return "";
  Values integer_inputs;
  ForEachDequantized(node, [&](Value*& value) {
    integer_inputs.push_back(value->producer->Tensor("input"));
  });
  const Value* integers = integer_inputs.front();
  std::optional<Quantization> q = integers->type.quantization;
  const auto differs = [&q](const Value* v) { return v->type.quantization != q; };
  for (const Value* v : integer_inputs)
    if (v->type.dtype != DType::kInt8 || !v->type.quantization || !v->type.quantization->per_tensor())
      return "";
  Value* result = node->output();
  if (std::any_of(integer_inputs.begin(), integer_inputs.end(), differs)) {
    const auto wanted = context.graph.IsOutput(result) ? std::nullopt
                                                       : WantedBy(context.graph.Users(result));
    q = wanted ? *wanted : Covering(integer_inputs);
  }
  const TensorType float_type = result->type;
  result->type.dtype = integers->type.dtype;
  result->type.quantization = q;
  ForEachDequantized(node, [&](Value*& value) {
    value = value->producer->Tensor("input");
    if (differs(value)) value = Requantize(value, *q, node, context);
  });
  Node* back = context.graph.AddNode(kDequantize, PairArgs(result, *q, integers->type.dtype),
                                     float_type, result->name + "_dequantized",
                                     context.graph.Next(node));
  back->location = node->location;
  context.graph.ReplaceUses(result, back->output());
  back->Set("input", result);
  return node->op + " works on the integers, with its input's parameters";
}

std::string FoldLayer(Node* node, PassContext& context) {
  if (IsDequantize(node) || IsQuantize(node)) return "";
  if (KeepsParameters(*node) && !CanHaveItsOwn(node, context.target)) return "";
  if (LoweringOf(*node) == nullptr || !InputsAreDequantized(*node) || node->outputs.size() != 1)
    return "";
  Value* result = node->output();
  if (result->type.dtype != DType::kFloat32 || context.graph.IsOutput(result)) return "";
  const std::vector<Node*> readers = context.graph.Users(result);
  const std::optional<Quantization> q = WantedBy(readers);
  if (!q) return "";
  ReadIntegers(node);
  result->type.dtype = readers[0]->output()->type.dtype;
  const std::optional<Quantization> fixed = FixedOutput(*node);
  result->type.quantization = fixed ? fixed : q;
  Value* integers = result;
  if (fixed && *fixed != *q)
    integers = Requantize(result, *q, context.graph.Next(node), context);
  for (Node* reader : readers) {
    context.graph.ReplaceUses(reader->output(), integers);
    context.graph.Erase(reader);
  }
  return node->op + " works on integers";
}

std::string CancelPair(Node* node, PassContext& context) {
  if (!node->Is(kQuantize)) return "";
  const Value* input = node->Tensor("input");
  if (input == nullptr || input->producer == nullptr || !input->producer->Is(kDequantize)) return "";
  Value* integers = input->producer->Tensor("input");
  if (integers->type.quantization != node->output()->type.quantization ||
      integers->type.dtype != node->output()->type.dtype)
    return "";
  context.graph.ReplaceUses(node->output(), integers);
  context.graph.Erase(node);
  return "dequantize and quantize with the same parameters cancel";
}

std::string RequantizePair(Node* node, PassContext& context) {
  if (!node->Is(kQuantize)) return "";
  const Value* input = node->Tensor("input");
  if (input == nullptr || input->producer == nullptr || !input->producer->Is(kDequantize)) return "";
  Value* integers = input->producer->Tensor("input");
  const TensorType& type = node->output()->type;
  if (integers->type.dtype != DType::kInt8 || type.dtype != DType::kInt8) return "";
  Value* rescaled = Requantize(integers, *type.quantization, node, context);
  context.graph.ReplaceUses(node->output(), rescaled);
  context.graph.Erase(node);
  return "dequantize and quantize with other parameters are one table";
}

// What was quantized and is computed with in float all the same.
std::string DequantizeConstant(Node* node, PassContext& context) {
  if (!IsDequantize(node)) return "";
  const Value* input = node->Tensor("input");
  if (input == nullptr || !input->is_constant()) return "";
  const auto& q = input->type.quantization;
  const DType dtype = input->type.dtype;
  if (!q || (dtype != DType::kInt8 && dtype != DType::kInt32) || q->axis >= input->type.rank())
    return "";
  const int64_t inner = q->per_tensor() ? 1 : StridesOf(input->type)[static_cast<size_t>(q->axis)];
  const auto slices = static_cast<int64_t>(q->scales.size());
  std::vector<float> reals;
  for (int64_t i = 0; i < input->type.numel(); ++i) {
    const auto slice = static_cast<size_t>(i / inner % slices);
    const int64_t units = dtype == DType::kInt8 ? input->DataAs<int8_t>()[i] : input->DataAs<int32_t>()[i];
    reals.push_back(static_cast<float>(units - q->zero_points[slice]) *
                    static_cast<float>(q->scales[slice]));
  }
  Value* constant =
      context.graph.AddConstant(input->name + "_dq", {DType::kFloat32, input->type.sizes, {}, {}}, reals);
  constant->origin = input->origin;
  context.graph.ReplaceUses(node->output(), constant);
  context.graph.Erase(node);
  return "a quantized constant is read in float: dequantized at compile time";
}

}  // namespace

void FoldQuantization(PassContext& context) {
  RecordParameters(context);
  if (!context.diagnostics.ok()) return;
  ApplyRules("fold-quantization",
             {{"cancel-pair", CancelPair},
              {"keeper", FoldKeeper},
              {"layer", FoldLayer},
              {"requantize", RequantizePair}},
             context);
  ApplyRules("fold-quantization", {{"dequantize-constant", DequantizeConstant}}, context);
}

}  // namespace cortico::passes
