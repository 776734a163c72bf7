#include "compiler/data/convert.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "compiler/graph/diagnostics.h"

namespace cortico {
namespace {

struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

double ToDouble(Half half) {
  const int exponent = half.bits >> 10 & 31;
  const double fraction = half.bits & 1023;
  const double sign = half.bits >> 15 != 0 ? -1 : 1;
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}
double ToDouble(BFloat value) {
  return static_cast<double>(std::bit_cast<float>(uint32_t{value.bits} << 16));
}
template <class T>
double ToDouble(T value) {
  return static_cast<double>(value);
}

/// To nearest, ties to even. Through float32, whose 16 extra bits make the double rounding harmless
/// for what is stored in files of at most float32; a float64 may be off by half a unit more.
BFloat ToBFloat(double value) {
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

/// Calls `visit` with a value of the C++ type for `dtype`.
template <class Visit>
auto WithType(DType dtype, Visit visit) {
  switch (dtype) {
    case DType::kUInt8:
      return visit(uint8_t{});
    case DType::kInt8:
      return visit(int8_t{});
    case DType::kInt16:
      return visit(int16_t{});
    case DType::kInt32:
      return visit(int32_t{});
    case DType::kInt64:
      return visit(int64_t{});
    case DType::kFloat16:
      return visit(Half{});
    case DType::kFloat32:
      return visit(float{});
    case DType::kFloat64:
      return visit(double{});
    case DType::kBool:
      return visit(bool{});
    case DType::kBFloat16:
      return visit(BFloat{});
    case DType::kUInt16:
      return visit(uint16_t{});
    case DType::kUInt32:
      return visit(uint32_t{});
    case DType::kUInt64:
      return visit(uint64_t{});
  }
  CheckFailed("known dtype", __FILE__, __LINE__);
}

template <class T>
T Load(std::span<const uint8_t> bytes, size_t index) {
  if constexpr (std::is_same_v<T, bool>) {
    return bytes[index] != 0;
  } else {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
  }
}

template <class To, class From>
bool Fits(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value == From{0} || value == From{1};
  } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    // bool has no cmp functions of its own.
    using Wide = std::conditional_t<std::is_same_v<From, bool>, int, From>;
    const auto wide = static_cast<Wide>(value);
    if constexpr (std::is_signed_v<Wide>) {
      if (wide < 0) {
        return std::is_signed_v<To> &&
               static_cast<int64_t>(wide) >= static_cast<int64_t>(std::numeric_limits<To>::min());
      }
    }
    return static_cast<uint64_t>(wide) <= static_cast<uint64_t>(std::numeric_limits<To>::max());
  } else if constexpr (std::is_same_v<To, float> || std::is_same_v<To, BFloat>) {
    const auto narrow = static_cast<float>(ToDouble(value));
    return std::is_same_v<To, float> ? std::isfinite(narrow)
                                     : std::isfinite(ToDouble(ToBFloat(ToDouble(value))));
  } else {
    return true;
  }
}

template <class T>
constexpr bool kIsFloat = !std::is_integral_v<T>;

}  // namespace

bool IsFloat(DType dtype) {
  return WithType(dtype, []<class T>(T) { return kIsFloat<T>; });
}

Conversion ConversionOf(DType from, DType to) {
  if (from == to) return Conversion::kNone;
  if (IsFloat(from) != IsFloat(to)) return Conversion::kRefuse;
  if (!IsFloat(from)) return from == DType::kBool ? Conversion::kExact : Conversion::kRange;
  // Nobody stores less than they measured in a type that is narrower still.
  if (to == DType::kFloat16) return Conversion::kRefuse;
  if (to == DType::kFloat64) return Conversion::kExact;
  if (to == DType::kFloat32 && from != DType::kFloat64) return Conversion::kExact;
  return Conversion::kRound;
}

std::optional<size_t> FirstUnfit(std::span<const uint8_t> bytes, DType from, DType to) {
  return WithType(from, [&]<class From>(From) {
    return WithType(to, [&]<class To>(To) -> std::optional<size_t> {
      if constexpr (kIsFloat<From> == kIsFloat<To>) {
        const size_t count = bytes.size() / sizeof(From);
        for (size_t i = 0; i < count; ++i) {
          if (!Fits<To>(Load<From>(bytes, i))) return i;
        }
      }
      return std::nullopt;
    });
  });
}

std::optional<size_t> FirstNonFinite(std::span<const uint8_t> bytes, DType dtype) {
  return WithType(dtype, [&]<class T>(T) -> std::optional<size_t> {
    if constexpr (kIsFloat<T>) {
      const size_t count = bytes.size() / sizeof(T);
      for (size_t i = 0; i < count; ++i) {
        if (!std::isfinite(ToDouble(Load<T>(bytes, i)))) return i;
      }
    }
    return std::nullopt;
  });
}

void ConvertElements(std::span<const uint8_t> from, DType from_type, std::span<uint8_t> to,
                     DType to_type) {
  CORTICO_CHECK(ConversionOf(from_type, to_type) != Conversion::kRefuse);
  CORTICO_CHECK(from.size() / SizeOf(from_type) == to.size() / SizeOf(to_type));
  if (from.empty()) return;
  if (from_type == to_type) {
    std::memcpy(to.data(), from.data(), from.size());
    return;
  }
  WithType(from_type, [&]<class From>(From) {
    WithType(to_type, [&]<class To>(To) {
      if constexpr (kIsFloat<From> == kIsFloat<To> && !std::is_same_v<To, Half>) {
        const size_t count = from.size() / sizeof(From);
        for (size_t i = 0; i < count; ++i) {
          To value;
          if constexpr (std::is_same_v<To, BFloat>) {
            value = ToBFloat(ToDouble(Load<From>(from, i)));
          } else if constexpr (kIsFloat<From>) {
            value = static_cast<To>(ToDouble(Load<From>(from, i)));
          } else {
            value = static_cast<To>(Load<From>(from, i));
          }
          std::memcpy(to.data() + i * sizeof(To), &value, sizeof(To));
        }
      }
    });
  });
}

}  // namespace cortico
