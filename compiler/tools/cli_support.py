"""What the tests of the command share: the files they make, the command run, its promises checked.

The first three arguments of the test are CORTICO CORTICO_OPT MODEL.pt2.
"""
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

CORTICO, OPT, MODEL = sys.argv[1:4]


def npy(sizes, values, kind="f"):
    """Bytes of a .npy file: kind 'f' is float32, 'q' int64, 'b' int8."""
    descr = {"f": "<f4", "q": "<i8", "b": "|i1"}[kind]
    shape = "".join(f"{n}, " for n in sizes)
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack(f"<{len(values)}{kind}", *values))


def read_npy(data):
    """(sizes, values) of a float32 .npy file."""
    length = struct.unpack("<H", data[8:10])[0]
    header = data[10:10 + length].decode()
    assert "'<f4'" in header, header
    sizes = [int(n) for n in re.search(r"\((.*?)\)", header).group(1).split(",") if n.strip()]
    body = data[10 + length:]
    return sizes, list(struct.unpack(f"<{len(body) // 4}f", body))


def npz(path, arrays):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in arrays.items():
            archive.writestr(name + ".npy", data)


def images(count, seed=1):
    rng = random.Random(seed)
    return [rng.random() for _ in range(count * 28 * 28)]


def run(*args, stdin=b"", tool=None, env=None):
    return subprocess.run([tool or CORTICO, *map(str, args)], input=stdin, capture_output=True,
                          timeout=300, env={**os.environ, **(env or {})})


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cortico_cli_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, data=b""):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def data(self, name="data.npz", count=8, labels=None):
        path = self.folder / name
        arrays = {"x": npy([count, 1, 28, 28], images(count))}
        arrays["y"] = npy([count], labels or [i % 10 for i in range(count)], "q")
        npz(path, arrays)
        return path

    def ok(self, *args, **kwargs):
        result = run(*args, **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr.decode() or result.stdout[:1000])
        return result

    def json(self, *args, **kwargs):
        report = json.loads(self.ok(*args, "--json", **kwargs).stdout)
        self.assertIs(report["ok"], True)
        return report

    def fails(self, code, *args, says=(), **kwargs):
        before = sorted(os.listdir(self.folder))
        result = run(*args, **kwargs)
        text = result.stderr.decode()
        self.assertEqual(result.returncode, code, text or result.stdout[:1000])
        for words in says:
            self.assertIn(words, text)
        self.assertTrue(text.startswith("error: ") or "\nerror: " in text, text)
        self.assertEqual(sorted(os.listdir(self.folder)), before, "a failure left a file")
        return result

    def program(self, name="model.pte", *flags):
        path = self.folder / name
        self.ok("compile", MODEL, "--calibrate", self.data("calibration.npz"), "-o", path, *flags)
        return path
