"""Our ops and ExecuTorch's own registration of cortex_m:: in one process,
whichever comes first. Each order has a process of its own.

Usage: peace_test.py   (PYTHONPATH names the package)
"""

import subprocess
import sys
import unittest

OURS = "from cortico import _ops; _ops.register()"
THEIRS = "import executorch.backends.cortex_m.quantizer.quantizer, executorch.backends.cortex_m.ops.operators"
DIM_ORDER = "import executorch.exir.passes.dim_order_ops_registry"
# One op that both have, one that is ours alone, and one of the other namespace; out forms too.
CHECK = """
import torch
x = torch.tensor([-1.0, 0.0, 0.26, 100.0])
expected = torch.tensor([-8, -4, -3, 127], dtype=torch.int8)
arguments = (0.25, -4, -128, 127, torch.int8)
quantize = torch.ops.cortex_m.quantize_per_tensor
assert torch.equal(quantize.default(x, *arguments), expected), quantize.default(x, *arguments)
out = torch.empty(0, dtype=torch.int8)
if ours_first_hand:
    assert torch.equal(quantize.out(x, *arguments, out=out), expected)
    assert out.shape == x.shape
with torch._subclasses.FakeTensorMode():
    assert quantize.default(torch.empty(4), *arguments).dtype == torch.int8
one = torch.tensor([[1, 2]], dtype=torch.int8)
scale, shift = torch.tensor([1 << 30], dtype=torch.int32), torch.tensor([1], dtype=torch.int32)
y = torch.ops.cortico.quantized_linear_per_channel.default(one, one, None, 0, 1, scale, shift, -128, 127, torch.empty(0, dtype=torch.uint8))
assert y.tolist() == [[6]], y
turned = torch.ops.cortico._to_dim_order_copy.default(torch.ones(1, 2, 3, 3), dim_order=[0, 2, 3, 1])
assert turned.stride() == (18, 1, 6, 2), turned.stride()
"""
HELD = """
import torch
held = torch.ops.cortex_m.quantize_per_tensor.default
"""
HELD_STILL_WORKS = """
assert held(torch.tensor([1.0]), 1.0, 0, -128, 127, torch.int8).tolist() == [1]
"""


def run(*parts):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", "\n".join(parts)], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stderr[-2000:]


class Peace(unittest.TestCase):
    def expect(self, *parts):
        code, said = run(*parts)
        self.assertEqual(code, 0, said)

    def test_ours_alone(self):
        self.expect(OURS, OURS, "ours_first_hand = True", CHECK)

    def test_theirs_first(self):
        self.expect(THEIRS, DIM_ORDER, OURS, "ours_first_hand = False", CHECK)

    def test_theirs_second(self):
        self.expect(OURS, HELD, THEIRS, DIM_ORDER, HELD_STILL_WORKS, "ours_first_hand = False", CHECK)

    def test_import_without_torch(self):
        self.expect("import time; start = time.process_time()", "import cortico, sys",
                    "assert 'torch' not in sys.modules", "assert time.process_time() - start < 0.3")


if __name__ == "__main__":
    unittest.main()
