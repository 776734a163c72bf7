// Why: global average pooling is written as AdaptiveAvgPool2d(1), as mean over (2, 3), or as a plain
// pool of the image's size; all are one window that covers the image.
//
//   %p : f32[1,64,1,1] = aten.adaptive_avg_pool2d.default(self=%x : f32[1,64,7,7], output_size=[1, 1])
//     → aten.avg_pool2d.default(self=%x, kernel_size=[7, 7], stride=[7, 7])
//   an average that counts its padding → a border of zeros, and an average without padding
//   %m : f32[1,64] = aten.mean.dim(self=%x, dim=[-1, -2])
//     → aten.avg_pool2d.default(…) : f32[1,64,1,1], then aten.view.default : f32[1,64]
//
//   divisor_override → the mean, times a number
//
// Needs: rank 4. Refuses: an adaptive pool whose windows differ in size (7 pixels to 2), which stays
// an op of its own.
#include <algorithm>

#include "compiler/passes/build.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

std::string NormalizeAdaptivePool(Node* node, PassContext&) {
  const bool max = node->Is("aten.adaptive_max_pool2d.default") && node->outputs.size() == 1;
  if (!max && !node->Is("aten.adaptive_avg_pool2d.default") &&
      !node->Is("aten._adaptive_avg_pool2d.default"))
    return "";
  Value* input = node->Tensor("self");
  if (input == nullptr || input->type.rank() != 4 || node->output()->type.rank() != 4) return "";
  Ints64 kernel;
  for (size_t i = 2; i < 4; ++i) {
    const int64_t in = input->type.sizes[i], out = node->output()->type.sizes[i];
    if (out <= 0) return "";
    if (in % out != 0) {
      if (!node->Is("aten._adaptive_avg_pool2d.default")) return "";
      node->op = "aten.adaptive_avg_pool2d.default";
      return "aten._adaptive_avg_pool2d.default → " + node->op;
    }
    kernel.push_back(in / out);
  }
  const std::string before = node->op;
  node->op = max ? "aten.max_pool2d.default" : "aten.avg_pool2d.default";
  node->args = {{"self", input}, {"kernel_size", kernel}, {"stride", kernel}};
  return before + " → " + node->op + ", every window of one size";
}

// The sum of a window divided by another number: the mean of the window, padding counted, times a
// number. What ceil mode lets hang over is padded too.
std::string NormalizeDivisor(Node* node, PassContext& context) {
  Value* input = node->Tensor("self");
  const Arg* arg = node->Find("divisor_override");
  if (!node->Is("aten.avg_pool2d.default") || input == nullptr || input->type.rank() != 4 ||
      arg == nullptr || !std::holds_alternative<int64_t>(*arg) || std::get<int64_t>(*arg) == 0)
    return "";
  const Ints64 kernel = node->IntList("kernel_size", {1}), padding = node->IntList("padding", {0});
  const Ints64 given = node->IntList("stride", {});
  const Ints64 stride = given.empty() ? kernel : given;
  const auto at = [](const Ints64& list, size_t i) { return i == 0 ? list.front() : list.back(); };
  Ints64 pad(4, 0), sizes = input->type.sizes;  // left, right, top, bottom
  double count = 1;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t windows = node->output()->type.sizes[2 + i];
    const int64_t reach = (windows - 1) * at(stride, i) + at(kernel, i);
    pad[2 - 2 * i] = at(padding, i);
    pad[3 - 2 * i] = std::max<int64_t>(reach - sizes[2 + i] - at(padding, i), 0);
    sizes[2 + i] += pad[2 - 2 * i] + pad[3 - 2 * i];
    count *= static_cast<double>(at(kernel, i));
  }
  Builder build(node, context);
  if (sizes != input->type.sizes)
    input = build.Op("aten.constant_pad_nd.default",
                     {{"self", input}, {"pad", pad}, {"value", 0.0}}, sizes, "border");
  const Ints64& out = node->output()->type.sizes;
  Value* mean = build.Op("aten.avg_pool2d.default",
                         {{"self", input}, {"kernel_size", kernel}, {"stride", stride}}, out, "mean");
  const double factor = count / static_cast<double>(std::get<int64_t>(*arg));
  build.Replace(build.Op("aten.mul.Tensor", {{"self", mean}, {"other", factor}}, out, "scaled"));
  return "another divisor → a mean times a number";
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
              {"divisor", NormalizeDivisor},
              {"counted-padding", NormalizeCountedPadding},
              {"mean", NormalizeMean}}, context);
  // A mean that kept its dimensions leaves a view that changes nothing.
  DropIdentities(context);
}

}  // namespace cortico::passes
