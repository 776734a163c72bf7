// Any bytes as the text of a graph.
#include "testing/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cortico::testing::Expect(
      cortico::testing::TryText({reinterpret_cast<const char*>(data), size}));
  return 0;
}
