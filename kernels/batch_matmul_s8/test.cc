#include <gtest/gtest.h>

#include "kernels/common/variants.h"
#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using testing::Dims;
using testing::Guarded;
using testing::Random;
using testing::Scratch;

reference::BatchMatmul RandomCase(Random& random) {
  reference::BatchMatmul p;
  const int n = random.Int(1, 3), h = random.Int(1, 3), depth = random.Pick({0, 1, 3, 8, 16, 33});
  p.lhs = {random.Chance(30) ? 1 : n, random.Chance(30) ? 1 : h, random.Pick({1, 2, 5}), depth};
  p.rhs = {random.Chance(30) ? 1 : n, random.Chance(30) ? 1 : h, random.Pick({1, 2, 3, 8}), depth};
  p.input_offset = random.InputOffset();
  p.filter_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.multiplier = random.Multiplier();
  p.shift = random.Shift();
  p.range = random.Range();
  return p;
}

arm_cmsis_nn_status Call(const reference::BatchMatmul& p, const std::vector<int8_t>& lhs,
                         const std::vector<int8_t>& rhs, int scratch_size,
                         std::vector<int8_t>* output) {
  const cmsis_nn_bmm_params params = {
      false, false,
      {p.input_offset, p.filter_offset, p.output_offset, testing::Activation(p.range)}};
  const cmsis_nn_per_tensor_quant_params quant = {p.multiplier, p.shift};
  const cmsis_nn_dims lhs_dims = Dims(p.lhs), rhs_dims = Dims(p.rhs), out = Dims(p.output());
  Guarded<int8_t> a(lhs), b(rhs), result(p.output().size(), 99);
  const Scratch scratch(scratch_size);
  const arm_cmsis_nn_status status =
      arm_batch_matmul_s8(scratch.context(), &params, &quant, &lhs_dims, a.data(), &rhs_dims,
                          b.data(), &out, result.data());
  EXPECT_TRUE(result.Intact() && scratch.Intact());
  *output = result.values();
  return status;
}

TEST(BatchMatmulS8, EqualsReference) {
  for (uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const reference::BatchMatmul p = RandomCase(random);
    const std::vector<int8_t> lhs = random.Bytes(p.lhs.size()), rhs = random.Bytes(p.rhs.size());
    const cmsis_nn_dims sums = {p.rhs.c, 1, 1, p.rhs.w};
    std::vector<int8_t> output;
    ASSERT_EQ(Call(p, lhs, rhs, arm_fully_connected_s8_get_buffer_size(&sums), &output),
              ARM_CMSIS_NN_SUCCESS);
    ASSERT_EQ(output, reference::Matmul(p, lhs, rhs));
  }
}

TEST(BatchMatmulS8, ScratchMustBeThereOnMve) {
  reference::BatchMatmul p;
  std::vector<int8_t> output;
  EXPECT_EQ(Call(p, {1}, {1}, 0, &output),
            kIsa == Isa::kMve ? ARM_CMSIS_NN_ARG_ERROR : ARM_CMSIS_NN_SUCCESS);
}

}  // namespace
}  // namespace cortico::kernels
