// Why: PyTorch has many words for one thing, and an export before and after run_decompositions()
// uses different ones. Later passes and the ops' patterns know one word each:
//
//   aten.convolution (2-D), aten.conv2d.padding      →  aten.conv2d, aten.conv_transpose2d
//   addmm(b, x, permute(w))                                        →  aten.linear.default(x, w, b)
//   relu_, relu6, clamp, hardtanh_                                 →  aten.relu, aten.hardtanh
//   transpose, t, permute_copy                                     →  aten.permute
//   add_, mul_, reshape, flatten, squeeze, unsqueeze, _unsafe_view       →  aten.add.Tensor, aten.view
//   quantize_per_tensor.tensor (constant parameters)               →  quantize_per_tensor.default
//   max_pool2d_with_indices (indices unread)                       →  aten.max_pool2d
//
// It works on float programs and on those that torchao has quantized: a weight may stand behind a
// dequantize. Needs: nothing. Refuses: nothing; what it does not know it leaves alone.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

// `node` becomes `op` with `args`; readers and name stay.
void Rename(Node* node, std::string op, std::vector<std::pair<std::string, Arg>> args) {
  node->op = std::move(op);
  node->args = std::move(args);
}

std::string Said(const std::string& before, const Node& node) { return before + " → " + node.op; }

// conv1d and conv3d keep their names: no dialect op is theirs.
std::string NormalizeConvolution(Node* node, PassContext& context) {
  const std::string before = node->op;
  if (node->Is("aten.convolution.default")) {
    if (node->output()->type.rank() != 4) return "";
    if (node->Bool("transposed", false)) {
      Rename(node, "aten.conv_transpose2d.input",
             {{"input", node->Tensor("input")},
              {"weight", node->Tensor("weight")},
              {"bias", node->Tensor("bias")},
              {"stride", node->IntList("stride", {1, 1})},
              {"padding", node->IntList("padding", {0, 0})},
              {"output_padding", node->IntList("output_padding", {0, 0})},
              {"groups", node->Int("groups", 1)},
              {"dilation", node->IntList("dilation", {1, 1})}});
      return Said(before, *node);
    }
    Rename(node, "aten.conv2d.default",
           {{"input", node->Tensor("input")},
            {"weight", node->Tensor("weight")},
            {"bias", node->Tensor("bias")},
            {"stride", node->IntList("stride", {1, 1})},
            {"padding", node->IntList("padding", {0, 0})},
            {"dilation", node->IntList("dilation", {1, 1})},
            {"groups", node->Int("groups", 1)}});
    return Said(before, *node);
  }
  if (!node->Is("aten.conv2d.padding")) return "";
  const Arg* mode = node->Find("padding");
  const Value* weight = node->Tensor("weight");
  Value* input = node->Tensor("input");
  if (weight == nullptr || weight->type.rank() != 4 || input == nullptr || input->type.rank() != 4)
    return "";
  // "valid" is the default, and an export leaves defaults out.
  static const std::string kValid = "valid";
  const auto* text = mode != nullptr ? std::get_if<std::string>(mode) : &kValid;
  if (text == nullptr) return "";
  Ints64 padding = {0, 0};
  if (*text == "same") {
    const Ints64 dilation = node->IntList("dilation", {1, 1});
    Ints64 pad(4, 0);  // left, right, top, bottom
    bool even = true;
    for (size_t i = 0; i < 2; ++i) {
      const int64_t total =
          (i < dilation.size() ? dilation[i] : dilation.back()) * (weight->type.sizes[2 + i] - 1);
      padding[i] = total / 2;
      even = even && total % 2 == 0;
      pad[2 * (1 - i)] = total / 2;
      pad[2 * (1 - i) + 1] = total - total / 2;
    }
    if (!even) {
      // PyTorch pads the odd pixel at the end, a convolution has one padding for both sides.
      TensorType type = input->type;
      type.sizes[2] += pad[2] + pad[3];
      type.sizes[3] += pad[0] + pad[1];
      Node* border = context.graph.AddNode(
          "aten.constant_pad_nd.default", {{"self", input}, {"pad", pad}, {"value", 0.0}}, type,
          node->output()->name + "_same", node);
      border->location = node->location;
      node->Set("input", border->output());
      padding = {0, 0};
    }
  }
  node->op = "aten.conv2d.default";
  node->Set("padding", padding);
  return Said(before, *node);
}

std::string NormalizeLinear(Node* node, PassContext& context) {
  if (!node->Is("aten.addmm.default") || node->Double("beta", 1.0) != 1.0 ||
      node->Double("alpha", 1.0) != 1.0)
    return "";
  Value* input = node->Tensor("mat1");
  Value* matrix = node->Tensor("mat2");
  Value* bias = node->Tensor("self");
  if (input == nullptr || matrix == nullptr || bias == nullptr || !IsParameter(matrix) ||
      matrix->type.rank() != 2 || bias->type.sizes != Ints64{matrix->type.sizes[1]})
    return "";
  const std::string before = node->op;
  Rename(node, "aten.linear.default",
         {{"input", input}, {"weight", AddTranspose(matrix, node, context)}, {"bias", bias}});
  return Said(before, *node);
}

std::string NormalizeActivation(Node* node, PassContext&) {
  const std::string before = node->op;
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const double inf = std::numeric_limits<double>::infinity();
  if (node->Is("aten.relu_.default")) {
    node->op = "aten.relu.default";
  } else if (node->Is("aten.hardtanh_.default")) {
    node->op = "aten.hardtanh.default";
  } else if (node->Is("aten.relu6.default") || node->Is("aten.relu6_.default")) {
    Rename(node, "aten.hardtanh.default", {{"self", self}, {"min_val", 0.0}, {"max_val", 6.0}});
  } else if (node->Is("aten.clamp.default") || node->Is("aten.clamp_.default")) {
    // Where the bounds cross, torch gives the upper one.
    const double high = node->Double("max", inf);
    Rename(node, "aten.hardtanh.default",
           {{"self", self}, {"min_val", std::min(node->Double("min", -inf), high)}, {"max_val", high}});
  } else if (node->Is("aten.clamp_min.default")) {
    Rename(node, "aten.hardtanh.default",
           {{"self", self}, {"min_val", node->Double("min", -inf)}, {"max_val", inf}});
  } else if (node->Is("aten.clamp_max.default")) {
    Rename(node, "aten.hardtanh.default",
           {{"self", self}, {"min_val", -inf}, {"max_val", node->Double("max", inf)}});
  } else if (node->Is("aten.add_.Tensor")) {
    node->op = "aten.add.Tensor";
  } else if (node->Is("aten.mul_.Tensor")) {
    node->op = "aten.mul.Tensor";
  } else {
    return "";
  }
  return Said(before, *node);
}

std::string NormalizeHardtanhToRelu(Node* node, PassContext&) {
  if (!node->Is("aten.hardtanh.default") || node->Double("min_val", -1.0) != 0.0 ||
      !std::isinf(node->Double("max_val", 1.0)))
    return "";
  Rename(node, "aten.relu.default", {{"self", node->Tensor("self")}});
  return "hardtanh without an upper bound → aten.relu.default";
}

std::string NormalizeView(Node* node, PassContext&) {
  static constexpr const char* kNames[] = {
      "aten.reshape.default", "aten._unsafe_view.default", "aten.flatten.using_ints",
      "aten.squeeze.default", "aten.squeeze.dim",          "aten.squeeze.dims",
      "aten.squeeze_copy.dims", "aten.unsqueeze.default",  "aten.unsqueeze_copy.default",
      "aten.view_copy.default", "aten.unflatten.int"};
  for (const char* name : kNames) {
    if (!node->Is(name) || node->Tensor("self") == nullptr) continue;
    Rename(node, "aten.view.default",
           {{"self", node->Tensor("self")}, {"size", node->output()->type.sizes}});
    return Said(name, *node);
  }
  return "";
}

std::string NormalizePermute(Node* node, PassContext&) {
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const std::string before = node->op;
  const int64_t rank = self->type.rank();
  Ints64 dims(static_cast<size_t>(rank));
  for (int64_t i = 0; i < rank; ++i) dims[static_cast<size_t>(i)] = i;
  if (node->Is("aten.permute_copy.default")) {
    dims = node->IntList("dims", {});
  } else if (node->Is("aten.transpose.int") || node->Is("aten.transpose_copy.int")) {
    const auto wrap = [rank](int64_t d) { return static_cast<size_t>(d < 0 ? d + rank : d); };
    const size_t a = wrap(node->Int("dim0", 0)), b = wrap(node->Int("dim1", 0));
    if (a >= dims.size() || b >= dims.size()) return "";
    std::swap(dims[a], dims[b]);
  } else if (node->Is("aten.t.default") && rank == 2) {
    std::swap(dims[0], dims[1]);
  } else {
    return "";
  }
  Rename(node, "aten.permute.default", {{"self", self}, {"dims", dims}});
  return Said(before, *node);
}

// A constant operand stands second.
std::string NormalizeCommutative(Node* node, PassContext&) {
  const bool commutes = node->Is("aten.mul.Tensor") || node->Is("aten.maximum.default") ||
                        node->Is("aten.minimum.default") ||
                        (node->Is("aten.add.Tensor") && node->Double("alpha", 1.0) == 1.0);
  Value* self = node->Tensor("self");
  Value* other = node->Tensor("other");
  if (!commutes || self == nullptr || other == nullptr || !IsParameter(self) || IsParameter(other))
    return "";
  node->Set("self", other);
  node->Set("other", self);
  return "the constant of " + node->op + " second";
}

// Only the constant mode is a border of one value.
std::string NormalizePad(Node* node, PassContext&) {
  if (!node->Is("aten.pad.default")) return "";
  const Arg* mode = node->Find("mode");
  const auto* text = mode != nullptr ? std::get_if<std::string>(mode) : nullptr;
  if (mode != nullptr && (text == nullptr || *text != "constant")) return "";
  Rename(node, "aten.constant_pad_nd.default",
         {{"self", node->Tensor("self")}, {"pad", node->IntList("pad", {})},
          {"value", node->Double("value", 0.0)}});
  return "aten.pad.default → " + node->op;
}

// A constant operand of a lower rank, or with repeated axes, as kernels take it: one element per
// channel, [1, C, 1, 1], or all of them.
std::string NormalizeBroadcast(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {"aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor",
                                           "aten.div.Tensor", "aten.maximum.default",
                                           "aten.minimum.default"};
  if (std::none_of(std::begin(kNames), std::end(kNames), [&](const char* n) { return node->Is(n); }))
    return "";
  const Value* self = node->Tensor("self");
  const Value* other = node->Tensor("other");
  if (self == nullptr || other == nullptr || IsParameter(self) || !IsParameter(other) ||
      other->type.numel() == 1 ||
      other->type.sizes == self->type.sizes || self->type.sizes != node->output()->type.sizes)
    return "";
  const Ints64& to = self->type.sizes;
  Ints64 sizes(to.size() - std::min(to.size(), other->type.sizes.size()), 1);
  sizes.insert(sizes.end(), other->type.sizes.begin(), other->type.sizes.end());
  if (sizes.size() != to.size()) return "";
  for (size_t d = 0; d < to.size(); ++d)
    if (sizes[d] != 1 && sizes[d] != to[d]) return "";
  const bool per_channel = to.size() == 4 && sizes[1] == to[1] && other->type.numel() == to[1];
  if (per_channel && sizes == other->type.sizes) return "";
  Value* operand = AddView(node->Tensor("other"), sizes, node, context);
  if (!per_channel) operand = AddExpand(operand, to, node, context);
  node->Set("other", operand);
  return per_channel ? "a constant per channel" : "a constant repeated to its tensor's size";
}

// The number that an argument holds: itself, or a constant tensor of one element.
std::optional<double> NumberOf(const Node& node, const char* name) {
  const Value* value = node.Tensor(name);
  if (value == nullptr) {
    const Arg* arg = node.Find(name);
    if (arg == nullptr || std::holds_alternative<std::monostate>(*arg)) return std::nullopt;
    return node.Double(name, 0.0);
  }
  if (!value->is_constant() || value->type.numel() != 1) return std::nullopt;
  switch (value->type.dtype) {
    case DType::kFloat32: return double{value->DataAs<float>()[0]};
    case DType::kFloat64: return value->DataAs<double>()[0];
    case DType::kInt64: return static_cast<double>(value->DataAs<int64_t>()[0]);
    case DType::kInt32: return static_cast<double>(value->DataAs<int32_t>()[0]);
    case DType::kInt8: return static_cast<double>(value->DataAs<int8_t>()[0]);
    default: return std::nullopt;
  }
}

// Scale and zero point in constant tensors are numbers.
std::string NormalizePair(Node* node, PassContext&) {
  if ((!IsQuantize(node) && !IsDequantize(node)) ||
      (!node->op.ends_with("_per_tensor.tensor") && !node->op.ends_with("_per_tensor.tensor2")))
    return "";
  const auto scale = NumberOf(*node, "scale"), zero_point = NumberOf(*node, "zero_point");
  const auto low = NumberOf(*node, "quant_min"), high = NumberOf(*node, "quant_max");
  if (!scale || !zero_point || !low || !high) return "";
  const std::string before = node->op;
  node->op = node->op.substr(0, node->op.rfind('.')) + ".default";
  node->Set("scale", *scale);
  node->Set("zero_point", static_cast<int64_t>(*zero_point));
  node->Set("quant_min", static_cast<int64_t>(*low));
  node->Set("quant_max", static_cast<int64_t>(*high));
  return Said(before, *node);
}

std::string NormalizeMaxPool(Node* node, PassContext& context) {
  if (!node->Is("aten.max_pool2d_with_indices.default") || node->outputs.empty()) return "";
  if (node->outputs.size() > 1 && context.graph.UseCount(node->outputs[1]) > 0) return "";
  Node* pool = context.graph.AddNode("aten.max_pool2d.default", node->args, node->outputs[0]->type,
                                     node->outputs[0]->name, node);
  pool->location = node->location;
  context.graph.ReplaceUses(node->outputs[0], pool->output());
  context.graph.Erase(node);
  return "aten.max_pool2d_with_indices.default → aten.max_pool2d.default (nobody reads the indices)";
}

}  // namespace

void NormalizeOps(PassContext& context) {
  ApplyRules("normalize-ops",
             {{"pair", NormalizePair},
              {"convolution", NormalizeConvolution},
              {"linear", NormalizeLinear},
              {"activation", NormalizeActivation},
              {"relu", NormalizeHardtanhToRelu},
              {"permute", NormalizePermute},
              {"commutative", NormalizeCommutative},
              {"broadcast", NormalizeBroadcast},
              {"pad", NormalizePad},
              {"view", NormalizeView},
              {"max-pool", NormalizeMaxPool}},
             context);
  // Weights and operands take their new form.
  FoldConstants(context);
}

}  // namespace cortico::passes
