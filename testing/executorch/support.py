"""What the tests with ExecuTorch share: our command, and the genuine ExecuTorch runtime with our kernels."""

import ctypes
import importlib.util
import logging
import pathlib
import subprocess
import warnings

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import torch  # noqa: E402
from executorch.runtime import Runtime  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def zoo():
    """examples/zoo/models.py as a module."""
    spec = importlib.util.spec_from_file_location("zoo", ROOT / "examples" / "zoo" / "models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Cortico:
    def __init__(self, path, work):
        self.path, self.work = path, pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)

    def __call__(self, *words):
        done = subprocess.run([self.path, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"cortico {' '.join(map(str, words))}\n{done.stderr}")
        return done.stdout

    def outputs(self, pte, samples, where="host"):
        """The program's one output for every sample, by our own runtime."""
        np.save(self.work / "in.npy", samples)
        out = self.work / "out.npy"
        out.unlink(missing_ok=True)
        self("run", pte, "--input", self.work / "in.npy", "-o", out, "--on", where, "-q")
        return np.load(out)


class GenuineRuntime:
    """ExecuTorch's runtime as its Python package has it, with our kernels in its registry."""

    def __init__(self, library):
        before = set(Runtime.get().operator_registry.operator_names)
        ctypes.CDLL(str(library))
        self.registered = set(Runtime.get().operator_registry.operator_names) - before

    @staticmethod
    def outputs(pte, samples):
        """The program's one output for every sample; an error of ExecuTorch is an exception."""
        method = Runtime.get().load_program(pathlib.Path(pte).read_bytes()).load_method("forward")
        results = []
        for sample in samples:
            (output,) = method.execute([torch.from_numpy(sample[None])])
            results.append(output.clone().numpy())  # the next run writes over it
        return np.concatenate(results)
