// A firmware that cmake/check_symbols.py must refuse.
#include <cstddef>

extern "C" void* malloc(size_t size) {
  static char heap[64];
  return size <= sizeof(heap) ? heap : nullptr;
}

int main() {
  // Called through a volatile pointer, or the compiler, which knows what malloc is, drops it.
  void* (*volatile allocate)(size_t) = malloc;
  return allocate(8) == nullptr;
}
