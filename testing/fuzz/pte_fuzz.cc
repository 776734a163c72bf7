// Any bytes as a program: opened, loaded, run, and read for the reports.
#include "testing/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cortico::testing::Expect(cortico::testing::TryPte({data, size}, {4096, 256}));
  return 0;
}
