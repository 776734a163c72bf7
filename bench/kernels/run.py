#!/usr/bin/env python3
"""Instructions of every layer of layers.csv on the simulated boards, against CMSIS-NN's.

  bench/kernels/run.py                                  all layers, six cores, gcc
  bench/kernels/run.py --cores m4,m55 --layers kws      one model; or a regular expression of
                                                        <model>.<layer>, like 'dw|pw1$'
  bench/kernels/run.py --compiler both --write-docs     docs/kernel_speed.md
  bench/kernels/run.py --compiler both --write-budget   after a change that was meant: budget.json
  bench/kernels/run.py --check                          fails past the budget (./test)

Builds what it needs in build/<core> (gcc) and build/<core>-clang, and compares every output with the
reference. Exit code 1: a layer is wrong, or the budget is exceeded.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import budget  # noqa: E402
import layers as layer_list  # noqa: E402
import report  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bench"
BOARDS = {
    "m0": "mps2-an385", "m3": "mps2-an385", "m4": "mps2-an386", "m7": "mps2-an500",
    "m33": "mps2-an505", "m55": "mps3-an547"
}
COMPILERS = {"gcc": "arm-none-eabi-g++", "clang": "clang++-19"}


@dataclasses.dataclass
class Result:
  """One call. `wrong` is empty when every output is right."""
  instructions: int
  stack: int
  scratch: int
  wrong: str


@dataclasses.dataclass
class Run:
  """One build: layers by "<model>.<layer>", code bytes by model and by function."""
  results: dict
  code: dict


def call(command, **options):
  run = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False, **options)
  if run.returncode != 0:
    sys.exit(f"{run.stdout}\n{' '.join(map(str, command))}: exit code {run.returncode}")
  return run.stdout


def version(compiler: str) -> str:
  text = call([COMPILERS[compiler], "--version"])
  return f"{compiler} {re.search(r'[0-9]+[.][0-9]+[.][0-9]+', text)[0]}"


def make_expected() -> None:
  """The outputs of all layers by the reference, computed here: on a board it would take minutes."""
  WORK.mkdir(parents=True, exist_ok=True)
  call([sys.executable, "-B", ROOT / "bench/kernels/layers.py", WORK / "layers.inc"])
  call([os.environ.get("CXX", "c++"), "-O2", "-std=c++17", f"-I{ROOT}", f"-I{WORK}",
        ROOT / "bench/kernels/expected.cc", "-o", WORK / "expected"])
  call([WORK / "expected", WORK / "expected.bin"])


def build(compiler: str, core: str) -> pathlib.Path:
  folder = ROOT / "build" / (core if compiler == "gcc" else f"{core}-{compiler}")
  toolchain = []
  if compiler == "clang" and not (folder / "build.ninja").exists():
    toolchain = ["--toolchain", ROOT / "cmake/toolchain-clang-arm-none-eabi.cmake"]
  # A folder that was configured for something else (./demo) has no benchmarks.
  call(["cmake", "--preset", core, "-B", folder, "-DCORTICO_BUILD_TESTS=ON", *toolchain], cwd=ROOT)
  call(["cmake", "--build", folder, "-j2", "--target", "kernel_bench_all"], cwd=ROOT)
  return folder / "firmware"


def kernel_bytes(map_file: pathlib.Path) -> int:
  """Code and constants of the kernels in a linked firmware, by the linker's map."""
  text = map_file.read_text(encoding="utf-8").split("Linker script and memory map")[1]
  return sum(
      int(size, 16) for size in re.findall(
          r"^ \.(?:text|rodata)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) \S*libcortico_kernels\.a\(", text,
          re.MULTILINE))


def run(compiler: str, core: str, words) -> Run:
  firmware = build(compiler, core)
  command = [sys.executable, ROOT / "boards/run_qemu.py", "--board", BOARDS[core], "--timeout", "300",
             firmware / "kernel_bench.elf", "expected=expected.bin", *words]
  process = subprocess.run([str(word) for word in command], cwd=WORK, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
  results = {}
  for line in process.stdout.splitlines():
    match = re.fullmatch(r"LAYER (\S+) (\S+) (\d+) (\d+) (\d+) (?:ok|wrong (.*))", line)
    if match:
      results[f"{match[1]}.{match[2]}"] = Result(int(match[3]), int(match[4]), int(match[5]),
                                                 match[6] or "")
  if process.returncode != 0 and not any(result.wrong for result in results.values()):
    sys.exit(f"{core}, {compiler}: {process.stdout}")
  maps = firmware.glob("kernel_code_*.map")
  return Run(results, {path.stem.removeprefix("kernel_code_"): kernel_bytes(path) for path in maps})


def parse(chosen_from):
  parser = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--cores", default=",".join(layer_list.CORES), help="default: all six")
  parser.add_argument("--compiler", default="gcc", choices=[*COMPILERS, "both"])
  parser.add_argument("--layers", default="", help="a model, or a regular expression")
  parser.add_argument("--model", default="", help="kws, vww, ic or ad")
  parser.add_argument("--check", action="store_true", help="fail past budget.json; prints sums only")
  parser.add_argument("--write-budget", action="store_true")
  parser.add_argument("--write-docs", action="store_true")
  args = parser.parse_args()
  args.cores = args.cores.split(",")
  if any(core not in BOARDS for core in args.cores):
    parser.error(f"--cores takes {', '.join(BOARDS)}")
  args.chosen = [layer for layer in chosen_from
                 if args.model in ("", layer.model) and
                 (args.layers == layer.model or re.search(args.layers, layer.key))]
  if not args.chosen:
    parser.error("no layer fits")
  if len(args.chosen) != len(chosen_from) and (args.write_budget or args.write_docs):
    parser.error("--write-... is for all layers")
  if args.write_docs and (args.compiler != "both" or args.cores != list(layer_list.CORES)):
    parser.error("--write-docs is for all cores and --compiler both")
  return args


def main() -> int:
  args = parse(layer_list.load())
  words = []
  if len({layer.model for layer in args.chosen}) == 1:
    words.append(f"model={args.chosen[0].model}")
  if len(args.chosen) == 1:
    words.append(f"layer={args.chosen[0].name}")

  make_expected()
  compilers = {name: version(name)
               for name in (COMPILERS if args.compiler == "both" else [args.compiler])}
  runs = {}  # (compiler, core)
  complaints = []
  for core in args.cores:
    for compiler, name in compilers.items():
      one = runs[compiler, core] = run(compiler, core, words)
      complaints += [f"{core}, {name}: {layer.key} is wrong: "
                     f"{one.results[layer.key].wrong if layer.key in one.results else 'not run'}"
                     for layer in args.chosen
                     if layer.key not in one.results or one.results[layer.key].wrong]
      print(f"\n{core}, {name}")
      report.print_table(core, args.chosen, one, sums_only=args.check)
      if args.check:
        complaints += budget.check(name, core, one)
  for line in complaints:
    print(line)
  if complaints:
    return 1
  if args.write_budget:
    budget.write({(compilers[compiler], core): one for (compiler, core), one in runs.items()})
  if args.write_docs:
    report.write_docs(ROOT / "docs/kernel_speed.md", compilers, runs)
  return 0


if __name__ == "__main__":
  sys.exit(main())
