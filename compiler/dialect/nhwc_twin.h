// The compiler's half of an `_nhwc` twin (ops/nhwc.h): every answer is the plain sibling's, asked
// about a node whose images have N C H W sizes and N H W C memory. The compiler writes the plain
// family; twins come from programs that were written by others.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/dialect/rules.h"

namespace cortico::rules {

/// `node` (arguments "input" and the rest, one result) as a node `name` of the plain family.
class PlainNode {
 public:
  PlainNode(const Node& node, std::string_view name);
  const Node& node() const { return *node_; }

 private:
  Graph graph_;
  Node* node_;
};

/// Sizes N H W C ↔ N C H W with that memory; elements in logical order likewise.
TensorType NhwcToPlain(TensorType type);
TensorType PlainToNhwc(TensorType type);
HostTensor NhwcToPlain(const HostTensor& tensor);
HostTensor PlainToNhwc(const HostTensor& tensor);

template <template <class> class Op>
class NhwcTwin : public TypedOp<Op> {
 public:
  explicit NhwcTwin(std::unique_ptr<OpDefinition> plain) : plain_(std::move(plain)) {}

  std::string Illegal(const Node& node) const override {
    for (const Value* image : {node.Tensor("input"), node.output()})
      if (image->type.rank() != 4 || image->type.order() != std::vector<int>{0, 1, 2, 3})
        return image->type.ToString() + " is no image of N H W C sizes in their own order";
    return plain_->Illegal(Plain(node).node());
  }
  TensorType OutputType(const Node& node) const override {
    return PlainToNhwc(plain_->OutputType(Plain(node).node()));
  }
  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view field) const override {
    return plain_->ScratchBytes(Plain(node).node(), isa, field);
  }
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const HostTensor image = NhwcToPlain(*inputs.at(0));
    std::vector<const HostTensor*> turned = inputs;
    turned[0] = &image;
    std::vector<HostTensor> results;
    results.push_back(PlainToNhwc(plain_->Reference(Plain(node).node(), turned).at(0)));
    return results;
  }

 private:
  PlainNode Plain(const Node& node) const { return PlainNode(node, plain_->name()); }

  std::unique_ptr<OpDefinition> plain_;
};

}  // namespace cortico::rules
