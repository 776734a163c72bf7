#!/usr/bin/env python3
# %% [markdown]
# # Testing your own op
#
# A block of your own (here: a gated residual, as mobile networks have) is taken through the whole
# pipeline, and two questions are asked: did it become the ops it should, with the right values; and
# do the kernels on a board give the same bits. `docs/python_testing.md` walks through this file.
#
# Run it as a script, or with pytest, which repeats the test on every board:
#
#     pytest examples/python/test_your_own_op.py

# %% The block
import pytest
import torch
from torch import nn

from cortico.test import BoardMissing, CortexMTester, Mismatch


class GatedResidual(nn.Module):
    """y = x + conv(x) * hardsigmoid(pointwise(x)): [N, C, H, W] -> the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x) * nn.functional.hardsigmoid(self.gate(x))


def make(height: int = 6, width: int = 5):
    torch.manual_seed(0)
    return GatedResidual(8), (torch.randn(1, 8, height, width),)


BEFORE = {
    "executorch_exir_dialects_edge__ops_aten_conv2d_default": 2,
    "executorch_exir_dialects_edge__ops_aten_hardsigmoid_default": 1,
}
AFTER = {
    "cortex_m.quantized_conv2d.default": 2,
    "cortex_m.quantized_mul.default": 1,
    "cortex_m.quantized_add.default": 1,
    "cortex_m.quantize_per_tensor.default": 1,
    "cortex_m.dequantize_per_tensor.default": 1,
    "aten.hardsigmoid.default": 0,
}


# %% A test for pytest: the plugin gives the fixture `cortex_m`, one run for each board
@pytest.mark.parametrize("size", [(6, 5), (1, 1), (7, 16)])
def test_gated_residual(cortex_m, size):
    tester = cortex_m(*make(*size))
    tester.test_dialect(BEFORE, AFTER, qtol=1)
    tester.test_implementation()


# %% The same by hand
if __name__ == "__main__":
    tester = CortexMTester(*make())
    tester.quantize().export().to_edge().run_passes().to_executorch()
    tester.test_dialect(BEFORE, AFTER, qtol=1)
    print("graph and reference values: good")
    try:
        tester.test_implementation()
        print("kernels on the simulated Corstone-300: good")
    except BoardMissing as missing:
        print(f"kernels: not run: {missing}")
    # A test is worth what it refuses.
    try:
        tester.check_count({"cortex_m.quantized_add.default": 2})
    except Mismatch as mismatch:
        print(f"a wrong count is refused: {mismatch}")
    else:
        raise SystemExit("a wrong count went unnoticed")
