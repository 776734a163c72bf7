// From reset to main on a Cortex-M4 or M55: what a firmware's own start-up code does anyhow, and
// three lines that Cortico asks for (marked).
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "runtime/platform/platform.h"

int main();

extern "C" {
// From sections.ld.
extern uint32_t stack_top[];
extern char data_load[], data_begin[], data_end[], bss_begin[], bss_end[];

[[noreturn]] void Reset() {
  volatile uint32_t* const cpacr = reinterpret_cast<uint32_t*>(0xE000ED88);
  *cpacr = *cpacr | 0xFu << 20;  // Cortico: float ops need the FPU, integer ones MVE
#ifdef __ARM_FEATURE_MVE
  // Cortico: low-overhead loops take their fast path with CCR.LOB only.
  volatile uint32_t* const ccr = reinterpret_cast<uint32_t*>(0xE000ED14);
  *ccr = *ccr | 1u << 19;
#endif
  __asm volatile("dsb\n\tisb" ::: "memory");
  std::memcpy(data_begin, data_load, static_cast<size_t>(data_end - data_begin));
  std::memset(bss_begin, 0, static_cast<size_t>(bss_end - bss_begin));
  cortico::platform::Halt(main());
}

[[noreturn]] void Fault() { cortico::platform::Halt(99); }

// Cortico: its 64-bit divisions come from libgcc, whose objects name the unwinder and with it 4 KB
// that nothing ever runs.
void __aeabi_unwind_cpp_pr0() {}
void __aeabi_unwind_cpp_pr1() {}

__attribute__((section(".vectors"), used)) void (*const vectors[])() = {
    reinterpret_cast<void (*)()>(stack_top),
    Reset,
    Fault,  // NMI
    Fault,  // HardFault
    Fault,  // MemManage
    Fault,  // BusFault
    Fault,  // UsageFault
};
}
