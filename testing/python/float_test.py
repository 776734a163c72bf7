"""Float on the target: networks compiled with --float, and networks of which only a part can be int8.

Each gives torch's numbers on the host's runtime and on the simulated boards, and a float file gives
them in ExecuTorch's own runtime too: its portable kernels are the same ops.
Usage: float_test.py CORTICO WORK [--boards] [NETWORK ...]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import torch  # noqa: E402
from torch import nn  # noqa: E402

# Relative to the largest element: what the order of a sum and two C libraries leave.
HOST_TOLERANCE = 1e-5
TARGETS = ("cortex-m55", "cortex-m4", "cortex-m0")


class Attention(nn.Module):
    """One head, written out, with a causal mask."""

    def __init__(self, width=8):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        mask = torch.tril(torch.ones(x.shape[1], x.shape[1])) > 0
        scores = torch.where(mask, scores, torch.full_like(scores, -1e9))
        return x + self.out(torch.softmax(scores, dim=-1) @ v)


class Tokens(nn.Module):
    """Indices in, a class out."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.body = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 4))

    def forward(self, x):
        return torch.log_softmax(self.body(self.embedding(x).mean(1)), -1), (x > 3).sum(-1)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell = kind(5, 7, batch_first=True)
        self.head = nn.Linear(7, 3)

    def forward(self, x):
        y, _ = self.cell(x)
        return self.head(y[:, -1])


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.GroupNorm(2, 8)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)

    def forward(self, x):
        x = nn.functional.max_pool2d(nn.functional.silu(self.norm(self.conv(x))), 2)
        x = nn.functional.interpolate(self.up(x), scale_factor=2, mode="bilinear")
        return nn.functional.softplus(x), x.amax((2, 3)), x.argmax(1)


class Mixed(nn.Module):
    """A running sum has no integer op; what stands before and behind it has."""

    def __init__(self):
        super().__init__()
        self.front = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.ReLU())
        self.back = nn.Sequential(nn.Flatten(), nn.Linear(6 * 4 * 5, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        return self.back(torch.cumsum(self.front(x), dim=3) * 0.25)


def networks():
    torch.manual_seed(7)
    image = torch.randn(1, 3, 8, 8)
    yield "conv", nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)), (image,)
    yield "attention", Attention(), (torch.randn(1, 6, 8),)
    yield "tokens", Tokens(), (torch.randint(0, 11, (1, 9)),)
    yield "lstm", Recurrent(nn.LSTM), (torch.randn(1, 4, 5),)
    yield "gru", Recurrent(nn.GRU), (torch.randn(1, 4, 5),)
    yield "norms", Norms(), (image,)


class Checker:
    def __init__(self, cortico, work, boards):
        self.cortico, self.work, self.boards = cortico, work, boards
        self.failures = []

    def run(self, *words, code=0):
        done = subprocess.run([self.cortico, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != code:
            raise SystemExit(f"cortico {' '.join(map(str, words))}: {done.returncode}\n{done.stderr}")
        return done

    def export(self, name, model, x):
        program = torch.export.export(model.eval(), x)
        if name in ("lstm", "gru"):
            program = program.run_decompositions()
        path = self.work / f"{name}.pt2"
        torch.export.save(program, path)
        np.savez(self.work / f"{name}.npz", *[t.numpy() for t in x])
        with torch.no_grad():
            y = model(*x)
        return path, [t.numpy() for t in (y if isinstance(y, tuple) else (y,))]

    def outputs(self, pte, name, where):
        out = self.work / f"{name}_found.npy"
        for suffix in (".npy", ".npz"):
            out.with_suffix(suffix).unlink(missing_ok=True)
        many = len(json.loads(self.run("analyze", pte, "--json").stdout)["outputs"]) > 1
        out = out.with_suffix(".npz" if many else ".npy")
        self.run("run", pte, "--input", self.work / f"{name}.npz", "-o", out, "--on", where, "-q")
        found = np.load(out)
        return [found[key] for key in found.files] if many else [found]

    def expect(self, what, found, expected, tolerance):
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            a = a.reshape(b.shape)
            if b.dtype.kind == "f":
                error = np.abs(a - b).max() / max(np.abs(b).max(), 1e-6)
                good = error <= tolerance
            else:
                error, good = (a != b).sum(), bool((a == b).all())
            if not good:
                self.failures.append(f"{what}, output {i}: {error:.3g}")

    def executorch(self, name, pte, x, expected):
        from executorch.runtime import Runtime

        method = Runtime.get().load_program(pte.read_bytes()).load_method("forward")
        found = [t.numpy() for t in method.execute(list(x))]
        self.expect(f"{name} in ExecuTorch", found, expected, HOST_TOLERANCE)

    def venues(self, target):
        return ["host", "qemu"] if self.boards else ["host"]

    def check_float(self, name, model, x):
        path, expected = self.export(name, model, x)
        for target in TARGETS if self.boards else TARGETS[:1]:
            pte = self.work / f"{name}.{target}.pte"
            report = json.loads(self.run("compile", path, "--float", "--target", target, "-o", pte, "--json").stdout)
            ops = {op["op"] for op in report["ops"]}
            if report["fallbacks"] or any(op.startswith(("cortex_m::", "cortico::")) for op in ops):
                self.failures.append(f"{name}: {report['fallbacks']} fallbacks, {ops}")
            for where in self.venues(target):
                self.expect(f"{name} for {target} on {where}", self.outputs(pte, name, where), expected,
                            HOST_TOLERANCE)
        self.executorch(name, pte, x, expected)

    def check_mixed(self):
        torch.manual_seed(8)
        model, x = Mixed(), (torch.randn(1, 2, 4, 5),)
        path, expected = self.export("mixed", model, x)
        calibration = self.work / "mixed_calibration.npz"
        np.savez(calibration, torch.randn(16, 2, 4, 5).numpy())
        pte = self.work / "mixed.pte"
        words = ("compile", path, "--calibrate", calibration, "-o", pte)
        done = self.run(*words, "--json")
        report = json.loads(done.stdout)
        fallbacks = [op for op in report["ops"] if op["fallback_reason"]]
        if [op["op"] for op in fallbacks] != ["aten::cumsum"] or fallbacks[0]["fallback_work"] != 120:
            self.failures.append(f"mixed: {fallbacks}")
        warnings_said = [d["message"] for d in report["diagnostics"] if d["severity"] == "warning"]
        if len(warnings_said) != 1 or "aten.cumsum.default" not in warnings_said[0]:
            self.failures.append(f"mixed: warnings {warnings_said}")
        for needed in ("cortex_m::quantized_conv2d", "cortico::quantized_linear_per_channel"):
            if needed not in {op["op"] for op in report["ops"]}:
                self.failures.append(f"mixed: no {needed}")
        refused = self.run(*words, "--no-fallback", code=1).stderr
        if "aten.cumsum.default" not in refused or "--no-fallback" not in refused:
            self.failures.append(f"mixed: --no-fallback says {refused}")
        host = self.outputs(pte, "mixed", "host")
        self.expect("mixed against torch", host, expected, 0.1)
        if self.boards:
            self.expect("mixed on a board", self.outputs(pte, "mixed", "qemu"), host, 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cortico")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--boards", action="store_true")
    parser.add_argument("networks", nargs="*")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    checker = Checker(args.cortico, args.work, args.boards)
    count = 0
    for name, model, x in networks():
        if not args.networks or name in args.networks:
            checker.check_float(name, model, x)
            count += 1
    if not args.networks or "mixed" in args.networks:
        checker.check_mixed()
        count += 1
    for failure in checker.failures:
        print("FAILED", failure)
    print(f"{count} networks, {len(checker.failures)} failures")
    return 1 if checker.failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
