// cortico::index_select: elements along one dimension, chosen by constants.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out's element k along `dim` is input's element index[k].
/// input, out: one type of any kind, one order in memory (logical, or NHWC), equal sizes but for
/// `dim`, in [0, rank). index: int32, one for each of out's elements along `dim`, each in
/// [0, input's size).
template <class D>
struct IndexSelect {
  static constexpr char kName[] = "cortico::index_select";

  In<D> input;
  int32_t dim = 0;
  Constant<D> index;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dim", op.dim);
    visit("index", op.index);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const IndexSelect<Device>& op);
void Run(const IndexSelect<Device>& op);

}  // namespace cortico::ops
