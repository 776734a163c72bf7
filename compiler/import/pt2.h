// From a .pt2 archive, as torch.export.save writes it, to a graph of ATen ops.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compiler/graph/diagnostics.h"
#include "compiler/program.h"

namespace cortico {

struct ImportOptions {
  /// Replaces a symbolic first dimension of the inputs.
  std::optional<int64_t> batch;
  /// Takes dropout and batch norm in training mode as they are: a program that is to be trained
  /// with fake quantization, of which only the structure matters.
  bool training = false;
};

/// Reads schema version 8. JSON and raw bytes only: nothing is ever unpickled.
///
/// The graph that results:
/// - ops without "torch.ops.": "aten.conv2d.default", "quantized_decomposed.quantize_per_tensor
///   .default"; arguments under their schema names, those left at their default absent;
/// - results of a list of tensors or of a tuple are one node's outputs, in order; a None among them
///   is an empty tensor, so that the others keep their numbers;
/// - no in-place op: "aten.relu_.default" becomes "aten.relu.default", and who reads the tensor
///   later reads the result. Where a view would have seen the write, that is an error;
/// - no assertion, no arithmetic on sizes, no torch.no_grad(): they are checked, computed and
///   opened up here;
/// - constants are dense in logical order whatever strides they had, dtypes as in the file, and
///   only those that are read; names of one weight share its bytes;
/// - inputs are the user's tensors, under the names of `forward`'s arguments.
///
/// Null when `diagnostics` received an error; it then holds every problem of the file.
std::optional<ExportedProgram> ImportPt2(const std::string& path, const ImportOptions& options,
                                         Diagnostics& diagnostics);
/// The same for an archive in memory; `name` stands for the file in the result.
std::optional<ExportedProgram> ImportPt2(std::span<const uint8_t> bytes, const std::string& name,
                                         const ImportOptions& options, Diagnostics& diagnostics);

/// Throws CompileError.
ExportedProgram ImportPt2(const std::string& path);

}  // namespace cortico
