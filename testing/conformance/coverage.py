#!/usr/bin/env python3
"""Writes docs/coverage.md: every op, how many cases try it, where; and beside it what the peer has.

Usage: coverage.py CORTICO CONFORMANCE_TEST ZOO_TABLE   (a Python with executorch: build/venv/bin/python)
"""

import collections
import importlib.util
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def peers() -> set:
  """Names in the installed executorch's registration file."""
  spec = importlib.util.find_spec("executorch")
  folder = pathlib.Path(next(iter(spec.submodule_search_locations)))
  text = (folder / "backends/cortex_m/ops/operators.yaml").read_text(encoding="utf-8")
  return set(re.findall(r"func: (\w+::\w+)\.", text))


def main() -> None:
  cortico, conformance, zoo = sys.argv[1:]
  ops = json.loads(subprocess.run([cortico, "ops", "--json"], check=True, capture_output=True).stdout)
  cases = collections.Counter()
  listing = subprocess.run([conformance, "--list"], check=True, capture_output=True, text=True).stdout
  for line in listing.splitlines():
    for op in line.split("\t")[1].split():
      cases[op] += 1
  total = len(listing.splitlines())
  theirs = peers()
  lines = [
      "# What is covered", "",
      "Made by `testing/conformance/coverage.py`. A case is a small float program that must become the op;",
      f"`conformance_test` takes all {total} through the dialect test and, as bytes, through the kernels on the",
      "host and on the boards of M0, M3, M4, M7, M33 and M55 (`conformance.<core>`). An op without a case of its",
      "own is tried by the cases of others, by programs of ExecuTorch, or by its folder's `test.cc`.", "",
      "| op | types | scalar, DSP, MVE | cases | made from | ExecuTorch's backend |", "|---|---|---|---|---|---|"]
  for op in ops["ops"]:
    made = sorted({" + ".join(name.split(".")[1] for name in chain) for chain in op["patterns"]})
    made = [name for name in made if not name.endswith("_")]
    lines.append(f"| `{op['name']}` | {op['types']} | all | {cases[op['name']] or ''} | {', '.join(made)} | "
                 f"{'yes' if op['name'] in theirs else ''} |")
  missing = sorted(theirs - {op["name"] for op in ops["ops"]})
  rest = f"not here yet: {', '.join(f'`{name}`' for name in missing)}" if missing else "all are here"
  lines += ["", f"Of the {len(theirs)} ops of ExecuTorch's backend {rest}.", "",
            "## Networks", "",
            "`examples/zoo`, random weights; nothing left in float, the host's bytes on M55 and M4",
            "(`testing/python/zoo_test.py`). Beside it torchao with the same scheme (int8 per tensor, weights per",
            "channel, histogram observers), run as fake-quantized float.", ""]
  lines += pathlib.Path(zoo).read_text(encoding="utf-8").splitlines()
  (ROOT / "docs/coverage.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
  main()
