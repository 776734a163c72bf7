// Choice of a kernel variant at compile time.
//
// Each kernel folder lists its variants in kernels.inc, one row per variant:
//     CORTICO_KERNEL(<function>, <the least Isa it is meant for>)
// The folder's header turns the rows into declarations and a table; Select() takes from the table
// the last row of the highest ISA that the build has. Both are constant expressions: the call is
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

// In the order of preference: a core with MVE also runs DSP and scalar variants.
enum class Isa : uint8_t {
  kScalar = CORTICO_ISA_SCALAR,
  kDsp = CORTICO_ISA_DSP,
  kMve = CORTICO_ISA_MVE,
};

inline constexpr Isa kIsa = static_cast<Isa>(CORTICO_ISA);

template <typename Function>
struct Variant {
  const char* name;
  Isa isa;
  Function* run;
};

template <typename Function, size_t n>
constexpr Function* Select(const Variant<Function> (&variants)[n], Isa isa = kIsa) {
  const Variant<Function>* best = nullptr;
  for (const Variant<Function>& variant : variants) {
    if (variant.isa <= isa && (best == nullptr || variant.isa >= best->isa)) best = &variant;
  }
  return best->run;
}

}  // namespace cortico::kernels
