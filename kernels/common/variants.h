// Choice of a kernel variant at compile time.
//
// Each kernel folder lists its variants in kernels.inc, one row per variant:
//     CORTICO_KERNEL(<function>, <the Code it is written in>)
// The folder's header turns the rows into declarations and a table; Select() takes from the table
// the last row of the highest Code that the build has. Both are constant expressions: the call is
// direct, and variants nobody calls are dropped by the linker.
#pragma once

#include <cstddef>
#include <cstdint>

// Overridable with -DCORTICO_ISA=0|1|2, so that a host build can stand in for any family.
#define CORTICO_ISA_SCALAR 0
#define CORTICO_ISA_DSP 1
#define CORTICO_ISA_MVE 2
#ifndef CORTICO_ISA
#if defined(__ARM_FEATURE_MVE)
#define CORTICO_ISA CORTICO_ISA_MVE
#elif defined(__ARM_FEATURE_DSP)
#define CORTICO_ISA CORTICO_ISA_DSP
#else
#define CORTICO_ISA CORTICO_ISA_SCALAR
#endif
#endif

namespace cortico::kernels {

// The family of a build: which of Arm's contracts holds (scratch sizes, kernel sums).
enum class Isa : uint8_t {
  kScalar = CORTICO_ISA_SCALAR,
  kDsp = CORTICO_ISA_DSP,
  kMve = CORTICO_ISA_MVE,
};

inline constexpr Isa kIsa = static_cast<Isa>(CORTICO_ISA);

// What a variant is written in, in the order of preference: a core runs everything before its own.
// The instructions come from kernels/isa/; where the compiler's target lacks them their plain twins
// take their place, so that every variant compiles, and is tested, everywhere.
enum class Code : uint8_t {
  kScalar,  // plain C++
  kV6m,     // Thumb-1, eight low registers, 32-bit product: M0, M0+, M23
  kV7m,     // Thumb-2, MLA, SMULL: M3
  kDsp,     // SMLAD, SXTAB16, SMMLAR: M4, M7, M33
  kMve,     // vectors: M55, M85
};

inline constexpr Code kCode = kIsa == Isa::kMve   ? Code::kMve
                              : kIsa == Isa::kDsp ? Code::kDsp
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
                                                  : Code::kV7m;
#elif defined(__ARM_ARCH_ISA_THUMB)
                                                  : Code::kV6m;
#else
                                                  : Code::kScalar;
#endif

template <typename Function>
struct Variant {
  const char* name;
  Code code;
  Function* run;
};

template <typename Function, size_t n>
constexpr Function* Select(const Variant<Function> (&variants)[n], Code code = kCode) {
  const Variant<Function>* best = nullptr;
  for (const Variant<Function>& variant : variants) {
    if (variant.code <= code && (best == nullptr || variant.code >= best->code)) best = &variant;
  }
  return best->run;
}

}  // namespace cortico::kernels
