// The PT2E steps around calibration, named as in PyTorch.
//
//   PreparedProgram prepared = PreparePt2e(program, CortexMQuantizer());
//   for (const Sample& sample : calibration) prepared.Run(sample);
//   ExportedProgram quantized = ConvertPt2e(prepared);
//
// The result is the float program with pairs of `quantized_decomposed.quantize_per_tensor` and
// `dequantize_per_tensor` around what the quantizer chose, in the form that torchao writes: one
// quantize per value, one dequantize per reader; weights as int8 constants behind
// `dequantize_per_channel` (or `_per_tensor`), biases as int32 constants behind the same.
//
//   activation  int8, q = clamp(round(x / scale) + zero_point, -128, 127)
//   weight      int8, q = clamp(round(w / scale[c]), -127, 127), scale[c] = max|w[c]| / 127, or what
//               loses less with the mse observer (convert.h)
//   bias        int32, q = round(b / scale[c]), scale[c] = activation's scale * weight's
//
// All scales are float32 numbers. A channel of zeros takes the largest scale of its tensor, so that
// its bias stays as fine as the others' (1 when all weights are 0). Where a bias would need more
// than 30 bits, because its channel's weights are tiny, the channel's scale is raised until it
// fits.
#pragma once

#include <memory>
#include <optional>

#include "compiler/graph/lower_context.h"
#include "compiler/program.h"
#include "compiler/quantize/quantizer.h"

namespace cortico {

/// A program under observation. Movable.
class PreparedProgram {
 public:
  ~PreparedProgram();
  PreparedProgram(PreparedProgram&&) noexcept;
  PreparedProgram& operator=(PreparedProgram&&) noexcept;

  /// Calibrates with one sample. False when an error was reported: the sample does not fit the
  /// inputs, or a value that is to be quantized is NaN or infinite.
  bool Run(const Sample& sample, Diagnostics& diagnostics);
  /// The same; throws CompileError.
  void Run(const Sample& sample);

  const ExportedProgram& program() const;
  const Annotation& annotation() const;
  /// What canonicalization rewrote (after PreparePt2e).
  const RewriteLog& log() const;
  int64_t samples() const;

 private:
  friend std::optional<PreparedProgram> Prepare(ExportedProgram, const CortexMQuantizer&,
                                                Diagnostics&);
  friend PreparedProgram PreparePt2e(const ExportedProgram&, const CortexMQuantizer&);
  friend std::optional<ExportedProgram> Convert(const PreparedProgram&, Diagnostics&);
  struct Impl;
  explicit PreparedProgram(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Annotates a program that is already canonical. Errors: ops that cannot be evaluated, parameters
/// with NaN or infinity.
std::optional<PreparedProgram> Prepare(ExportedProgram program, const CortexMQuantizer& quantizer,
                                       Diagnostics& diagnostics);
/// Error: no sample was run. Does not change `prepared`: more samples may follow, and another
/// conversion.
std::optional<ExportedProgram> Convert(const PreparedProgram& prepared, Diagnostics& diagnostics);

/// Canonicalizes a copy of the program and prepares it; throws CompileError.
PreparedProgram PreparePt2e(const ExportedProgram& program, const CortexMQuantizer& quantizer);
/// Convert; throws CompileError.
ExportedProgram ConvertPt2e(const PreparedProgram& prepared);

}  // namespace cortico
