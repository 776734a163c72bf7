#!/usr/bin/env python3
"""-DCORTICO_CMSIS_NN=external: the ops against a CMSIS-NN of somebody else's.

Somebody else's is our own, in a folder with headers and an archive and nothing more: that proves the
linkage, not that Arm's library gives the same bits (docs/external_cmsis_nn.md).
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Failed(Exception):
  pass


def run(*command, fails=False):
  print("+", *command, flush=True)
  result = subprocess.run([str(c) for c in command], check=False, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
  if (result.returncode != 0) != fails:
    print(result.stdout)
    raise Failed(f"exit code {result.returncode}")
  return " ".join(result.stdout.split())


def check(condition, what):
  if not condition:
    raise Failed(what)


def defined(nm, file):
  lines = subprocess.run([nm, "--defined-only", str(file)], check=True, text=True,
                         stdout=subprocess.PIPE).stdout.splitlines()
  return {line.split()[-1] for line in lines if line}


def test(args):
  shutil.rmtree(args.work, ignore_errors=True)
  theirs = args.work / "theirs"
  theirs.mkdir(parents=True)
  for header in ("arm_nnfunctions.h", "arm_nn_types.h"):
    shutil.copy(ROOT / "kernels/include" / header, theirs)
  library = theirs / "libtheirs.a"
  shutil.copy(args.library, library)

  build = args.work / "build"
  configure = ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
               f"-DCMAKE_CXX_COMPILER={args.compiler}", "-DCORTICO_BUILD_TESTS=ON",
               "-DCORTICO_CMSIS_NN=external"]
  include = f"-DCORTICO_CMSIS_NN_INCLUDE={theirs}"
  check("there is no arm_nnfunctions.h" in run(*configure, fails=True), "needs the headers")
  check("there is no CORTICO_CMSIS_NN_LIBRARY" in
        run(*configure, include, "-DCORTICO_CMSIS_NN_LIBRARY=absent.a", fails=True),
        "needs the library")
  check("use own or external" in run(*configure, "-DCORTICO_CMSIS_NN=arm", fails=True),
        "takes two words")
  run(*configure, include, f"-DCORTICO_CMSIS_NN_LIBRARY={library}")
  run("cmake", "--build", build, "-j2", "--target", "ops_test")
  run(build / "ops" / "ops_test")

  ours = defined(args.nm, build / "kernels" / "libcortico_kernels.a")
  check(not any(name.startswith("arm_") for name in ours), "ours still has Arm's names")
  check("cortico_fully_connected_kernel_sum_s8" in ours, "our own entry point is missing")
  linked = defined(args.nm, build / "ops" / "ops_test")
  check("arm_convolve_wrapper_s8" in linked, "nothing was linked from theirs")
  read = run("ninja", "-C", build, "-t", "deps")
  check(f"{theirs}/arm_nnfunctions.h" in read, "their headers were not read")
  check(f"{ROOT}/kernels/include" not in read, "our headers were read")


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--library", type=pathlib.Path, required=True, help="libcortico_kernels.a")
  parser.add_argument("--compiler", required=True)
  parser.add_argument("--nm", required=True)
  parser.add_argument("--work", type=pathlib.Path, required=True, help="emptied first")
  args = parser.parse_args()
  args.work = args.work.resolve()
  try:
    test(args)
  except (Failed, OSError, subprocess.CalledProcessError) as error:
    print(f"FAILED: {error}")
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
