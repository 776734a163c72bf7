// Arrays in NumPy's two file formats, .npy (one array) and .npz (a zip of named ones).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/file.h"
#include "compiler/graph/diagnostics.h"
#include "compiler/program.h"

namespace cortico {

using NamedTensors = std::vector<std::pair<std::string, HostTensor>>;

/// Reads a .npy file: format versions 1 to 3, little-endian numbers and bool, C or Fortran order
/// (the result is in C order). `what` names it in messages, e.g. "array 'x'". Nothing in the file
/// is evaluated; Python objects, structures and text are errors.
std::optional<HostTensor> ParseNpy(std::span<const uint8_t> bytes, const std::string& what,
                                   Diagnostics& diagnostics);

/// The bytes of a .npy file as NumPy itself writes them (version 1). NumPy has no bfloat16: such
/// a tensor is written as float32, which holds each of its values.
Bytes SerializeNpy(const HostTensor& tensor);

/// Arrays in the order of the archive, names without ".npy".
std::optional<NamedTensors> ParseNpz(std::span<const uint8_t> bytes, Diagnostics& diagnostics);

/// The same tensors give the same bytes.
std::optional<Bytes> SerializeNpz(const NamedTensors& tensors, bool deflate,
                                  Diagnostics& diagnostics);

/// A .npy file as one array without a name, or a .npz file; the content decides which.
/// "-" is standard input.
std::optional<NamedTensors> ReadArrays(const std::string& path, Diagnostics& diagnostics);

/// "-" is standard output. False, with a message, when the file could not be written.
bool WriteNpy(const std::string& path, const HostTensor& tensor, Diagnostics& diagnostics);
bool WriteNpz(const std::string& path, const NamedTensors& tensors, Diagnostics& diagnostics);

}  // namespace cortico
