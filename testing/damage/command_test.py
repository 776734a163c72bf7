#!/usr/bin/env python3
"""Damaged files through the command: exit code 1, one line per problem that names the file, and
no output or temporary file left behind.

usage: command_test.py CORTICO MODEL.pt2

The thorough search is damage_test's, in process. This is a sample of it, and what only a process
shows: exit codes, streams, and what lies in the folder afterwards.
"""
import io
import json
import os
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

TOOL = ""
MODEL = ""
SEED = int(os.environ.get("CORTICO_DAMAGE_SEED", "1"), 0)
SECONDS = 120  # per command; a sanitized build on a loaded machine takes a few
MESSAGE = re.compile(r"(error|warning|note): \S|\d+ errors$")


def npy(values, shape, descr="<f4", code="f"):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (descr, tuple(shape))
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    data = struct.pack("<%d%s" % (len(values), code), *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def npz(arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(name + ".npy", array)
    return file.getvalue()


def rewritten(archive, change):
    """The archive with its entries passed through change(name, bytes); None leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            data = change(entry.filename, old.read(entry))
            if data is not None:
                new.writestr(entry.filename, data)
    return out.getvalue()


def entry_changed(archive, suffix, change):
    def one(name, data):
        return change(data) if name.endswith(suffix) else data

    return rewritten(archive, one)


def document_changed(archive, change):
    def one(data):
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return entry_changed(archive, "models/model.json", one)


def cut_lengths(size):
    return [1, 3, 30, 64, size // 4, size // 2, size - 100, size - 1]


def images(count, rng):
    return npy([rng.uniform(-1, 1) for _ in range(count * 784)], (count, 1, 28, 28))


class CommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="cortico_damage_")
        rng = random.Random(SEED)
        with open(MODEL, "rb") as file:
            cls.model = file.read()
        cls.data = npz({"x": images(2, rng)})
        cls.good = os.path.join(cls.folder.name, "good")
        os.mkdir(cls.good)
        cls.model_path = os.path.join(cls.good, "model.pt2")
        cls.data_path = os.path.join(cls.good, "data.npz")
        cls.input_path = os.path.join(cls.good, "x.npy")
        cls.program_path = os.path.join(cls.good, "model.pte")
        for path, content in ((cls.model_path, cls.model), (cls.data_path, cls.data),
                              (cls.input_path, images(1, rng))):
            with open(path, "wb") as file:
                file.write(content)
        result = cls.call(["compile", cls.model_path, "--calibrate", cls.data_path,
                           "-o", cls.program_path])
        if result.returncode != 0:
            raise RuntimeError("the sound model does not compile:\n" + result.stderr.decode())
        with open(cls.program_path, "rb") as file:
            cls.program = file.read()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def call(cls, args, **options):
        # Without a simulator: programs that happen to load are not worth its start.
        env = dict(os.environ, PATH="", ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")
        options.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([TOOL] + args, stderr=subprocess.PIPE, env=env, timeout=SECONDS,
                              check=False, **options)

    def setUp(self):
        self.work = os.path.join(self.folder.name, self.id().split(".")[-1])
        os.mkdir(self.work)

    def write(self, name, content):
        path = os.path.join(self.work, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def check_messages(self, result, named=None):
        lines = result.stderr.decode(errors="replace").splitlines()
        for line in lines:
            self.assertRegex(line, MESSAGE)
            self.assertNotRegex(line, "[\x00-\x1f\x7f]")
        if named is not None:
            self.assertTrue(any(line.startswith("error: ") and named in line for line in lines),
                            "%r names no %s" % (lines, named))

    def refused(self, args, named, code=1, **options):
        """The command fails as it should, and leaves the folder as it was."""
        before = self.files()
        result = self.call(args, **options)
        with self.subTest(args=args):
            self.assertEqual(result.returncode, code, result.stderr.decode(errors="replace"))
            self.check_messages(result, named)
            self.assertEqual(self.files(), before)
        return result

    def files(self):
        found = {}
        for folder, _, names in os.walk(self.work):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def out(self, name="out.pte"):
        return os.path.join(self.work, name)

    def compile_refused(self, content, name="bad.pt2"):
        path = self.write(name, content)
        self.refused(["compile", path, "--calibrate", self.data_path, "-o", self.out()], path)
        self.refused(["compile", path, "--calibrate", self.data_path], path)
        os.remove(path)

    # ---- models ----------------------------------------------------------------------------------

    def test_models_cut(self):
        for length in cut_lengths(len(self.model)):
            path = self.write("bad.pt2", self.model[:length])
            self.refused(["compile", path, "--calibrate", self.data_path, "-o", self.out()], path)
            self.refused(["analyze", path], path)

    def test_models_damaged_inside(self):
        graph = lambda document: document["graph_module"]["graph"]
        nodes = lambda document: graph(document)["nodes"]
        changes = [
            lambda d: d.pop("graph_module"),
            lambda d: d["schema_version"].update(major=-1),
            lambda d: d["schema_version"].update(major=2**63),
            lambda d: graph(d).update(nodes=7),
            lambda d: d["graph_module"]["signature"].update(input_specs=None),
            lambda d: nodes(d).insert(0, nodes(d)[5]),
            lambda d: nodes(d)[0].update(target="torch.ops.aten.no_such_op.default"),
            lambda d: nodes(d)[0].update(inputs={"as_int": -1}),
            lambda d: graph(d).update(tensor_values={}),
            lambda d: [v.update(dtype=2**31) for v in graph(d)["tensor_values"].values()],
            lambda d: [v.update(sizes=[{"as_int": -1}]) for v in graph(d)["tensor_values"].values()],
            lambda d: nodes(d)[0].update(target="a\nb\x1b[31m"),
        ]
        for change in changes:
            self.compile_refused(document_changed(self.model, change))
        texts = [b"", b"{", b"[" * 100000, b"1e400", b"\xff\xfe", b'{"graph_module": 1e400}']
        for text in texts:
            self.compile_refused(entry_changed(self.model, "models/model.json", lambda _: text))
        self.compile_refused(entry_changed(self.model, "weight_33", lambda data: data[:-4]))
        self.compile_refused(entry_changed(self.model, "weight_33", lambda _: None))
        self.compile_refused(entry_changed(self.model, "archive_format", lambda _: None))

    def test_what_is_no_model(self):
        for content in (b"", b"PK", b"hello", self.program, b"\x80\x02}q\x00.", bytes(100000)):
            self.compile_refused(content)

    def test_name_that_needs_care(self):
        path = self.write("a model (%s) é.pt2", self.model[:1000])
        self.refused(["compile", path, "--calibrate", self.data_path], path)

    # ---- programs --------------------------------------------------------------------------------

    def test_programs_cut(self):
        for length in [0] + cut_lengths(len(self.program)):
            path = self.write("bad.pte", self.program[:length])
            self.refused(["analyze", path], path)
            self.refused(["run", path, "--input", self.input_path, "-o", self.out("y.npy")], path)

    def test_programs_damaged(self):
        """Some damage stays unseen, as when it hits a weight; then there is a result."""
        rng = random.Random(SEED)
        for number in range(24):
            bad = bytearray(self.program)
            for _ in range(4):
                at = rng.randrange(0, len(bad) if number % 4 == 0 else 4096) & ~3
                bad[at:at + 4] = struct.pack("<I", rng.choice([0, 1, 2**31, 2**32 - 1, 0x1000]))
            path = self.write("bad.pte", bytes(bad))
            for args, output in ((["analyze", path], None),
                                 (["run", path, "--input", self.input_path], self.out("y.npy"))):
                before = self.files()
                result = self.call(args + (["-o", output] if output else []))
                with self.subTest(seed=SEED, number=number, args=args):
                    self.assertIn(result.returncode, (0, 1), result.stderr.decode())
                    if result.returncode == 0:
                        self.check_messages(result)
                        if output:
                            os.remove(output)
                    else:
                        self.check_messages(result, path)
                    self.assertEqual(self.files(), before)

    def test_standard_input(self):
        result = self.refused(["analyze", "-"], "standard input", input=self.program[:5000])
        self.assertEqual(result.stdout, b"")
        result = self.refused(["compile", "-", "--calibrate", self.data_path, "-o", "-"],
                              "standard input", input=self.model[:5000])
        self.assertEqual(result.stdout, b"")

    def test_json_report_of_a_failure(self):
        path = self.write("bad.pte", self.program[:5000])
        result = self.refused(["analyze", path, "--json"], path)
        report = json.loads(result.stdout)
        self.assertIs(report["ok"], False)
        self.assertEqual(report["exit_code"], 1)

    # ---- data ------------------------------------------------------------------------------------

    def test_data_cut(self):
        for length in [0] + cut_lengths(len(self.data)):
            path = self.write("bad.npz", self.data[:length])
            self.refused(["compile", self.model_path, "--calibrate", path, "-o", self.out()], path)
            self.refused(["run", self.program_path, "--input", path, "-o", self.out("y.npy")], path)

    def test_data_damaged(self):
        good = npy([0.0] * 784, (1, 1, 28, 28))
        header = lambda old, new: good.replace(old, new.ljust(len(old)))
        arrays = {
            "negative": header(b"(1, 1, 28, 28)", b"(-1, 1, 28, 2)"),
            "huge": header(b"(1, 1, 28, 28)", b"(9999999999,9)"),
            "objects": header(b"'<f4'", b"'|O' "),
            "big_endian": header(b"'<f4'", b"'>f4'"),
            "no_header": good[:20] + bytes(100),
            "other_shape": npy([0.0] * 783, (1, 1, 27, 29)),
            "nan": npy([float("nan")] * 784, (1, 1, 28, 28)),
            "integers": npy([1] * 784, (1, 1, 28, 28), "<i4", "i"),
        }
        for name, array in arrays.items():
            for path in (self.write(name + ".npy", array),
                         self.write(name + ".npz", npz({"x": array}))):
                self.refused(["run", self.program_path, "--input", path, "-o", self.out("y.npy")],
                             path)

    # ---- paths -----------------------------------------------------------------------------------

    def test_missing_files_and_folders(self):
        missing = os.path.join(self.work, "missing")
        empty = os.path.join(self.work, "folder")
        os.mkdir(empty)
        for path in (missing, empty):
            self.refused(["compile", path, "--calibrate", self.data_path, "-o", self.out()], path)
            self.refused(["compile", self.model_path, "--calibrate", path, "-o", self.out()], path)
            self.refused(["analyze", path], path)
            self.refused(["run", path, "--input", self.input_path], path)
            self.refused(["run", self.program_path, "--input", path], path)

    def outputs(self, output, named, **options):
        """Every command that writes, with an output that cannot be written."""
        self.refused(["compile", self.model_path, "--calibrate", self.data_path, "-o", output],
                     named, **options)
        self.refused(["run", self.program_path, "--input", self.input_path, "-o", output], named,
                     **options)

    def test_output_that_cannot_be_written(self):
        self.outputs("/dev/full", "/dev/full")
        folder = os.path.join(self.work, "folder")
        os.mkdir(folder)
        self.outputs(folder, folder)
        # Nothing keeps root from writing, except where there is no such thing as a file.
        sealed = "/proc" if os.geteuid() == 0 else os.path.join(self.work, "sealed")
        if sealed != "/proc":
            os.mkdir(sealed, 0o555)
        path = os.path.join(sealed, "cortico_damage.pte")
        self.outputs(path, path)

    def test_output_folder_that_is_missing(self):
        path = os.path.join(self.work, "missing", "out.pte")
        self.outputs(path, os.path.dirname(path), code=2)

    def test_disk_full(self):
        """The output ends after 100 bytes; what was there before is still there."""
        for output in (self.out("new.bin"), self.write("old.bin", b"precious")):
            self.outputs(output, output, restore_signals=False,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))

    def test_failure_keeps_the_old_output(self):
        output = self.write("out.pte", b"precious")
        path = self.write("bad.pt2", self.model[:-1])
        self.refused(["compile", path, "--calibrate", self.data_path, "-o", output], path)

    def test_standard_output_full(self):
        with open("/dev/full", "wb") as full:
            self.refused(["analyze", self.program_path], "standard output", stdout=full)
            self.refused(["run", self.program_path, "--input", self.input_path, "-o", "-"],
                         "standard output", stdout=full)


if __name__ == "__main__":
    MODEL = sys.argv.pop()
    TOOL = sys.argv.pop()
    unittest.main()
