#include "kernels/fully_connected_s8/fully_connected_s8.h"

#include <gtest/gtest.h>

#include "kernels/cortico_nnfunctions.h"
#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using reference::FullyConnected;
using reference::Operands;
using testing::Guarded;
using testing::Random;

struct Case {
  FullyConnected p;
  Operands x;
};

Case RandomCase(uint32_t seed, bool per_channel) {
  Random random(seed);
  Case c;
  c.p.batches = random.Chance(30) ? random.Pick({0, 2, 3, 4, 5, 7}) : 1;
  c.p.depth = random.Pick({0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129,
                           200, 260, 639, 640});
  c.p.outputs = random.Pick({0, 1, 2, 3, 4, 5, 7, 8, 10, 13, 24, 25, 32, 33, 37, 50, 51, 131});
  c.p.input_offset = random.InputOffset();
  c.p.filter_offset = random.Chance(30) ? random.Int(-127, 128) : 0;
  c.p.output_offset = random.OutputOffset();
  c.p.range = random.Range();
  c.x.input = random.Bytes(c.p.batches * c.p.depth);
  c.x.filter = random.Bytes(c.p.outputs * c.p.depth);
  if (random.Chance(70)) c.x.bias = random.Ints(c.p.outputs, -20000, 20000);
  for (int i = 0; i < (per_channel ? c.p.outputs : 1); ++i) {
    c.x.multiplier.push_back(random.Multiplier());
    c.x.shift.push_back(random.Shift());
  }
  return c;
}

FullyConnectedArgs Args(const Case& c, bool per_channel) {
  FullyConnectedArgs args = {};
  args.start = c.x.bias.empty() ? nullptr : c.x.bias.data();
  args.batches = c.p.batches;
  args.depth = c.p.depth;
  args.outputs = c.p.outputs;
  args.input_offset = c.p.input_offset;
  args.filter_offset = c.p.filter_offset;
  args.output_offset = c.p.output_offset;
  args.activation = testing::Activation(c.p.range);
  args.multiplier = c.x.multiplier.data();
  args.shift = c.x.shift.data();
  args.quant_step = per_channel ? 1 : 0;
  return args;
}

TEST(FullyConnectedS8, EveryVariantEqualsReference) {
  for (const auto& variant : kFullyConnectedS8) {
    for (uint32_t seed = 1; seed <= 2000; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      const bool per_channel = seed % 2 == 0;
      const Case c = RandomCase(seed, per_channel);
      Guarded<int8_t> input(c.x.input), filter(c.x.filter), output(c.p.batches * c.p.outputs);
      FullyConnectedArgs args = Args(c, per_channel);
      args.input = input.data();
      args.filter = filter.data();
      args.output = output.data();
      variant.run(args);
      ASSERT_TRUE(output.Intact());
      ASSERT_EQ(output.values(), reference::FullyConnect(c.p, c.x));
    }
  }
}

// The entry points in the way an op uses them: on MVE with kernel sums, elsewhere with the bias.
struct Call {
  explicit Call(Case& c)
      : params{c.p.input_offset, c.p.filter_offset, c.p.output_offset,
               testing::Activation(c.p.range)},
        in{c.p.batches, 1, 1, c.p.depth},
        filter_dims{c.p.depth, 1, 1, c.p.outputs},
        bias_dims{1, 1, 1, c.p.outputs},
        out{c.p.batches, 1, 1, c.p.outputs},
        input(c.x.input),
        filter(c.x.filter),
        output(c.p.batches * c.p.outputs, 99),
        sums(reference::RowSums(c.p.outputs, c.p.depth, c.x.filter, c.p.input_offset,
                                c.p.filter_offset, c.x.bias)),
        bias(c.x.bias.empty() ? nullptr : c.x.bias.data()) {
    const bool mve = kIsa == Isa::kMve;
    context.buf = mve ? sums.data() : nullptr;
    context.size = arm_fully_connected_s8_get_buffer_size(&filter_dims);
    EXPECT_EQ(context.size, mve ? 4 * c.p.outputs : 0);
  }

  cmsis_nn_context context;
  cmsis_nn_fc_params params;
  cmsis_nn_dims in, filter_dims, bias_dims, out;
  Guarded<int8_t> input, filter, output;
  Guarded<int32_t> sums;
  const int32_t* bias;
};

TEST(FullyConnectedS8, EntryPointsEqualReference) {
  for (uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const bool per_channel = seed % 2 == 0;
    Case c = RandomCase(seed + 50000, per_channel);
    if (per_channel && c.p.outputs == 0) continue;
    const std::vector<int8_t> expected = reference::FullyConnect(c.p, c.x);
    const cmsis_nn_quant_params quant = {c.x.multiplier.data(), c.x.shift.data(),
                                         per_channel ? 1 : 0};
    {
      Call call(c);
      ASSERT_EQ(arm_fully_connected_wrapper_s8(
                    &call.context, &call.params, &quant, &call.in, call.input.data(),
                    &call.filter_dims, call.filter.data(), &call.bias_dims, call.bias, &call.out,
                    call.output.data()),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(call.output.values(), expected);
      ASSERT_TRUE(call.output.Intact());
    }
    {
      Call call(c);
      arm_cmsis_nn_status status;
      if (per_channel) {
        const cmsis_nn_per_channel_quant_params q = {quant.multiplier, quant.shift};
        status = arm_fully_connected_per_channel_s8(
            &call.context, &call.params, &q, &call.in, call.input.data(), &call.filter_dims,
            call.filter.data(), &call.bias_dims, call.bias, &call.out, call.output.data());
      } else {
        const cmsis_nn_per_tensor_quant_params q = {*quant.multiplier, *quant.shift};
        status = arm_fully_connected_s8(&call.context, &call.params, &q, &call.in,
                                        call.input.data(), &call.filter_dims, call.filter.data(),
                                        &call.bias_dims, call.bias, &call.out, call.output.data());
      }
      ASSERT_EQ(status, ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(call.output.values(), expected);
    }
    {
      Call call(c);
      ASSERT_EQ(cortico_fully_connected_kernel_sum_s8(
                    call.sums.data(), &call.params, &quant, &call.in, call.input.data(),
                    &call.filter_dims, call.filter.data(), &call.out, call.output.data()),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(call.output.values(), expected);
      ASSERT_TRUE(call.sums.Intact());
    }
  }
}

// On MVE ctx->buf is required and is all that counts; elsewhere it is not looked at.
TEST(FullyConnectedS8, KernelSumContract) {
  Case c = RandomCase(77, false);
  c.p = {2, 9, 3, 5, 0, -1, {}};
  Random random(1);
  c.x.input = random.Bytes(18);
  c.x.filter = random.Bytes(27);
  c.x.bias = {100, -2000, 30000};
  c.x.multiplier = {1 << 30};
  c.x.shift = {-7};
  const std::vector<int8_t> expected = reference::FullyConnect(c.p, c.x);
  const cmsis_nn_quant_params quant = {c.x.multiplier.data(), c.x.shift.data(), 0};
  const bool mve = kIsa == Isa::kMve;

  Call call(c);
  const auto run = [&](void* buf, const int32_t* bias) {
    const cmsis_nn_context context = {buf, 0};
    return arm_fully_connected_wrapper_s8(&context, &call.params, &quant, &call.in,
                                          call.input.data(), &call.filter_dims,
                                          call.filter.data(), &call.bias_dims, bias, &call.out,
                                          call.output.data());
  };
  EXPECT_EQ(run(nullptr, call.bias), mve ? ARM_CMSIS_NN_ARG_ERROR : ARM_CMSIS_NN_SUCCESS);
  if (!mve) {
    EXPECT_EQ(call.output.values(), expected);
  }
  EXPECT_EQ(run(call.sums.data(), call.bias), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(call.output.values(), expected) << "the bias counts once";
  EXPECT_EQ(run(call.sums.data(), nullptr), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(call.output.values() == expected, mve);
}

}  // namespace
}  // namespace cortico::kernels
