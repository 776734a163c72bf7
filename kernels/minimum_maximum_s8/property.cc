#include "kernels/minimum_maximum_s8/minimum_maximum_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {
namespace {

using kernels::Extreme;
using reference::Shape;

void Run(Draw& draw, Verdict& verdict, Extreme extreme, const char* name,
         decltype(arm_minimum_s8)* entry) {
  const int sizes[4] = {draw.Chance(10) ? draw.Int(0, 3) : draw.Int(1, 3), draw.Int(1, 4),
                        draw.Int(1, 5), draw.Pick({1, 2, 3, 4, 7, 8, 15, 16, 17, 33})};
  const int stretched = draw.Pick({0, 30, 100});
  const int narrow = draw.Int(0, 1);  // with 100 the whole of one input is a scalar
  Shape shapes[3];                    // inputs, output
  for (int axis = 0; axis < 4; ++axis) {
    int* const places[3] = {&(&shapes[0].n)[axis], &(&shapes[1].n)[axis], &(&shapes[2].n)[axis]};
    for (int* place : places) *place = sizes[axis];
    if (draw.Chance(stretched)) *places[stretched == 100 ? narrow : draw.Int(0, 1)] = 1;
  }
  const std::vector<int8_t> a = draw.Bytes(shapes[0].size()), b = draw.Bytes(shapes[1].size());
  const int misalignment = draw.Int(0, 15);
  const bool in_place = shapes[0].size() == shapes[2].size() && draw.Chance(30);

  const std::vector<int8_t> expected =
      reference::MinMax(extreme == Extreme::kMaximum, shapes[0], a, shapes[1], b);
  const cmsis_nn_dims dims_a = Dims(shapes[0]), dims_b = Dims(shapes[1]), out = Dims(shapes[2]);
  // function(first input, second input, output)
  const auto run = [&](const char* what, auto function) {
    const Guarded<int8_t> first(a, misalignment), second(b, misalignment / 4);
    const Guarded<int8_t> output(shapes[2].size(), 15 - misalignment, 99);
    int8_t* const target = in_place ? first.data() : output.data();
    function(first.data(), second.data(), target);
    verdict.Equal(target, expected, what);
    verdict.Expect(output.Intact() && first.Intact(), what, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kMinimumMaximumS8) {
    run(variant.name, [&](const int8_t* first, const int8_t* second, int8_t* target) {
      variant.run(extreme, first, dims_a, second, dims_b, target, out);
    });
  }
  run(name, [&](const int8_t* first, const int8_t* second, int8_t* target) {
    const Scratch scratch(Scratch::kNotRead);
    verdict.Success(entry(scratch.context(), first, &dims_a, second, &dims_b, target, &out), name);
  });
}

}  // namespace

void MinimumS8(Draw& draw, Verdict& verdict) {
  Run(draw, verdict, Extreme::kMinimum, "arm_minimum_s8", arm_minimum_s8);
}

void MaximumS8(Draw& draw, Verdict& verdict) {
  Run(draw, verdict, Extreme::kMaximum, "arm_maximum_s8", arm_maximum_s8);
}

}  // namespace cortico::testing
