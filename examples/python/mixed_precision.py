#!/usr/bin/env python3
# %% [markdown]
# # Mixed precision: overrides by module path
#
# Rules for single layers, as in the file that `cortico compile --override` takes
# (`docs/overrides.md`). Two here:
#
#   stem         its result is watched by a min-max observer instead of a histogram
#   classifier   stays in float: on the device a float op computes it
#
# A rule that finds no layer it could change is an error, so a misspelt path is never a wish granted.

# %% The rules
import torch
from fashion import images, share_right, trained

from cortico import CompileError
from cortico.boards import run
from cortico.quantizer import CortexMQuantizer
from cortico.test import CortexMTester

RULES = [{"path": "stem", "observer": "minmax"}, {"path": "classifier", "skip": True}]

# %% All int8, and mixed
x, y = images("t10k", 200)
calibration, _ = images("train", 50)
samples = [(image[None],) for image in calibration]


def compile_with(rules: list[dict]) -> CortexMTester:
    tester = CortexMTester(trained(), (x[:1],), calibration_samples=samples)
    return tester.quantize(CortexMQuantizer(overrides=rules)).export().to_edge().run_passes().to_executorch()


def accuracy(tester: CortexMTester) -> float:
    outputs = run(tester.get_artifact("to_executorch").buffer, [(image[None],) for image in x]).outputs
    return share_right(torch.cat([sample[0] for sample in outputs]), y)


whole = compile_with([]).check_count({"cortico.quantized_linear_per_channel": 1})
mixed = compile_with(RULES).check_count({"cortico.quantized_linear_per_channel": 0})
try:
    compile_with([{"path": "clasifier", "skip": True}])
except CompileError as error:
    print(f"a misspelt path: {error}")
else:
    raise SystemExit("a misspelt path went unnoticed")

# %% What it costs and what it gives
sizes = [len(tester.get_artifact("to_executorch").buffer) for tester in (whole, mixed)]
shares = [accuracy(tester) for tester in (whole, mixed)]
for name, size, share in zip(("int8", "mixed"), sizes, shares):
    print(f"{name:6} {size:7d} bytes  {100 * share:.1f} %")
assert sizes[1] > sizes[0] and shares[1] > shares[0] - 0.02
