#!/usr/bin/env python3
"""Fails when a linked firmware holds a trace of heap, exceptions, RTTI or global constructors.

The text of `nm` is all it reads, so that a test can hand it one: check_symbols.py --text FILE.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# What must not be in a firmware, and what it tells when it is.
FORBIDDEN = [
    (r"_?(malloc|free|calloc|realloc)(_r)?", "heap"),
    (r"_sbrk(_r)?|sbrk", "heap"),
    (r"_Zn[wa][jm].*", "heap: operator new"),
    (r"_Zd[la]Pv.*", "heap: operator delete"),
    (r"__cxa_(throw|rethrow|allocate_exception|begin_catch|end_catch)|__gxx_personality_.*",
     "exceptions"),
    (r"_Unwind_.*|__gnu_unwind_.*|__gnu_Unwind_.*", "unwinder"),
    (r"_ZT[IS].*|__dynamic_cast", "RTTI"),
    (r"__cxa_guard_.*", "guarded static: a function's local static with a constructor"),
    (r"__cxa_atexit|__aeabi_atexit|atexit", "global destructor"),
    (r"_GLOBAL__(sub_)?[ID].*|__libc_init_array", "global constructor"),
    (r"_?(printf|sprintf|snprintf|vfprintf|fwrite|fopen)(_r)?", "newlib's stdio"),
]


def find_forbidden(nm_text: str) -> list[str]:
  """One line for each forbidden symbol of `nm`'s default format, undefined ones included."""
  problems = []
  for line in nm_text.splitlines():
    # [address] type name; a local symbol may carry a suffix of the optimiser (.constprop.0).
    match = re.match(r"^(?:[0-9a-fA-F]+)?\s*([A-Za-z?])\s+(\S+)$", line)
    if match is None:
      continue
    name = match.group(2).split(".")[0] or match.group(2)
    for pattern, meaning in FORBIDDEN:
      if re.fullmatch(pattern, name):
        problems.append(f"{match.group(2)}: {meaning}")
        break
  return problems


def main() -> int:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--nm", default="arm-none-eabi-nm")
  parser.add_argument("--text", action="store_true", help="the file is the output of nm")
  parser.add_argument("file", type=pathlib.Path)
  args = parser.parse_args()

  if args.text:
    text = args.file.read_text()
  else:
    text = subprocess.run([args.nm, str(args.file)], check=True, capture_output=True,
                          text=True).stdout
  # A stripped file would pass for the wrong reason.
  if not text.strip():
    print(f"{args.file}: no symbols to look at")
    return 1
  problems = find_forbidden(text)
  for problem in problems:
    print(f"{args.file}: {problem}")
  return 1 if problems else 0


if __name__ == "__main__":
  sys.exit(main())
