// The assembly of mve_dense.h, which includes this file and describes the functions. Each is one
// naked function, so that both compilers give the same code and every register is ours.
#pragma once

namespace cortico::kernels::mve {

// clang-format off
// 16 of depth: weights at r1 and r11, x at r3, r5, r7, r9, all of which move on.
#define CORTICO_MVE_STEP(dot)            \
  "vldrb.u8 q4, [r1], #16           \n"  \
  "vldrb.u8 q0, [r3], #16           \n"  \
  dot " r0, q0, q4                  \n"  \
  "vldrb.u8 q1, [r5], #16           \n"  \
  dot " r2, q1, q4                  \n"  \
  "vldrb.u8 q2, [r7], #16           \n"  \
  dot " r4, q2, q4                  \n"  \
  "vldrb.u8 q3, [r9], #16           \n"  \
  dot " r6, q3, q4                  \n"  \
  "vldrb.u8 q5, [r11], #16          \n"  \
  dot " r8, q0, q5                  \n"  \
  dot " r10, q1, q5                 \n"  \
  dot " r12, q2, q5                 \n"  \
  dot " lr, q3, q5                  \n"

// Stack of MultiplyQuad:
//    0 x0 x1 x2 x3    16 pairs    20 pairs_end    24 skip    28 tail    32 blocks
//   36 blocks_left    40 r0          44 self
//   48 where the steps of tile 0, tile 1 begin   56 what follows a block   64 what follows the sums
#define CORTICO_MVE_QUAD_SUMS(tile, block, block_end, more, last, tail)  \
  "ldmia.w sp, {r3, r5, r7, r9}     \n"  \
  CORTICO_MVE_STEP("vmladav.s8")         \
  "ldr pc, [sp, #48 + 4*" tile "]   \n"  \
  block ":                          \n"  \
  ".rept 7                          \n"  \
  CORTICO_MVE_STEP("vmladava.s8")        \
  ".endr                            \n"  \
  block_end ":                      \n"  \
  "ldr pc, [sp, #56 + 4*" tile "]   \n"  \
  more ":                           \n"  \
  "str r0, [sp, #40]                \n"  \
  "ldr r0, [sp, #36]                \n"  \
  "subs r0, #1                      \n"  \
  "bmi " last "f                    \n"  \
  "str r0, [sp, #36]                \n"  \
  "ldr r0, [sp, #40]                \n"  \
  "b " block "b                     \n"  \
  last ":                           \n"  \
  "ldr r0, [sp, #32]                \n"  \
  "str r0, [sp, #36]                \n"  \
  "ldr r0, [sp, #28]                \n"  \
  "cmp r0, #0                       \n"  \
  "ldr r0, [sp, #40]                \n"  \
  "it eq                            \n"  \
  "ldreq pc, [sp, #64 + 4*" tile "] \n"  \
  tail ":                           \n"  \
  "vpsttt                           \n"  \
  "vldrbt.u8 q4, [r1]               \n"  \
  "vldrbt.u8 q5, [r11]              \n"  \
  "vldrbt.u8 q0, [r3]               \n"  \
  "ldr r3, [sp, #28]                \n"  \
  "vpsttt                           \n"  \
  "vldrbt.u8 q1, [r5]               \n"  \
  "vldrbt.u8 q2, [r7]               \n"  \
  "vldrbt.u8 q3, [r9]               \n"  \
  "vmladava.s8 r0, q0, q4           \n"  \
  "vmladava.s8 r2, q1, q4           \n"  \
  "vmladava.s8 r4, q2, q4           \n"  \
  "vmladava.s8 r6, q3, q4           \n"  \
  "vmladava.s8 r8, q0, q5           \n"  \
  "vmladava.s8 r10, q1, q5          \n"  \
  "vmladava.s8 r12, q2, q5          \n"  \
  "vmladava.s8 lr, q3, q5           \n"  \
  "add r1, r1, r3                   \n"  \
  "add r11, r11, r3                 \n"  \
  "ldr pc, [sp, #64 + 4*" tile "]   \n"

// From the sums to 16 bits: lanes of the first channel at the bottom, of the second at the top.
#define CORTICO_MVE_QUAD_SCALE(ties, narrow, to)  \
  CORTICO_MVE_TO_LANES("q0", "r0", "r2", "r4", "r6")    \
  CORTICO_MVE_TO_LANES("q1", "r8", "r10", "r12", "lr")  \
  "ldr r12, [sp, #16]               \n"  \
  "ldm r12!, {r0, r2, r4, r6, r8}   \n"  \
  "asr r10, r8, #8                  \n"  \
  "str r12, [sp, #16]               \n"  \
  "vadd.i32 q0, q0, r0              \n"  \
  "vadd.i32 q1, q1, r2              \n"  \
  "vqrdmulh.s32 q0, q0, r4          \n"  \
  "vqrdmulh.s32 q1, q1, r6          \n"  \
  ties                                   \
  "vrshl.s32 q0, r8                 \n"  \
  "vrshl.s32 q1, r10                \n"  \
  narrow "b.s32 " to ", q0          \n"  \
  narrow "t.s32 " to ", q1          \n"

// r1: 0 calculates; 1 and 2 write the addresses for any offset and range, and for a full ReLU.
__attribute__((naked, noinline)) inline void MultiplyQuads(QuadArgs*, int32_t) {
  __asm volatile(
      "cbnz r1, 1f                      \n"
      CORTICO_MVE_ENTER
      "ldm r0!, {r1-r7}                 \n"
      "push {r1-r7}                     \n"
      "ldm r0!, {r1-r7}                 \n"
      "push {r1-r7}                     \n"
      "vctp.8 r4                        \n"
      "ldm r0!, {r1, r3, r5, r7, r9, r11}  \n"
      "push {r3, r5, r7, r9}            \n"
      "vldrw.u32 q7, [r0]               \n"
      "movs r2, #4                      \n"
      "vsub.i32 q7, q7, r2              \n"
      "b 2f                             \n"

      "1:                               \n"
      "cmp r1, #2                       \n"
      "adr.w r1, 18f+1                  \n"
      "adr.w r3, 28f+1                  \n"
      "bne 1f                           \n"
      "adr.w r1, 17f+1                  \n"
      "adr.w r3, 27f+1                  \n"
      "1:                               \n"
      "strd r1, r3, [r0, #20]           \n"
      "ldrd r2, r12, [r0, #40]          \n"
      "cbz r2, 1f                       \n"
      "adr.w r1, 16f+1                  \n"
      "adr.w r3, 26f+1                  \n"
      "1:                               \n"
      "cmp r12, #0                      \n"
      "beq 1f                           \n"
      "adr.w r1, 14f+1                  \n"
      "adr.w r3, 24f+1                  \n"
      "1:                               \n"
      "strd r1, r3, [r0, #12]           \n"
      "ldr r2, [r0, #52]                \n"
      "adr.w r1, 13f+1                  \n"
      "adr.w r3, 23f+1                  \n"
      "sub r1, r1, r2                   \n"
      "sub r3, r3, r2                   \n"
      "strd r1, r3, [r0, #4]            \n"
      "bx lr                            \n"

      "2:                               \n"
      CORTICO_MVE_QUAD_SUMS("0", "12", "13", "14", "15", "16")
      "17:                              \n"
      CORTICO_MVE_QUAD_SCALE("", "vqmovun", "q6")
      "3:                               \n"
      CORTICO_MVE_QUAD_SUMS("1", "22", "23", "24", "25", "26")
      "27:                              \n"
      CORTICO_MVE_QUAD_SCALE("", "vqmovun", "q0")
      "vqmovnb.u16 q6, q6               \n"
      "vqmovnt.u16 q6, q0               \n"
      "movs r0, #128                    \n"
      "vadd.i8 q6, q6, r0               \n"
      "4:                               \n"
      "vstrw.32 q6, [q7, #4]!           \n"
      "ldrd r4, r6, [sp, #20]           \n"
      "add r1, r1, r6                   \n"
      "add r11, r11, r6                 \n"
      "cmp r12, r4                      \n"
      "bne.w 2b                         \n"
      "ldr r0, [sp, #44]                \n"
      "ldrd r2, r4, [r0, #108]          \n"
      "ldr r6, [r0, #116]               \n"
      "subs r2, #1                      \n"
      "beq 5f                           \n"
      "str r2, [r0, #108]               \n"
      "ldm sp, {r3, r5, r7, r9}         \n"
      "add r3, r4                       \n"
      "add r5, r4                       \n"
      "add r7, r4                       \n"
      "add r9, r4                       \n"
      "stm sp, {r3, r5, r7, r9}         \n"
      "vadd.i32 q7, q7, r6              \n"
      "ldr r1, [r0, #56]                \n"
      "ldr r11, [r0, #76]               \n"
      "ldr r12, [r0, #28]               \n"
      "str r12, [sp, #16]               \n"
      "b 2b                             \n"
      "5:                               \n"
      "add sp, #72                      \n"
      CORTICO_MVE_LEAVE

      "18:                              \n"
      CORTICO_MVE_QUAD_SCALE(CORTICO_MVE_TIES("q0", "q2") CORTICO_MVE_TIES("q1", "q3"),
                             "vqmovn", "q6")
      "b 3b                             \n"
      "28:                              \n"
      CORTICO_MVE_QUAD_SCALE(CORTICO_MVE_TIES("q0", "q2") CORTICO_MVE_TIES("q1", "q3"),
                             "vqmovn", "q0")
      "ldr r8, [sp, #44]                \n"
      "ldrd r0, r2, [r8, #96]           \n"
      "ldr r4, [r8, #104]               \n"
      "vqadd.s16 q6, q6, r0             \n"
      "vqadd.s16 q0, q0, r0             \n"
      "vqmovnb.s16 q6, q6               \n"
      "vqmovnt.s16 q6, q0               \n"
      "vdup.8 q1, r2                    \n"
      "vdup.8 q2, r4                    \n"
      "vmax.s8 q6, q6, q1               \n"
      "vmin.s8 q6, q6, q2               \n"
      "b 4b                             \n");
}
// clang-format on

// clang-format off
// Two channels for MultiplyNarrow; x is in q0 to q3, r1 walks over the pairs.
#define CORTICO_MVE_NARROW_TILE(ties)    \
  "vldrw.u32 q4, [r1], #16          \n"  \
  "vmladav.s8 r0, q0, q4            \n"  \
  "vmladav.s8 r2, q1, q4            \n"  \
  "vldrw.u32 q5, [r1], #16          \n"  \
  "vmladav.s8 r4, q2, q4            \n"  \
  "vmladav.s8 r6, q3, q4            \n"  \
  "vmladav.s8 r8, q0, q5            \n"  \
  "vmladav.s8 r10, q1, q5           \n"  \
  "vmladav.s8 r12, q2, q5           \n"  \
  "vmladav.s8 lr, q3, q5            \n"  \
  CORTICO_MVE_TO_LANES("q4", "r0", "r2", "r4", "r6")    \
  CORTICO_MVE_TO_LANES("q5", "r8", "r10", "r12", "lr")  \
  "ldm r1!, {r0, r2, r4, r6, r8}    \n"  \
  "asr r10, r8, #8                  \n"  \
  "vadd.i32 q4, q4, r0              \n"  \
  "vadd.i32 q5, q5, r2              \n"  \
  "vqrdmulh.s32 q4, q4, r4          \n"  \
  "vqrdmulh.s32 q5, q5, r6          \n"  \
  ties                                   \
  "vrshl.s32 q4, r8                 \n"  \
  "vrshl.s32 q5, r10                \n"

// Registers: r3 offset, r5 end of the pairs, r7 min, r9 -1, r11 x in the arguments.
#define CORTICO_MVE_NARROW(ties, narrow_b, narrow_t, finish)  \
  CORTICO_MVE_ENTER                      \
  "add r11, r0, #60                 \n"  \
  "vldrw.u32 q7, [r11, #20]         \n"  \
  "movs r2, #4                      \n"  \
  "vsub.i32 q7, q7, r2              \n"  \
  "1:                               \n"  \
  "ldr r0, [r11, #-20]              \n"  \
  "ldrd r2, r4, [r11, #48]          \n"  \
  "ldm r11, {r3, r5, r7, r9}        \n"  \
  "vctp.8 r0                        \n"  \
  "subs r2, #1                      \n"  \
  "str r2, [r11, #48]               \n"  \
  "vpstttt                          \n"  \
  "vldrbt.u8 q0, [r3]               \n"  \
  "vldrbt.u8 q1, [r5]               \n"  \
  "vldrbt.u8 q2, [r7]               \n"  \
  "vldrbt.u8 q3, [r9]               \n"  \
  "add r3, r4                       \n"  \
  "add r5, r4                       \n"  \
  "add r7, r4                       \n"  \
  "add r9, r4                       \n"  \
  "stm r11, {r3, r5, r7, r9}        \n"  \
  "ldrd r1, r5, [r11, #-32]         \n"  \
  "ldrd r3, r7, [r11, #36]          \n"  \
  "mov r9, #-1                      \n"  \
  "2:                               \n"  \
  CORTICO_MVE_NARROW_TILE(ties)          \
  narrow_b " q6, q4                 \n"  \
  narrow_t " q6, q5                 \n"  \
  CORTICO_MVE_NARROW_TILE(ties)          \
  narrow_b " q4, q4                 \n"  \
  narrow_t " q4, q5                 \n"  \
  finish                                 \
  "vstrw.32 q6, [q7, #4]!           \n"  \
  "cmp r1, r5                       \n"  \
  "bne 2b                           \n"  \
  "ldr r2, [r11, #48]               \n"  \
  "ldr r6, [r11, #56]               \n"  \
  "vadd.i32 q7, q7, r6              \n"  \
  "cmp r2, #0                       \n"  \
  "bne 1b                           \n"  \
  CORTICO_MVE_LEAVE
// clang-format on

__attribute__((naked, noinline)) inline void MultiplyNarrowRelu(QuadArgs*) {
  __asm volatile(CORTICO_MVE_NARROW("", "vqmovunb.s32", "vqmovunt.s32",
                                    "vqmovnb.u16 q6, q6    \n"
                                    "vqmovnt.u16 q6, q4    \n"
                                    "movs r0, #128         \n"
                                    "vadd.i8 q6, q6, r0    \n"));
}

// There is no free vector for the sign: ties by predicate.
__attribute__((naked, noinline)) inline void MultiplyNarrowSigned(QuadArgs*) {
  __asm volatile(CORTICO_MVE_NARROW("vpt.s32 lt, q4, zr    \n"
                                    "vaddt.i32 q4, q4, r9  \n"
                                    "vpt.s32 lt, q5, zr    \n"
                                    "vaddt.i32 q5, q5, r9  \n",
                                    "vqmovnb.s32", "vqmovnt.s32",
                                    "vqadd.s16 q6, q6, r3  \n"
                                    "vqadd.s16 q4, q4, r3  \n"
                                    "vqmovnb.s16 q6, q6    \n"
                                    "vqmovnt.s16 q6, q4    \n"
                                    "ldr r0, [r11, #44]    \n"
                                    "vdup.8 q4, r7         \n"
                                    "vdup.8 q5, r0         \n"
                                    "vmax.s8 q6, q6, q4    \n"
                                    "vmin.s8 q6, q6, q5    \n"));
}

// clang-format off
// A row of the filter: weights at r1 and r11, six columns at `row`. Column j meets tap j - p of
// window p. `dot` is for the first product of a window.
#define CORTICO_MVE_THREE_ROW(row, dot)  \
  "vldrb.u8 q0, [r1], #16           \n"  \
  "vldrb.u8 q6, [" row "]           \n"  \
  "vldrb.u8 q3, [r11], #16          \n"  \
  dot " r0, q6, q0                  \n"  \
  "vldrb.u8 q1, [r1], #16           \n"  \
  dot " r8, q6, q3                  \n"  \
  "vldrb.u8 q6, [" row ", #16]      \n"  \
  "vldrb.u8 q4, [r11], #16          \n"  \
  dot " r2, q6, q0                  \n"  \
  dot " r10, q6, q3                 \n"  \
  "vldrb.u8 q2, [r1], #16           \n"  \
  "vmladava.s8 r0, q6, q1           \n"  \
  "vldrb.u8 q5, [r11], #16          \n"  \
  "vmladava.s8 r8, q6, q4           \n"  \
  "vldrb.u8 q6, [" row ", #32]      \n"  \
  dot " r4, q6, q0                  \n"  \
  dot " r12, q6, q3                 \n"  \
  "vmladava.s8 r2, q6, q1           \n"  \
  "vmladava.s8 r10, q6, q4          \n"  \
  "vmladava.s8 r0, q6, q2           \n"  \
  "vmladava.s8 r8, q6, q5           \n"  \
  "vldrb.u8 q6, [" row ", #48]      \n"  \
  dot " r6, q6, q0                  \n"  \
  dot " lr, q6, q3                  \n"  \
  "vmladava.s8 r4, q6, q1           \n"  \
  "vmladava.s8 r12, q6, q4          \n"  \
  "vmladava.s8 r2, q6, q2           \n"  \
  "vmladava.s8 r10, q6, q5          \n"  \
  "vldrb.u8 q6, [" row ", #64]      \n"  \
  "vmladava.s8 r6, q6, q1           \n"  \
  "vmladava.s8 lr, q6, q4           \n"  \
  "vmladava.s8 r4, q6, q2           \n"  \
  "vmladava.s8 r12, q6, q5          \n"  \
  "vldrb.u8 q6, [" row ", #80]      \n"  \
  "vmladava.s8 r6, q6, q2           \n"  \
  "vmladava.s8 lr, q6, q5           \n"

#define CORTICO_MVE_THREE_TILE(narrow)   \
  CORTICO_MVE_THREE_ROW("r3", "vmladav.s8")   \
  CORTICO_MVE_THREE_ROW("r5", "vmladava.s8")  \
  CORTICO_MVE_THREE_ROW("r7", "vmladava.s8")  \
  CORTICO_MVE_TO_LANES("q0", "r0", "r2", "r4", "r6")    \
  CORTICO_MVE_TO_LANES("q1", "r8", "r10", "r12", "lr")  \
  "ldm r9!, {r0, r2, r4, r6, r8}    \n"  \
  "asr r10, r8, #8                  \n"  \
  "vadd.i32 q0, q0, r0              \n"  \
  "vadd.i32 q1, q1, r2              \n"  \
  "ldr r0, [sp, #24]                \n"  \
  "vqrdmulh.s32 q0, q0, r4          \n"  \
  "vqrdmulh.s32 q1, q1, r6          \n"  \
  "cbnz r0, 2f                      \n"  \
  CORTICO_MVE_TIES("q0", "q2")           \
  CORTICO_MVE_TIES("q1", "q3")           \
  "2:                               \n"  \
  "vrshl.s32 q0, r8                 \n"  \
  "vrshl.s32 q1, r10                \n"  \
  "vqmovnb.s32 " narrow ", q0       \n"  \
  "vqmovnt.s32 " narrow ", q1       \n"

// Stack: 0 addresses of the output   16 pairs_end   20 skip   24 relu   28 stage. r9 walks over the
// pairs. One function for both output stages: the branches are 2 % of the time and half the code.
__attribute__((naked, noinline)) inline void MultiplyThreeWindows(const ThreeArgs*) {
  __asm volatile(
      CORTICO_MVE_ENTER
      "ldm r0!, {r1, r3, r5, r7, r9, r11}  \n"
      "vldrw.u32 q0, [r0], #16          \n"
      "movs r2, #4                      \n"
      "vsub.i32 q0, q0, r2              \n"
      "ldm r0, {r2, r4, r6, r8, r10, r12}  \n"
      "push {r2, r4, r6, r8, r10, r12}  \n"
      "sub sp, #16                      \n"
      "vstrw.32 q0, [sp]                \n"
      "1:                               \n"
      CORTICO_MVE_THREE_TILE("q7")
      CORTICO_MVE_THREE_TILE("q0")
      "ldrd r0, r2, [sp, #24]           \n"
      "vqadd.s16 q7, q7, r2             \n"
      "vqadd.s16 q0, q0, r2             \n"
      "vqmovnb.s16 q7, q7               \n"
      "vqmovnt.s16 q7, q0               \n"
      "cbnz r0, 2f                      \n"
      "ldrd r2, r4, [sp, #32]           \n"
      "vdup.8 q0, r2                    \n"
      "vdup.8 q1, r4                    \n"
      "vmax.s8 q7, q7, q0               \n"
      "vmin.s8 q7, q7, q1               \n"
      "2:                               \n"
      "vldrw.u32 q1, [sp]               \n"
      "vstrw.32 q7, [q1, #4]!           \n"
      "ldrd r2, r4, [sp, #16]           \n"
      "vstrw.32 q1, [sp]                \n"
      "add r1, r1, r4                   \n"
      "add r11, r11, r4                 \n"
      "cmp r9, r2                       \n"
      "bne.w 1b                         \n"
      "add sp, #40                      \n"
      CORTICO_MVE_LEAVE);
}
// clang-format on

// clang-format off
// 16 of depth of four rows of weights, r1, r3, r5, r11, and of x, r8.
#define CORTICO_MVE_ROW_STEP             \
  "vldrb.u8 q0, [r8], #16           \n"  \
  "vldrb.u8 q1, [r1], #16           \n"  \
  "vmladava.s8 r0, q0, q1           \n"  \
  "vldrb.u8 q2, [r3], #16           \n"  \
  "vmladava.s8 r2, q0, q2           \n"  \
  "vldrb.u8 q1, [r5], #16           \n"  \
  "vmladava.s8 r4, q0, q1           \n"  \
  "vldrb.u8 q2, [r11], #16          \n"  \
  "vmladava.s8 r6, q0, q2           \n"

// Four channels in the lanes, so that every one has its own multiplier (q6), left shift (q3) and
// right shift (q7, at most 0). q4 min, q5 max. r9 arguments, r10 biases, r7 output, r12 blocks,
// lr loops: one of two steps, one whose last step has fewer than 16 lanes.
__attribute__((naked, noinline)) inline void MultiplyRowBlocks(RowArgs*) {
  __asm volatile(
      CORTICO_MVE_ENTER
      "mov r9, r0                       \n"
      "ldrd r1, r3, [r9, #4]            \n"
      "ldrd r5, r11, [r9, #12]          \n"
      "ldrd r10, r7, [r9, #20]          \n"
      "ldr r12, [r9, #28]               \n"
      "ldr r0, [r9, #44]                \n"
      "ldrd r2, r4, [r9, #52]           \n"
      "vctp.32 r0                       \n"
      "vdup.32 q4, r2                   \n"
      "vdup.32 q5, r4                   \n"
      "adr.w r0, 1f+1                   \n"
      "ldr r2, [r9, #68]                \n"
      "cbnz r2, 9f                      \n"
      "adr.w r0, 2f+1                   \n"
      "9:                               \n"
      "str r0, [r9, #68]                \n"
      "1:                               \n"
      "ldrd r0, r2, [r9, #60]           \n"
      "vldrw.u32 q6, [r0], #16          \n"
      "vldrw.u32 q7, [r2], #16          \n"
      "strd r0, r2, [r9, #60]           \n"
      "vmov.i32 q0, #0                  \n"
      "vmax.s32 q3, q7, q0              \n"
      "vmin.s32 q7, q7, q0              \n"
      "2:                               \n"
      "ldm r10!, {r0, r2, r4, r6}       \n"
      "ldr r8, [r9]                     \n"
      "ldr lr, [r9, #32]                \n"
      "wls lr, lr, 4f                   \n"
      "3:                               \n"
      CORTICO_MVE_ROW_STEP
      CORTICO_MVE_ROW_STEP
      "le lr, 3b                        \n"
      "4:                               \n"
      "ldr lr, [r9, #36]                \n"
      "wlstp.8 lr, lr, 6f               \n"
      "5:                               \n"
      CORTICO_MVE_ROW_STEP
      "letp lr, 5b                      \n"
      "6:                               \n"
      CORTICO_MVE_TO_LANES("q0", "r0", "r2", "r4", "r6")
      "vshl.s32 q0, q0, q3              \n"
      "vqrdmulh.s32 q0, q0, q6          \n"
      "vand q1, q0, q7                  \n"
      "vshr.s32 q1, q1, #31             \n"
      "vadd.i32 q0, q0, q1              \n"
      "vrshl.s32 q0, q0, q7             \n"
      "ldr r0, [r9, #40]                \n"
      "ldr r4, [r9, #48]                \n"
      "vqadd.s32 q0, q0, r4             \n"
      "vmax.s32 q0, q0, q4              \n"
      "vmin.s32 q0, q0, q5              \n"
      "vpst                             \n"
      "vstrbt.32 q0, [r7], #4           \n"
      "add r1, r1, r0                   \n"
      "add r3, r3, r0                   \n"
      "add r5, r5, r0                   \n"
      "add r11, r11, r0                 \n"
      "subs r12, #1                     \n"
      "it ne                            \n"
      "ldrne pc, [r9, #68]              \n"
      CORTICO_MVE_LEAVE);
}
// clang-format on

inline void PrepareQuad(QuadArgs* args, bool relu) { MultiplyQuads(args, relu ? 2 : 1); }
inline void MultiplyQuad(QuadArgs* args) { MultiplyQuads(args, 0); }
inline void MultiplyNarrow(QuadArgs* args, bool relu) {
  relu ? MultiplyNarrowRelu(args) : MultiplyNarrowSigned(args);
}
inline void MultiplyRow(RowArgs* args) { MultiplyRowBlocks(args); }
inline void MultiplyThree(const ThreeArgs& args) { MultiplyThreeWindows(&args); }
inline void StoreFourChannels(ChannelPair* first, int32_t second, const int32_t* sums,
                              int32_t input_offset, const int32_t* biases,
                              const int32_t* multipliers, const int32_t* shifts) {
  const int32_t zeros[4] = {};
  const int32_t places[4] = {0, second, 4, second + 4};
  auto* const other = reinterpret_cast<ChannelPair*>(reinterpret_cast<int8_t*>(first) + second);
  first->shift[0] = static_cast<int8_t>(shifts[0]);
  other->shift[0] = static_cast<int8_t>(shifts[1]);
  first->shift[1] = static_cast<int8_t>(shifts[2]);
  other->shift[1] = static_cast<int8_t>(shifts[3]);
  __asm volatile(
      "vldrw.u32 q0, [%[sums]]            \n"
      "vldrw.u32 q1, [%[biases]]          \n"
      "vmul.i32 q0, q0, %[input_offset]   \n"
      "vldrw.u32 q2, [%[places]]          \n"
      "vadd.i32 q0, q0, q1                \n"
      "vldrw.u32 q1, [%[multipliers]]     \n"
      "vstrw.32 q0, [%[first], q2]        \n"
      "vstrw.32 q1, [%[second], q2]       \n"
      :
      : [first] "r"(first), [second] "r"(first->multiplier), [sums] "r"(sums),
        [biases] "r"(biases != nullptr ? biases : zeros), [input_offset] "r"(input_offset),
        [places] "r"(places), [multipliers] "r"(multipliers)
      : "q0", "q1", "q2", "memory");
}

}  // namespace cortico::kernels::mve
