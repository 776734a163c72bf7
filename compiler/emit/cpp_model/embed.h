// C++ source that carries a program file into a firmware, for cortico_add_model().
//
// The runtime still reads the program; what the source adds is what a firmware must know when it is
// built: the bytes at their alignment, how much memory, and which ops, so that the linker leaves
// all others out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/npy.h"
#include "compiler/graph/diagnostics.h"

namespace cortico {

struct EmbeddedSource {
  std::string header;  ///< declarations, all in the namespace `name`
  std::string source;  ///< includes "<name>.h"
};

/// A program that is to be embedded, with the path that messages name.
struct EmbeddedProgram {
  std::string path;
  std::vector<uint8_t> bytes;
};

/// `name` as a C++ namespace: letters that no identifier has become '_'. "model-v2.pte" gives
/// "model_v2".
std::string IdentifierOf(const std::string& path);

/// In namespace `name`: Pte(), the program's bytes; kBankBytes and kArenaBytes, the memory it needs
/// to the byte, records included; StaticArena(), memory of that size, each bank in a section named
/// after it (".bss.bank.dtcm"), linked only when asked for; kInputs and kOutputs with names, types,
/// sizes and quantization. Nullopt after an error: a file that cannot be read, an op that this
/// version does not know.
std::optional<EmbeddedSource> EmbedModel(const EmbeddedProgram& program, const std::string& name,
                                         Diagnostics& diagnostics);

/// A source with the table of ops (cortico::LinkedOps) that all these programs use together.
std::optional<std::string> EmbedOpTable(const std::vector<EmbeddedProgram>& programs,
                                        Diagnostics& diagnostics);

/// Arrays as constants in namespace `name`, the first axis and the rest: `const float x[5][784]`.
std::optional<EmbeddedSource> EmbedArrays(const NamedTensors& arrays, const std::string& name,
                                          Diagnostics& diagnostics);

}  // namespace cortico
