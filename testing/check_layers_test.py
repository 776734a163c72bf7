#!/usr/bin/env python3
"""check_layers.py must refuse what it is there for, and nothing else."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "check_layers.py"

# A tree in which everything is as it should be.
GOOD = {
    "kernels/include/arm_nnfunctions.h": "",
    "kernels/common/variants.h": "",
    "kernels/add/scalar.cc": '#include "kernels/common/variants.h"\n',
    "runtime/core/tensor.h": "",
    "runtime/platform/platform.h": "",
    "runtime/model/model.cc": '#include "runtime/core/tensor.h"\n'
                              '#include "kernels/common/variants.h"\n'
                              '// such as "cortex_m::add"\n',
    "ops/checks.h": "",
    "ops/add/op.h": '#include "runtime/core/tensor.h"\n',
    "ops/add/run.cc": '#include "ops/add/op.h"\n#include "arm_nnfunctions.h"\n',
    "ops/add/lower.cc": '#include "compiler/graph/graph.h"\n#include "ops/add/op.h"\n',
    "ops/add/test.cc": '#include "compiler/graph/graph.h"\n',
    "ops/all_ops.cc": '#include "ops_list.inc"\n',
    "compiler/graph/graph.h": '#include "runtime/core/tensor.h"\n#include "boards/boards.inc"\n',
    "boards/boards.inc": "",
    "boards/common/board.h": "",
    "boards/runner/main.cc": '#include "ops/add/op.h"\n#include "boards/common/board.h"\n',
}

BAD = {
    "a kernel that sees the runtime":
        ("kernels/add/scalar.cc", '#include "runtime/core/tensor.h"', "kernels includes core"),
    "the runtime that sees a kernel":
        ("runtime/model/model.cc", '#include "arm_nnfunctions.h"', "includes a kernel"),
    "the runtime that sees an op":
        ("runtime/model/model.cc", '#include "ops/add/op.h"', "runtime includes op"),
    "the runtime that sees the list of ops":
        ("runtime/model/model.cc", '#include "ops_list.inc"', "includes the list of ops"),
    "the runtime that names an op":
        ("runtime/model/model.cc", 'bool b = name == "cortex_m::add";', "names an op"),
    "the runtime that names an op's type":
        ("runtime/model/model.cc", "ops::Add add;", "names an op"),
    "the runtime that sees the compiler":
        ("runtime/model/model.cc", '#include "compiler/graph/graph.h"', "includes compiler"),
    "core that sees the model":
        ("runtime/core/tensor.h", '#include "runtime/model/model.cc"', "core includes runtime"),
    "an op's target half that sees the compiler":
        ("ops/add/run.cc", '#include "compiler/graph/graph.h"', "op includes compiler"),
    "an op's header that does, from afar":
        ("ops/add/op.h", ' # include "../../compiler/graph/graph.h"', "op includes compiler"),
    "a firmware that sees the compiler":
        ("boards/runner/main.cc", '#include "compiler/graph/graph.h"', "boards includes compiler"),
    "the compiler that sees a board's code":
        ("compiler/graph/graph.h", '#include "boards/common/board.h"', "a board's code"),
    "target code that sees the host's half of an op":
        ("ops/add/run.cc", '#include "ops/add/lower.cc"', "op includes compiler"),
    "a folder that nobody thought of":
        ("elsewhere/file.cc", "", "belongs to no layer"),
}


def run(files):
  with tempfile.TemporaryDirectory() as folder:
    for path, text in files.items():
      file = pathlib.Path(folder) / path
      file.parent.mkdir(parents=True, exist_ok=True)
      file.write_text(text, encoding="utf-8")
    result = subprocess.run([sys.executable, str(SCRIPT), "--root", folder], check=False,
                            capture_output=True, text=True)
    return result.returncode, result.stdout


class CheckLayersTest(unittest.TestCase):

  def test_good_tree(self):
    self.assertEqual(run(GOOD), (0, f"{len(GOOD)} files, 0 offences\n"))

  def test_empty_tree(self):
    self.assertEqual(run({})[0], 1)

  def test_each_offence(self):
    for what, (path, line, message) in BAD.items():
      with self.subTest(what):
        code, output = run({**GOOD, path: GOOD.get(path, "") + line + "\n"})
        self.assertEqual(code, 1)
        self.assertIn(message, output)
        self.assertIn("1 offences", output)

  def test_an_exception_that_nobody_needs(self):
    code, output = run({**GOOD, "kernels/testing/reference.h": ""})
    self.assertEqual(code, 1)
    self.assertIn("remove it from EXCEPTIONS", output)

  def test_comments_are_no_offence(self):
    commented = GOOD["kernels/add/scalar.cc"] + '// #include "runtime/core/tensor.h"\n'
    self.assertEqual(run({**GOOD, "kernels/add/scalar.cc": commented})[0], 0)


if __name__ == "__main__":
  unittest.main()
