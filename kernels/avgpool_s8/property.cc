#include "kernels/avgpool_s8/avgpool_s8.h"
#include "kernels/testing/pool_property.h"

namespace cortico::testing {

void AvgpoolS8(Draw& draw, Verdict& verdict) {
  const reference::Pool p = RandomPool(draw, true);
  const std::vector<int8_t> input = draw.Bytes(p.input.size());
  const int misalignment = draw.Int(0, 15);
  const std::vector<int8_t> expected = reference::AveragePool(p, input);
  for (const auto& variant : kernels::kAvgpoolS8) {
    int32_t scratch = 0;
    if (variant.code == kernels::Code::kMve) {
      scratch = arm_avgpool_s8_get_buffer_size_mve(p.output.w, p.input.c);
    } else if (variant.code == kernels::Code::kDsp) {
      scratch = arm_avgpool_s8_get_buffer_size_dsp(p.output.w, p.input.c);
    }
    RunPool(verdict, variant.name, variant.run, p, input, expected, scratch, misalignment);
  }
  RunPool(verdict, "arm_avgpool_s8", arm_avgpool_s8, p, input, expected,
          arm_avgpool_s8_get_buffer_size(p.output.w, p.input.c), misalignment);
}

}  // namespace cortico::testing
