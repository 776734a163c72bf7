"""The networks of examples/zoo: exported, compiled with nothing left in float, run on the simulated
Cortex-M55 and Cortex-M4 with the host's bytes, and as near to the float model as torchao's own
quantization of it (same scheme: int8 per tensor, weights per channel, histogram observers).

Usage: zoo_test.py CORTICO WORK [--table FILE] [NETWORK ...]
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import torch  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("zoo", ROOT / "examples" / "zoo" / "models.py")
zoo = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(zoo)

MOST_LOST_DB = 0.5
BOUNDARY = {"cortex_m::quantize_per_tensor", "cortex_m::dequantize_per_tensor"}


def sqnr(expected, found):
    return 10 * np.log10((expected**2).sum() / ((expected - found) ** 2).sum())


def torchao_sqnr(model, x, y):
    """The model quantized by torchao and run as fake-quantized float, on the second half of x."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(torch.export.export(model, (x[:1],)).module(), quantizer)
    half = len(x) // 2
    with torch.no_grad():
        for sample in x[:half]:
            prepared(sample[None])
        converted = convert_pt2e(prepared)
        found = torch.cat([converted(sample[None]) for sample in x[half:]]).numpy()
    return sqnr(y, found)


class Network:
    def __init__(self, cortico, work, name):
        self.cortico, self.work, self.name = cortico, work, name
        self.model, self.x = zoo.make(name)
        self.half = len(self.x) // 2
        with torch.no_grad():
            self.y = torch.cat([self.model(s[None]) for s in self.x[self.half :]]).numpy()
        torch.export.save(torch.export.export(self.model, (self.x[:1],)), work / f"{name}.pt2")
        np.savez(work / "calibration.npz", x=self.x[: self.half].numpy())
        np.save(work / "all.npy", self.x[self.half :].numpy())
        np.save(work / "few.npy", self.x[self.half : self.half + 2].numpy())

    def run(self, *words):
        done = subprocess.run([self.cortico, *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{self.name}: cortico {' '.join(map(str, words))}\n{done.stderr}")
        return done.stdout

    def compile(self, target):
        pte = self.work / f"{self.name}.{target}.pte"
        report = json.loads(
            self.run("compile", self.work / f"{self.name}.pt2", "--calibrate",
                     self.work / "calibration.npz", "--target", target, "-o", pte, "--explain", "--json"))
        if report["rejections"] or report["fallbacks"]:
            raise SystemExit(f"{self.name}: left in float: {report['rejections']}")
        layers = json.loads(self.run("analyze", pte, "--json"))["ops"]
        for place, op in enumerate(layers):
            inner = 0 < place < len(layers) - 1
            if inner and op["op"] in BOUNDARY and not self.near_the_end(layers, place):
                raise SystemExit(f"{self.name}: {op['op']} at {place} of {len(layers)}")
        return pte, len(layers)

    @staticmethod
    def near_the_end(layers, place):
        """Several inputs or outputs: a row of quantizes first, of dequantizes last."""
        same = {layers[place]["op"]}
        return {o["op"] for o in layers[:place]} <= same or {o["op"] for o in layers[place:]} <= same

    def outputs(self, pte, where, data):
        out = self.work / "out.npy"
        out.unlink(missing_ok=True)
        self.run("run", pte, "--input", self.work / data, "-o", out, "--on", where, "-q")
        return np.load(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cortico")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=list(zoo.NETWORKS))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    rows, failed = [], 0
    for name in args.networks:
        network = Network(args.cortico, args.work, name)
        ours = None
        for target in ("cortex-m55", "cortex-m4"):
            pte, count = network.compile(target)
            host = network.outputs(pte, "host", "few.npy")
            board = network.outputs(pte, "qemu", "few.npy")
            if host.tobytes() != board.tobytes():
                print(f"FAILED {name}: {target} differs from the host")
                failed += 1
            if ours is None:
                ours = sqnr(network.y, network.outputs(pte, "host", "all.npy"))
        theirs = torchao_sqnr(network.model, network.x, network.y)
        if ours < theirs - MOST_LOST_DB:
            print(f"FAILED {name}: {ours:.2f} dB, torchao {theirs:.2f} dB")
            failed += 1
        rows.append((name, count, f"{ours:.1f} dB", f"{theirs:.1f} dB"))
        print("{:16} {:3} ops  {:>8}  torchao {:>8}".format(*rows[-1]), flush=True)
    if args.table:
        lines = ["| network | ops | int8 against float | torchao, fake-quantized |", "|---|---|---|---|"]
        lines += ["| {} | {} | {} | {} |".format(*row) for row in rows]
        args.table.write_text("\n".join(lines) + "\n")
    print(f"{len(rows)} networks, {failed} failures")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
