// A program made ready to run in an arena.
#pragma once

#include <cstdint>

#include "runtime/core/arena.h"
#include "runtime/core/result.h"
#include "runtime/core/span.h"
#include "runtime/core/tensor.h"
#include "runtime/model/op_row.h"
#include "runtime/program/program.h"

namespace cortico {

/// real = (q - zero_point) * scale. scale is 0 for a tensor that is not quantized, or of which the
/// file does not say it.
struct TensorQuantization {
  float scale = 0.0f;
  int32_t zero_point = 0;
};

/// An input or output: a description, and the bytes it speaks of. All null for an index that is out
/// of range.
class TensorView {
 public:
  TensorView() = default;
  /// `end` counts inputs, then outputs: the entry of the program's table of names.
  TensorView(const Program& program, const Tensor& tensor, uint32_t nbytes, int32_t end)
      : program_(program), tensor_(tensor), nbytes_(nbytes), end_(end) {}

  /// Valid as long as the arena; the bytes of an output until the next Run, as a plan may reuse
  /// them. An output that is a constant of the program must not be written.
  void* data() const { return tensor_.data; }
  size_t nbytes() const { return nbytes_; }
  DType dtype() const { return tensor_.dtype; }
  /// Logical sizes, outermost first.
  Span<const int32_t> sizes() const { return {tensor_.sizes, tensor_.rank}; }
  Layout layout() const { return tensor_.layout; }
  const Tensor& tensor() const { return tensor_; }
  /// "" where the file does not say. Looked up at every call, as is the quantization.
  const char* name() const;
  TensorQuantization quantization() const;

 private:
  Program program_;
  Tensor tensor_;
  uint32_t nbytes_ = 0;
  int32_t end_ = 0;
};

/// Called before (`begin`) and after each op of a run. `index` counts the program's calls.
using OpHook = void (*)(void* context, int32_t index, const char* op, bool begin);

/// Needs nothing but the program's bytes and the arena. Copying it copies the handle, not the
/// model.
/// Not for two threads at a time.
class Model {
 public:
  Model() = default;

  /// Everything that can fail, fails here. Takes the program's first method. `table` may have more
  /// ops than the program calls; it outlives the model.
  ///   kArenaTooSmall    a bank has fewer bytes than are planned for it, or bank 0 has no room for
  ///                     the records after them
  ///   kMisaligned       a bank or a constant is not aligned
  ///   kWrongTarget      compiled for another family (the host takes every one)
  ///   kUnknownOperator  the op's name goes to the log
  ///   kBadArgument, kBadShape, kBadType  from an op's own check; its name goes to the log
  ///   kUnsupported      delegates, control flow, dynamic shapes, tensors outside of the plan
  ///   kCorrupt, kIndexOutOfRange, kSizeOverflow  damage
  static Result<Model> Load(const Program& program, const Arena& arena,
                            Span<const OpRow> table = LinkedOps());

  int32_t NumInputs() const { return num_inputs_; }
  int32_t NumOutputs() const { return num_outputs_; }
  TensorView Input(int32_t i) const;
  TensorView Output(int32_t i) const;

  /// Cannot fail. Inputs are read where they lie, and may have changed afterwards.
  void Run();
  /// State that outlives a run back to its initial value. Load has done it once.
  void Reset();
  /// What was wrong with the data of the last run, such as an index out of range, which the op has
  /// clamped.
  Error DataError() const { return data_error_; }

  void set_op_hook(OpHook hook, void* context) {
    hook_ = hook;
    hook_context_ = context;
  }

  int32_t NumOps() const { return num_ops_; }
  /// Bytes of bank 0 that the model took for itself, after the planned ones.
  uint32_t RecordBytes() const { return record_bytes_; }

 private:
  friend class ModelLoader;
  friend class OtherFields;

  FlatPos Value(FlatReader& reader, uint32_t index, uint8_t* kind) const;
  Error ReadTensor(uint32_t value, Tensor* tensor, uint32_t* nbytes) const;
  Error InitialValue(uint32_t value, const Tensor& tensor, uint32_t nbytes,
                     const uint8_t** data) const;
  Error ResetState();
  TensorView View(uint32_t list, int32_t i, int32_t end) const;

  Program program_;
  Arena arena_;
  const uint8_t* records_ = nullptr;
  uint32_t record_bytes_ = 0;
  int32_t num_ops_ = 0;
  int32_t num_inputs_ = 0;
  int32_t num_outputs_ = 0;
  Error data_error_ = Error::kOk;
  OpHook hook_ = nullptr;
  void* hook_context_ = nullptr;
};

}  // namespace cortico
