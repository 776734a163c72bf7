// Why: the kernels work on batches of images and of matrices. What has fewer dimensions, a signal
// in time or a plain matrix, is an image of height one or a batch of one, and a view costs nothing.
//
//   %y : f32[1,8,50] = aten.conv1d.default(input=%x : f32[1,4,52], weight=%w : f32[8,4,3], stride=[1])
//     → view [1,4,1,52], aten.conv2d.default (weight [8,4,1,3], stride [1, 1]), view [1,8,50]
//   aten.matmul of any ranks → aten.linear (a constant matrix on the right) or aten.bmm
//
// Then views move behind the functions of one element, the pairs of a quantized program among them,
// so that what was raised stays raised from one layer to the next: f(view(x)) → view(f(x)),
// view(view(x)) → view(x).
//
// Needs: normalize-ops. Refuses: nothing.
#include <algorithm>
#include <array>

#include "compiler/dialect/table.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

// `node` computes a tensor of other sizes now; a view behind it has the ones its readers know.
void ViewBehind(Node* node, const Ints64& sizes, PassContext& context) {
  Value* result = node->output();
  const Ints64 known = result->type.sizes;
  const TensorType type = result->type;
  Node* view = context.graph.AddNode("aten.view.default", {{"self", result}, {"size", known}}, type,
                                     result->name + "_view", context.graph.Next(node));
  view->location = node->location;
  context.graph.ReplaceUses(result, view->output());
  view->Set("self", result);
  result->type.sizes = sizes;
}

// [N, C, W] → [N, C, 1, W]
Ints64 Raised(const Ints64& sizes) { return {sizes[0], sizes[1], 1, sizes[2]}; }

// One number for the width, `height` for the height of one.
void RaiseList(Node* node, const char* name, int64_t height) {
  const Arg* arg = node->Find(name);
  if (arg == nullptr || std::holds_alternative<std::monostate>(*arg) ||
      std::holds_alternative<std::string>(*arg))
    return;
  const Ints64 list = node->IntList(name, {});
  if (!list.empty()) node->Set(name, Ints64{height, list.back()});
}

std::string RaiseConvolution(Node* node, PassContext& context) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kNames = {
      {{"aten.conv1d.default", "aten.conv2d.default"},
       {"aten.conv1d.padding", "aten.conv2d.padding"},
       {"aten.conv_transpose1d.default", "aten.conv_transpose2d.input"},
       {"aten.convolution.default", "aten.convolution.default"}}};
  const auto* names = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const auto& pair) { return node->Is(pair.first); });
  if (names == kNames.end()) return "";
  Value* input = node->Tensor("input");
  Value* weight = node->Tensor("weight");
  if (input == nullptr || weight == nullptr || input->type.rank() != 3 ||
      weight->type.rank() != 3 || node->output()->type.rank() != 3)
    return "";
  const std::string before = node->op;
  node->op = names->second;
  node->Set("input", AddView(input, Raised(input->type.sizes), node, context));
  node->Set("weight", AddView(weight, Raised(weight->type.sizes), node, context));
  for (const char* name : {"stride", "dilation"}) RaiseList(node, name, 1);
  for (const char* name : {"padding", "output_padding"}) RaiseList(node, name, 0);
  ViewBehind(node, Raised(node->output()->type.sizes), context);
  return before + " of an image of height one";
}

std::string RaisePool(Node* node, PassContext& context) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kNames = {
      {{"aten.max_pool1d.default", "aten.max_pool2d.default"},
       {"aten.avg_pool1d.default", "aten.avg_pool2d.default"},
       {"aten.adaptive_avg_pool1d.default", "aten.adaptive_avg_pool2d.default"},
       {"aten.adaptive_max_pool1d.default", "aten.adaptive_max_pool2d.default"}}};
  const auto* names = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const auto& pair) { return node->Is(pair.first); });
  Value* input = node->Tensor("self");
  if (names == kNames.end() || input == nullptr || input->type.rank() != 3 ||
      node->outputs.size() != 1)
    return "";
  const std::string before = node->op;
  node->op = names->second;
  node->Set("self", AddView(input, Raised(input->type.sizes), node, context));
  for (const char* name : {"kernel_size", "stride", "dilation", "output_size"})
    RaiseList(node, name, 1);
  RaiseList(node, "padding", 0);
  ViewBehind(node, Raised(node->output()->type.sizes), context);
  return before + " of an image of height one";
}

std::string RaiseBatchNorm(Node* node, PassContext& context) {
  Value* input = node->Tensor("input");
  if (!node->Is("aten.batch_norm.default") || input == nullptr || input->type.rank() != 3) return "";
  node->Set("input", AddView(input, Raised(input->type.sizes), node, context));
  ViewBehind(node, Raised(node->output()->type.sizes), context);
  return "batch norm of an image of height one";
}

std::string RaiseMatmul(Node* node, PassContext& context) {
  const bool mm = node->Is("aten.mm.default");
  if (!mm && !node->Is("aten.matmul.default")) return "";
  Value* left = node->Tensor("self");
  Value* right = node->Tensor(node->Find("mat2") != nullptr ? "mat2" : "other");
  if (left == nullptr || right == nullptr || left->type.rank() < 2 || right->type.rank() < 2)
    return "";
  const std::string before = node->op;
  const Ints64 &l = left->type.sizes, &r = right->type.sizes;
  if (right->type.rank() == 2 && IsParameter(right)) {
    node->op = "aten.linear.default";
    node->args = {{"input", left},
                  {"weight", AddTranspose(right, node, context)},
                  {"bias", std::monostate{}}};
    return before + " with a constant matrix → aten.linear.default";
  }
  // One batch of all leading dimensions, if they agree.
  const Ints64 leading_left(l.begin(), l.end() - 2), leading_right(r.begin(), r.end() - 2);
  if (leading_left != leading_right) return "";
  int64_t batch = 1;
  for (int64_t size : leading_left) batch *= size;
  node->op = "aten.bmm.default";
  node->args = {{"self", AddView(left, {batch, l[l.size() - 2], l.back()}, node, context)},
                {"mat2", AddView(right, {batch, r[r.size() - 2], r.back()}, node, context)}};
  const Ints64 sizes = {batch, l[l.size() - 2], r.back()};
  if (node->output()->type.sizes != sizes) ViewBehind(node, sizes, context);
  return before + " → aten.bmm.default";
}

bool IsView(const Node* node) { return node != nullptr && node->Is("aten.view.default"); }

std::string MergeViews(Node* node, PassContext&) {
  if (!IsView(node)) return "";
  const Value* input = node->Tensor("self");
  if (input == nullptr || !IsView(input->producer)) return "";
  node->Set("self", input->producer->Tensor("self"));
  return "two views are one";
}

// A function of one element, or of two, of views that raise or lower the same sizes alike.
std::string SinkView(Node* node, PassContext& context) {
  static const std::vector<std::string>& functions = rules::FunctionsOfOneElement();
  const bool quantize = node->op.starts_with("quantized_decomposed.quantize_per_tensor.");
  const bool known = std::find(functions.begin(), functions.end(), node->op) != functions.end() ||
                     node->Is("aten.maximum.default") || node->Is("aten.minimum.default") ||
                     quantize || node->op.starts_with("quantized_decomposed.dequantize_per_tensor.");
  if (!known || node->outputs.size() != 1) return "";
  const Ints64* source = nullptr;
  for (const Value* input : node->Inputs()) {
    if (input->is_constant() && input->type.numel() == 1) continue;
    if (!IsView(input->producer) || input->type.sizes != node->output()->type.sizes) return "";
    const Value* before = input->producer->Tensor("self");
    if (source != nullptr && *source != before->type.sizes) return "";
    source = &before->type.sizes;
  }
  // Only what makes an image, or a batch, of less: a flatten has its place. A layer's quantize stands
  // right behind it whatever follows.
  if (source == nullptr) return "";
  if (!quantize && (source->size() <= node->output()->type.sizes.size() ||
                    node->output()->type.rank() < 3))
    return "";
  const Ints64 sizes = *source;
  for (auto& [name, arg] : node->args)
    if (auto* value = std::get_if<Value*>(&arg); value != nullptr && *value != nullptr)
      if (IsView((*value)->producer)) *value = (*value)->producer->Tensor("self");
  ViewBehind(node, sizes, context);
  return node->op + " before the view";
}

}  // namespace

void RaiseRank(PassContext& context) {
  ApplyRules("raise-rank",
             {{"convolution", RaiseConvolution},
              {"pool", RaisePool},
              {"batch-norm", RaiseBatchNorm},
              {"matmul", RaiseMatmul},
              {"merge-views", MergeViews},
              {"sink-view", SinkView}},
             context);
  // A view back and forth leaves one that changes nothing; weights take their new form.
  DropIdentities(context);
  FoldConstants(context);
}

}  // namespace cortico::passes
