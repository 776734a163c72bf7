#!/usr/bin/env python3
"""The firmware engineer's way: install, build examples/firmware outside of the tree, run it.

Also that the kernels may come from another CMSIS-NN, that memory banks arrive where the linker script
puts them, that a program for another family stops the build, and that find_package(cortico) serves a
host project.
"""

import argparse
import pathlib
import re
import secrets
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
BUDGET = 30000  # bytes of code on the M55, without the model
BOARDS = {"m55": "mps3-an547", "m4": "mps2-an386"}

HOST_PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(host LANGUAGES CXX)
find_package(cortico REQUIRED)
add_executable(with_compiler with_compiler.cc)
target_link_libraries(with_compiler PRIVATE cortico::compiler)
add_executable(with_runtime with_runtime.cc)
cortico_add_model(with_runtime "${MODEL}" NAME model)
cortico_add_model(with_runtime "${OTHER}" NAME other)
"""
WITH_COMPILER = """
#include <cstdio>
#include "compiler/pipeline.h"
int main(int, char** argv) {
  const cortico::ExportedProgram program = cortico::ImportPt2(argv[1]);
  std::printf("%zu nodes\\n", program.graph.nodes().size());
  return cortico::TargetConfig::FromString("cortex-m55").isa != cortico::Isa::kMve;
}
"""
# Two models in one program: the table of ops serves both, each arena is large enough to the byte.
WITH_RUNTIME = """
#include "model.h"
#include "other.h"
#include "runtime/model/model.h"
int Run(cortico::Span<const uint8_t> pte, cortico::Arena arena, size_t record_bytes) {
  const auto program = cortico::Program::Open(pte);
  auto loaded = cortico::Model::Load(program.value(), arena);
  if (!loaded.ok()) return 1;
  loaded.value().Run();
  return loaded.value().RecordBytes() != record_bytes;
}
int main() {
  return Run(model::Pte(), model::StaticArena(), model::kRecordBytes) +
         Run(other::Pte(), other::StaticArena(), other::kRecordBytes);
}
"""


class Failed(Exception):
  pass


def run(*command, fails=False, **kwargs):
  print("+", *command, flush=True)
  result = subprocess.run([str(c) for c in command], check=False, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **kwargs)
  if (result.returncode != 0) != fails:
    print(result.stdout)
    raise Failed(f"exit code {result.returncode}")
  return result.stdout


def check(condition, what):
  if not condition:
    raise Failed(what)


def simulate(elf, board):
  nonce = secrets.token_hex(8)
  output = run("qemu-system-arm", "-M", board, "-nographic", "-monitor", "none", "-serial", "none",
               "-semihosting-config", f"enable=on,target=native,arg=nonce={nonce}", "-kernel", elf,
               timeout=300)
  print(output)
  check(f"CORTICO EXIT 0 NONCE {nonce}" in output.splitlines(), "no marker")
  return output


class Path:

  def __init__(self, args):
    self.args = args
    self.work = args.work
    self.prefix = self.work / "install"
    self.cortico = self.prefix / "bin" / "cortico"

  def install(self):
    shutil.rmtree(self.work, ignore_errors=True)
    self.work.mkdir(parents=True)
    run("cmake", "--install", self.args.build, "--prefix", self.prefix)
    check(not re.search(re.escape(str(ROOT)),
                        (self.prefix / "share/cmake/cortico/corticoConfig.cmake").read_text()),
          "the package names the source folder")

  def data(self):
    idx = [self.args.idx_to_npz]
    run(*idx, "--images", DATA / "train-images-idx3-ubyte.gz", "--count", 64,
        "-o", self.work / "calibration.npz")
    run(*idx, "--images", DATA / "t10k-images-idx3-ubyte.gz",
        "--labels", DATA / "t10k-labels-idx1-ubyte.gz", "--count", 5,
        "-o", self.work / "samples.npz")

  def compile(self, name, *options):
    pte = self.work / f"{name}.pte"
    run(self.cortico, "compile", ROOT / "examples/fashion_mnist/fashion_mnist.pt2",
        "--calibrate", self.work / "calibration.npz", "-o", pte, *options)
    run(self.cortico, "run", pte, "--input", self.work / "samples.npz",
        "-o", self.work / f"{name}.npy")
    return pte

  def configure(self, name, core, *options, fails=False):
    folder = self.work / name
    run("cmake", "-S", self.source, "-B", folder, "-G", "Ninja",
        "--toolchain", self.source / "toolchain.cmake", f"-Dcortico_ROOT={self.prefix}",
        f"-DCLASSIFY_CORE={core}", f"-DCLASSIFY_MODEL={self.work / name}.pte",
        f"-DCLASSIFY_SAMPLES={self.work / 'samples.npz'}",
        f"-DCLASSIFY_EXPECTED={self.work / name}.npy", *options)
    return run("cmake", "--build", folder, fails=fails)

  def firmware(self, core, *options):
    self.compile(core, "--target", f"cortex-{core}", "--strip", *options)
    self.configure(core, core)
    for symbol in ("malloc", "_sbrk", "__cxa_throw"):
      check(not re.search(rf" {symbol}$",
                          run("arm-none-eabi-nm", self.work / core / "classify_bare.elf"), re.M),
            f"{symbol} is linked")
    output = simulate(self.work / core / "classify.elf", BOARDS[core])
    check("all logits are those of the host" in output, "other logits than the host's")
    budget = ["--budget", str(BUDGET)] if core == "m55" else []
    print(run(sys.executable, "-B", self.source / "size.py",
              self.work / core / "classify_bare.map", *budget))
    check("budget" in run(sys.executable, "-B", self.source / "size.py", "--budget", "1000",
                          self.work / core / "classify_bare.map", fails=True),
          "size.py knows no budget")

  def banks(self):
    """Banks with names go where the linker script says."""
    self.compile("banks", "--target", "cortex-m55", "--memory", "dtcm=40K,sram=2M")
    self.configure("banks", "m55")
    elf = self.work / "banks" / "classify.elf"
    names = run("arm-none-eabi-nm", "-C", elf)
    for bank, top in (("bank_0", 0x30), ("bank_1", 0x31)):
      match = re.search(rf"^([0-9a-f]+) . .*{bank}$", names, re.M)
      check(match and int(match.group(1), 16) >> 24 == top, f"{bank} is not where it should be")
    simulate(elf, BOARDS["m55"])

  def external(self):
    """The kernels of somebody else's library; here our own, with nothing but headers and archive."""
    theirs = self.work / "theirs"
    theirs.mkdir()
    for header in ("arm_nnfunctions.h", "arm_nn_types.h"):
      shutil.copy(self.prefix / "share/cortico/target/kernels/include" / header, theirs)
    shutil.copy(self.work / "m4" / "cortico" / "libcortico_kernels.a", theirs / "libtheirs.a")
    for suffix in ("pte", "npy"):
      shutil.copy(self.work / f"m4.{suffix}", self.work / f"external.{suffix}")
    self.configure("external", "m4", "-DCORTICO_CMSIS_NN=external",
                   f"-DCORTICO_CMSIS_NN_INCLUDE={theirs}",
                   f"-DCORTICO_CMSIS_NN_LIBRARY={theirs / 'libtheirs.a'}")
    check("libtheirs.a(" in (self.work / "external" / "classify.map").read_text(),
          "nothing was linked from the external library")
    output = simulate(self.work / "external" / "classify.elf", BOARDS["m4"])
    check("all logits are those of the host" in output, "other logits than the host's")

  def wrong_family(self):
    shutil.copy(self.work / "m4.pte", self.work / "wrong.pte")
    shutil.copy(self.work / "m4.npy", self.work / "wrong.npy")
    output = self.configure("wrong", "m55", fails=True)
    check("the program was compiled for DSP cores" in output, "another message was expected")

  def host(self):
    source = self.work / "host_project"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(HOST_PROJECT)
    (source / "with_compiler.cc").write_text(WITH_COMPILER)
    (source / "with_runtime.cc").write_text(WITH_RUNTIME)
    run("cmake", "-S", source, "-B", source / "build", "-G", "Ninja",
        f"-Dcortico_ROOT={self.prefix}", f"-DMODEL={self.work / 'm55.pte'}",
        f"-DOTHER={self.work / 'banks.pte'}")
    run("cmake", "--build", source / "build")
    run(source / "build" / "with_compiler", ROOT / "examples/fashion_mnist/fashion_mnist.pt2")
    run(source / "build" / "with_runtime")

  def all(self):
    self.install()
    # A copy: nothing of the source tree is in reach.
    self.source = self.work / "firmware"
    shutil.copytree(ROOT / "examples" / "firmware", self.source)
    self.data()
    self.firmware("m55")
    self.firmware("m4")
    self.external()
    self.banks()
    self.wrong_family()
    self.host()


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--build", type=pathlib.Path, required=True, help="the host's build folder")
  parser.add_argument("--idx-to-npz", type=pathlib.Path, required=True)
  parser.add_argument("--work", type=pathlib.Path, required=True, help="emptied first")
  args = parser.parse_args()
  args.work = args.work.resolve()
  try:
    Path(args).all()
  except (Failed, OSError, subprocess.TimeoutExpired) as error:
    print(f"FAILED: {error}")
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
