#!/usr/bin/env python3
"""Says what a firmware's flash holds, by part, from the linker's map.

Code is all that the firmware has in flash (instructions, constants, initial values of variables)
without the model and without test images. With --budget it must not be larger.
"""

import argparse
import re
import sys

# Object files and archive members as the map names them; the first pattern that matches decides.
PARTS = [
    ("model", r"_models/fashion_mnist\.cc"),
    ("test images", r"_data/(samples|expected)\.cc"),
    ("interpreter", r"libcortico_(runtime|platform_\w+)\.a|_models/linked_ops\.cc"),
    ("ops", r"libcortico_ops\.a"),
    ("kernels", r"libcortico_kernels\.a"),
    ("start-up", r"startup\.cc"),
    ("C library", r"/lib(c|m|g|gcc|stdc\+\+|supc\+\+)(_nano)?\.a"),
    ("application", r"main\.cc"),
]
CODE = ["interpreter", "ops", "kernels", "start-up", "C library", "application"]
# Input sections of the linker scripts' output sections that take flash.
LINE = re.compile(r"^ (\.[\w.$*]+|\*fill\*)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (.+))?$")


def read_map(path):
  """Returns what is linked into .text and .data, (section, bytes, file), and the bytes of both."""
  output, pending, started, total, found = None, None, False, 0, []
  for line in open(path, encoding="utf-8", errors="replace"):
    line = line.rstrip()
    if line.startswith("Linker script and memory map"):
      started = True
    if not started:
      continue
    if re.match(r"^[./a-zA-Z]", line):
      words = line.split()
      output = words[0]
      if output in (".text", ".data") and len(words) > 2:
        total += int(words[2], 16)
        found.append([int(words[1], 16) + int(words[2], 16), 0, None, ""])  # where it ends
      continue
    if output not in (".text", ".data"):
      continue
    # A long name of a section stands on a line of its own.
    if re.match(r"^ \.[^ ]+$", line):
      pending = line.strip()
      continue
    match = LINE.match(line)
    if match and match.group(3) != "0":
      found.append([int(match.group(2), 16), int(match.group(3), 16), match.group(1) or pending,
                    match.group(4) or ""])
    pending = None
  # Of strings that several files share, the map gives each file the size of all.
  found.sort(key=lambda entry: (entry[0], entry[2] is None))
  for here, after in zip(found, found[1:]):
    here[1] = min(here[1], after[0] - here[0])
  return [(section, size, file) for _, size, section, file in found if size != 0], total


def part_of(section, file):
  if section == "*fill*":
    return "padding"
  for part, pattern in PARTS:
    if re.search(pattern, file):
      return part
  return "?"


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("map")
  parser.add_argument("--budget", type=int, help="bytes of code")
  parser.add_argument("--details", action="store_true", help="every section, largest first")
  args = parser.parse_args()
  sizes, details = {}, []
  sections, total = read_map(args.map)
  for section, size, file in sections:
    part = part_of(section, file)
    sizes[part] = sizes.get(part, 0) + size
    details.append((size, part, section, file))
  if args.details:
    for size, part, section, file in sorted(details, reverse=True):
      print(f"{size:8,}  {part:12} {section} {file.rsplit('/', 1)[-1]}")
  unknown = sorted({d[3] for d in details if d[1] == "?"})
  code = sum(sizes.get(part, 0) for part in CODE + ["padding"])
  for part in CODE + ["padding"]:
    print(f"{part:12} {sizes.get(part, 0):8,} B")
  print(f"{'code':12} {code:8,} B")
  for part in ("model", "test images"):
    print(f"{part:12} {sizes.get(part, 0):8,} B")
  if unknown or "model" not in sizes or sum(sizes.values()) != total:
    print(f"size.py: cannot account for all of {args.map} ({sum(sizes.values())} of {total} B), "
          f"unknown: {unknown}")
    return 1
  if args.budget is not None and code > args.budget:
    print(f"size.py: {code:,} B of code are {code - args.budget:,} B more than the budget")
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
