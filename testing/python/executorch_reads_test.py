"""ExecuTorch's own readers accept what we write: the Python one, and the C++ runtime's loader.

Usage: executorch_reads_test.py CORTICO MODEL.pt2 FOLDER
"""

import pathlib
import subprocess
import sys

import numpy
from executorch.exir._serialize._program import deserialize_pte_binary
from executorch.runtime import Runtime


def check(cortico: str, model: str, data: str, folder: pathlib.Path, target: str, dialect: str) -> None:
    path = folder / f"{target}-{dialect}.pte"
    subprocess.run(
        [cortico, "compile", model, "--target", target, "--dialect", dialect, "--calibrate", data,
         "-o", str(path), "-q"], check=True)
    binary = path.read_bytes()
    assert binary[4:8] == b"ET12" and binary[8:12] == b"eh00"

    file = deserialize_pte_binary(binary)
    program = getattr(file, "program", file)
    plan = program.execution_plan[0]
    names = [op.name for op in plan.operators]
    assert plan.name == "forward" and len(plan.chains) == 1 and len(plan.chains[0].instructions) > 10
    assert any(n == "cortex_m::quantized_conv2d" for n in names), names
    if dialect == "executorch":
        assert all(n.startswith(("cortex_m::", "dim_order_ops::", "aten::")) for n in names), names
    assert plan.non_const_buffer_sizes[0] == 0 and plan.non_const_buffer_sizes[1] > 0

    method = Runtime.get().load_program(binary).metadata("forward")
    assert method.num_inputs() == 1 and method.num_outputs() == 1
    assert tuple(method.input_tensor_meta(0).sizes()) == (1, 1, 28, 28)
    assert tuple(method.output_tensor_meta(0).sizes()) == (1, 10)
    print(f"{path.name}: {len(binary)} bytes, {len(plan.chains[0].instructions)} calls, read by both")


def main() -> int:
    cortico, model, folder = sys.argv[1:4]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    # Reading does not ask what the network has learnt: any images in the range will do.
    data = str(out / "calibration.npy")
    numpy.save(data, numpy.random.default_rng(1).random((8, 1, 28, 28), dtype=numpy.float32))
    for target in ("cortex-m0", "cortex-m4", "cortex-m55"):
        for dialect in ("cortico", "executorch"):
            check(cortico, model, data, out, target, dialect)
    return 0


if __name__ == "__main__":
    sys.exit(main())
