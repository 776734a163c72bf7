"""Programs that torchao quantized: what several annotators write, folded and unfolded, whole and
decomposed, compiled and run on the host beside the same program run by torch in float between its
quantize and dequantize nodes. At most two of the output's steps lie between them.

Usage: torchao_test.py CORTICO WORK [WORD ...]; CORTICO_FULL=1 for every annotator, model and form
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import torchao_annotators as annotators  # noqa: E402

MOST_STEPS = 2
BOUNDARY = {"cortex_m::quantize_per_tensor", "cortex_m::dequantize_per_tensor"}


class Fn(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


class Bmm(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        return torch.bmm(self.left(x), self.right(x).transpose(1, 2))


class Skip(nn.Module):
    """A branch with a ReLU beside a signed one, joined by cat, and a residual."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 3, padding=1)
        self.c = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        a = F.relu(self.a(x))
        return F.relu(self.c(torch.cat([a, self.b(x)], 1)) + a)


class Signal(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(3, 8, 5, stride=2, padding=2), nn.BatchNorm1d(8), nn.ReLU(),
                                 nn.Conv1d(8, 8, 3, padding=1, groups=8), nn.ReLU(), nn.MaxPool1d(2))
        self.head = nn.Linear(64, 5)

    def forward(self, x):
        return self.head(self.net(x).flatten(1))


class Addmm(nn.Module):
    """A linear layer as an export writes it that has lost the name."""

    def __init__(self, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(6, 10) * 0.3)
        self.bias = nn.Parameter(torch.randn(6)) if bias else None

    def forward(self, x):
        turned = self.weight.permute(1, 0)
        return torch.mm(x, turned) if self.bias is None else torch.addmm(self.bias, x, turned)


def conv_net():
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
                         nn.Conv2d(8, 8, 3, stride=2, groups=8), nn.ReLU6(), nn.Conv2d(8, 6, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))


MODELS = {
    "linear": (lambda: nn.Linear(10, 6), (4, 10)),
    "mlp": (lambda: nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 6)), (4, 10)),
    "addmm": (lambda: Addmm(True), (4, 10)),
    "mm": (lambda: Addmm(False), (4, 10)),
    "conv2d": (lambda: nn.Conv2d(3, 8, 3, padding=1), (1, 3, 9, 9)),
    "conv_net": (conv_net, (1, 3, 12, 12)),
    "conv1d": (lambda: nn.Conv1d(3, 8, 3, padding=1), (1, 3, 20)),
    "conv1d_relu": (lambda: nn.Sequential(nn.Conv1d(3, 8, 3), nn.ReLU()), (1, 3, 20)),
    "signal": (Signal, (1, 3, 32)),
    "conv_transpose": (lambda: nn.ConvTranspose2d(4, 3, 3, stride=2), (1, 4, 6, 6)),
    "conv_transpose1d": (lambda: nn.ConvTranspose1d(4, 3, 3, stride=2), (1, 4, 9)),
    "bmm": (Bmm, (2, 5, 8)),
    "skip": (Skip, (1, 3, 8, 8)),
    "hardtanh": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Hardtanh(-0.4, 0.7)), (1, 3, 8, 8)),
    "clamp": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), Fn(lambda x: torch.clamp(x, -0.2, 0.5))),
              (1, 3, 8, 8)),
    "clamp_min": (lambda: nn.Sequential(nn.Linear(8, 8), Fn(lambda x: torch.clamp(x, min=-0.1))),
                  (2, 8)),
    "relu_": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True)), (1, 3, 8, 8)),
    "add_relu": (lambda: Fn(lambda x: F.relu(x + torch.sigmoid(x))), (1, 3, 8, 8)),
}

# What ./test runs: each annotator, each form, each model at least once. CORTICO_FULL=1: all of them.
FEW = {
    ("xnnpack", "folded"): [name for name in MODELS if name not in ("addmm", "mm")],
    ("xnnpack", "unfolded"): ["mlp", "conv1d"],
    ("xnnpack", "decomposed"): ["mlp", "signal", "conv_transpose1d"],
    ("xnnpack", "tensors"): ["conv_net"],
    ("xnnpack_per_tensor", "folded"): ["conv_net", "conv_transpose"],
    ("xnnpack_qat", "folded"): ["conv_net"],
    ("every_edge", "folded"): ["addmm", "mm", "bmm", "skip", "signal", "clamp"],
    ("every_edge", "unfolded"): ["conv_transpose"],
    ("every_edge", "decomposed"): ["mlp", "conv_net"],
    ("cortex_m", "folded"): ["mlp", "conv_net", "bmm", "add_relu"],
}
# Annotators that know no addmm and no mm leave them in float.
FULL = {name: FEW["xnnpack", "folded"] for name in annotators.NAMES if name.startswith("xnnpack")}
FORMS = ("folded", "unfolded", "decomposed", "tensors")

# What is not int8 in the kernels' sense ends in an error that says so.
REFUSED = {
    "xnnpack_dynamic": ("mlp", "dynamic"),
    "uint8": ("mlp", "quantized to u8"),
    "int16": ("mlp", "quantized to i16, not to int8"),
    "asymmetric": ("conv2d", "not quantized symmetrically"),
}


def output_scale(program):
    """Of the last dequantize before the result."""
    node = next(n for n in program.graph.nodes if n.op == "output").args[0][0]
    while "dequantize_per_tensor" not in str(node.target):
        node = node.args[0]
    scale = node.args[1]
    if isinstance(scale, float):
        return scale
    names = {**program.state_dict, **program.constants}
    target = {s.arg.name: s.target for s in program.graph_signature.input_specs}[scale.name]
    return float(names[target])


class Case:
    def __init__(self, cortico, work, annotator, model, form):
        self.cortico, self.work = cortico, work
        self.name = f"{annotator}-{model}-{form}"
        self.annotator, self.form = annotator, form
        self.build, self.shape = MODELS[model]

    def quantized(self):
        torch.manual_seed(7)
        model = self.build().eval()
        data = torch.randn(24, *self.shape)
        program = annotators.quantize(self.annotator, model, data, fold=self.form != "unfolded")
        if self.form == "tensors":
            annotators.parameters_to_tensors(program)
        exported = torch.export.export(program, (data[0],))
        if self.form == "decomposed":
            exported = exported.run_decompositions()
        return exported, data

    def run(self, *words):
        return subprocess.run([self.cortico, *map(str, words)], capture_output=True, text=True,
                              check=False)

    def check(self):
        """What is wrong, or an empty string."""
        exported, data = self.quantized()
        pt2, pte = self.work / f"{self.name}.pt2", self.work / f"{self.name}.pte"
        torch.export.save(exported, pt2)
        done = self.run("compile", pt2, "-o", pte, "--json")
        if done.returncode != 0:
            return done.stderr
        ops = [op["op"] for op in json.loads(done.stdout)["ops"]]
        inner = [op for op in ops[1:-1] if op in BOUNDARY]
        if inner or not BOUNDARY.issuperset(ops[:1] + ops[-1:]):
            return f"float inside: {ops}"
        few = data[:8]
        np.save(self.work / "x.npy", few.reshape(-1, *self.shape[1:]).numpy())
        done = self.run("run", pte, "--input", self.work / "x.npy", "-o", self.work / "y.npy", "-q")
        if done.returncode != 0:
            return done.stderr
        module = exported.module()
        expected = np.concatenate([module(x).detach().numpy() for x in few])
        found = np.load(self.work / "y.npy").reshape(expected.shape)
        steps = np.abs(expected - found).max() / output_scale(exported)
        return "" if steps <= MOST_STEPS + 1e-3 else f"{steps:.2f} steps of the output apart"


def refusal(cortico, work, annotator):
    """What is wrong with the way a program is refused."""
    model, words = REFUSED[annotator]
    case = Case(cortico, work, annotator, model, "folded")
    exported, _ = case.quantized()
    pt2 = work / f"{case.name}.pt2"
    torch.export.save(exported, pt2)
    done = case.run("compile", pt2, "-o", work / "refused.pte")
    if done.returncode != 1 or words not in done.stderr:
        return f"exit {done.returncode}, wanted a refusal with '{words}':\n{done.stderr}"
    return ""


def cases(full):
    for annotator in annotators.NAMES:
        for form in FORMS:
            for model in FULL.get(annotator, MODELS) if full else FEW.get((annotator, form), []):
                yield annotator, model, form


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cortico")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("words", nargs="*", help="parts of the cases' names")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    checks = {
        f"{annotator}-{model}-{form}": Case(args.cortico, args.work, annotator, model, form).check
        for annotator, model, form in cases(os.environ.get("CORTICO_FULL") == "1")
    }
    for annotator in REFUSED:
        checks[f"refused-{annotator}"] = lambda a=annotator: refusal(args.cortico, args.work, a)
    ran = failed = 0
    for name, check in checks.items():
        if args.words and not any(word in name for word in args.words):
            continue
        wrong = check()
        ran += 1
        failed += bool(wrong)
        print(f"FAILED {name}: {wrong}" if wrong else f"ok {name}", flush=True)
    print(f"{ran} programs, {failed} failures")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
