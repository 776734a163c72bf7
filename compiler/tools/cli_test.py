#!/usr/bin/env python3
"""What the command line promises: exit codes, messages, streams, files complete or absent.

usage: cli_test.py CORTICO CORTICO_OPT MODEL.pt2 [unittest arguments]
"""
import json
import os
import pathlib
import pty
import random
import re
import shutil
import subprocess
import sys
import unittest

from cli_support import CORTICO, MODEL, OPT, Base, images, npy, npz, read_npy, run


class Help(Base):
    FLAGS = {
        "compile": ["--target", "--calibrate", "--float", "-o", "--emit", "--dialect", "--observer",
                    "--io", "--batch", "--no-fallback", "--override", "--memory", "--explain",
                    "--stop-after", "--print", "--strip"],
        "analyze": [],
        "run": ["--input", "-o", "--on"],
        "validate": ["--data", "--on"],
        "profile": ["--on"],
        "ops": ["--yaml", "--markdown"],
        "targets": [],
        "doctor": [],
    }

    def test_every_command_lists_its_flags(self):
        whole = self.ok("--help").stdout.decode()
        for command, flags in self.FLAGS.items():
            with self.subTest(command):
                self.assertIn(command, whole)
                text = self.ok(command, "--help").stdout.decode()
                for flag in [*flags, "--json", "-v", "-q", "--color"]:
                    self.assertIn(flag, text)

    def test_version(self):
        self.assertRegex(self.ok("--version").stdout.decode(), r"^cortico \d+\.\d+\.\d+\n$")


class Int8Borders(Base):
    def outputs(self, program, data):
        return self.json("run", program, "--input", data)["outputs"][0]["values"]

    def test_the_same_without_conversions(self):
        whole, borders = self.program("f.pte"), self.program("i.pte", "--io", "int8")
        ends = self.json("analyze", borders)
        x, y = ends["inputs"][0], ends["outputs"][0]
        self.assertEqual((x["type"], y["type"]), ("i8", "i8"))
        self.assertEqual(x["name"], self.json("analyze", whole)["inputs"][0]["name"])
        self.assertFalse([op for op in ends["ops"] if "quantize_per_tensor" in op["op"]])
        integers = self.outputs(borders, self.data())
        for real, q in zip(self.outputs(whole, self.data()), integers, strict=True):
            self.assertAlmostEqual(real, (q - y["zero_point"]) * y["scale"], places=4)

    def test_int8_data_are_what_they_stand_for(self):
        borders = self.program("i.pte", "--io", "int8")
        x = self.json("analyze", borders)["inputs"][0]
        rng = random.Random(5)
        integers = [rng.randrange(-128, 128) for _ in range(4 * 28 * 28)]
        reals = [(q - x["zero_point"]) * x["scale"] for q in integers]
        as_int8 = self.file("q.npy", npy([4, 1, 28, 28], integers, "b"))
        as_float = self.file("f.npy", npy([4, 1, 28, 28], reals))
        self.assertEqual(self.outputs(borders, as_int8), self.outputs(borders, as_float))
        scores = [self.json("validate", MODEL, borders, "--data", data)["host"]["sqnr_to_float_db"]
                  for data in (as_int8, as_float)]
        self.assertEqual(scores[0], scores[1])
        self.assertGreater(scores[0], 15)
        text = self.ok("run", borders, "--input", as_float, "-v").stderr.decode()
        self.assertIn("quantized with the input's scale", text)


class Overrides(Base):
    def rules(self, text):
        return self.file("rules.json", text.encode())

    def test_a_skipped_layer_is_a_fallback_with_its_reason(self):
        rules = self.rules('{"rules": [{"node": "linear", "skip": true}]}')
        output = self.folder / "skipped.pte"
        words = ["compile", MODEL, "--calibrate", self.data(), "--override", rules, "-o", output]
        report = self.json(*words)
        self.assertEqual(report["fallbacks"], 1)
        reasons = [op["fallback_reason"] for op in report["ops"] if op["fallback_reason"]]
        self.assertIn("rule 1 of the overrides keeps it in float", reasons[0])
        output.unlink()
        self.fails(1, *words, "--no-fallback", says=["rule 1 of the overrides"])
        self.fails(1, *words, "--io", "int8", says=["cannot be int8", "rule 1 of the overrides"])

    def test_what_is_wrong_is_named(self):
        words = ["compile", MODEL, "-o", self.folder / "x.pte", "--calibrate", self.data()]
        for text, says in [('{"rules": [{"path": "hed", "skip": true}]}', ["rule 1", "'hed'"]),
                           ('{"rules": [{"path": "stem", "skop": true}]}', ["rules.json", "skop"]),
                           ("[", ["rules.json", "JSON"])]:
            with self.subTest(text):
                self.fails(1, *words, "--override", self.rules(text), says=says)
        self.fails(2, "compile", MODEL, "--override", "rules.json", says=["--calibrate"])


class CommandLine(Base):
    def test_no_command(self):
        self.fails(2, says=["cortico --help"])

    def test_unknown_words(self):
        self.fails(2, "frobnicate")
        self.fails(2, "compile", says=["cortico compile --help"])
        self.fails(2, "compile", MODEL, "--frobnicate")
        self.fails(2, "ops", "--yaml", "--markdown")
        self.fails(2, "targets", "--color=pink")
        self.fails(2, "targets", "-q", "-v")

    def test_values_out_of_range(self):
        for flag, value, words in [("--target", "cortex-m99", "cortex-m55"),
                                   ("--emit", "rust", "pte"),
                                   ("--dialect", "klingon", "executorch"),
                                   ("--io", "int4", "int8"),
                                   ("--batch", "0", "--batch"),
                                   ("--memory", "dtcm", "dtcm=256K"),
                                   ("--stop-after", "lunch", "quantize")]:
            with self.subTest(flag):
                self.fails(2, "compile", MODEL, flag, value, says=[words])
        self.fails(2, "compile", MODEL, "--calibrate", "x.npy", "--observer", "eye",
                   says=["histogram"])
        self.fails(2, "compile", MODEL, "--observer", "minmax", says=["--calibrate"])

    def test_what_this_version_lacks_is_refused(self):
        self.fails(2, "compile", MODEL, "--calibrate", self.data(), "--emit", "cpp", says=["--emit"])

    def test_float(self):
        self.fails(2, "compile", MODEL, "--float", "--calibrate", "x.npy", says=["--float"])
        self.fails(2, "compile", MODEL, "--float", "--no-fallback", says=["--float"])
        output = self.folder / "float.pte"
        report = self.json("compile", MODEL, "--float", "-o", output)
        self.assertEqual(report["fallbacks"], 0)
        self.assertIn("aten::convolution", {op["op"] for op in report["ops"]})
        self.assertFalse([op for op in report["ops"] if op["op"].startswith("cortex_m::")])
        found = self.json("validate", MODEL, output, "--data", self.data())
        self.assertGreater(found["host"]["sqnr_to_float_db"], 120)

    def test_a_float_model_wants_a_decision(self):
        output = self.folder / "out.pte"
        self.fails(2, "compile", MODEL, "-o", output, says=["--calibrate", "--float"])

    def test_streams_can_be_read_and_written_once(self):
        self.fails(2, "compile", "-", "--calibrate", "-", "-o", self.folder / "x.pte", says=["'-'"])
        self.fails(2, "compile", "-", "--calibrate", self.data(), says=["-o"])
        self.fails(2, "compile", MODEL, "--calibrate", self.data(), "-o", "-", "--json",
                   says=["--json"])

    def test_what_would_be_ignored_is_refused(self):
        for flags in [("-o", self.folder / "x.pte"), ("--strip",), ("--no-fallback",)]:
            self.fails(2, "compile", MODEL, "--stop-after", "canonicalize", *flags, says=[flags[0]])
        self.fails(2, "analyze", self.program(), "--target", "m4", says=["--target"])

    def test_output_never_replaces_an_input(self):
        data = self.data()
        self.fails(2, "compile", MODEL, "--calibrate", data, "-o", data, says=["input"])
        self.fails(2, "compile", MODEL, "--calibrate", data, "-o", self.folder / "no" / "x.pte",
                   says=["no folder"])

    def test_color(self):
        plain = self.ok("targets").stdout
        self.assertNotIn(b"\x1b", plain)
        self.assertEqual(plain, self.ok("targets", "--color=never").stdout)
        self.assertIn(b"\x1b", self.ok("targets", "--color=always").stdout)
        self.assertIn(b"\x1b[", run("compile", "--color=always", "none.pt2", "-o", "x.pte",
                                    "--stop-after", "import").stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full here")
    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([CORTICO, "ops"], stdout=full, stderr=subprocess.PIPE,
                                    timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"standard output", result.stderr)


class Compile(Base):
    def test_writes_beside_the_model_and_reports(self):
        model = self.folder / "net.pt2"
        shutil.copy(MODEL, model)
        report = self.json("compile", model, "--calibrate", self.data())
        self.assertEqual(report["output"], str(self.folder / "net.pte"))
        size = (self.folder / "net.pte").stat().st_size
        self.assertEqual(report["flash"]["file"], size)
        self.assertEqual(report["calibration_samples"], 8)
        self.assertEqual(report["fallbacks"], 0)
        ram = report["ram"]
        self.assertEqual(ram["activations"] + ram["scratch"], sum(b["bytes"] for b in ram["banks"]))
        self.assertLessEqual(ram["lower_bound"], ram["activations"])
        self.assertGreater(ram["records"], 0)
        self.assertIn("stack", ram)
        self.assertEqual(sorted(os.listdir(self.folder)), ["data.npz", "net.pt2", "net.pte"])

    def test_text_report(self):
        result = self.ok("compile", MODEL, "--calibrate", self.data(), "-o", self.folder / "a.pte")
        text = result.stdout.decode()
        for words in ["lowered", "0 fallbacks", "activations", "lower bound", "scratch", "records",
                      "stack", "constants", "program", "8 calibration samples"]:
            self.assertIn(words, text)
        self.assertNotIn(b"\r", result.stdout + result.stderr)
        self.assertNotIn(b"\x1b", result.stdout + result.stderr)
        quiet = self.ok("compile", MODEL, "-q", "--calibrate", self.data(), "-o", self.folder / "a.pte")
        self.assertEqual(quiet.stdout + quiet.stderr, b"")

    def test_same_input_same_bytes(self):
        a, b = self.program("a.pte"), self.program("b.pte")
        self.assertEqual(a.read_bytes(), b.read_bytes())

    def test_streams(self):
        path = self.program()
        result = self.ok("compile", "-", "--calibrate", self.data("calibration.npz"), "-o", "-",
                         stdin=pathlib.Path(MODEL).read_bytes())
        self.assertEqual(result.stdout[4:8], b"ET12")
        self.assertIn(b"lowered", result.stderr)
        from_stream = self.file("stream.pte", result.stdout)
        data = self.data()
        run_a = self.json("run", path, "--input", data)
        run_b = self.json("run", from_stream, "--input", data)
        self.assertEqual(run_a["outputs"], run_b["outputs"])
        calibrated = self.ok("compile", MODEL, "--calibrate", "-", "-o", self.folder / "c.pte",
                             stdin=(self.folder / "calibration.npz").read_bytes())
        self.assertEqual((self.folder / "c.pte").read_bytes(), path.read_bytes(), calibrated.stderr)

    def test_calibrates_with_a_folder(self):
        folder = self.folder / "many"
        folder.mkdir()
        for i in range(3):
            (folder / f"{i}.npy").write_bytes(npy([2, 1, 28, 28], images(2, seed=i)))
        report = self.json("compile", MODEL, "--calibrate", folder, "-o", self.folder / "a.pte")
        self.assertEqual(report["calibration_samples"], 6)

    def test_failure_keeps_what_was_there(self):
        output = self.file("out.pte", b"precious")
        bad = self.file("bad.npy", npy([2, 3, 28, 28], [0.0] * (2 * 3 * 784)))
        self.fails(1, "compile", MODEL, "--calibrate", bad, "-o", output, says=["bad.npy"])
        nan = self.file("nan.npy", npy([1, 1, 28, 28], [float("nan")] + images(1)[1:]))
        self.fails(1, "compile", MODEL, "--calibrate", nan, "-o", output, says=["nan.npy"])
        self.fails(1, "compile", self.folder / "none.pt2", "--calibrate", bad, "-o", output,
                   says=["none.pt2"])
        self.assertEqual(output.read_bytes(), b"precious")

    def test_failure_in_json(self):
        result = run("compile", self.folder / "none.pt2", "--json", "--calibrate", self.data())
        self.assertEqual(result.returncode, 1)
        report = json.loads(result.stdout)
        self.assertIs(report["ok"], False)
        self.assertEqual(report["exit_code"], 1)
        self.assertIn("none.pt2", report["diagnostics"][0]["file"])

    def test_too_little_memory_says_how_much_is_missing(self):
        self.fails(1, "compile", MODEL, "--calibrate", self.data(), "-o", self.folder / "a.pte",
                   "--memory", "tiny=1K", says=["tiny"])

    def test_memory_banks_are_reported(self):
        report = self.json("compile", MODEL, "--calibrate", self.data(), "-o", self.folder / "a.pte",
                           "--memory", "dtcm=256K,sram=2M")
        self.assertEqual(report["ram"]["banks"][0]["name"], "dtcm")
        self.assertEqual(report["ram"]["banks"][0]["limit"], 256 * 1024)

    def test_wrong_kind_of_file(self):
        program = self.program()
        self.fails(1, "compile", program, "--calibrate", self.data(), "-o", self.folder / "b.pte",
                   says=[".pt2"])
        self.fails(1, "run", MODEL, "--input", self.data(), says=["compile"])
        text = self.file("text.pt2", b"hello")
        self.fails(1, "compile", text, "--calibrate", self.data(), says=["text.pt2"])
        self.fails(1, "analyze", text, says=["text.pt2"])

    def test_explain(self):
        report = self.json("compile", MODEL, "--calibrate", self.data(), "--explain", "-o",
                           self.folder / "a.pte")
        passes = {rewrite["pass"] for rewrite in report["rewrites"]}
        self.assertIn("lower-to-dialect", passes)
        self.assertTrue(all(rewrite["what"] for rewrite in report["rewrites"]))
        text = self.ok("compile", MODEL, "--calibrate", self.data(), "--explain", "-o",
                       self.folder / "a.pte").stdout.decode()
        self.assertIn("lower-to-dialect", text)

    def test_stop_after_prints_what_parses(self):
        result = self.ok("compile", MODEL, "--stop-after", "canonicalize", "--print")
        self.assertIn(b"aten.conv2d.default", result.stdout)
        again = self.ok("-", tool=OPT, stdin=result.stdout)
        self.assertEqual(again.stdout, result.stdout)
        self.assertEqual(os.listdir(self.folder), [])
        late = self.ok("compile", MODEL, "--calibrate", self.data(), "--stop-after", "lower",
                       "--print")
        self.assertIn(b"cortex_m::quantized_conv2d", late.stdout)
        whole = self.ok("compile", MODEL, "--calibrate", self.data(), "--print", "-o",
                        self.folder / "a.pte")
        self.assertEqual(self.ok("-", tool=OPT, stdin=whole.stdout).stdout, whole.stdout)
        self.assertIn(b"lowered", whole.stderr)

    def test_strip(self):
        whole, stripped = self.program("a.pte"), self.program("b.pte", "--strip")
        self.assertLess(stripped.stat().st_size, whole.stat().st_size)
        data = self.data()
        self.assertEqual([o["values"] for o in self.json("run", whole, "--input", data)["outputs"]],
                         [o["values"] for o in self.json("run", stripped, "--input", data)["outputs"]])
        self.assertEqual(self.json("analyze", stripped)["target"]["isa"], "MVE")

    def test_targets_and_dialects(self):
        for target, isa in [("m0", "scalar"), ("cortex-m4", "DSP"), ("m85", "MVE")]:
            with self.subTest(target):
                report = self.json("analyze", self.program("a.pte", "--target", target))
                self.assertEqual(report["target"]["isa"], isa)
        report = self.json("analyze", self.program("e.pte", "--dialect", "executorch"))
        self.assertEqual(report["target"]["dialect"], "executorch")
        self.assertFalse([op for op in report["ops"] if op["op"].startswith("cortico::")])

    def test_verbose_tells_seconds_by_phase(self):
        text = self.ok("compile", MODEL, "-v", "--calibrate", self.data(), "-o",
                       self.folder / "a.pte").stdout.decode()
        self.assertRegex(text, r"import +[\d.]+ s")
        self.assertRegex(text, r"calibrate +[\d.]+ s")


class Analyze(Base):
    def test_a_program(self):
        report = self.json("analyze", self.program())
        self.assertEqual(report["kind"], "program")
        self.assertEqual(report["target"], {"cpu": "cortex-m55", "isa": "MVE", "dialect": "cortico"})
        self.assertGreater(report["flash"]["constants"], 0)
        planned = sum(bank["bytes"] for bank in report["ram"]["banks"])
        for op in report["ops"]:
            self.assertLessEqual(op["live_bytes"], planned)
        self.assertTrue(any(op["location"].get("node") for op in report["ops"]))

    def test_a_model_on_trial(self):
        report = self.json("analyze", MODEL)
        self.assertEqual(report["kind"], "model")
        self.assertTrue(report["compiles"] and report["calibrated_with_noise"])
        made = self.json("analyze", self.program())
        self.assertEqual(report["ram"]["activations"], made["ram"]["activations"])
        self.assertEqual([op["op"] for op in report["ops"]], [op["op"] for op in made["ops"]])

    def test_text(self):
        text = self.ok("analyze", self.program()).stdout.decode()
        for words in ["activations", "lower bound", "constants", "cortex_m::quantized_conv2d", "MVE"]:
            self.assertIn(words, text)

    def test_damaged_programs(self):
        good = self.program().read_bytes()
        rng = random.Random(7)
        for i in range(20):
            data = bytearray(good[:rng.randrange(len(good))] if i % 2 else good)
            for _ in range(8):
                if data:
                    data[rng.randrange(len(data))] = rng.randrange(256)
            result = run("analyze", self.file("damaged.pte", bytes(data)))
            self.assertIn(result.returncode, (0, 1), result.stderr.decode())


class Run(Base):
    def test_many_samples(self):
        output = self.folder / "y.npy"
        program = self.program()
        report = self.json("run", program, "--input", self.data(), "-o", output)
        self.assertEqual(report["samples"], 8)
        sizes, values = read_npy(output.read_bytes())
        self.assertEqual(sizes, [8, 10])
        streamed = self.ok("run", program, "--input", "-", "-o", "-",
                           stdin=self.data().read_bytes())
        self.assertEqual(streamed.stdout, output.read_bytes())
        printed = self.json("run", program, "--input", self.data())["outputs"][0]
        self.assertEqual(printed["sizes"], [8, 10])
        for a, b in zip(printed["values"], values):
            self.assertAlmostEqual(a, b, places=6)

    def test_one_sample(self):
        one = self.file("one.npy", npy([1, 28, 28], images(1)))
        output = self.folder / "y.npy"
        self.ok("run", self.program(), "--input", one, "-o", output)
        self.assertEqual(read_npy(output.read_bytes())[0], [1, 10])

    def test_bad_input(self):
        program = self.program()
        bad = self.file("bad.npy", npy([4], [0.0] * 4))
        self.fails(1, "run", program, "--input", bad, says=["bad.npy"])
        self.fails(2, "run", program, "--input", bad, "-o", self.folder / "y.npz", says=[".npy"])
        self.fails(2, "run", program, "--input", bad, "--on", "moon", says=["qemu"])
        self.fails(2, "run", program, says=["--input"])


class Validate(Base):
    def test_labels(self):
        data = self.data(count=40)
        report = self.json("validate", MODEL, self.program(), "--data", data, "--layers", "4")
        self.assertEqual(report["runs"], 40)
        for where in ("float", "host"):
            self.assertEqual(report[where]["total"], 40)
            self.assertAlmostEqual(report[where]["top1"], report[where]["right"] / 40)
        self.assertNotIn("target", report)
        self.assertGreater(report["host"]["sqnr_to_float_db"], 10)
        self.assertEqual(report["layer_runs"], 4)
        measured = [l for l in report["layers"] if l["host_sqnr_db"] is not None]
        self.assertEqual(len(measured), len(report["layers"]))
        for layer in measured:
            self.assertGreater(layer["host_sqnr_db"], 10, layer)

    def test_values(self):
        data = self.folder / "values.npz"
        npz(data, {"x": npy([3, 1, 28, 28], images(3)), "y": npy([3, 10], [0.5] * 30)})
        report = self.json("validate", MODEL, self.program(), "--data", data, "--layers", "0")
        self.assertGreater(report["float"]["mse"], 0)
        self.assertIn("sqnr_to_truth_db", report["host"])
        self.assertEqual(report["layers"], [])

    def test_limit(self):
        report = self.json("validate", MODEL, self.program(), "--data", self.data(count=12),
                           "--limit", "5")
        self.assertEqual((report["runs"], report["runs_in_data"]), (5, 12))

    def test_bad_data(self):
        program = self.program()
        self.fails(1, "validate", MODEL, program, "--data", self.data(labels=[10] * 8),
                   says=["label 10"])
        wrong = self.folder / "wrong.npz"
        npz(wrong, {"x": npy([2, 1, 28, 28], images(2)), "y": npy([2, 3], [0.5] * 6)})
        self.fails(1, "validate", MODEL, program, "--data", wrong, says=["'y'"])

    def test_stripped(self):
        result = self.ok("validate", MODEL, self.program("s.pte", "--strip"), "--data", self.data())
        self.assertIn(b"stripped", result.stderr)
        self.assertIn(b"top-1", result.stdout)


class ProgressBar(Base):
    """Both tests take as long as it takes to show a bar: more than a second."""
    RUNS = 500

    def command(self):
        return [CORTICO, "validate", MODEL, str(self.program()), "--layers", "0", "--data",
                str(self.data(count=self.RUNS))]

    def test_on_a_terminal(self):
        master, slave = pty.openpty()
        command = self.command()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave,
                                   env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        shown = b""
        try:
            while chunk := os.read(master, 65536):
                shown += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        report = process.communicate(timeout=300)[0]
        os.close(master)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(shown.decode(), r"\[=* *\] \d+/500")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-40:])
        self.assertNotIn(b"\x1b", report)

    def test_not_in_a_pipe(self):
        result = self.ok(*self.command()[1:])
        self.assertEqual(result.stderr, b"")
        self.assertNotIn(b"\r", result.stdout)


class Lists(Base):
    def test_ops(self):
        ops = self.json("ops")["ops"]
        names = [op["name"] for op in ops]
        self.assertIn("cortex_m::quantized_conv2d", names)
        yaml = self.ok("ops", "--yaml").stdout.decode()
        funcs = re.findall(r"^- func: (\S+?)\.(\w+)\(.*\) -> .*$\n  variants: function\n  kernels:\n"
                           r"    - arg_meta: null\n      kernel_name: (\S+)$", yaml, re.M)
        self.assertEqual([name for name, _, _ in funcs],
                         [n for n in names if n.startswith(("cortex_m::", "cortico::"))])
        for name, overload, kernel in funcs:
            self.assertEqual(kernel, f"{name}_{overload}")
        markdown = self.ok("ops", "--markdown").stdout.decode().splitlines()
        self.assertEqual(len(markdown), 2 + len(ops))

    def test_targets(self):
        report = self.json("targets")
        self.assertEqual(report["default"], "cortex-m55")
        self.assertIn(("cortex-m55", "MVE"), [(t["cpu"], t["isa"]) for t in report["targets"]])

    def test_doctor(self):
        result = run("doctor", "--json")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if report["usable"] else 1)
        for finding in report["findings"]:
            self.assertEqual(finding["present"], finding["remedy"] is None)
        nothing = run("doctor", env={"PATH": "/nonexistent"})
        self.assertEqual(nothing.returncode, 1)
        self.assertIn(b"qemu-system-arm", nothing.stdout)


class Simulator(Base):
    def setUp(self):
        super().setUp()
        runners = [t for t in json.loads(run("targets", "--json").stdout)["targets"]
                   if t["cpu"] == "cortex-m55" and t["runner"]]
        if not runners or not shutil.which("qemu-system-arm"):
            self.skipTest("no simulator, or no runner for cortex-m55")

    def test_bits_are_the_hosts(self):
        program = self.program()
        report = self.json("validate", MODEL, program, "--data", self.data(), "--on", "qemu")
        self.assertTrue(report["target"]["bits_equal_host"])
        self.assertTrue(all(layer["bits_equal_host"] for layer in report["layers"]))
        self.assertEqual(report["target"]["right"], report["host"]["right"])

    def test_profile(self):
        report = self.json("profile", self.program())
        self.assertEqual(report["unit"], "instructions, not cycles")
        self.assertGreater(report["instructions"], 1000)
        self.assertAlmostEqual(sum(op["instructions"] for op in report["ops"]) +
                               report["between_ops"], report["instructions"])
        self.fails(2, "profile", self.folder / "model.pte", "--on", "host", says=["qemu"])

    def test_stack_is_measured(self):
        ram = self.json("analyze", self.program())["ram"]
        self.assertGreater(ram["stack"], 0)
        self.assertEqual(ram["measured_on"], "mps3-an547")

    def test_another_familys_board_is_refused(self):
        self.fails(1, "run", self.program(), "--input", self.data(), "--on", "qemu:mps2-an386")


class Opt(Base):
    GRAPH = b"""graph forward {
  input %x : f32[1,4]
  %d : f32[1,4] = aten.dropout.default(input=%x, p=0.5, train=false) @ "dropout" "net.drop" "a.py:3"
  %y : f32[1,4] = aten.relu.default(self=%d) @ "relu" "net.act" "a.py:4"
  output %y "y"
}
"""

    def opt(self, *args, **kwargs):
        return run(*args, tool=OPT, **kwargs)

    def test_list(self):
        names = self.opt("--list").stdout.decode().split()
        self.assertIn("fold-batch-norm", names)
        self.assertIn("lower-to-dialect", names)

    def test_pass(self):
        result = self.opt("--pass", "drop-identities,normalize-ops", "--explain", "-",
                          stdin=self.GRAPH)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(b"dropout", result.stdout)
        self.assertIn(b"aten.relu.default(self=%x)", result.stdout)
        self.assertIn(b"drop-identities", result.stderr)
        path = self.file("in.txt", self.GRAPH)
        self.assertEqual(self.opt("--pass", "drop-identities", path, "-o",
                                  self.folder / "out.txt").stdout, b"")
        self.assertEqual((self.folder / "out.txt").read_bytes(), result.stdout)

    def test_failures(self):
        unknown = self.opt("--pass", "make-coffee", stdin=self.GRAPH)
        self.assertEqual(unknown.returncode, 2)
        self.assertIn(b"fold-batch-norm", unknown.stderr)
        broken = self.opt("-", stdin=b"graph forward {\n  nonsense\n}\n")
        self.assertEqual(broken.returncode, 1)
        self.assertIn(b"line 2", broken.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
