// Any bytes as a model, and whatever is let through on to a program file.
#include "testing/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cortico::testing::Expect(cortico::testing::TryPt2({data, size}, /*compile=*/true));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return cortico::testing::MutateArchive(data, size, max_size, seed);
}
