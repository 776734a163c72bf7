// Whole files in and out. A path of "-" is standard input or standard output.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"

namespace cortico {

inline constexpr uint64_t kMaxFileSize = uint64_t{4} << 30;

/// All bytes of a file; an error when it cannot be read or has more than `max_size` bytes.
std::optional<Bytes> ReadFile(const std::string& path, uint64_t max_size, Diagnostics& diagnostics);

/// Afterwards the file is complete, or what was there before is untouched: the bytes go to a
/// temporary file in the same folder, which then takes the name. A path that is no regular file
/// (a pipe, a device) is written in place.
bool WriteFileAtomically(const std::string& path, std::span<const uint8_t> bytes,
                         Diagnostics& diagnostics);

}  // namespace cortico
