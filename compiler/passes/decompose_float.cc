// Why: what stays in float runs on portable kernels, which have ExecuTorch's core names and no more.
// Everything else is a few of these.
//
//   %y = aten.linear.default(input=%x, weight=%w, bias=%b)   → aten.addmm.default(self=%b, mat1=%x, mat2=%w_t)
//   %y = aten.conv2d.default(…)                              → aten.convolution.default(…)
//   %y = aten.silu.default(self=%x)                          → aten.sigmoid.default, aten.mul.Tensor
//   %y = aten.layer_norm.default(…)                          → aten.native_layer_norm.default, three results
//
// Formulas of one element are in decompose_functions.cc. Needs: fold-quantization, so that only what
// has to stay in float is looked at. Refuses: nothing; what it does not know it leaves alone.
#include <algorithm>
#include <cmath>
#include <map>

#include "compiler/passes/float_rules.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {

bool IsPlain(const Node& node) {
  const auto plain = [](const Value* value) {
    return !value->type.quantization && value->type.dtype != DType::kInt8;
  };
  const Values inputs = node.Inputs();
  return std::all_of(inputs.begin(), inputs.end(), plain) &&
         std::all_of(node.outputs.begin(), node.outputs.end(), plain);
}

Value* FloatBuilder::Make(const std::string& op, Args args, TensorType type) {
  Node* made = graph_.AddNode(op, std::move(args), std::move(type), node_->output()->name, node_);
  made->location = node_->location;
  return made->output();
}

Value* FloatBuilder::Unary(const char* op, Value* x) {
  return Make(std::string("aten.") + op + ".default", {{"self", x}},
              {DType::kFloat32, x->type.sizes, {}, {}});
}

Value* FloatBuilder::Binary(const char* op, Value* a, Arg b) {
  return Make(std::string("aten.") + op + ".Tensor", {{"self", a}, {"other", std::move(b)}},
              {DType::kFloat32, a->type.sizes, {}, {}});
}

Value* FloatBuilder::Compare(const char* op, Value* a, Arg b) {
  return Make(std::string("aten.") + op + ".Tensor", {{"self", a}, {"other", std::move(b)}},
              {DType::kBool, a->type.sizes, {}, {}});
}

Value* FloatBuilder::Where(Value* mask, Arg then, Arg otherwise) {
  return Make("aten.where.self",
              {{"condition", mask}, {"self", std::move(then)}, {"other", std::move(otherwise)}},
              {DType::kFloat32, node_->output()->type.sizes, {}, {}});
}

Value* FloatBuilder::View(Value* x, const Ints64& sizes) {
  if (x->type.sizes == sizes) return x;
  TensorType type = x->type;
  type.sizes = sizes;
  return Make("aten.view.default", {{"self", x}, {"size", sizes}}, type);
}

Value* FloatBuilder::Permute(Value* x, const Ints64& dims) {
  TensorType type = x->type;
  type.sizes.clear();
  for (int64_t d : dims) type.sizes.push_back(x->type.sizes.at(static_cast<size_t>(d)));
  return Make("aten.permute.default", {{"self", x}, {"dims", dims}}, type);
}

void FloatBuilder::Finish(Value* value) {
  const std::string name = node_->output()->name;
  graph_.ReplaceUses(node_->output(), value);
  graph_.Erase(node_);
  if (value->kind == Value::Kind::kResult) graph_.Rename(value, name);
}

namespace {

// The same arguments, or almost, under the name that has a kernel.
std::string RenameOp(Node* node, PassContext&) {
  static const std::map<std::string, const char*> kNames = {
      {"aten.add.Scalar", "aten.add.Tensor"},        {"aten.sub.Scalar", "aten.sub.Tensor"},
      {"aten.mul.Scalar", "aten.mul.Tensor"},        {"aten.div.Scalar", "aten.div.Tensor"},
      {"aten.eq.Scalar", "aten.eq.Tensor"},          {"aten.ne.Scalar", "aten.ne.Tensor"},
      {"aten.lt.Scalar", "aten.lt.Tensor"},          {"aten.le.Scalar", "aten.le.Tensor"},
      {"aten.gt.Scalar", "aten.gt.Tensor"},          {"aten.ge.Scalar", "aten.ge.Tensor"},
      {"aten.pow.Tensor_Scalar", "aten.pow.Tensor_Tensor"},
      {"aten.pow.Scalar", "aten.pow.Tensor_Tensor"}, {"aten.where.ScalarSelf", "aten.where.self"},
      {"aten.where.ScalarOther", "aten.where.self"}, {"aten.where.Scalar", "aten.where.self"},
      {"aten.softmax.int", "aten._softmax.default"}, {"aten.log_softmax.int", "aten._log_softmax.default"},
      {"aten.mean.default", "aten.mean.dim"},        {"aten.sum.default", "aten.sum.dim_IntList"},
      {"aten.any.default", "aten.any.dims"},         {"aten.max.default", "aten.amax.default"},
      {"aten.any.dim", "aten.any.dims"},             {"aten.min.default", "aten.amin.default"},
      {"aten.expand.default", "aten.expand_copy.default"},
      {"aten.adaptive_avg_pool2d.default", "aten._adaptive_avg_pool2d.default"},
      {"aten.upsample_nearest2d.default", "aten.upsample_nearest2d.vec"},
      {"aten.upsample_bilinear2d.default", "aten.upsample_bilinear2d.vec"}};
  const auto it = kNames.find(node->op);
  if (it == kNames.end()) return "";
  const std::string before = node->op;
  node->op = it->second;
  if (before.starts_with("aten.upsample")) {
    // Two numbers become one list.
    if (Value* self = node->Tensor("self")) node->Set("input", self);
    node->Remove("self");
    if (node->Double("scales_h", 0) > 0 && node->Double("scales_w", 0) > 0)
      node->Set("scale_factors", Doubles{node->Double("scales_h", 1), node->Double("scales_w", 1)});
    node->Remove("scales_h"), node->Remove("scales_w");
  }
  return before + " → " + node->op;
}

// Masks have logical ops: that is what the bits of a truth value are.
std::string DecomposeBitwise(Node* node, PassContext&) {
  static constexpr const char* kOps[] = {"and", "or", "xor", "not"};
  if (node->output()->type.dtype != DType::kBool) return "";
  for (const std::string op : kOps) {
    if (!node->op.starts_with("aten.bitwise_" + op + ".")) continue;
    const std::string before = node->op;
    node->op = "aten.logical_" + op + ".default";
    return before + " → " + node->op;
  }
  return "";
}

std::string DecomposeRsub(Node* node, PassContext&) {
  if (!node->Is("aten.rsub.Scalar") && !node->Is("aten.rsub.Tensor")) return "";
  const Arg self = *node->Find("self"), other = *node->Find("other");
  node->op = "aten.sub.Tensor";
  node->Set("self", other);
  node->Set("other", self);
  return "aten.rsub → aten.sub.Tensor";
}

std::string DecomposeConvolution(Node* node, PassContext&) {
  const bool transposed = node->Is("aten.conv_transpose2d.input");
  if (!transposed && !node->Is("aten.conv2d.default")) return "";
  if (node->output()->type.rank() != 4) return "";
  const std::string before = node->op;
  node->op = "aten.convolution.default";
  node->Set("transposed", transposed);
  return before + " → " + node->op;
}

Value* TransposedWeight(Value* weight, FloatBuilder& build, PassContext& context) {
  if (!weight->is_constant()) return build.Permute(weight, {1, 0});
  const int64_t rows = weight->type.sizes[0], columns = weight->type.sizes[1];
  std::vector<float> turned(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      turned[static_cast<size_t>(c * rows + r)] = weight->DataAs<float>()[r * columns + c];
  Value* constant = context.graph.AddConstant(
      weight->name + "_t", {DType::kFloat32, {columns, rows}, {}, {}}, turned);
  constant->origin = weight->origin;
  return constant;
}

std::string DecomposeLinear(Node* node, PassContext& context) {
  if (!node->Is("aten.linear.default")) return "";
  Value* input = node->Tensor("input");
  Value* weight = node->Tensor("weight");
  Value* bias = node->Tensor("bias");
  if (input == nullptr || weight == nullptr || weight->type.rank() != 2 ||
      weight->type.dtype != DType::kFloat32 || input->type.rank() < 1 || input->type.sizes.back() == 0)
    return "";
  FloatBuilder build(node, context);
  const int64_t depth = input->type.sizes.back();
  const Ints64 flat = {input->type.numel() / depth, depth};
  Value* rows = build.View(input, flat);
  Value* matrix = TransposedWeight(weight, build, context);
  const TensorType type = {DType::kFloat32, {flat[0], weight->type.sizes[0]}, {}, {}};
  Value* product =
      bias == nullptr
          ? build.Make("aten.mm.default", {{"self", rows}, {"mat2", matrix}}, type)
          : build.Make("aten.addmm.default", {{"self", bias}, {"mat1", rows}, {"mat2", matrix}}, type);
  const std::string op = product->producer->op;
  build.Finish(build.View(product, node->output()->type.sizes));
  return "aten.linear.default → " + op;
}

// `node` becomes one with more results, of which the first takes its place.
std::string WithResults(Node* node, const std::string& op,
                        std::vector<std::pair<std::string, Arg>> args,
                        const std::vector<TensorType>& more, PassContext& context) {
  std::vector<TensorType> types = {node->output()->type};
  std::vector<std::string> names = {node->output()->name};
  for (const TensorType& type : more) {
    types.push_back(type);
    names.push_back(node->output()->name + "_" + std::to_string(names.size()));
  }
  Node* made = context.graph.AddNode(op, std::move(args), types, names, node);
  made->location = node->location;
  const std::string name = node->output()->name, before = node->op;
  context.graph.ReplaceUses(node->output(), made->output());
  context.graph.Erase(node);
  context.graph.Rename(made->output(), name);
  return before + " → " + op;
}

std::string DecomposeNorm(Node* node, PassContext& context) {
  if (node->Is("aten.layer_norm.default")) {
    const Ints64 shape = node->IntList("normalized_shape", {});
    TensorType statistics = node->output()->type;
    for (size_t i = 0; i < shape.size() && i < statistics.sizes.size(); ++i)
      statistics.sizes[statistics.sizes.size() - 1 - i] = 1;
    return WithResults(node, "aten.native_layer_norm.default",
                       {{"input", node->Tensor("input")},
                        {"normalized_shape", shape},
                        {"weight", node->Tensor("weight")},
                        {"bias", node->Tensor("bias")},
                        {"eps", node->Double("eps", 1e-5)}},
                       {statistics, statistics}, context);
  }
  if (!node->Is("aten.group_norm.default")) return "";
  Value* input = node->Tensor("input");
  if (input == nullptr || input->type.rank() < 2) return "";
  const int64_t n = input->type.sizes[0], c = input->type.sizes[1], groups = node->Int("num_groups", 1);
  const TensorType statistics = {DType::kFloat32, {n, groups}, {}, {}};
  return WithResults(node, "aten.native_group_norm.default",
                     {{"input", input},
                      {"weight", node->Tensor("weight")},
                      {"bias", node->Tensor("bias")},
                      {"N", n},
                      {"C", c},
                      {"HxW", n * c == 0 ? int64_t{0} : input->type.numel() / (n * c)},
                      {"group", groups},
                      {"eps", node->Double("eps", 1e-5)}},
                     {statistics, statistics}, context);
}

std::string DecomposeMaxPool(Node* node, PassContext& context) {
  if (!node->Is("aten.max_pool2d.default")) return "";
  TensorType indices = node->output()->type;
  indices.dtype = DType::kInt64;
  return WithResults(node, "aten.max_pool2d_with_indices.default", node->args, {indices}, context);
}

// The largest and its place are two ops here.
std::string DecomposeExtreme(Node* node, PassContext& context) {
  const bool max = node->Is("aten.max.dim");
  if ((!max && !node->Is("aten.min.dim")) || node->outputs.size() != 2) return "";
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const int64_t dim = node->Int("dim", 0);
  const bool keep = node->Bool("keepdim", false);
  FloatBuilder build(node, context);
  Value* value = build.Make(max ? "aten.amax.default" : "aten.amin.default",
                            {{"self", self}, {"dim", Ints64{dim}}, {"keepdim", keep}},
                            node->outputs[0]->type);
  Value* place = build.Make(max ? "aten.argmax.default" : "aten.argmin.default",
                            {{"self", self}, {"dim", dim}, {"keepdim", keep}}, node->outputs[1]->type);
  context.graph.ReplaceUses(node->outputs[0], value);
  context.graph.ReplaceUses(node->outputs[1], place);
  const std::string before = node->op;
  context.graph.Erase(node);
  return before + " → a reduction for the value, another for its place";
}

std::string DecomposeVariance(Node* node, PassContext& context) {
  const bool root = node->op.starts_with("aten.std.");
  if (!root && !node->op.starts_with("aten.var.")) return "";
  if (!root && node->Is("aten.var.correction")) return "";
  std::vector<std::pair<std::string, Arg>> args = {{"self", node->Tensor("self")}};
  if (const Arg* dim = node->Find("dim")) args.emplace_back("dim", *dim);
  if (node->Find("correction") != nullptr) args.emplace_back("correction", *node->Find("correction"));
  else args.emplace_back("correction", int64_t{node->Bool("unbiased", true)});
  args.emplace_back("keepdim", node->Bool("keepdim", false));
  FloatBuilder build(node, context);
  const std::string before = node->op;
  Value* variance = build.Make("aten.var.correction", args, node->output()->type);
  build.Finish(root ? build.Unary("sqrt", variance) : variance);
  return before + " → aten.var.correction";
}

// A batch norm that no convolution took: a product and a sum with constants.
std::string DecomposeBatchNorm(Node* node, PassContext& context) {
  if (!node->Is("aten.batch_norm.default") &&
      !node->Is("aten._native_batch_norm_legit_no_training.default"))
    return "";
  Value* input = node->Tensor("input");
  const Value* mean = node->Tensor("running_mean");
  const Value* var = node->Tensor("running_var");
  const Value* weight = node->Tensor("weight");
  const Value* bias = node->Tensor("bias");
  if (input == nullptr || input->type.rank() < 2 || mean == nullptr || var == nullptr ||
      node->Bool("training", false))
    return "";
  for (const Value* v : {mean, var, weight, bias})
    if (v != nullptr && (!v->is_constant() || v->type.dtype != DType::kFloat32 ||
                         v->type.numel() != input->type.sizes[1]))
      return "";
  for (size_t i = 1; i < node->outputs.size(); ++i)
    if (context.graph.UseCount(node->outputs[i]) > 0) return "";
  std::vector<float> factors, offsets;
  for (int64_t c = 0; c < mean->type.numel(); ++c) {
    const double scale = (weight != nullptr ? weight->DataAs<float>()[c] : 1.0) /
                         std::sqrt(var->DataAs<float>()[c] + node->Double("eps", 1e-5));
    factors.push_back(static_cast<float>(scale));
    offsets.push_back(static_cast<float>((bias != nullptr ? bias->DataAs<float>()[c] : 0.0) -
                                         mean->DataAs<float>()[c] * scale));
  }
  Ints64 sizes(static_cast<size_t>(input->type.rank()), 1);
  sizes[1] = input->type.sizes[1];
  const TensorType type = {DType::kFloat32, sizes, {}, {}};
  const std::string name = node->output()->name, before = node->op;
  FloatBuilder build(node, context);
  Value* scaled = build.Binary("mul", input, context.graph.AddConstant(name + "_scale", type, factors));
  build.Finish(build.Binary("add", scaled, context.graph.AddConstant(name + "_offset", type, offsets)));
  return before + " → aten.mul.Tensor, aten.add.Tensor";
}

std::string DecomposeRepeat(Node* node, PassContext& context) {
  if (!node->Is("aten.repeat.default")) return "";
  Value* self = node->Tensor("self");
  const Ints64 repeats = node->IntList("repeats", {});
  if (self == nullptr || repeats.size() > 4 || repeats.size() < self->type.sizes.size()) return "";
  // [a, b] → [1, a, 1, b] → [r, a, s, b] → [r * a, s * b]
  Ints64 apart, expanded;
  for (size_t i = 0; i < repeats.size(); ++i) {
    const size_t missing = repeats.size() - self->type.sizes.size();
    const int64_t size = i < missing ? 1 : self->type.sizes[i - missing];
    apart.insert(apart.end(), {1, size});
    expanded.insert(expanded.end(), {repeats[i], size});
  }
  FloatBuilder build(node, context);
  TensorType type = self->type;
  type.sizes = expanded;
  Value* copies = build.Make("aten.expand_copy.default",
                             {{"self", build.View(self, apart)}, {"size", expanded}}, type);
  build.Finish(build.View(copies, node->output()->type.sizes));
  return "aten.repeat.default → aten.expand_copy.default";
}

// [N, C * r * r, H, W] → [N, C, H * r, W * r]
std::string DecomposePixelShuffle(Node* node, PassContext& context) {
  if (!node->Is("aten.pixel_shuffle.default")) return "";
  Value* self = node->Tensor("self");
  const int64_t r = node->Int("upscale_factor", 1);
  if (self == nullptr || self->type.rank() != 4 || r < 1) return "";
  const Ints64& s = self->type.sizes;
  FloatBuilder build(node, context);
  Value* apart = build.View(self, {s[0], s[1] / (r * r), r, r, s[2], s[3]});
  Value* turned = build.Permute(apart, {0, 1, 4, 2, 5, 3});
  build.Finish(build.View(turned, node->output()->type.sizes));
  return "aten.pixel_shuffle.default → views and aten.permute.default";
}

template <std::string (*rule)(Node*, PassContext&)>
std::string OnlyPlain(Node* node, PassContext& context) {
  return IsPlain(*node) ? rule(node, context) : "";
}

}  // namespace

void DecomposeFloat(PassContext& context) {
  std::vector<Rule> rules = {{"rename", OnlyPlain<RenameOp>},
                             {"bitwise", OnlyPlain<DecomposeBitwise>},
                             {"rsub", OnlyPlain<DecomposeRsub>},
                             {"convolution", OnlyPlain<DecomposeConvolution>},
                             {"linear", OnlyPlain<DecomposeLinear>},
                             {"norm", OnlyPlain<DecomposeNorm>},
                             {"max-pool", OnlyPlain<DecomposeMaxPool>},
                             {"extreme", OnlyPlain<DecomposeExtreme>},
                             {"variance", OnlyPlain<DecomposeVariance>},
                             {"batch-norm", OnlyPlain<DecomposeBatchNorm>},
                             {"repeat", OnlyPlain<DecomposeRepeat>},
                             {"pixel-shuffle", OnlyPlain<DecomposePixelShuffle>}};
  rules.insert(rules.end(), FunctionRules().begin(), FunctionRules().end());
  ApplyRules("decompose-float", rules, context);
}

}  // namespace cortico::passes
