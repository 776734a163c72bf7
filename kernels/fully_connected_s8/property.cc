#include "kernels/cortico_nnfunctions.h"
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {
namespace {

using kernels::FullyConnectedArgs;

struct Case {
  reference::FullyConnected p;
  reference::Operands x;
  bool per_channel;
  int misalignment;
};

Case Random(Draw& draw, bool per_channel) {
  Case c;
  c.per_channel = per_channel;
  c.p.batches = draw.Chance(30) ? draw.Pick({2, 0, 3, 4, 5}) : 1;
  c.p.depth = draw.Chance(20) ? draw.Int(1, 300)
                              : draw.Pick({1, 0, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 127});
  c.p.outputs = draw.Pick({1, 0, 2, 3, 4, 5, 7, 8, 9, 10, 13, 16, 17, 33});
  c.p.input_offset = draw.InputOffset();
  c.p.filter_offset = draw.Chance(30) ? draw.InputOffset() : 0;
  c.p.output_offset = draw.OutputOffset();
  c.p.range = draw.Range();
  c.x.input = draw.Bytes(int64_t{c.p.batches} * c.p.depth);
  c.x.filter = draw.Bytes(int64_t{c.p.outputs} * c.p.depth);
  if (draw.Chance(70)) c.x.bias = draw.Ints(c.p.outputs, -20000, 20000);
  c.x.multiplier = draw.Multipliers(per_channel ? c.p.outputs : 1);
  c.x.shift = draw.Shifts(per_channel ? c.p.outputs : 1);
  c.misalignment = draw.Int(0, 15);
  return c;
}

class Runner {
 public:
  Runner(Case& c, Verdict& verdict)
      : c_(c),
        verdict_(verdict),
        params_{c.p.input_offset, c.p.filter_offset, c.p.output_offset, Activation(c.p.range)},
        quant_{c.x.multiplier.data(), c.x.shift.data(), c.per_channel ? 1 : 0},
        in_{c.p.batches, 1, 1, c.p.depth},
        filter_{c.p.depth, 1, 1, c.p.outputs},
        bias_dims_{1, 1, 1, c.p.outputs},
        out_{c.p.batches, 1, 1, c.p.outputs},
        // One channel of none is one for all to the reference: nothing is computed either way.
        expected_(c.p.outputs == 0 ? std::vector<int8_t>() : reference::FullyConnect(c.p, c.x)),
        sums_(reference::RowSums(c.p.outputs, c.p.depth, c.x.filter, c.p.input_offset,
                                 c.p.filter_offset, c.x.bias)),
        bias_(c.x.bias.empty() ? nullptr : c.x.bias.data()) {}

  // function(input, filter, output)
  template <typename Function>
  void Run(const char* name, Function function) {
    const Guarded<int8_t> input(c_.x.input, c_.misalignment);
    const Guarded<int8_t> filter(c_.x.filter, c_.misalignment / 4);
    const Guarded<int8_t> output(int64_t{c_.p.batches} * c_.p.outputs, 15 - c_.misalignment, 99);
    verdict_.Success(function(input.data(), filter.data(), output.data()), name);
    verdict_.Equal(output.data(), expected_, name);
    verdict_.Expect(output.Intact(), name, "wrote outside of its output");
  }

  // In the way an op calls: with kernel sums where the family wants them, between red zones.
  template <typename Function, typename Quant>
  void RunEntry(const char* name, Function* function, const Quant& quant) {
    Run(name, [&](const int8_t* input, const int8_t* filter, int8_t* output) {
      const bool mve = arm_fully_connected_s8_get_buffer_size(&filter_) > 0;
      const Guarded<int32_t> sums(sums_, 0);
      const cmsis_nn_context context = {
          mve || kernels::kIsa == kernels::Isa::kMve ? sums.data() : nullptr, 4 * c_.p.outputs};
      return function(&context, &params_, &quant, &in_, input, &filter_, filter, &bias_dims_, bias_,
                      &out_, output);
    });
  }

  void RunVariants() {
    for (const auto& variant : kernels::kFullyConnectedS8) {
      // Both contracts: from the bias, and from the kernel sums.
      for (const bool from_sums : {false, true}) {
        Run(variant.name, [&](const int8_t* input, const int8_t* filter, int8_t* output) {
          FullyConnectedArgs args = {};
          args.input = input;
          args.filter = filter;
          args.output = output;
          args.start = from_sums ? sums_.data() : bias_;
          args.input_offset = from_sums ? 0 : c_.p.input_offset;
          args.batches = c_.p.batches;
          args.depth = c_.p.depth;
          args.outputs = c_.p.outputs;
          args.filter_offset = c_.p.filter_offset;
          args.output_offset = c_.p.output_offset;
          args.activation = Activation(c_.p.range);
          args.multiplier = c_.x.multiplier.data();
          args.shift = c_.x.shift.data();
          args.quant_step = c_.per_channel ? 1 : 0;
          variant.run(args);
          return ARM_CMSIS_NN_SUCCESS;
        });
      }
    }
  }

  void RunWrappers() {
    RunEntry("arm_fully_connected_wrapper_s8", arm_fully_connected_wrapper_s8, quant_);
    Run("cortico_fully_connected_kernel_sum_s8",
        [&](const int8_t* input, const int8_t* filter, int8_t* output) {
          return cortico_fully_connected_kernel_sum_s8(sums_.data(), &params_, &quant_, &in_, input,
                                                       &filter_, filter, &out_, output);
        });
  }

 private:
  Case& c_;
  Verdict& verdict_;
  cmsis_nn_fc_params params_;
  cmsis_nn_quant_params quant_;
  cmsis_nn_dims in_, filter_, bias_dims_, out_;
  std::vector<int8_t> expected_;
  std::vector<int32_t> sums_;
  const int32_t* bias_;
};

}  // namespace

void FullyConnectedS8(Draw& draw, Verdict& verdict) {
  Case c = Random(draw, false);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrappers();
  const cmsis_nn_per_tensor_quant_params quant = {c.x.multiplier[0], c.x.shift[0]};
  runner.RunEntry("arm_fully_connected_s8", arm_fully_connected_s8, quant);
}

void FullyConnectedPerChannelS8(Draw& draw, Verdict& verdict) {
  Case c = Random(draw, true);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrappers();
  const cmsis_nn_per_channel_quant_params quant = {c.x.multiplier.data(), c.x.shift.data()};
  runner.RunEntry("arm_fully_connected_per_channel_s8", arm_fully_connected_per_channel_s8, quant);
}

}  // namespace cortico::testing
