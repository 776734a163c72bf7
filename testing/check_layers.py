#!/usr/bin/env python3
"""Checks who may include whom, by reading the #include lines.

    kernels <- runtime <- ops/*/{op.h,run.cc} <- boards
    the compiler may see all of these; nothing on the target sees the compiler

and that the runtime names no op. Prints each offence as file:line; exits with 1 if there is one.
"""

import argparse
import pathlib
import re
import sys

# Layers, and what each may include besides itself. The first pattern that matches a path decides.
LAYERS = [
    # The host's half of an op, and tests, which run on the host and see everything.
    ("test", r".*(_test|/test|/property|_testing)\.(cc|h)$|.*/testing/.*|^testing/.*|^bench/.*"),
    ("platform", r"^runtime/platform/.*"),
    ("core", r"^runtime/core/.*"),
    ("kernels", r"^kernels/.*"),
    ("runtime", r"^runtime/.*"),
    ("op", r"^ops/[^/]+\.(h|cc)$|^ops/[^/]+/(op\.h|run\.cc|[a-z_]+\.inc)$"),
    ("compiler", r"^ops/[^/]+/.*|^compiler/.*|^python/.*"),
    ("boards", r"^boards/.*"),
    # Firmware and tools that stand on everything, and belong to neither side.
    ("top", r"^examples/.*|^integrations/.*"),
]
MAY_INCLUDE = {
    "core": set(),
    "platform": {"core"},
    "kernels": set(),
    "runtime": {"core", "platform", "kernels"},
    "op": {"core", "platform", "kernels", "runtime"},
    "boards": {"core", "platform", "kernels", "runtime", "op"},
    "compiler": {"core", "platform", "kernels", "runtime", "op", "boards"},
}
# Of the kernels the runtime sees this alone: which family it is built for.
RUNTIME_SEES = {"kernels/common/variants.h"}
# Of the boards the compiler sees their list alone.
COMPILER_SEES = {"boards/boards.inc"}
# (layer, included file): why. One that is not needed any more is an offence.
EXCEPTIONS = {
    ("compiler", "kernels/testing/reference.h"):
        "the plain arithmetic that kernels are tested against is the reference value of the ops too",
}
# Rows generated from the list of ops: a table of them is what a firmware, not the runtime, links.
GENERATED_OP_LISTS = {"ops_list.inc", "ops_includes.inc"}

SKIPPED = {".git", "build", "third_party", "__pycache__"}
SUFFIXES = {".h", ".cc", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
OP_NAME = re.compile(r'"[a-z_0-9]+::[a-z_0-9.]+"|\bops::')


def layer_of(path):
  for name, pattern in LAYERS:
    if re.match(pattern, path):
      return name
  return None


def resolve(root, path, included):
  """The included file's path from the root, or None for one that is not in the tree."""
  for base in (root, (root / path).parent, root / "kernels" / "include"):
    candidate = base / included
    if candidate.is_file():
      return candidate.resolve().relative_to(root.resolve()).as_posix()
  return None


def strip_comments(text):
  """Comments become spaces: the lines keep their numbers."""
  blank = lambda m: re.sub(r"[^\n]", " ", m.group(0)) if m.group(0)[0] == "/" else m.group(0)
  return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.S)


def check_file(root, path, used):
  layer = layer_of(path)
  if layer in (None, "test", "top"):
    return
  text = strip_comments((root / path).read_text(encoding="utf-8"))
  for number, line in enumerate(text.splitlines(), 1):
    if layer in ("core", "platform", "runtime") and OP_NAME.search(line):
      yield f"{path}:{number}: the runtime names an op: {line.strip()}"
    match = INCLUDE.match(line)
    if not match:
      continue
    included = match.group(1)
    if included in GENERATED_OP_LISTS:
      if layer not in ("op", "compiler"):
        yield f"{path}:{number}: {layer} includes the list of ops"
      continue
    target = resolve(root, path, included)
    if target is None:
      continue  # generated, or a system header
    other = layer_of(target)
    if other == layer:
      continue
    if (layer, target) in EXCEPTIONS:
      used.add((layer, target))
    elif other is None or other not in MAY_INCLUDE[layer]:
      yield f"{path}:{number}: {layer} includes {other or 'an unknown layer'}: {included}"
    elif layer == "runtime" and other == "kernels" and target not in RUNTIME_SEES:
      yield f"{path}:{number}: the runtime includes a kernel: {included}"
    elif layer == "compiler" and other == "boards" and target not in COMPILER_SEES:
      yield f"{path}:{number}: the compiler includes a board's code: {included}"


def sources(root):
  for file in sorted(root.rglob("*")):
    path = file.relative_to(root)
    if SKIPPED.isdisjoint(path.parts) and file.suffix in SUFFIXES and file.is_file():
      yield path.as_posix()


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--root", type=pathlib.Path,
                      default=pathlib.Path(__file__).resolve().parent.parent)
  args = parser.parse_args()
  files = list(sources(args.root))
  used = set()
  offences = [offence for path in files for offence in check_file(args.root, path, used)]
  # A file that is not in this tree needs no exception.
  offences += [f"{included}:1: nothing of the {layer} includes it: remove it from EXCEPTIONS"
               for layer, included in EXCEPTIONS
               if (layer, included) not in used and (args.root / included).exists()]
  unknown = [p for p in files if layer_of(p) is None]
  offences += [f"{path}:1: belongs to no layer: add it to testing/check_layers.py"
               for path in unknown]
  for offence in offences:
    print(offence)
  print(f"{len(files)} files, {len(offences)} offences")
  return 1 if offences or not files else 0


if __name__ == "__main__":
  sys.exit(main())
