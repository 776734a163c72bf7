// aten::embedding, aten::index_select, aten::gather: tables read by indices from data, under
// ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico {
struct RunContext;
}

namespace cortico::ops {

/// In all of them tables have any plain type, which out has too, and indices are int64 or int32, in
/// the logical order. An index below 0 or beyond the end is taken as the nearest one that there is,
/// and said in Model::DataError().

/// out = the rows of weight [rows, width] that `indices` name: the sizes of indices, then width.
/// The other three arguments mean something in training only.
template <class D>
struct AtenEmbedding {
  static constexpr char kName[] = "aten::embedding";
  static constexpr char kAten[] = "aten.embedding.default";
  static constexpr char kSchema[] =
      "aten::embedding.out(Tensor weight, Tensor indices, SymInt padding_idx=-1, "
      "bool scale_grad_by_freq=False, bool sparse=False, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> weight, indices;
  int32_t padding_idx = -1;
  bool scale_grad_by_freq = false, sparse = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("weight", op.weight);
    visit("indices", op.indices);
    visit("padding_idx", op.padding_idx);
    visit("scale_grad_by_freq", op.scale_grad_by_freq);
    visit("sparse", op.sparse);
    visit("out", op.out);
  }
};

/// out = self with, for dimension `dim`, the entries that `index` [count] names.
template <class D>
struct AtenIndexSelect {
  static constexpr char kName[] = "aten::index_select";
  static constexpr char kAten[] = "aten.index_select.default";
  static constexpr char kSchema[] =
      "aten::index_select.out(Tensor self, int dim, Tensor index, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  int32_t dim = 0;
  In<D> index;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("index", op.index);
    visit("out", op.out);
  }
};

/// out[i, j, …] = self at [i, j, …] with index[i, j, …] in the place of coordinate `dim`. index has
/// the rank of self and, but for dim, no larger sizes; out has its sizes.
template <class D>
struct AtenGather {
  static constexpr char kName[] = "aten::gather";
  static constexpr char kAten[] = "aten.gather.default";
  static constexpr char kSchema[] =
      "aten::gather.out(Tensor self, int dim, Tensor index, *, bool sparse_grad=False, "
      "Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  int32_t dim = 0;
  In<D> index;
  bool sparse_grad = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("index", op.index);
    visit("sparse_grad", op.sparse_grad);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op, RunContext& context);
CORTICO_DECLARE(AtenEmbedding)
CORTICO_DECLARE(AtenIndexSelect)
CORTICO_DECLARE(AtenGather)
#undef CORTICO_DECLARE

}  // namespace cortico::ops
