// Why: one word of PyTorch may stand for several ops that the dialect has. Opened before the
// quantizer looks, each part gets a range of its own and runs on integers.
//
//   scaled_dot_product_attention(q, k, v)  → bmm(softmax(bmm(q * scale, kᵀ)), v)
//   softmax, log_softmax along dimension d → permute, along the last one, permute
//   group_norm, instance_norm              → layer_norm of each group, times weight, plus bias
//   rms_norm                               → x * rsqrt(mean(x²) + eps) * weight
//   var, std                               → mean((x - mean(x))²) * n / (n - correction), its root
//   linalg_vector_norm (1 and 2)           → sum(|x|), sqrt(sum(x²))
//   max.dim, min.dim, max, min             → amax or amin, and argmax or argmin where it is read
//   glu → a * sigmoid(b);  prelu with one weight → leaky_relu
//   addcmul, lerp → mul and add
//
// Needs: nothing. Refuses: attention with a mask that is not finite or is computed, which stays whole.
#include <algorithm>
#include <cmath>

#include "compiler/passes/build.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

bool IsGiven(const Node& node, const char* name) {
  const Arg* arg = node.Find(name);
  return arg != nullptr && !std::holds_alternative<std::monostate>(*arg);
}

std::string OpenSoftmax(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {"aten.softmax.int", "aten._softmax.default",
                                           "aten.log_softmax.int", "aten._log_softmax.default"};
  if (std::none_of(std::begin(kNames), std::end(kNames), [&](const char* n) { return node->Is(n); }))
    return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t rank = self->type.rank(), dim = WrapDim(node->Int("dim", -1), rank);
  if (dim < 0 || dim == rank - 1) return "";
  Ints64 dims = Iota(rank);
  std::swap(dims[static_cast<size_t>(dim)], dims.back());
  Builder build(node, context);
  Value* turned = build.Permute(self, dims);
  const std::string op = node->op;
  Value* result = build.Op(op, {{"self", turned}, {"dim", int64_t{-1}}}, turned->type.sizes, "last");
  build.Replace(build.Permute(result, dims));
  return op + " along the last dimension of a permuted tensor";
}

// The mask as something to add; false when it is none of finite numbers known now.
bool IsFiniteMask(const Value* mask) {
  if (mask == nullptr) return true;
  if (!mask->is_constant() || mask->type.dtype != DType::kFloat32) return false;
  const float* data = mask->DataAs<float>();
  return std::all_of(data, data + mask->type.numel(), [](float x) { return std::isfinite(x); });
}

std::string OpenAttention(Node* node, PassContext& context) {
  if (!node->Is("aten.scaled_dot_product_attention.default")) return "";
  Value *query = node->Tensor("query"), *key = node->Tensor("key"), *value = node->Tensor("value");
  Value* mask = node->Tensor("attn_mask");
  if (query == nullptr || key == nullptr || value == nullptr || query->type.rank() < 3 ||
      key->type.rank() != query->type.rank() || value->type.rank() != query->type.rank() ||
      node->Bool("is_causal", false) || node->Bool("enable_gqa", false) || !IsFiniteMask(mask) ||
      node->Double("dropout_p", 0.0) != 0.0)
    return "";
  const Ints64& q = query->type.sizes;
  const double scale = IsGiven(*node, "scale") ? node->Double("scale", 1.0)
                                               : 1.0 / std::sqrt(static_cast<double>(q.back()));
  Builder build(node, context);
  Value* scaled = build.Op("aten.mul.Tensor", {{"self", query}, {"other", scale}}, q, "scaled");
  Ints64 dims = Iota(key->type.rank());
  std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
  Ints64 sizes = q;
  sizes.back() = key->type.sizes[key->type.sizes.size() - 2];
  Value* scores = build.Op("aten.matmul.default",
                           {{"self", scaled}, {"other", build.Permute(key, dims)}}, sizes, "scores");
  if (mask != nullptr)
    scores = build.Op("aten.add.Tensor", {{"self", scores}, {"other", mask}}, sizes, "masked");
  Value* weights =
      build.Op("aten.softmax.int", {{"self", scores}, {"dim", int64_t{-1}}}, sizes, "weights");
  build.Replace(build.Op("aten.matmul.default", {{"self", weights}, {"other", value}},
                         node->output()->type.sizes, "mixed"));
  return "attention → matmul, softmax, matmul";
}

// result * weight + bias, one of each per channel (dimension 1).
Value* PerChannel(Value* result, Value* weight, Value* bias, Builder& build) {
  const Ints64& sizes = result->type.sizes;
  Ints64 channels(sizes.size(), 1);
  channels.at(1) = sizes[1];
  if (weight != nullptr)
    result = build.Op("aten.mul.Tensor", {{"self", result}, {"other", build.View(weight, channels)}},
                      sizes, "weighted");
  if (bias != nullptr)
    result = build.Op("aten.add.Tensor", {{"self", result}, {"other", build.View(bias, channels)}},
                      sizes, "shifted");
  return result;
}

std::string OpenGroupNorm(Node* node, PassContext& context) {
  const bool instance = node->Is("aten.instance_norm.default");
  if (!instance && !node->Is("aten.group_norm.default")) return "";
  Value* input = node->Tensor("input");
  if (input == nullptr || input->type.rank() < 2) return "";
  if (instance && !node->Bool("use_input_stats", true)) return "";
  const Ints64 sizes = input->type.sizes;
  const int64_t groups = instance ? sizes[1] : node->Int("num_groups", 1);
  if (groups < 1 || sizes[1] % groups != 0) return "";
  const int64_t row = input->type.numel() / (sizes[0] * groups);
  Builder build(node, context);
  const Ints64 rows = {sizes[0], groups, row};
  Value* normal = build.Op("aten.layer_norm.default",
                           {{"input", build.View(input, rows)},
                            {"normalized_shape", Ints64{row}},
                            {"weight", std::monostate{}},
                            {"bias", std::monostate{}},
                            {"eps", node->Double("eps", 1e-5)}},
                           rows, "normal");
  build.Replace(PerChannel(build.View(normal, sizes), node->Tensor("weight"), node->Tensor("bias"),
                           build));
  return "a layer norm of each group";
}

std::string OpenRmsNorm(Node* node, PassContext& context) {
  if (!node->Is("aten.rms_norm.default")) return "";
  Value* input = node->Tensor("input");
  const Ints64 shape = node->IntList("normalized_shape", {});
  if (input == nullptr || shape.empty()) return "";
  const Ints64& sizes = input->type.sizes;
  Ints64 one = sizes, dims;
  for (size_t i = 1; i <= shape.size(); ++i) {
    one.at(sizes.size() - i) = 1;
    dims.push_back(-static_cast<int64_t>(i));
  }
  Builder build(node, context);
  Value* squares = build.Op("aten.square.default", {{"self", input}}, sizes, "squares");
  Value* mean = build.Op("aten.mean.dim", {{"self", squares}, {"dim", dims}, {"keepdim", true}}, one,
                         "mean");
  // torch's own default: the smallest step of float32 at 1.
  const double eps = IsGiven(*node, "eps") ? node->Double("eps", 0.0) : std::ldexp(1.0, -23);
  Value* safe = build.Op("aten.add.Tensor", {{"self", mean}, {"other", eps}}, one, "safe");
  Value* factor = build.Op("aten.rsqrt.default", {{"self", safe}}, one, "factor");
  Value* normal =
      build.Op("aten.mul.Tensor", {{"self", input}, {"other", factor}}, sizes, "normal");
  if (Value* weight = node->Tensor("weight"))
    normal = build.Op("aten.mul.Tensor", {{"self", normal}, {"other", weight}}, sizes, "weighted");
  build.Replace(normal);
  return "rms norm → square, mean, rsqrt, mul";
}

std::string OpenVariance(Node* node, PassContext& context) {
  const bool root = node->op.starts_with("aten.std.");
  if (!root && !node->op.starts_with("aten.var.")) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t rank = self->type.rank();
  Ints64 dims = node->IntList("dim", {});
  if (dims.empty()) dims = Iota(rank);
  Ints64 one = self->type.sizes;
  double count = 1;
  for (int64_t& d : dims) {
    d = WrapDim(d, rank);
    if (d < 0) return "";
    count *= static_cast<double>(std::exchange(one[static_cast<size_t>(d)], 1));
  }
  const double correction = IsGiven(*node, "correction") ? node->Double("correction", 1.0)
                                                         : (node->Bool("unbiased", true) ? 1.0 : 0.0);
  if (!(count > correction)) return "";
  Builder build(node, context);
  const Ints64 sizes = self->type.sizes;
  const auto mean_of = [&](Value* x) {
    return build.Op("aten.mean.dim", {{"self", x}, {"dim", dims}, {"keepdim", true}}, one, "mean");
  };
  Value* centred =
      build.Op("aten.sub.Tensor", {{"self", self}, {"other", mean_of(self)}}, sizes, "centred");
  Value* result = mean_of(build.Op("aten.square.default", {{"self", centred}}, sizes, "squares"));
  if (correction != 0)
    result = build.Op("aten.mul.Tensor", {{"self", result}, {"other", count / (count - correction)}},
                      one, "corrected");
  if (root) result = build.Op("aten.sqrt.default", {{"self", result}}, one, "root");
  const std::string what = node->op;
  build.Replace(build.View(result, node->output()->type.sizes));
  return what + " → mean, sub, square, mean";
}

std::string OpenVectorNorm(Node* node, PassContext& context) {
  if (!node->Is("aten.linalg_vector_norm.default")) return "";
  Value* self = node->Tensor("self");
  const double order = node->Double("ord", 2.0);
  if (self == nullptr || (order != 1.0 && order != 2.0)) return "";
  Builder build(node, context);
  const Ints64& sizes = node->output()->type.sizes;
  Value* terms = build.Op(order == 2.0 ? "aten.square.default" : "aten.abs.default",
                          {{"self", self}}, self->type.sizes, "terms");
  Value* sum = build.Op("aten.sum.dim_IntList",
                        {{"self", terms},
                         {"dim", node->IntList("dim", {})},
                         {"keepdim", node->Bool("keepdim", false)}},
                        sizes, "sum");
  if (order == 2.0) sum = build.Op("aten.sqrt.default", {{"self", sum}}, sizes, "root");
  build.Replace(sum);
  return "norm → a sum of squares or magnitudes";
}

// Values along a dimension, and where they stand.
std::string OpenExtreme(Node* node, PassContext& context) {
  const bool max = node->Is("aten.max.dim") || node->Is("aten.max.default");
  if (!max && !node->Is("aten.min.dim") && !node->Is("aten.min.default")) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const bool all = node->op.ends_with(".default");
  const Ints64 dims = all ? Iota(self->type.rank()) : Ints64{node->Int("dim", 0)};
  const bool keep = node->Bool("keepdim", false);
  const std::string what = node->op;
  Builder build(node, context);
  build.ReplaceResult(0, build.Op(max ? "aten.amax.default" : "aten.amin.default",
                                  {{"self", self}, {"dim", dims}, {"keepdim", keep}},
                                  node->output()->type.sizes, "value"));
  if (node->outputs.size() > 1 && context.graph.UseCount(node->output(1)) > 0) {
    Node* where = context.graph.AddNode(
        max ? "aten.argmax.default" : "aten.argmin.default",
        {{"self", self}, {"dim", dims.front()}, {"keepdim", keep}}, node->output(1)->type,
        node->output(1)->name + "_index", node);
    where->location = node->location;
    build.ReplaceResult(1, where->output());
  }
  context.graph.Erase(node);
  return what + (max ? " → amax" : " → amin");
}

// Over all elements: along the one dimension of a vector.
std::string OpenArgument(Node* node, PassContext& context) {
  if ((!node->Is("aten.argmax.default") && !node->Is("aten.argmin.default")) || IsGiven(*node, "dim"))
    return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  Builder build(node, context);
  TensorType one = node->output()->type;
  one.sizes.clear();
  Node* flat = context.graph.AddNode(
      node->op, {{"self", build.View(self, {self->type.numel()})}, {"dim", int64_t{0}}}, one,
      node->output()->name + "_flat", node);
  flat->location = node->location;
  const std::string what = node->op;
  build.Replace(build.View(flat->output(), node->output()->type.sizes));
  return what + " of a vector";
}

// A pool that could also tell where its maxima stand, a layer norm that could tell mean and
// deviation, when nobody asks.
std::string DropUnread(Node* node, PassContext& context) {
  static constexpr const char* kNames[][2] = {
      {"aten.native_layer_norm.default", "aten.layer_norm.default"},
      {"aten.max_pool2d_with_indices.default", "aten.max_pool2d.default"},
      {"aten.max_pool1d_with_indices.default", "aten.max_pool1d.default"},
      {"aten.adaptive_max_pool2d.default", "aten.adaptive_max_pool2d.default"},
      {"aten.adaptive_max_pool1d.default", "aten.adaptive_max_pool1d.default"}};
  const auto* names = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&](const auto& pair) { return node->Is(pair[0]); });
  if (names == std::end(kNames) || node->outputs.size() < 2) return "";
  for (size_t i = 1; i < node->outputs.size(); ++i)
    if (context.graph.UseCount(node->output(i)) > 0) return "";
  const std::string what = node->op;
  Builder build(node, context);
  build.Replace(build.Op((*names)[1], node->args, node->output()->type.sizes, "alone"));
  return what + " without what nobody reads";
}

std::string OpenGlu(Node* node, PassContext& context) {
  if (!node->Is("aten.glu.default")) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t dim = WrapDim(node->Int("dim", -1), self->type.rank());
  if (dim < 0) return "";
  const int64_t size = self->type.sizes[static_cast<size_t>(dim)];
  const Ints64& sizes = node->output()->type.sizes;
  Builder build(node, context);
  Value* gate = build.Op("aten.sigmoid.default", {{"self", build.Slice(self, dim, size / 2, size)}},
                         sizes, "gate");
  build.Replace(build.Op("aten.mul.Tensor",
                         {{"self", build.Slice(self, dim, 0, size / 2)}, {"other", gate}}, sizes,
                         "gated"));
  return "glu → a half times the sigmoid of the other";
}

std::string OpenPrelu(Node* node, PassContext& context) {
  if (!node->Is("aten.prelu.default") && !node->Is("aten._prelu_kernel.default")) return "";
  const Value* weight = node->Tensor("weight");
  if (weight == nullptr || !weight->is_constant() || weight->type.numel() != 1 ||
      weight->type.dtype != DType::kFloat32)
    return "";
  Builder build(node, context);
  build.Replace(build.Op(
      "aten.leaky_relu.default",
      {{"self", node->Tensor("self")}, {"negative_slope", double{weight->DataAs<float>()[0]}}},
      node->output()->type.sizes, "leaky"));
  return "prelu of one weight → leaky_relu";
}

std::string OpenSums(Node* node, PassContext& context) {
  const bool lerp = node->Is("aten.lerp.Scalar");
  if (!lerp && !node->Is("aten.addcmul.default")) return "";
  Value* self = node->Tensor("self");
  Value* a = node->Tensor(lerp ? "end" : "tensor1");
  Value* b = node->Tensor(lerp ? "self" : "tensor2");
  if (self == nullptr || a == nullptr || b == nullptr) return "";
  const Ints64& sizes = node->output()->type.sizes;
  const double factor = lerp ? node->Double("weight", 0.0) : node->Double("value", 1.0);
  Builder build(node, context);
  // Of lerp: the way from self to end; of addcmul: the product.
  Value* way = build.Op(lerp ? "aten.sub.Tensor" : "aten.mul.Tensor", {{"self", a}, {"other", b}},
                        sizes, "way");
  const std::string what = node->op;
  build.Replace(build.Op("aten.add.Tensor", {{"self", self}, {"other", way}, {"alpha", factor}},
                         sizes, "sum"));
  return what + (lerp ? " → sub, add" : " → mul, add");
}

}  // namespace

void OpenComposites(PassContext& context) {
  if (context.in_float) return;
  ApplyRules("open-composites",
             {{"softmax", OpenSoftmax},
              {"attention", OpenAttention},
              {"group-norm", OpenGroupNorm},
              {"rms-norm", OpenRmsNorm},
              {"variance", OpenVariance},
              {"vector-norm", OpenVectorNorm},
              {"extreme", OpenExtreme},
              {"argument", OpenArgument},
              {"unread", DropUnread},
              {"glu", OpenGlu},
              {"prelu", OpenPrelu},
              {"sums", OpenSums}},
             context);
  // What was done to constants is one.
  FoldConstants(context);
}

}  // namespace cortico::passes
