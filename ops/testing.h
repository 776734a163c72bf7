// What the tests of the ops' target halves share. Each folder's test.cc defines Good<Op>(), one
// record that must pass and run; ops_test.cc takes every op's through the rules that hold for all.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <vector>

#include "ops/checks.h"
#include "ops_includes.inc"
#include "runtime/model/op_row.h"

namespace cortico::ops {

// Tensors in memory of exactly their size, so that a sanitizer sees one byte beyond.
class Pool {
 public:
  Tensor Make(DType dtype, std::vector<int32_t> sizes, Layout layout = Layout::kContiguous) {
    sizes_.push_back(std::move(sizes));
    Tensor t;
    t.sizes = sizes_.back().data();
    t.rank = static_cast<uint8_t>(sizes_.back().size());
    t.dtype = dtype;
    t.layout = layout;
    const size_t bytes = static_cast<size_t>(t.numel()) * SizeOf(dtype);
    memory_.emplace_back(new uint8_t[bytes]);
    t.data = memory_.back().get();
    for (size_t i = 0; i < bytes; ++i) memory_.back()[i] = static_cast<uint8_t>(i * 37 + 11);
    return t;
  }
  Tensor Image(int32_t n, int32_t c, int32_t h, int32_t w) {
    return Make(DType::kInt8, {n, c, h, w}, Canonical(c, h, w));
  }
  Tensor Int32s(std::vector<int32_t> values) {
    const Tensor t = Make(DType::kInt32, {static_cast<int32_t>(values.size())});
    for (size_t i = 0; i < values.size(); ++i) t.As<int32_t>()[i] = values[i];
    return t;
  }
  static Layout Canonical(int32_t c, int32_t h, int32_t w) {
    return c == 1 || (h == 1 && w == 1) ? Layout::kContiguous : Layout::kChannelsLast;
  }

 private:
  std::deque<std::vector<int32_t>> sizes_;
  std::deque<std::unique_ptr<uint8_t[]>> memory_;
};

// Inside of a test, `Run` would be the test's own. Returns what the data was at fault for.
template <class Op>
Error RunOp(const Op& op) {
  RunContext context;
  if constexpr (internal::TakesContext<Op>::value) {
    Run(op, context);
  } else {
    Run(op);
  }
  return context.data_error;
}

template <class Field>
void Assign(Field& field, const Tensor& t) {
  static_cast<Tensor&>(field) = t;
}
template <int N>
Ints<N> List(std::initializer_list<int32_t> values) {
  Ints<N> result;
  int i = 0;
  for (int32_t v : values) result[i++] = v;
  return result;
}

/// A record that Check passes, with tensors from `pool`.
template <class Op>
Op Good(Pool& pool);
#define CORTICO_OP(folder, Struct) \
  template <>                      \
  Struct<Device> Good(Pool& pool);
#include "ops_list.inc"
#undef CORTICO_OP

/// What Check says of the good record after `change(record, pool)`.
template <class Op, class Change>
Error CheckWith(Change change) {
  Pool pool;
  Op op = Good<Op>(pool);
  change(op, pool);
  return Check(op);
}

}  // namespace cortico::ops
