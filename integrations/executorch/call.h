// A call of one of our ops by ExecuTorch: its values become the fields of the op, which then is
// checked and run as in our own runtime. The generated functions (compiler/emit/executorch) fill it.
#pragma once

#include <executorch/runtime/core/exec_aten/exec_aten.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>

#include <cstdint>
#include <optional>

#include "runtime/core/error.h"
#include "runtime/core/fields.h"
#include "runtime/model/op_row.h"

namespace cortico::executorch {

using ::executorch::aten::ArrayRef;
using ::executorch::aten::ScalarType;
using ::executorch::runtime::KernelRuntimeContext;
using EtTensor = ::executorch::aten::Tensor;

/// What all calls share. A value that does not fit its field is kept as the call's error.
class Fields {
 public:
  void Set(In<Device>& field, const EtTensor& value) { Take(field, value); }
  void Set(Scratch<Device>& field, const EtTensor& value) { Take(field, value); }
  void Set(Out<Device>& field, const EtTensor& value) { Take(field, value); }
  void Set(Constant<Device>& field, const EtTensor& value) {
    Take(field, value);
    field.is_constant = true;
  }
  void Set(OptionalConstant<Device>& field, const std::optional<EtTensor>& value) {
    if (!value.has_value()) return;
    Take(field, *value);
    field.is_constant = true;
  }
  template <int N>
  void Set(InList<Device, N>& field, ArrayRef<EtTensor> values) {
    if (!Fits(values.size() <= N)) return;
    field.count = static_cast<int32_t>(values.size());
    for (size_t i = 0; i < values.size(); ++i) Take(field.v[i], values[i]);
  }

  void Set(int32_t& field, int64_t value) {
    field = static_cast<int32_t>(value);
    Fits(field == value);
  }
  void Set(float& field, double value) { field = static_cast<float>(value); }
  void Set(bool& field, bool value) { field = value; }
  void Set(DType& field, ScalarType value) { field = static_cast<DType>(value); }
  template <int N>
  void Set(Ints<N>& field, ArrayRef<int64_t> values) {
    if (Fits(values.size() == N)) Copy(values, field.v);
  }
  template <int N>
  void Set(IntList<N>& field, ArrayRef<int64_t> values) {
    if (!Fits(values.size() <= N)) return;
    field.count = static_cast<int32_t>(values.size());
    Copy(values, field.v);
  }
  template <int N>
  void Set(OptionalIntList<N>& field, std::optional<ArrayRef<int64_t>> values) {
    if (!values.has_value() || !Fits(values->size() <= N)) return;
    field.count = static_cast<int32_t>(values->size());
    Copy(*values, field.v);
  }

 protected:
  /// Makes ExecuTorch's call fail, with the op's name and the reason in its log.
  static void Fail(KernelRuntimeContext& context, const char* op, Error error);

  Error error_ = Error::kOk;

 private:
  void Take(Tensor& field, const EtTensor& value);
  bool Fits(bool fits) {
    if (!fits && error_ == Error::kOk) error_ = Error::kBadArgument;
    return fits;
  }
  void Copy(ArrayRef<int64_t> values, int32_t* to) {
    for (const int64_t value : values) Set(*to++, value);
  }
};

template <template <class> class Op>
class Call : public Fields {
 public:
  Op<Device> op;

  /// Nothing is written unless the op's own check passes.
  void Run(KernelRuntimeContext& context) {
    if (error_ == Error::kOk) error_ = Check(op);
    if (error_ != Error::kOk) return Fail(context, op.kName, error_);
    RunContext run;
    internal::RowOf<Op>::RunRecord(&op, run);
    if (run.data_error != Error::kOk) Fail(context, op.kName, run.data_error);
  }
};

}  // namespace cortico::executorch
