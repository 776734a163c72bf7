#include "kernels/max_pool_s8/max_pool_s8.h"
#include "kernels/testing/pool_property.h"

namespace cortico::testing {

void MaxPoolS8(Draw& draw, Verdict& verdict) {
  const reference::Pool p = RandomPool(draw, false);
  const std::vector<int8_t> input = draw.Bytes(p.input.size());
  const int misalignment = draw.Int(0, 15);
  const std::vector<int8_t> expected = reference::MaxPool(p, input);
  const auto run = [&](const char* name, kernels::MaxPoolS8* function) {
    RunPool(verdict, name, function, p, input, expected, Scratch::kNotRead, misalignment);
  };
  for (const auto& variant : kernels::kMaxPoolS8) run(variant.name, variant.run);
  run("arm_max_pool_s8", arm_max_pool_s8);
}

}  // namespace cortico::testing
