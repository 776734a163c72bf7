#include "testing/damage/watch.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

// Absent without a sanitizer.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

// A hang shows its stack, and an allocation that no file of ours can justify is a finding.
extern "C" const char* __asan_default_options() {
  return "handle_abort=1:max_allocation_size_mb=2048:allocator_may_return_null=0";
}
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }

namespace cortico::testing {
namespace {

// Written before a case begins, read by a handler: nothing in a handler may allocate.
char label[512];

void Write(const char* text) {
  // What to do if even this fails?
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void NameCase() {
  if (label[0] == '\0') return;
  Write("\n*** in ");
  Write(label);
  Write("\n");
  label[0] = '\0';  // the signal that ends the process comes here again
}

void OnSignal(int number) {
  NameCase();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void OnAlarm(int) {
  Write("\n*** a case took too long\n");
  NameCase();
  std::abort();
}

}  // namespace

void StartWatching() {
  ::signal(SIGALRM, OnAlarm);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(NameCase);
    return;
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(number, OnSignal);
}

void WatchCase(const std::string& text) {
  const size_t length = std::min(text.size(), sizeof(label) - 1);
  std::memcpy(label, text.data(), length);
  label[length] = '\0';
  ::alarm(kMostSeconds);
}

void StopWatching() {
  ::alarm(0);
  label[0] = '\0';
}

}  // namespace cortico::testing
