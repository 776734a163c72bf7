// Why: global average pooling is written as AdaptiveAvgPool2d(1), as mean over (2, 3), or as a plain
// pool of the image's size; all are one window that covers the image.
//
//   %p : f32[1,64,1,1] = aten.adaptive_avg_pool2d.default(self=%x : f32[1,64,7,7], output_size=[1, 1])
//     → aten.avg_pool2d.default(self=%x, kernel_size=[7, 7], stride=[7, 7])
//   an average that counts its padding → a border of zeros, and an average without padding
//   %m : f32[1,64] = aten.mean.dim(self=%x, dim=[-1, -2])
//     → aten.avg_pool2d.default(…) : f32[1,64,1,1], then aten.view.default : f32[1,64]
//
// Needs: rank 4. Refuses: an adaptive pool whose windows differ in size (7 pixels to 2), which stays.
#include <algorithm>

#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

std::string NormalizeAdaptivePool(Node* node, PassContext&) {
  if (!node->Is("aten.adaptive_avg_pool2d.default") && !node->Is("aten._adaptive_avg_pool2d.default"))
    return "";
  Value* input = node->Tensor("self");
  if (input == nullptr || input->type.rank() != 4 || node->output()->type.rank() != 4) return "";
  Ints64 kernel;
  for (size_t i = 2; i < 4; ++i) {
    const int64_t in = input->type.sizes[i], out = node->output()->type.sizes[i];
    if (out <= 0 || in % out != 0) return "";
    kernel.push_back(in / out);
  }
  const std::string before = node->op;
  node->op = "aten.avg_pool2d.default";
  node->args = {{"self", input}, {"kernel_size", kernel}, {"stride", kernel}};
  return before + " → " + node->op + ", every window of one size";
}

// A window that counts its padding is one over an image with a border of zeros.
std::string NormalizeCountedPadding(Node* node, PassContext& context) {
  if (!node->Is("aten.avg_pool2d.default") || !node->Bool("count_include_pad", true) ||
      node->Bool("ceil_mode", false))
    return "";
  Value* input = node->Tensor("self");
  const Ints64 padding = node->IntList("padding", {});
  if (input == nullptr || input->type.rank() != 4 || padding.empty() ||
      (padding.front() == 0 && padding.back() == 0))
    return "";
  const int64_t h = padding.front(), w = padding.back();
  TensorType type = input->type;
  type.sizes[2] += 2 * h;
  type.sizes[3] += 2 * w;
  Node* border = context.graph.AddNode(
      "aten.constant_pad_nd.default",
      {{"self", input}, {"pad", Ints64{w, w, h, h}}, {"value", 0.0}}, type,
      node->output()->name + "_border", node);
  border->location = node->location;
  node->Set("self", border->output());
  node->Set("padding", Ints64{0, 0});
  return "counted padding → a border of zeros";
}

std::string NormalizeMean(Node* node, PassContext& context) {
  if (!node->Is("aten.mean.dim")) return "";
  Value* input = node->Tensor("self");
  if (input == nullptr || input->type.rank() != 4 || input->type.dtype != DType::kFloat32) return "";
  Ints64 dims = node->IntList("dim", {});
  for (int64_t& dim : dims) dim = dim < 0 ? dim + 4 : dim;
  std::sort(dims.begin(), dims.end());
  if (dims != Ints64{2, 3}) return "";
  const Ints64 kernel(input->type.sizes.begin() + 2, input->type.sizes.end());
  TensorType type = input->type;
  type.sizes[2] = type.sizes[3] = 1;
  Value* result = node->output();
  Node* pool = context.graph.AddNode("aten.avg_pool2d.default",
                                     {{"self", input}, {"kernel_size", kernel}, {"stride", kernel}},
                                     type, result->name + "_pool", node);
  pool->location = node->location;
  node->op = "aten.view.default";
  node->args = {{"self", pool->output()}, {"size", result->type.sizes}};
  return "mean over height and width → aten.avg_pool2d.default of the whole image";
}

}  // namespace

void NormalizePooling(PassContext& context) {
  ApplyRules("normalize-pooling",
             {{"adaptive", NormalizeAdaptivePool},
              {"counted-padding", NormalizeCountedPadding},
              {"mean", NormalizeMean}}, context);
  // A mean that kept its dimensions leaves a view that changes nothing.
  DropIdentities(context);
}

}  // namespace cortico::passes
