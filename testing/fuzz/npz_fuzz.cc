// Any bytes as data: for one input (.npy or .npz), and for inputs of two kinds.
#include "testing/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cortico::DataInput;
  using cortico::DType;
  static const std::vector<DataInput> kOne = {{"x", {DType::kFloat32, {1, 2, 3}, {}, {}}}};
  static const std::vector<DataInput> kTwo = {{"x", {DType::kFloat32, {2, 3}, {}, {}}},
                                              {"n", {DType::kInt32, {2}, {}, {}}}};
  cortico::testing::Expect(cortico::testing::TryNpz({data, size}, kOne));
  cortico::testing::Expect(cortico::testing::TryNpz({data, size}, kTwo));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return cortico::testing::MutateArchive(data, size, max_size, seed);
}
