#!/usr/bin/env python3
"""Runs a firmware on a simulated board, for tests.

The run passed when the firmware printed its marker with the nonce chosen here and the exit code
that was asked for. A simulator that did not start, hung, crashed or printed nothing has failed.
"""

import argparse
import os
import secrets
import subprocess
import sys


def main() -> int:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--board", required=True, help="QEMU machine")
  parser.add_argument("--timeout", type=float, default=60, help="seconds")
  parser.add_argument("--exit", type=int, default=0, help="exit code that counts as passed")
  parser.add_argument("--expect", help="text that the output must hold")
  parser.add_argument("--no-icount", action="store_true", help="real time: no instruction counts")
  parser.add_argument("--full", metavar="WORDS", help="words, separated by semicolons, that stand for "
                      "the firmware's arguments when the environment has CORTICO_FULL=1")
  parser.add_argument("--full-timeout", type=float, help="seconds, then")
  parser.add_argument("--qemu", default="qemu-system-arm")
  parser.add_argument("elf")
  parser.add_argument("words", nargs="*", help="the firmware's arguments, without spaces")
  args = parser.parse_args()
  if args.full is not None and os.environ.get("CORTICO_FULL", "0") != "0":
    args.words = args.full.split(";")
    args.timeout = args.full_timeout or args.timeout

  nonce = secrets.token_hex(8)
  words = [f"nonce={nonce}", *args.words]
  if any(" " in word for word in words):
    parser.error("semihosting joins the words by spaces: a word cannot hold one")
  # In QEMU's option syntax a comma ends a value unless it is doubled.
  config = "".join(",arg=" + word.replace(",", ",,") for word in words)
  command = [
      args.qemu, "-M", args.board, "-display", "none", "-monitor", "none", "-serial", "none",
      "-semihosting-config", "enable=on,target=native" + config, "-kernel", args.elf
  ]
  if not args.no_icount:
    command += ["-icount", "shift=7"]
  try:
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=args.timeout, check=False)
  except subprocess.TimeoutExpired as hung:
    sys.stdout.write((hung.stdout or b"").decode(errors="replace"))
    print(f"FAILED: no end after {args.timeout:g} s")
    return 1
  except OSError as error:
    print(f"FAILED: cannot start {args.qemu}: {error}")
    return 1

  output = run.stdout.decode(errors="replace")
  sys.stdout.write(output)
  marker = f"CORTICO EXIT {args.exit} NONCE {nonce}"
  if marker not in output.splitlines():
    print(f"FAILED: no line '{marker}' (QEMU's exit code was {run.returncode})")
    return 1
  if run.returncode != args.exit & 0xFF:
    print(f"FAILED: exit code {run.returncode}, expected {args.exit}")
    return 1
  if args.expect is not None and args.expect not in output:
    print(f"FAILED: no '{args.expect}' in the output")
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
