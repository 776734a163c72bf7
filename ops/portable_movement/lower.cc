#include <algorithm>

#include "compiler/dialect/portable.h"
#include "ops/portable_movement/op.h"

namespace cortico::ops {
namespace {

// Each dimension of `rank` once at most.
bool AreDims(const int32_t* dims, int count, int rank) {
  uint32_t seen = 0;
  for (int i = 0; i < count; ++i) {
    const int d = dims[i] < 0 ? dims[i] + rank : dims[i];
    if (d < 0 || d >= rank || (seen >> d & 1) != 0) return false;
    seen |= 1u << d;
  }
  return true;
}

template <template <class> class Op>
class Movement : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    if (op.self.type().dtype != op.out.type().dtype)
      return op.self.type().ToString() + " becomes " + op.out.type().ToString();
    return Unfit(op);
  }

 protected:
  virtual std::string Unfit(const Op<OnGraph>& op) const = 0;
};

class Permute : public Movement<AtenPermute> {
 public:
  std::vector<std::string> LowersFrom() const override {
    return {"aten.permute.default", "aten.permute_copy.default"};
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    Ints64 sizes;
    const int rank = op.self.type().rank();
    for (int i = 0; i < op.dims.count; ++i)
      sizes.push_back(op.self.type().sizes[static_cast<size_t>(op.dims[i] < 0 ? op.dims[i] + rank : op.dims[i])]);
    return Typed(node, sizes);
  }

 protected:
  std::string Unfit(const AtenPermute<OnGraph>& op) const override {
    const int rank = op.self.type().rank();
    return op.dims.count == rank && AreDims(op.dims.v, rank, rank) ? "" : "its dims are no permutation";
  }
};

class Expand : public Movement<AtenExpand> {
 public:
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& in = op.self.type().sizes;
    Ints64 sizes(op.size.v, op.size.v + op.size.count);
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] == -1) sizes[i] = in[i + in.size() - sizes.size()];
    return Typed(node, sizes);
  }

 protected:
  std::string Unfit(const AtenExpand<OnGraph>& op) const override {
    const Ints64& in = op.self.type().sizes;
    bool fits = op.size.count >= static_cast<int>(in.size());
    for (int i = 0; fits && i < op.size.count; ++i) {
      const int own = i - (op.size.count - static_cast<int>(in.size()));
      fits = own < 0 ? op.size[i] >= 0
                     : op.size[i] == -1 || in[static_cast<size_t>(own)] == 1 ||
                           in[static_cast<size_t>(own)] == op.size[i];
    }
    return fits ? "" : op.self.type().ToString() + " does not expand to its size";
  }
};

class Flip : public Movement<AtenFlip> {
 public:
  TensorType OutputType(const Node& node) const override {
    return Typed(node, Read(node).self.type().sizes);
  }

 protected:
  std::string Unfit(const AtenFlip<OnGraph>& op) const override {
    return AreDims(op.dims.v, op.dims.count, op.self.type().rank()) ? "" : "its dims are none of its input's";
  }
};

class Pad : public Movement<AtenPad> {
 public:
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    Ints64 sizes = op.self.type().sizes;
    for (int i = 0; i < op.pad.count; ++i) sizes[sizes.size() - 1 - static_cast<size_t>(i / 2)] += op.pad[i];
    return Typed(node, sizes);
  }

 protected:
  std::string Unfit(const AtenPad<OnGraph>& op) const override {
    return op.pad.count % 2 == 0 && op.pad.count <= 2 * op.self.type().rank() ? "" : "its pad is none";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenPermute() { return std::make_unique<Permute>(); }
std::unique_ptr<OpDefinition> DefineAtenExpand() { return std::make_unique<Expand>(); }
std::unique_ptr<OpDefinition> DefineAtenFlip() { return std::make_unique<Flip>(); }
std::unique_ptr<OpDefinition> DefineAtenPad() { return std::make_unique<Pad>(); }

}  // namespace cortico::ops
