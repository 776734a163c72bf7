#!/usr/bin/env python3
"""What run.py concludes from figures: the budget, the linker's map, the list of layers."""

import pathlib
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import budget  # noqa: E402
import layers  # noqa: E402
import run  # noqa: E402

MAP = """
Discarded input sections
 .text.unused   0x00000000      0x500 kernels/libcortico_kernels.a(api.cc.obj)
Linker script and memory map
 .text.arm_a    0x00000010      0x100 kernels/libcortico_kernels.a(api.cc.obj)
 .text._ZN7cortico7kernels10a_very_long_nameE
                0x00000110       0x20 kernels/libcortico_kernels.a(mve.cc.obj)
 .rodata.table  0x00000130        0x8 kernels/libcortico_kernels.a(mve.cc.obj)
 .text.memcpy   0x00000138       0x40 /usr/lib/libc_nano.a(memcpy.o)
 .debug_info    0x00000000     0x9000 kernels/libcortico_kernels.a(mve.cc.obj)
 .bss.x         0x20000000       0x40 kernels/libcortico_kernels.a(mve.cc.obj)
"""


def figures(instructions, code):
  results = {"kws.dw1": types.SimpleNamespace(instructions=instructions)}
  return types.SimpleNamespace(results=results, code={"kws": code})


class BudgetTest(unittest.TestCase):

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.file, budget.FILE = budget.FILE, pathlib.Path(folder.name) / "budget.json"
    self.addCleanup(setattr, budget, "FILE", self.file)
    budget.write({("gcc 12.2.1", "m4"): figures(1000, 500)})

  def test_two_percent_are_free(self):
    self.assertEqual(budget.check("gcc 12.2.1", "m4", figures(1020, 510)), [])
    self.assertEqual(budget.check("gcc 12.2.1", "m4", figures(1, 1)), [])

  def test_more_is_a_complaint(self):
    slower = budget.check("gcc 12.2.1", "m4", figures(1021, 500))
    self.assertEqual(len(slower), 1)
    self.assertIn("kws.dw1 takes 1,021 instructions, 1,000 are", slower[0])
    self.assertIn("kws takes 511 code bytes",
                  budget.check("gcc 12.2.1", "m4", figures(1000, 511))[0])

  def test_another_compiler_only_reports(self):
    self.assertEqual(budget.check("gcc 13.1.0", "m4", figures(9000, 9000)), [])
    self.assertEqual(budget.check("gcc 12.2.1", "m55", figures(9000, 9000)), [])

  def test_a_layer_without_figures_is_a_complaint(self):
    more = figures(1000, 500)
    more.results["kws.new"] = more.results["kws.dw1"]
    self.assertIn("kws.new has no instructions", budget.check("gcc 12.2.1", "m4", more)[0])

  def test_writing_keeps_other_builds(self):
    budget.write({("clang 19.1.7", "m4"): figures(900, 600)})
    self.assertEqual(set(budget.read()), {"gcc 12.2.1", "clang 19.1.7"})


class MapTest(unittest.TestCase):

  def test_code_and_constants_of_the_kernels(self):
    with tempfile.TemporaryDirectory() as folder:
      file = pathlib.Path(folder) / "a.map"
      file.write_text(MAP, encoding="utf-8")
      self.assertEqual(run.kernel_bytes(file), 0x128)


class LayersTest(unittest.TestCase):

  def test_macs_follow_from_the_shapes(self):
    for layer in layers.load():
      s = layer.sizes()
      (oh, ow, oc), (kh, kw), ic = s["output"], s["window"], s["input"][2]
      depth = {"arm_convolve_wrapper_s8": kh * kw * ic, "arm_depthwise_conv_wrapper_s8": kh * kw,
               "arm_fully_connected_s8": ic}.get(layer.api, 0)
      self.assertEqual(layer.macs, oh * ow * oc * depth, layer.key)


if __name__ == "__main__":
  unittest.main()
