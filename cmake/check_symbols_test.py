#!/usr/bin/env python3
"""Tests of check_symbols.py on the text of nm."""

import unittest

import check_symbols


def _find(*names: str) -> list[str]:
  text = "".join(f"10000{i:03x} T {name}\n" for i, name in enumerate(names))
  return [problem.split(":")[0] for problem in check_symbols.find_forbidden(text)]


class CheckSymbolsTest(unittest.TestCase):

  def test_finds_each_kind(self):
    for name in ("malloc", "free", "_malloc_r", "_free_r", "calloc", "_sbrk", "_sbrk_r", "sbrk",
                 "_Znwj", "_Znaj", "_ZdlPv", "_ZdlPvj", "__cxa_throw", "__cxa_allocate_exception",
                 "__gxx_personality_v0", "_Unwind_RaiseException", "__gnu_unwind_frame", "_ZTI3Foo",
                 "_ZTS3Foo", "__dynamic_cast", "__cxa_guard_acquire", "__cxa_atexit",
                 "__aeabi_atexit", "_GLOBAL__sub_I_main", "_GLOBAL__I_x", "printf", "_fwrite_r"):
      self.assertEqual(_find(name), [name])

  def test_finds_local_and_undefined_symbols_and_clones(self):
    self.assertEqual(len(check_symbols.find_forbidden("         U malloc\n")), 1)
    self.assertEqual(len(check_symbols.find_forbidden("00001234 t _malloc_r.constprop.0\n")), 1)
    self.assertEqual(len(check_symbols.find_forbidden("00001234 W _ZTIi\n")), 1)

  def test_leaves_the_rest_alone(self):
    self.assertEqual(
        _find("main", "memcpy", "__aeabi_unwind_cpp_pr0", "FreeBank", "_ZN7cortico4freeEv",
              "cortico_free_begin", "_ZTV3Foo", "mallocator", ".L1", "$t", "$d.1"), [])

  def test_names_every_problem(self):
    self.assertEqual(_find("main", "malloc", "_ZTI3Foo"), ["malloc", "_ZTI3Foo"])


if __name__ == "__main__":
  unittest.main()
