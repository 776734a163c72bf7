"""Tables: one build on the terminal, all of them in docs/kernel_speed.md."""

import layers as layer_list

# CMSIS-NN's kernels, whole models, instructions, the best of four builds. M33 and M7 are within
# 1.1 % of M4.
BEST_TOTAL = {
    "kws": {"m55": 1753e3, "m4": 7419e3, "m3": 10089e3, "m0": 24930e3},
    "vww": {"m55": 6250e3, "m4": 23423e3, "m3": 30635e3, "m0": 74340e3},
    "ic": {"m55": 4568e3, "m4": 28289e3, "m3": 37251e3, "m0": 97580e3},
    "ad": {"m55": 60.8e3, "m4": 570.1e3, "m3": 941.0e3, "m0": 1756e3},
}
# What ours may be of it; "depthwise": those layers of a model against the sum of layers.csv.
WANTED = {
    "m55": {"kws": 0.45, "vww": 0.45, "ic": 0.48, "ad": 0.90, "depthwise": 0.35},
    "m4": {"kws": 0.50, "vww": 0.50, "ic": 0.58, "ad": 0.75, "depthwise": 0.30},
    "m3": {"kws": 0.58, "vww": 0.58, "ic": 0.70, "ad": 0.78, "depthwise": 0.32},
    "m0": {"kws": 0.50, "vww": 0.50, "ic": 0.55, "ad": 0.68, "depthwise": 0.30},
}
# Code and constants of CMSIS-NN's kernels for kws, gcc 12.2.
CODE_WANTED = {"m55": 16712, "m4": 22448, "m3": 16156, "m0": 18092}
# int8 products an instruction can add at most.
MACS_LIMIT = {"m55": 16, "m33": 2, "m7": 2, "m4": 2, "m3": 1, "m0": 1}


def like(core: str) -> str:
  return "m4" if core in ("m7", "m33") else core


def by_model(chosen) -> dict:
  models = {}
  for layer in chosen:
    models.setdefault(layer.model, []).append(layer)
  return models


def total(run, layers):
  """None when a layer is missing or wrong."""
  results = [run.results.get(layer.key) for layer in layers]
  if any(result is None or result.wrong for result in results):
    return None
  return sum(result.instructions for result in results)


def is_depthwise(layer) -> bool:
  return "depthwise" in layer.api


def print_table(core: str, chosen, run, sums_only: bool) -> None:
  print(f"{'':<16}{'ours':>12}{'baseline':>12}{'ratio':>8}", end="")
  print("" if sums_only else f"{'MACs/instr':>12}{'stack':>7}{'scratch':>9}")
  for layer in chosen:
    result = run.results.get(layer.key)
    if sums_only or result is None or result.wrong:
      continue
    macs = f"{layer.macs / result.instructions:.3f}" if layer.macs else ""
    base = layer.baseline[core]
    print(f"{layer.key:<16}{result.instructions:>12,}{base:>12,}{result.instructions / base:>8.3f}"
          f"{macs:>12}{result.stack:>7}{result.scratch:>9}")
  whole_models = by_model(layer_list.load())
  for model, layers in by_model(chosen).items():
    if layers != whole_models[model]:
      continue
    rows = [(f"{model} sum", layers, BEST_TOTAL[model][like(core)], WANTED[like(core)][model])]
    depthwise = [layer for layer in layers if is_depthwise(layer)]
    if depthwise:
      rows.append((f"{model} depthwise", depthwise,
                   sum(layer.baseline[core] for layer in depthwise), WANTED[like(core)]["depthwise"]))
    for name, part, base, wanted in rows:
      ours = total(run, part)
      if ours is not None:
        print(f"{name:<16}{ours:>12,}{base:>12,.0f}{ours / base:>8.3f}   wanted {wanted:.2f}")
    print(f"{model + ' code':<16}{run.code[model]:>12,}", end="")
    limit = CODE_WANTED.get(core) if model == "kws" else None
    print(f"{limit:>12,}{run.code[model] / limit:>8.3f}" if limit else "")


# ---- docs/kernel_speed.md ------------------------------------------------------------------------

HEAD = """# Instructions of the kernels

Made by `bench/kernels/run.py --compiler both --write-docs`; compilers: {compilers}, with the flags of
the presets (`-O2`). Counted in QEMU 7.2 with `-icount`: instructions, not cycles. Every output byte of
every layer equals the reference, on every board, with both compilers.

The layers are those of the four MLPerf Tiny models (`bench/kernels/layers.csv`, with the figures of
Arm's CMSIS-NN on the same simulators, built with gcc 12.2 `-O3`), operands are synthetic. A call is
one of CMSIS-NN's entry points with the API's weights and scratch of exactly Arm's size.

"""


def mark(value: float, wanted: float) -> str:
  return f"{value:.3f}" if value <= wanted else f"**{value:.3f}**"


def sums(compilers, runs) -> str:
  out = ["## Whole models\n",
         "Sum over the layers, the better compiler for the whole model, over the best of four builds of "
         "CMSIS-NN. depthwise: these layers alone, over the CSV. Bold: more than wanted.\n",
         "| core | " + " | ".join(f"{m}, wanted" for m in BEST_TOTAL) +
         " | depthwise of kws, of vww, wanted | stack, at most |",
         "|---|" + "---|" * (len(BEST_TOTAL) + 2)]
  models = by_model(layer_list.load())
  for core in reversed(layer_list.CORES):
    cells = []
    depthwise = []
    for model, layers in models.items():
      part = [layer for layer in layers if is_depthwise(layer)]
      totals = {c: total(runs[c, core], layers) for c in compilers}
      best = min(totals, key=totals.get)
      wanted = WANTED[like(core)][model]
      ratio = totals[best] / BEST_TOTAL[model][like(core)]
      cells.append(f"{mark(ratio, wanted)} ({best}), {wanted:.2f}")
      if part:
        ratio = total(runs[best, core], part) / sum(layer.baseline[core] for layer in part)
        depthwise.append(mark(ratio, WANTED[like(core)]["depthwise"]))
    stack = max(r.stack for c in compilers for r in runs[c, core].results.values())
    wanted = WANTED[like(core)]["depthwise"]
    out.append(f"| {core} | {' | '.join(cells)} | {', '.join(depthwise)}, {wanted:.2f} | {stack} |")
  return "\n".join(out) + "\n"


def totals_table(compilers, runs) -> str:
  out = ["## Instructions of whole models\n",
         "| core | " + " | ".join(f"{m} {c}" for m in BEST_TOTAL for c in [*compilers, "CMSIS-NN"]) +
         " |", "|---|" + "---:|" * (len(BEST_TOTAL) * (len(compilers) + 1))]
  models = by_model(layer_list.load())
  for core in reversed(layer_list.CORES):
    cells = []
    for model, layers in models.items():
      cells += [f"{total(runs[c, core], layers):,}" for c in compilers]
      cells.append(f"{BEST_TOTAL[model][like(core)]:,.0f}")
    out.append(f"| {core} | {' | '.join(cells)} |")
  return "\n".join(out) + "\n"


def code(compilers, runs) -> str:
  names = [*BEST_TOTAL, *sorted({layer.api for layer in layer_list.load()})]
  out = ["## Code\n",
         "Bytes of code and constants of our kernels in a firmware that calls the functions of a model, "
         "or one function, and nothing else: wrappers are in, the compiler's own library is not. "
         "`kws wanted`: what CMSIS-NN's take (gcc). Bold: more.\n",
         "| | " + " | ".join(f"{core} {c}" for core in reversed(layer_list.CORES) for c in compilers) +
         " |", "|---|" + "---:|" * (len(layer_list.CORES) * len(compilers))]
  for name in names:
    cells = []
    for core in reversed(layer_list.CORES):
      for compiler in compilers:
        size = runs[compiler, core].code[name]
        limit = CODE_WANTED.get(core, size) if name == "kws" and compiler == "gcc" else size
        cells.append(f"{size:,}" if size <= limit else f"**{size:,}**")
    out.append(f"| {name} | {' | '.join(cells)} |")
  cells = [f"{CODE_WANTED[core]:,}" if core in CODE_WANTED and compiler == "gcc" else ""
           for core in reversed(layer_list.CORES) for compiler in compilers]
  out.append(f"| kws wanted | {' | '.join(cells)} |")
  return "\n".join(out) + "\n"


def layer_tables(core: str, compilers, runs) -> str:
  limit = MACS_LIMIT[core]
  out = [f"## {core}\n",
         f"ratio, MACs per instruction and its share of the limit of the instruction set ({limit}) are "
         "of the better compiler for the layer; scratch in bytes.\n",
         "| layer | shape | " + " | ".join(compilers) +
         " | CMSIS-NN | ratio | MACs/instr. | share | scratch |",
         "|---|---|" + "---:|" * (len(compilers) + 5)]
  for layer in layer_list.load():
    found = [runs[c, core].results[layer.key] for c in compilers]
    best = min(result.instructions for result in found)
    speed = layer.macs / best
    base = layer.baseline[core]
    out.append(f"| {layer.key} | {layer.shape} | " +
               " | ".join(f"{result.instructions:,}" for result in found) +
               f" | {base:,} | {mark(best / base, 1)} | " +
               (f"{speed:.2f} | {speed / limit:.0%}" if layer.macs else "|") +
               f" | {found[0].scratch} |")
  return "\n".join(out) + "\n"


def write_docs(path, compilers, runs) -> None:
  parts = [HEAD.format(compilers=", ".join(compilers.values())) + sums(compilers, runs),
           totals_table(compilers, runs), code(compilers, runs)]
  parts += [layer_tables(core, compilers, runs) for core in reversed(layer_list.CORES)]
  path.write_text("\n".join(parts), encoding="ascii")
