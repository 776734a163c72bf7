// From reset to main, for every Cortex-M of boards.inc. What differs between cores the compiler
// knows (__ARM_FP, __ARM_FEATURE_...); what differs between boards is in the linker script.
//
// There are no global constructors and no destructors: the linker script refuses them.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "boards/common/board.h"
#include "runtime/platform/platform.h"

int main();

extern "C" {
// Made by the linker script.
extern uint32_t cortico_stack_limit[];  // lowest address; the linker script puts nothing below
extern uint32_t cortico_stack_top[];
extern char cortico_data_load[];
extern char cortico_data_begin[];
extern char cortico_data_end[];
extern char cortico_bss_begin[];
extern char cortico_bss_end[];

[[noreturn]] void CorticoReset();
[[noreturn]] void CorticoFault();
[[noreturn]] void CorticoReportFault(const uint32_t* frame, uint32_t exc_return);
}

namespace cortico::board {
namespace {

volatile uint32_t& Register(uintptr_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

constexpr uintptr_t kCcr = 0xE000ED14;
[[maybe_unused]] constexpr uintptr_t kCpacr = 0xE000ED88;

void SetUpCore() {
#ifdef __ARM_FP
  // CP10 and CP11: the floating-point unit, and MVE with it.
  Register(kCpacr) = Register(kCpacr) | 0xFu << 20;
  __asm volatile("dsb\n\tisb" ::: "memory");
#endif
  // Mistakes that some core hides shall show on every board: a division by zero gives 0 without
  // DIV_0_TRP, and a core of the v6-M or v8-M baseline faults on an unaligned access, which the
  // bigger core that stands in for it does only with UNALIGN_TRP.
  uint32_t ccr = Register(kCcr);
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
  ccr |= 1u << 4;
#endif
#ifndef __ARM_FEATURE_UNALIGNED
  ccr |= 1u << 3;
#endif
#ifdef __ARM_FEATURE_MVE
  // LOB: without it each turn of a low-overhead loop takes the slow path on silicon.
  ccr |= 1u << 19;
#endif
  Register(kCcr) = ccr;
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
  __asm volatile("msr msplim, %0" ::"r"(cortico_stack_limit));
#endif
  __asm volatile("dsb\n\tisb" ::: "memory");
}

constexpr uint32_t kPaint = 0xC0871C0Du;

struct HexLine {
  char text[16];
  size_t size = 0;
  HexLine(std::string_view name, uint32_t value) {
    for (char c : name) text[size++] = c;
    for (int shift = 28; shift >= 0; shift -= 4) {
      text[size++] = "0123456789abcdef"[value >> shift & 15];
    }
  }
  operator std::string_view() const { return {text, size}; }
};

}  // namespace

// In assembly, or a frame of its own could be among what it paints: the compiler is free to push
// after it has read the stack pointer.
__attribute__((naked, noinline)) void PaintStack() {
  __asm volatile(
      ".syntax unified\n\t"
      "ldr r0, =cortico_stack_limit\n\t"
      "ldr r1, =%c0\n\t"
      "mov r2, sp\n"
      "1:\n\t"
      "str r1, [r0]\n\t"
      "adds r0, #4\n\t"
      "cmp r0, r2\n\t"
      "blo 1b\n\t"
      "bx lr\n\t"
      ".ltorg\n\t"
      :
      : "i"(kPaint));
}

size_t StackSize() {
  return static_cast<size_t>(reinterpret_cast<const char*>(cortico_stack_top) -
                             reinterpret_cast<const char*>(cortico_stack_limit));
}

size_t StackUsed() {
  const volatile uint32_t* word = cortico_stack_limit;
  while (word < cortico_stack_top && *word == kPaint) ++word;
  return static_cast<size_t>(cortico_stack_top - word) * sizeof(uint32_t);
}

}  // namespace cortico::board

void CorticoReset() {
  cortico::board::SetUpCore();
  std::memcpy(cortico_data_begin, cortico_data_load,
              static_cast<size_t>(cortico_data_end - cortico_data_begin));
  std::memset(cortico_bss_begin, 0, static_cast<size_t>(cortico_bss_end - cortico_bss_begin));
  cortico::board::PaintStack();
  cortico::board::StartInstructionCounter();
  int code = main();
  if (cortico::board::StackUsed() == cortico::board::StackSize()) {
    cortico::platform::Log("stack overflow: its lowest word was overwritten");
    code = cortico::board::kExitStackOverflow;
  }
  cortico::platform::Halt(code);
}

// The stack pointer may be what is broken: the report runs on a stack begun anew.
__attribute__((naked)) void CorticoFault() {
  __asm volatile(
      "mrs r0, msp\n\t"
      "mov r1, lr\n\t"
      "ldr r2, =cortico_stack_top\n\t"
      "mov sp, r2\n\t"
      "bl CorticoReportFault\n\t");
}

void CorticoReportFault(const uint32_t* frame, uint32_t exc_return) {
  using cortico::board::HexLine;
  using cortico::platform::Log;
  uint32_t exception;
  __asm volatile("mrs %0, ipsr" : "=r"(exception));
  // The report overwrites the stack's top: read the stacked registers first. A frame that did not
  // fit on the stack is not there to be read.
  const bool stacked = frame >= cortico_stack_limit && frame + 8 <= cortico_stack_top;
  const uint32_t pc = stacked ? frame[6] : 0;
  const uint32_t lr = stacked ? frame[5] : 0;
  Log("fault");
  Log(HexLine("exc   ", exception));
  Log(HexLine("pc    ", pc));
  Log(HexLine("lr    ", lr));
  Log(HexLine("ret   ", exc_return));
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
  Log(HexLine("cfsr  ", cortico::board::Register(0xE000ED28)));
  Log(HexLine("hfsr  ", cortico::board::Register(0xE000ED2C)));
  Log(HexLine("mmfar ", cortico::board::Register(0xE000ED34)));
  Log(HexLine("bfar  ", cortico::board::Register(0xE000ED38)));
#endif
  cortico::platform::Halt(cortico::board::kExitFault);
}

// Interrupts are never enabled: the first sixteen entries suffice.
__attribute__((section(".vectors"), used)) void (*const cortico_vectors[16])() = {
    reinterpret_cast<void (*)()>(cortico_stack_top),
    CorticoReset,
    CorticoFault,  // NMI
    CorticoFault,  // HardFault
    CorticoFault,  // MemManage
    CorticoFault,  // BusFault
    CorticoFault,  // UsageFault
    CorticoFault,  // SecureFault
    CorticoFault,
    CorticoFault,
    CorticoFault,
    CorticoFault,  // SVCall
    CorticoFault,  // DebugMonitor
    CorticoFault,
    CorticoFault,  // PendSV
    CorticoFault,  // SysTick
};

// What the C and C++ libraries would otherwise pull in, each with the reason.
extern "C" {

// libgcc's 64-bit division names the unwinder, which names abort, malloc and 4 KB more. Nothing
// here is ever unwound.
void __aeabi_unwind_cpp_pr0() {}
void __aeabi_unwind_cpp_pr1() {}
void __aeabi_unwind_cpp_pr2() {}

// libm reports range errors through errno, which newlib keeps in a record of hundreds of bytes.
int* __errno() {
  static int value;
  return &value;
}

// newlib's abort raises a signal, with its table of handlers.
[[noreturn]] void abort() {
  cortico::platform::Log("abort");
  cortico::platform::Halt(cortico::board::kExitAbort);
}

// newlib's prints with printf. Its header says that it does not return.
void __assert_func(const char* file, int, const char*, const char* expression) {
  cortico::platform::Log("assertion failed");
  cortico::platform::Log(file);
  cortico::platform::Log(expression);
  cortico::platform::Halt(cortico::board::kExitAbort);
}

// libstdc++'s calls terminate, with the demangler and the heap behind it.
[[noreturn]] void __cxa_pure_virtual() { abort(); }

}  // extern "C"
