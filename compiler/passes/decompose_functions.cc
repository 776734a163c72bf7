// Functions of one element that have no portable op, in terms of those that have: the other half of
// decompose_float.cc. One row each: the op, and its formula.
#include <limits>
#include <map>
#include <utility>

#include "compiler/passes/float_rules.h"

namespace cortico::passes {
namespace {

using Formula = Value* (*)(FloatBuilder& b, Value* x, const Node& node);

// log(1 + exp(beta * x)) / beta, or x where that is the same.
Value* Softplus(FloatBuilder& b, Value* x, double beta, double threshold) {
  Value* scaled = beta == 1.0 ? x : b.Binary("mul", x, beta);
  Value* soft = b.Unary("log1p", b.Unary("exp", scaled));
  if (beta != 1.0) soft = b.Binary("div", soft, beta);
  return b.Where(b.Compare("gt", scaled, threshold), x, soft);
}

Value* Elu(FloatBuilder& b, Value* x, double alpha, double scale, double input_scale) {
  return b.Make("aten.elu.default",
                {{"self", x}, {"alpha", alpha}, {"scale", scale}, {"input_scale", input_scale}},
                {DType::kFloat32, x->type.sizes, {}, {}});
}

Value* Clamped(FloatBuilder& b, Value* x, double low, double high) {
  return b.Make("aten.hardtanh.default", {{"self", x}, {"min_val", low}, {"max_val", high}},
                {DType::kFloat32, x->type.sizes, {}, {}});
}

Value* Silu(FloatBuilder& b, Value* x, const Node&) { return b.Binary("mul", x, b.Unary("sigmoid", x)); }
Value* Square(FloatBuilder& b, Value* x, const Node&) { return b.Binary("mul", x, x); }
Value* Hardsigmoid(FloatBuilder& b, Value* x, const Node&) {
  return b.Binary("div", Clamped(b, b.Binary("add", x, 3.0), 0, 6), 6.0);
}
Value* Hardswish(FloatBuilder& b, Value* x, const Node&) {
  return b.Binary("div", b.Binary("mul", x, Clamped(b, b.Binary("add", x, 3.0), 0, 6)), 6.0);
}
Value* SoftplusOp(FloatBuilder& b, Value* x, const Node& node) {
  return Softplus(b, x, node.Double("beta", 1), node.Double("threshold", 20));
}
Value* Mish(FloatBuilder& b, Value* x, const Node&) {
  return b.Binary("mul", x, b.Unary("tanh", Softplus(b, x, 1, 20)));
}
// min(x, 0) - log(1 + exp(-|x|))
Value* LogSigmoid(FloatBuilder& b, Value* x, const Node&) {
  Value* tail = b.Unary("log1p", b.Unary("exp", b.Unary("neg", b.Unary("abs", x))));
  Value* low = Clamped(b, x, -std::numeric_limits<double>::infinity(), 0);
  return b.Binary("sub", low, tail);
}
Value* Celu(FloatBuilder& b, Value* x, const Node& node) {
  const double alpha = node.Double("alpha", 1);
  return Elu(b, x, alpha, 1, 1 / alpha);
}
Value* Selu(FloatBuilder& b, Value* x, const Node&) {
  return Elu(b, x, 1.6732632423543772, 1.0507009873554805, 1);
}
Value* Threshold(FloatBuilder& b, Value* x, const Node& node) {
  return b.Where(b.Compare("le", x, node.Double("threshold", 0)), node.Double("value", 0), x);
}
Value* Softsign(FloatBuilder& b, Value* x, const Node&) {
  return b.Binary("div", x, b.Binary("add", b.Unary("abs", x), 1.0));
}
Value* Hardshrink(FloatBuilder& b, Value* x, const Node& node) {
  return b.Where(b.Compare("le", b.Unary("abs", x), node.Double("lambd", 0.5)), 0.0, x);
}
Value* Softshrink(FloatBuilder& b, Value* x, const Node& node) {
  const double lambda = node.Double("lambd", 0.5);
  Value* below = b.Where(b.Compare("lt", x, -lambda), b.Binary("add", x, lambda), 0.0);
  return b.Where(b.Compare("gt", x, lambda), b.Binary("sub", x, lambda), below);
}

std::string DecomposeFunction(Node* node, PassContext& context) {
  static const std::map<std::string, Formula> kFormulas = {
      {"aten.silu.default", Silu},             {"aten.square.default", Square},
      {"aten.hardsigmoid.default", Hardsigmoid}, {"aten.hardswish.default", Hardswish},
      {"aten.softplus.default", SoftplusOp},   {"aten.mish.default", Mish},
      {"aten.log_sigmoid.default", LogSigmoid}, {"aten.celu.default", Celu},
      {"aten.selu.default", Selu},             {"aten.threshold.default", Threshold},
      {"aten.softsign.default", Softsign},     {"aten.hardshrink.default", Hardshrink},
      {"aten.softshrink.default", Softshrink}};
  std::string op = node->op;
  if (op.ends_with("_.default")) op = op.substr(0, op.size() - 9) + ".default";
  const auto it = kFormulas.find(op);
  Value* x = node->Tensor("self");
  if (x == nullptr || !IsPlain(*node) || x->type.dtype != DType::kFloat32) return "";
  if (it == kFormulas.end()) {
    // The in-place form of what has an op.
    if (op == node->op) return "";
    const std::string before = std::exchange(node->op, op);
    return before + " → " + op;
  }
  FloatBuilder build(node, context);
  const std::string before = node->op;
  build.Finish(it->second(build, x, *node));
  return before + " → its formula";
}

// x > 0 ? x : weight * x, a weight for each channel.
std::string DecomposePrelu(Node* node, PassContext& context) {
  if (!node->Is("aten.prelu.default") && !node->Is("aten._prelu_kernel.default")) return "";
  Value* x = node->Tensor("self");
  Value* weight = node->Tensor("weight");
  if (x == nullptr || weight == nullptr || !IsPlain(*node)) return "";
  FloatBuilder build(node, context);
  if (weight->type.numel() > 1 && weight->type.rank() == 1) {
    Ints64 sizes(static_cast<size_t>(x->type.rank()), 1);
    sizes.at(1) = weight->type.numel();
    weight = build.View(weight, sizes);
  }
  Value* scaled = build.Binary("mul", x, weight);
  build.Finish(build.Where(build.Compare("gt", x, 0.0), x, scaled));
  return "aten.prelu.default → its formula";
}

std::string DecomposeMaskedFill(Node* node, PassContext& context) {
  if (!node->Is("aten.masked_fill.Scalar") && !node->Is("aten.masked_fill.Tensor")) return "";
  Value* self = node->Tensor("self");
  Value* mask = node->Tensor("mask");
  const Arg* value = node->Find("value");
  if (self == nullptr || mask == nullptr || value == nullptr || !IsPlain(*node)) return "";
  FloatBuilder build(node, context);
  Value* filled = build.Make("aten.where.self", {{"condition", mask}, {"self", *value}, {"other", self}},
                             node->output()->type);
  build.Finish(filled);
  return "aten.masked_fill → aten.where.self";
}

// Division with rounding, and what is left of it.
std::string DecomposeDivision(Node* node, PassContext& context) {
  const bool remainder = node->op.starts_with("aten.remainder.");
  const bool floor_divide = node->op.starts_with("aten.floor_divide.");
  std::string mode = remainder || floor_divide ? "floor" : "";
  if (node->Is("aten.div.Tensor_mode") || node->Is("aten.div.Scalar_mode"))
    if (const Arg* arg = node->Find("rounding_mode"); arg != nullptr)
      if (const auto* text = std::get_if<std::string>(arg)) mode = *text;
  const Arg* other = node->Find("other");
  Value* self = node->Tensor("self");
  if (mode.empty() || self == nullptr || other == nullptr || !IsPlain(*node) ||
      node->output()->type.dtype != DType::kFloat32)
    return "";
  FloatBuilder build(node, context);
  const TensorType type = node->output()->type;
  Value* quotient = build.Make("aten.div.Tensor", {{"self", self}, {"other", *other}}, type);
  Value* whole = build.Unary(mode == "floor" ? "floor" : "trunc", quotient);
  const std::string before = node->op;
  if (remainder) {
    Value* taken = build.Make("aten.mul.Tensor", {{"self", whole}, {"other", *other}}, type);
    whole = build.Make("aten.sub.Tensor", {{"self", self}, {"other", taken}}, type);
  }
  build.Finish(whole);
  return before + " → its formula";
}

}  // namespace

const std::vector<Rule>& FunctionRules() {
  static const std::vector<Rule> rules = {{"function", DecomposeFunction},
                                          {"prelu", DecomposePrelu},
                                          {"masked-fill", DecomposeMaskedFill},
                                          {"division", DecomposeDivision}};
  return rules;
}

}  // namespace cortico::passes
