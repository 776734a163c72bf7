// The smallest firmware: what a board without a debugger costs before it does anything.
#include "runtime/platform/platform.h"

int main() {
  cortico::platform::Log("nobody hears this");
  return 0;
}
