// Conversion of array elements where no value changes its meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "runtime/core/dtype.h"

namespace cortico {

bool IsFloat(DType dtype);

enum class Conversion {
  kNone,    ///< the types are equal
  kExact,   ///< every value keeps its value
  kRound,   ///< to the nearest value of a narrower float type
  kRange,   ///< exact for values in range, to be checked with FirstUnfit
  kRefuse,  ///< not without knowing what the numbers mean
};
Conversion ConversionOf(DType from, DType to);

/// Number of the first of the elements that `to` cannot hold (an integer out of range; a float that
/// would become infinite), or nothing. `bytes` holds elements of type `from`.
std::optional<size_t> FirstUnfit(std::span<const uint8_t> bytes, DType from, DType to);

/// Number of the first NaN or infinity; nothing for integer types.
std::optional<size_t> FirstNonFinite(std::span<const uint8_t> bytes, DType dtype);

/// `to` has room for as many elements as `from` holds; the conversion is not kRefuse.
void ConvertElements(std::span<const uint8_t> from, DType from_type, std::span<uint8_t> to,
                     DType to_type);

}  // namespace cortico
