"""CONTRACT's lines, from a float model to the bytes of a program: what runs in Python after the
passes and what the runtime computes are the same bits, and the C++ route gives them too.

Usage: pipeline_test.py CORTICO WORK   (PYTHONPATH names the package)
"""

import pathlib
import subprocess
import sys
import unittest
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.export import export  # noqa: E402
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e  # noqa: E402

from cortico.exir import EdgeCompileConfig, to_edge_transform_and_lower  # noqa: E402
from cortico.passes import CortexMPassManager  # noqa: E402
from cortico.quantizer import CortexMQuantizer  # noqa: E402

CORTICO, WORK = sys.argv[1], pathlib.Path(sys.argv[2])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        y = torch.relu(self.norm(self.first(x)))
        y = self.pool(y + torch.relu(self.depthwise(y)))
        return self.head(self.drop(y.flatten(1)))


def quantize(model, samples):
    prepared = prepare_pt2e(export(model, samples[0]).module(), CortexMQuantizer())
    for sample in samples:
        prepared(*sample)
    return export(convert_pt2e(prepared), samples[0])


def run_command(*words):
    done = subprocess.run([CORTICO, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


def run_file(pte, sample):
    np.save(WORK / "x.npy", sample.numpy())
    run_command("run", pte, "--input", WORK / "x.npy", "-o", WORK / "y.npy", "-q")
    return np.load(WORK / "y.npy")


class Pipeline(unittest.TestCase):
    def test_three_ways_give_the_same_bits(self):
        torch.manual_seed(1)
        samples = [(torch.randn(1, 3, 8, 8),) for _ in range(4)]
        model = Net().eval()
        exported = quantize(model, samples)
        edge = to_edge_transform_and_lower(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
        manager = CortexMPassManager(edge.exported_program(), CortexMPassManager.pass_list)
        edge._edge_programs["forward"] = manager.transform()
        program = edge.to_executorch()
        with open(WORK / "net.pte", "wb") as file:
            program.write_to_file(file)
        self.assertEqual((WORK / "net.pte").read_bytes(), program.buffer)
        torch.export.save(exported, WORK / "net.pt2")
        run_command("compile", WORK / "net.pt2", "-o", WORK / "net2.pte", "-q")
        sample = samples[-1][0]
        in_torch = edge.exported_program().module()(sample).detach().numpy()
        self.assertEqual(in_torch.tobytes(), run_file(WORK / "net.pte", sample).tobytes())
        self.assertEqual(in_torch.tobytes(), run_file(WORK / "net2.pte", sample).tobytes())
        self.assertLess(np.abs(in_torch - model(sample).detach().numpy()).max(), 0.05)
        names = {str(node.target) for node in edge.exported_program().graph.nodes if node.op == "call_function"}
        self.assertIn("cortex_m.quantized_depthwise_conv2d.default", names)
        self.assertFalse({name for name in names if "conv2d" in name and name.startswith("aten")})


if __name__ == "__main__":
    WORK.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1])
