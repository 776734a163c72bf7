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
from executorch.exir._serialize._program import deserialize_pte_binary  # noqa: E402
from executorch.runtime import Runtime  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def zoo():
    """examples/zoo/models.py as a module."""
    spec = importlib.util.spec_from_file_location("zoo", ROOT / "examples" / "zoo" / "models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Refused(Exception):
    """The command gave an exit code other than 0; its words, and what it said."""


class Cortico:
    def __init__(self, path, work):
        self.path, self.work = path, pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)

    def __call__(self, *words):
        done = subprocess.run([self.path, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Refused(f"cortico {' '.join(map(str, words))}\n{done.stderr}")

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
        binary = pathlib.Path(pte).read_bytes()
        method = Runtime.get().load_program(binary).load_method("forward")
        order = input_order(binary)
        results = []
        for sample in samples:
            # ExecuTorch copies an input's bytes and does not compare its order with the program's.
            laid = torch.from_numpy(sample[None]).permute(order).contiguous()
            (output,) = method.execute([laid.permute(np.argsort(order).tolist())])
            results.append(output.clone().numpy())  # the next run writes over it
        return np.concatenate(results)


def input_order(binary):
    """The order of dimensions in memory of a program's one input."""
    file = deserialize_pte_binary(binary)
    plan = getattr(file, "program", file).execution_plan[0]
    (number,) = plan.inputs
    return list(plan.values[number].val.dim_order)
