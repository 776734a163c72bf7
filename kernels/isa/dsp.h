// The DSP extension (Cortex-M4, M7, M33): the instructions and tiles of dense kernels, each with a
// plain twin that gives the same bits. The twins run where the compiler's target lacks the
// extension (the host under its sanitizers, an M0) and without optimization.
//
// A tile is one asm statement: only so its sums stay in registers and several words come with one
// load. The tiles take all fourteen registers. They save r7 themselves, which a compiler may keep
// for its frames and does not let them declare.
//
// Arithmetic: four int8 at one address are one word. SXTB16 takes bytes 0 and 2 of it as two
// int16, the even pair; with a rotation by 8 it takes 1 and 3, the odd pair. Activations are
// widened once, into panels; weights in the loop, one row serving three pixels.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__)
#define CORTICO_DSP_INSTRUCTIONS 1
#else
#define CORTICO_DSP_INSTRUCTIONS 0
#endif

// A tile's sums stay in registers from the code before to the code after it.
#define CORTICO_DSP_TILE inline __attribute__((always_inline))

namespace cortico::kernels::dsp {

inline uint32_t Load4(const int8_t* p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

// ---------------------------------------------------------------------------------------------
// Single instructions

#if CORTICO_DSP_INSTRUCTIONS

inline uint32_t Sxtb16(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1" : "=r"(r) : "r"(x));
  return r;
}
inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
inline uint32_t Sxtab16Odd(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
inline uint32_t Sxtb16Odd(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(x));
  return r;
}
inline int32_t Smlad(uint32_t x, uint32_t y, int32_t a) {
  int32_t r;
  asm("smlad %0, %1, %2, %3" : "=r"(r) : "r"(x), "r"(y), "r"(a));
  return r;
}
inline int32_t Smmlar(int32_t x, int32_t y, int32_t a) {
  int32_t r;
  asm("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(x), "r"(y), "r"(a));
  return r;
}
inline int32_t SsatHalf8(int32_t x) {
  int32_t r;
  asm("ssat %0, #8, %1, asr #1" : "=r"(r) : "r"(x));
  return r;
}

#else

inline uint32_t Halves(int32_t low, int32_t high) {
  return (static_cast<uint32_t>(low) & 0xffff) | static_cast<uint32_t>(high) << 16;
}
inline int32_t Half(uint32_t x, int i) { return static_cast<int16_t>(x >> 16 * i); }
inline int32_t Byte(uint32_t x, int i) { return static_cast<int8_t>(x >> 8 * i); }
inline int32_t Wrap(int64_t x) { return static_cast<int32_t>(static_cast<uint64_t>(x)); }

// Sign-extends bytes 0 and 2.
inline uint32_t Sxtb16(uint32_t x) { return Halves(Byte(x, 0), Byte(x, 2)); }
// Sign-extends bytes 1 and 3: SXTB16 with ROR #8.
inline uint32_t Sxtb16Odd(uint32_t x) { return Halves(Byte(x, 1), Byte(x, 3)); }
// Adds bytes 0 and 2, sign-extended, to the halves of a.
inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  return Halves(Half(a, 0) + Byte(x, 0), Half(a, 1) + Byte(x, 2));
}
// The same with bytes 1 and 3: SXTAB16 with ROR #8.
inline uint32_t Sxtab16Odd(uint32_t a, uint32_t x) { return Sxtab16(a, x >> 8 | x << 24); }
// Dot product of two pairs of int16, plus a.
inline int32_t Smlad(uint32_t x, uint32_t y, int32_t a) {
  return Wrap(int64_t{a} + Half(x, 0) * Half(y, 0) + int64_t{Half(x, 1)} * Half(y, 1));
}
// a + x * y * 2^-32, rounded half up.
inline int32_t Smmlar(int32_t x, int32_t y, int32_t a) {
  return Wrap(a + ((int64_t{x} * y + (int64_t{1} << 31)) >> 32));
}
// x >> 1, saturated to int8: SSAT with a shift.
inline int32_t SsatHalf8(int32_t x) {
  x >>= 1;
  return x < -128 ? -128 : x > 127 ? 127 : x;
}

#endif

// ---------------------------------------------------------------------------------------------
// Three columns times two rows
//
// The panel: three columns of activations (an input window each) as int16, in the order in which
// the tile reads them.
//
//   header     how many of the first eight groups are missing, -groups mod 8; pitch
//   per group  even pair of columns 0, 1, 2; odd pair of columns 0, 1, 2; pitch
//
// A group is four consecutive elements of each column. The pitch is the distance in bytes from one
// row of weights to the next, 0 or more. It is in the panel because the tile has no register left
// for it, and a load of four costs no more instructions than a load of three. In the last group
// stands kPanelEnd for it; plus n if another panel follows at once whose weights begin n bytes
// before the end of those read so far.
inline constexpr uint32_t kPanelEnd = 0x80000000;
inline constexpr int32_t kPanelHeader = 2;  // words
inline constexpr int32_t kPanelGroup = 7;   // words

// What becomes of the six sums of a pair of rows.
enum class PairFinish : int32_t {
  kRelu,    // outputs: requantized without regard to the sign, saturated to int8
  kSigned,  // outputs: halves rounded away from zero, saturated to int8
  kSums,    // are stored at sums
};

// A panel's way along the rows. MultiplyPairs() does `count` pairs of them and leaves everything
// moved on to the next.
// For outputs, a sum x with multiplier m and shift s in [-21, -1] gives
//
//   saturate((x * m / 2^31, rounded half up, + (zero_point_2 << ~s) - (x < 0, if kSigned)) >> -s)
//
// which is TensorFlow Lite's double rounding plus a zero point z for zero_point_2 = 2 z + 1: e = -s
// makes that constant z * 2^e + 2^(e-1), and as e >= 1 the sign of x may stand for that of the
// product. |x| < 2^30.
struct PairWork {
  const uint32_t* panel;
  const int8_t* weights;
  int32_t weights_step;  // two pitches
  const int32_t* start;  // what the sums start from: if from_sums six, else one of each row
  int32_t from_sums;     // 0 or 1
  const int32_t* multiplier;
  const int32_t* shift;
  int8_t* out;        // of column 0 and the first row; the second row's is the next
  int32_t column_1;   // the outputs of columns 1 and 2 are so many bytes further on
  int32_t column_2;
  int32_t zero_point_2;
  PairFinish finish;
  int32_t* sums;      // of the first row with columns 0, 1, 2, then of the second
  int32_t count;      // pairs to do, 1 or more
};

#if CORTICO_DSP_INSTRUCTIONS

static_assert(sizeof(PairWork) == 14 * 4, "the offsets in MultiplyPairs()");

inline uint32_t* WidenGroups3(uint32_t* panel, const int8_t* x0, const int8_t* x1,
                              const int8_t* x2, int32_t groups, uint32_t offset, int32_t pitch) {
  // r4-r6 even pairs; r7-r9 bytes, then odd pairs
  register uint32_t* r0 asm("r0") = panel;
  register const int8_t* r1 asm("r1") = x0;
  register const int8_t* r2 asm("r2") = x1;
  register const int8_t* r3 asm("r3") = x2;
  register int32_t r10 asm("r10") = pitch;
  register int32_t r12 asm("r12") = groups;
  register uint32_t lr asm("lr") = offset;
  asm volatile(
      "push {r7}\n\t"
      "1:\n\t"
      "ldr r7, [r1], #4\n\t"
      "ldr r8, [r2], #4\n\t"
      "ldr r9, [r3], #4\n\t"
      "subs r12, #1\n\t"
      "sxtab16 r4, lr, r7\n\t"
      "sxtab16 r5, lr, r8\n\t"
      "sxtab16 r6, lr, r9\n\t"
      "sxtab16 r7, lr, r7, ror #8\n\t"
      "sxtab16 r8, lr, r8, ror #8\n\t"
      "sxtab16 r9, lr, r9, ror #8\n\t"
      "stm r0!, {r4, r5, r6, r7, r8, r9, r10}\n\t"
      "bne 1b\n\t"
      "pop {r7}\n\t"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r12)
      : "r"(lr), "r"(r10)
      : "r4", "r5", "r6", "r8", "r9", "cc", "memory");
  return r0;
}

// r1 panel; r2 weights; r4-r6 sums of row 0 with columns 0 to 2, r7-r9 of row 1; r10-r12
// activations; lr pitch, then the even pair of a row; r3, r0 bytes, then odd pairs of rows 0 and 1.
// 20 instructions for 24 products.
#define CORTICO_PAIR_GROUP           \
  "ldr r0, [r2, lr]\n\t"             \
  "ldr r3, [r2], #4\n\t"             \
  "ldm r1!, {r10, r11, r12}\n\t"     \
  "sxtb16 lr, r3\n\t"                \
  "smlad r4, r10, lr, r4\n\t"        \
  "smlad r5, r11, lr, r5\n\t"        \
  "smlad r6, r12, lr, r6\n\t"        \
  "sxtb16 lr, r0\n\t"                \
  "smlad r7, r10, lr, r7\n\t"        \
  "smlad r8, r11, lr, r8\n\t"        \
  "smlad r9, r12, lr, r9\n\t"        \
  "ldm r1!, {r10, r11, r12, lr}\n\t" \
  "sxtb16 r3, r3, ror #8\n\t"        \
  "sxtb16 r0, r0, ror #8\n\t"        \
  "smlad r4, r10, r3, r4\n\t"        \
  "smlad r5, r11, r3, r5\n\t"        \
  "smlad r6, r12, r3, r6\n\t"        \
  "smlad r7, r10, r0, r7\n\t"        \
  "smlad r8, r11, r0, r8\n\t"        \
  "smlad r9, r12, r0, r9\n\t"

// Row 0: r10 multiplier, r2 constant, r12 ~shift; row 1: r11, r1, lr.
#define CORTICO_PAIR_QUANTIZATION            \
  "ldrd r2, r3, [r0, #20]\n\t"               \
  "ldr r1, [r0, #40]\n\t"                    \
  "ldrd r10, r11, [r2], #8\n\t"              \
  "ldrd r12, lr, [r3], #8\n\t"               \
  "strd r2, r3, [r0, #20]\n\t"               \
  "mvn r12, r12\n\t"                         \
  "mvn lr, lr\n\t"                           \
  "lsl r2, r1, r12\n\t"                      \
  "lsl r1, r1, lr\n\t"

// Sum to output: m multiplier, c constant, e ~shift; signed: t is free.
#define CORTICO_PAIR_RELU(a, m, c, e)                  \
  "lsl " a ", " a ", #1\n\t"                           \
  "smmlar " a ", " a ", " m ", " c "\n\t"              \
  "asr " a ", " a ", " e "\n\t"                        \
  "ssat " a ", #8, " a ", asr #1\n\t"
#define CORTICO_PAIR_SIGNED(a, m, c, e, t)             \
  "add " t ", " c ", " a ", asr #31\n\t"               \
  "lsl " a ", " a ", #1\n\t"                           \
  "smmlar " a ", " a ", " m ", " t "\n\t"              \
  "asr " a ", " a ", " e "\n\t"                        \
  "ssat " a ", #8, " a ", asr #1\n\t"

inline __attribute__((noinline)) void MultiplyPairs(PairWork& work) {
  register PairWork* r0 asm("r0") = &work;
  asm volatile(
      "push {r0, r7}\n\t"
      "10:\n\t"  // a pair of rows
      "ldrd r1, r2, [r0]\n\t"       // panel, weights
      "ldrd r3, r4, [r0, #12]\n\t"  // start, from_sums
      "cmp r4, #0\n\t"
      "bne 14f\n\t"
      "ldrd r4, r7, [r3], #8\n\t"
      "mov r5, r4\n\t"
      "mov r6, r4\n\t"
      "mov r8, r7\n\t"
      "mov r9, r7\n\t"
      "11:\n\t"
      "str r3, [r0, #12]\n\t"

      "12:\n\t"  // a panel
      "ldm r1!, {r10, lr}\n\t"
      "tbh [pc, r10, lsl #1]\n\t"  // into the loop, past the groups that are missing
      "0: .hword (1f-0b)/2, (2f-0b)/2, (3f-0b)/2, (4f-0b)/2\n\t"
      ".hword (5f-0b)/2, (6f-0b)/2, (7f-0b)/2, (8f-0b)/2\n\t"
      "1:\n\t" CORTICO_PAIR_GROUP
      "2:\n\t" CORTICO_PAIR_GROUP
      "3:\n\t" CORTICO_PAIR_GROUP
      "4:\n\t" CORTICO_PAIR_GROUP
      "5:\n\t" CORTICO_PAIR_GROUP
      "6:\n\t" CORTICO_PAIR_GROUP
      "7:\n\t" CORTICO_PAIR_GROUP
      "8:\n\t" CORTICO_PAIR_GROUP
      "cmp lr, #0\n\t"
      "bge 1b\n\t"
      "lsls lr, lr, #1\n\t"  // kPanelEnd or more
      "bne 15f\n\t"

      "ldr r0, [sp]\n\t"
      "ldrd r2, r3, [r0, #4]\n\t"  // weights, weights_step
      "ldr r1, [r0, #44]\n\t"      // finish
      "add r2, r3\n\t"
      "str r2, [r0, #4]\n\t"
      "cmp r1, #0\n\t"
      "bne 16f\n\t"
      CORTICO_PAIR_QUANTIZATION
      CORTICO_PAIR_RELU("r4", "r10", "r2", "r12")
      CORTICO_PAIR_RELU("r5", "r10", "r2", "r12")
      CORTICO_PAIR_RELU("r6", "r10", "r2", "r12")
      CORTICO_PAIR_RELU("r7", "r11", "r1", "lr")
      CORTICO_PAIR_RELU("r8", "r11", "r1", "lr")
      CORTICO_PAIR_RELU("r9", "r11", "r1", "lr")
      "13:\n\t"
      "ldr r3, [r0, #28]\n\t"       // out
      "ldrd r1, r2, [r0, #32]\n\t"  // column_1, column_2
      "strb r5, [r3, r1]\n\t"
      "strb r6, [r3, r2]\n\t"
      "strb r4, [r3], #1\n\t"
      "strb r8, [r3, r1]\n\t"
      "strb r9, [r3, r2]\n\t"
      "strb r7, [r3], #1\n\t"
      "str r3, [r0, #28]\n\t"
      "18:\n\t"
      "ldr r1, [r0, #52]\n\t"  // count
      "subs r1, #1\n\t"
      "str r1, [r0, #52]\n\t"
      "bne 10b\n\t"
      "b 19f\n\t"

      "14:\n\t"  // six sums to start from
      "ldm r3!, {r4, r5, r6, r7, r8, r9}\n\t"
      "b 11b\n\t"

      "15:\n\t"  // the next panel, on weights of which some have been read
      "sub r2, r2, lr, lsr #1\n\t"
      "b 12b\n\t"

      "16:\n\t"
      "cmp r1, #1\n\t"
      "bne 17f\n\t"
      CORTICO_PAIR_QUANTIZATION
      CORTICO_PAIR_SIGNED("r4", "r10", "r2", "r12", "r3")
      CORTICO_PAIR_SIGNED("r5", "r10", "r2", "r12", "r3")
      CORTICO_PAIR_SIGNED("r6", "r10", "r2", "r12", "r3")
      CORTICO_PAIR_SIGNED("r7", "r11", "r1", "lr", "r3")
      CORTICO_PAIR_SIGNED("r8", "r11", "r1", "lr", "r3")
      CORTICO_PAIR_SIGNED("r9", "r11", "r1", "lr", "r3")
      "b 13b\n\t"

      "17:\n\t"
      "ldr r1, [r0, #48]\n\t"  // sums
      "stm r1!, {r4, r5, r6, r7, r8, r9}\n\t"
      "str r1, [r0, #48]\n\t"
      "b 18b\n\t"
      "19:\n\t"
      "pop {r1, r7}\n\t"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#undef CORTICO_PAIR_QUANTIZATION
#undef CORTICO_PAIR_GROUP
#undef CORTICO_PAIR_RELU
#undef CORTICO_PAIR_SIGNED

#else

// Appends groups, at least one, of three columns plus offset (a pair of int16) to a panel; returns
// its new end.
inline uint32_t* WidenGroups3(uint32_t* panel, const int8_t* x0, const int8_t* x1,
                              const int8_t* x2, int32_t groups, uint32_t offset, int32_t pitch) {
  for (; groups != 0; --groups, panel += kPanelGroup) {
    const int8_t** const columns[] = {&x0, &x1, &x2};
    for (int i = 0; i < 3; ++i) {
      const uint32_t bytes = Load4(*columns[i]);
      *columns[i] += 4;
      panel[i] = Sxtab16(offset, bytes);
      panel[3 + i] = Sxtab16Odd(offset, bytes);
    }
    panel[6] = static_cast<uint32_t>(pitch);
  }
  return panel;
}

inline void MultiplyPair(PairWork& work) {
  int32_t sums[6];
  for (int i = 0; i < 6; ++i) sums[i] = work.start[work.from_sums != 0 ? i : i / 3];
  work.start += work.from_sums != 0 ? 6 : 2;

  const uint32_t* panel = work.panel;
  const int8_t* weights = work.weights;
  work.weights += work.weights_step;
  for (;;) {
    uint32_t pitch = panel[1];
    panel += kPanelHeader;
    do {
      for (int row = 0; row < 2; ++row) {
        const uint32_t bytes = Load4(weights + (row == 0 ? 0 : pitch));
        for (int i = 0; i < 3; ++i) {
          int32_t& sum = sums[3 * row + i];
          sum = Smlad(panel[i], Sxtb16(bytes), sum);
          sum = Smlad(panel[3 + i], Sxtb16Odd(bytes), sum);
        }
      }
      pitch = panel[6];
      panel += kPanelGroup;
      weights += 4;
    } while (pitch < kPanelEnd);
    if (pitch == kPanelEnd) break;
    weights -= pitch - kPanelEnd;
  }

  if (work.finish == PairFinish::kSums) {
    for (int i = 0; i < 6; ++i) *work.sums++ = sums[i];
    return;
  }
  for (int row = 0; row < 2; ++row) {
    const int32_t multiplier = *work.multiplier++;
    const int32_t shift = ~*work.shift++;
    const auto constant =
        static_cast<int32_t>(static_cast<uint32_t>(work.zero_point_2) << shift);
    const int32_t at[3] = {0, work.column_1, work.column_2};
    for (int i = 0; i < 3; ++i) {
      const int32_t x = sums[3 * row + i];
      const int32_t sign = work.finish == PairFinish::kSigned ? x >> 31 : 0;
      work.out[at[i]] =
          static_cast<int8_t>(SsatHalf8(Smmlar(2 * x, multiplier, constant + sign) >> shift));
    }
    ++work.out;
  }
}

inline void MultiplyPairs(PairWork& work) {
  do {
    MultiplyPair(work);
  } while (--work.count != 0);
}

#endif

// ---------------------------------------------------------------------------------------------
// One column times four rows
//
// The column: per group of four elements its even and its odd pair, as int16.

// A column's way along the rows. MultiplyQuads() does `count` times four of them and moves weights,
// start, sums and out on.
// The outputs are those of PairFinish::kSigned.
struct QuadWork {
  const uint32_t* column;
  const int8_t* weights;
  int32_t pitch;         // from row to row, in bytes
  int32_t groups;        // in the column, 1 or more
  const int32_t* start;  // what the four sums start from
  int32_t* sums;         // where to store them; null: make outputs
  int8_t* out;
  int32_t multiplier;
  int32_t constant;  // zero_point_2 << shift
  int32_t shift;     // ~ of the quantization's
  int32_t count;     // of four rows, 1 or more
};

#if CORTICO_DSP_INSTRUCTIONS

static_assert(sizeof(QuadWork) == 11 * 4, "the offsets in MultiplyQuads()");

// r0 column; r1 weights; r2 pitch, r3 three of it; r4-r7 sums of rows 0 to 3; r8, r9 even and odd
// pair of the column; r10, r11 bytes of two rows, then odd pairs; r12 the even pair of a row; lr
// the column's end. 21 instructions for 16 products; no load is used by the instruction after it.
#define CORTICO_QUAD_GROUP          \
  "ldrd r8, r9, [r0], #8\n\t"       \
  "ldr r10, [r1, r3]\n\t"           \
  "ldr r11, [r1, r2, lsl #1]\n\t"   \
  "sxtb16 r12, r10\n\t"             \
  "smlad r7, r8, r12, r7\n\t"       \
  "sxtb16 r10, r10, ror #8\n\t"     \
  "smlad r7, r9, r10, r7\n\t"       \
  "ldr r10, [r1, r2]\n\t"           \
  "sxtb16 r12, r11\n\t"             \
  "smlad r6, r8, r12, r6\n\t"       \
  "sxtb16 r11, r11, ror #8\n\t"     \
  "smlad r6, r9, r11, r6\n\t"       \
  "ldr r11, [r1], #4\n\t"           \
  "sxtb16 r12, r10\n\t"             \
  "smlad r5, r8, r12, r5\n\t"       \
  "sxtb16 r10, r10, ror #8\n\t"     \
  "smlad r5, r9, r10, r5\n\t"       \
  "sxtb16 r12, r11\n\t"             \
  "smlad r4, r8, r12, r4\n\t"       \
  "sxtb16 r11, r11, ror #8\n\t"     \
  "smlad r4, r9, r11, r4\n\t"

// Sum a to output; r8 multiplier, r9 constant, r10 ~shift, r2 out; r12 is free.
#define CORTICO_QUAD_FINISH(a)               \
  "add r12, r9, " a ", asr #31\n\t"          \
  "lsl " a ", " a ", #1\n\t"                 \
  "smmlar " a ", " a ", r8, r12\n\t"         \
  "asr " a ", " a ", r10\n\t"                \
  "ssat " a ", #8, " a ", asr #1\n\t"        \
  "strb " a ", [r2], #1\n\t"

inline __attribute__((noinline)) void MultiplyQuads(QuadWork& work) {
  register QuadWork* r0 asm("r0") = &work;
  asm volatile(
      "push {r0, r7}\n\t"
      "7:\n\t"  // four rows
      "ldr r12, [r0, #16]\n\t"  // start
      "ldr r3, [r0, #12]\n\t"   // groups
      "ldm r12!, {r4, r5, r6, r7}\n\t"
      "ldrd r1, r2, [r0, #4]\n\t"  // weights, pitch
      "str r12, [r0, #16]\n\t"
      "add r8, r1, r2, lsl #2\n\t"
      "str r8, [r0, #4]\n\t"
      "ldr r0, [r0]\n\t"  // column
      "add lr, r0, r3, lsl #3\n\t"
      "rsb r3, r3, #0\n\t"
      "and r10, r3, #3\n\t"
      "add r3, r2, r2, lsl #1\n\t"
      "tbb [pc, r10]\n\t"  // into the loop, past the groups that are missing
      "0: .byte (1f-0b)/2, (2f-0b)/2, (3f-0b)/2, (4f-0b)/2\n\t"
      "1:\n\t" CORTICO_QUAD_GROUP
      "2:\n\t" CORTICO_QUAD_GROUP
      "3:\n\t" CORTICO_QUAD_GROUP
      "4:\n\t" CORTICO_QUAD_GROUP
      "cmp r0, lr\n\t"
      "bne 1b\n\t"
      "ldr r0, [sp]\n\t"
      "ldrd r1, r2, [r0, #20]\n\t"  // sums, out
      "cmp r1, #0\n\t"
      "bne 6f\n\t"
      "ldrd r8, r9, [r0, #28]\n\t"  // multiplier, constant
      "ldr r10, [r0, #36]\n\t"      // shift
      CORTICO_QUAD_FINISH("r4")
      CORTICO_QUAD_FINISH("r5")
      CORTICO_QUAD_FINISH("r6")
      CORTICO_QUAD_FINISH("r7")
      "str r2, [r0, #24]\n\t"
      "5:\n\t"
      "ldr r1, [r0, #40]\n\t"  // count
      "subs r1, #1\n\t"
      "str r1, [r0, #40]\n\t"
      "bne 7b\n\t"
      "b 8f\n\t"

      "6:\n\t"
      "stm r1!, {r4, r5, r6, r7}\n\t"
      "str r1, [r0, #20]\n\t"
      "b 5b\n\t"
      "8:\n\t"
      "pop {r1, r7}\n\t"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#undef CORTICO_QUAD_FINISH
#undef CORTICO_QUAD_GROUP

#else

inline void MultiplyQuad(QuadWork& work) {
  int32_t sums[4];
  for (int32_t& sum : sums) sum = *work.start++;
  const uint32_t* column = work.column;
  const int8_t* weights = work.weights;
  for (int32_t i = 0; i < work.groups; ++i, column += 2, weights += 4) {
    for (int row = 0; row < 4; ++row) {
      const uint32_t bytes = Load4(weights + row * work.pitch);
      sums[row] = Smlad(column[0], Sxtb16(bytes), sums[row]);
      sums[row] = Smlad(column[1], Sxtb16Odd(bytes), sums[row]);
    }
  }
  work.weights += 4 * work.pitch;
  for (const int32_t x : sums) {
    if (work.sums != nullptr) {
      *work.sums++ = x;
    } else {
      const int32_t y = Smmlar(2 * x, work.multiplier, work.constant + (x >> 31));
      *work.out++ = static_cast<int8_t>(SsatHalf8(y >> work.shift));
    }
  }
}

inline void MultiplyQuads(QuadWork& work) {
  do {
    MultiplyQuad(work);
  } while (--work.count != 0);
}

#endif

// ---------------------------------------------------------------------------------------------
// One column times two rows, widened as it goes

#if CORTICO_DSP_INSTRUCTIONS

// 13 instructions for 8 products.
#define CORTICO_DOT_1X2_GROUP                \
  "ldr %[t], [%[x]], #4\n\t"                 \
  "ldr %[u], [%[w0]], #4\n\t"                \
  "sxtab16 %[xe], %[offset], %[t]\n\t"       \
  "sxtab16 %[xo], %[offset], %[t], ror #8\n\t" \
  "ldr %[t], [%[w1]], #4\n\t"                \
  "sxtb16 %[v], %[u]\n\t"                    \
  "smlad %[a0], %[xe], %[v], %[a0]\n\t"      \
  "sxtb16 %[u], %[u], ror #8\n\t"            \
  "smlad %[a0], %[xo], %[u], %[a0]\n\t"      \
  "sxtb16 %[v], %[t]\n\t"                    \
  "smlad %[a1], %[xe], %[v], %[a1]\n\t"      \
  "sxtb16 %[t], %[t], ror #8\n\t"            \
  "smlad %[a1], %[xo], %[t], %[a1]\n\t"

CORTICO_DSP_TILE void Dot1x2(const int8_t* x, const int8_t* w0, const int8_t* w1, int32_t groups,
                             uint32_t offset, int32_t& a0, int32_t& a1) {
  uint32_t xe, xo, t = -static_cast<uint32_t>(groups) & 3, u, v;
  asm volatile(
      "tbb [pc, %[t]]\n\t"  // into the loop, past the groups that are missing
      "0: .byte (1f-0b)/2, (2f-0b)/2, (3f-0b)/2, (4f-0b)/2\n\t"
      "1:\n\t" CORTICO_DOT_1X2_GROUP
      "2:\n\t" CORTICO_DOT_1X2_GROUP
      "3:\n\t" CORTICO_DOT_1X2_GROUP
      "4:\n\t" CORTICO_DOT_1X2_GROUP
      "cmp %[x], %[end]\n\t"
      "bne 1b\n\t"
      : [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [a0] "+r"(a0), [a1] "+r"(a1), [t] "+r"(t),
        [u] "=&r"(u), [v] "=&r"(v), [xe] "=&r"(xe), [xo] "=&r"(xo)
      : [offset] "r"(offset), [end] "r"(x + 4 * groups)
      : "cc", "memory");
}
#undef CORTICO_DOT_1X2_GROUP

#else

// Adds to a0 and a1 the products of x plus offset (a pair of int16), of groups of four elements, at
// least one, with w0 and w1.
inline void Dot1x2(const int8_t* x, const int8_t* w0, const int8_t* w1, int32_t groups,
                   uint32_t offset, int32_t& a0, int32_t& a1) {
  for (; groups != 0; --groups, x += 4, w0 += 4, w1 += 4) {
    const uint32_t even = Sxtab16(offset, Load4(x));
    const uint32_t odd = Sxtab16Odd(offset, Load4(x));
    a0 = Smlad(odd, Sxtb16Odd(Load4(w0)), Smlad(even, Sxtb16(Load4(w0)), a0));
    a1 = Smlad(odd, Sxtb16Odd(Load4(w1)), Smlad(even, Sxtb16(Load4(w1)), a1));
  }
}

#endif

#undef CORTICO_DSP_TILE

}  // namespace cortico::kernels::dsp
