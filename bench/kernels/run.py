#!/usr/bin/env python3
"""Instructions of every layer of layers.csv on the simulated boards, against CMSIS-NN's.

  bench/kernels/run.py                                  all layers, six cores, gcc
  bench/kernels/run.py --cores m4,m55 --layers kws      one model; or a regular expression of
                                                        <model>.<layer>, like 'dw|pw1$'

Builds what it needs in build/<core> and compares every output with the reference. Exit code 1: a
layer is wrong.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import layers as layer_list  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bench"
BOARDS = {
    "m0": "mps2-an385", "m3": "mps2-an385", "m4": "mps2-an386", "m7": "mps2-an500",
    "m33": "mps2-an505", "m55": "mps3-an547"
}
# CMSIS-NN, whole models, the best of four builds. M33 and M7 are within 1.1 % of M4.
BEST_TOTAL = {
    "kws": {"m55": 1753e3, "m4": 7419e3, "m3": 10089e3, "m0": 24930e3},
    "vww": {"m55": 6250e3, "m4": 23423e3, "m3": 30635e3, "m0": 74340e3},
    "ic": {"m55": 4568e3, "m4": 28289e3, "m3": 37251e3, "m0": 97580e3},
    "ad": {"m55": 60.8e3, "m4": 570.1e3, "m3": 941.0e3, "m0": 1756e3},
}


def best_total(model: str, core: str) -> float:
  return BEST_TOTAL[model]["m4" if core in ("m7", "m33") else core]


def call(command, **options):
  run = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False, **options)
  if run.returncode != 0:
    sys.exit(f"{run.stdout}\n{' '.join(map(str, command))}: exit code {run.returncode}")
  return run.stdout


def make_expected() -> pathlib.Path:
  """The outputs of all layers by the reference, computed here: on a board it would take minutes."""
  WORK.mkdir(parents=True, exist_ok=True)
  call([sys.executable, "-B", ROOT / "bench/kernels/layers.py", WORK / "layers.inc"])
  call([os.environ.get("CXX", "c++"), "-O2", "-std=c++17", f"-I{ROOT}", f"-I{WORK}",
        ROOT / "bench/kernels/expected.cc", "-o", WORK / "expected"])
  call([WORK / "expected", WORK / "expected.bin"])
  return WORK / "expected.bin"


def build(core: str) -> pathlib.Path:
  folder = ROOT / "build" / core
  if not (folder / "build.ninja").exists():
    call(["cmake", "--preset", core, "-DCORTICO_BUILD_TESTS=ON"], cwd=ROOT)
  call(["cmake", "--build", folder, "-j2", "--target", "kernel_bench"], cwd=ROOT)
  return folder / "firmware" / "kernel_bench.elf"


@dataclasses.dataclass
class Result:
  instructions: int
  stack: int
  scratch: int
  wrong: str  # empty: every output is right


def run(core: str, elf: pathlib.Path, words) -> dict:
  """(model, layer) -> Result"""
  command = [sys.executable, ROOT / "boards/run_qemu.py", "--board", BOARDS[core], "--timeout", "300",
             elf, "expected=expected.bin", *words]
  process = subprocess.run([str(word) for word in command], cwd=WORK, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
  results = {}
  for line in process.stdout.splitlines():
    match = re.fullmatch(r"LAYER (\S+) (\S+) (\d+) (\d+) (\d+) (ok|wrong (.*))", line)
    if match:
      results[match[1], match[2]] = Result(int(match[3]), int(match[4]), int(match[5]),
                                           match[7] or "")
  if process.returncode != 0 and not any(result.wrong for result in results.values()):
    sys.exit(f"{core}: {process.stdout}")
  return results


def print_table(core: str, compiler: str, chosen, results) -> None:
  print(f"\n{core}, {compiler}")
  print(f"{'layer':<16}{'ours':>12}{'baseline':>12}{'ratio':>8}{'MACs/instr':>12}{'stack':>7}"
        f"{'scratch':>9}")
  for layer in chosen:
    result = results.get((layer.model, layer.name))
    name = f"{layer.model}.{layer.name}"
    if result is None or result.wrong:
      print(f"{name:<16} WRONG: {result.wrong if result else 'not run'}")
      continue
    macs = f"{layer.macs / result.instructions:.3f}" if layer.macs else ""
    base = layer.baseline[core]
    print(f"{name:<16}{result.instructions:>12,}{base:>12,}{result.instructions / base:>8.3f}"
          f"{macs:>12}{result.stack:>7}{result.scratch:>9}")
  everything = layer_list.load()
  for model in dict.fromkeys(layer.model for layer in chosen):
    whole = [layer for layer in everything if layer.model == model]
    if any(layer not in chosen for layer in whole):
      continue
    if any(results.get((model, layer.name), Result(0, 0, 0, "-")).wrong for layer in whole):
      continue
    total = sum(results[model, layer.name].instructions for layer in whole)
    best = best_total(model, core)
    text = f"{model} sum"
    print(f"{text:<16}{total:>12,}{best:>12,.0f}{total / best:>8.3f}   (baseline: best of four)")
    depthwise = [layer for layer in whole if "depthwise" in layer.api]
    if depthwise:
      ours = sum(results[model, layer.name].instructions for layer in depthwise)
      base = sum(layer.baseline[core] for layer in depthwise)
      print(f"{'  depthwise':<16}{ours:>12,}{base:>12,}{ours / base:>8.3f}")


def main() -> int:
  parser = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--cores", default=",".join(layer_list.CORES), help="default: all six")
  parser.add_argument("--layers", default="", help="a model, or a regular expression")
  parser.add_argument("--model", default="", help="kws, vww, ic or ad")
  args = parser.parse_args()
  cores = args.cores.split(",")
  if any(core not in BOARDS for core in cores):
    parser.error(f"--cores takes {', '.join(BOARDS)}")
  chosen = [layer for layer in layer_list.load()
            if args.model in ("", layer.model) and
            (args.layers == layer.model or re.search(args.layers, f"{layer.model}.{layer.name}"))]
  if not chosen:
    parser.error("no layer fits")
  models = {layer.model for layer in chosen}
  words = [f"model={chosen[0].model}"] if len(models) == 1 else []
  if len(chosen) == 1:
    words.append(f"layer={chosen[0].name}")

  make_expected()
  good = True
  for core in cores:
    results = run(core, build(core), words)
    print_table(core, "gcc", chosen, results)
    good = good and not any(result.wrong for result in results.values())
  return 0 if good else 1


if __name__ == "__main__":
  sys.exit(main())
