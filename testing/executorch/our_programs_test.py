"""Programs in the executorch dialect, run by the genuine ExecuTorch runtime with our kernels: every
output has the bytes that our own runtime gives.

The library under test registers the ops of `cortico ops --yaml` and no other. Networks: the example,
and those of examples/zoo (all of them with CORTICO_FULL=1, or those named).
Usage: our_programs_test.py CORTICO LIBRARY EXAMPLE.pt2 WORK [NETWORK ...]
"""

import os
import subprocess
import sys

import numpy as np
import yaml
from executorch.exir._serialize._program import deserialize_pte_binary, serialize_pte_binary

from support import Cortico, GenuineRuntime, torch, zoo

FEW = ["ds_cnn", "mobilenet_v3", "unet", "tiny_attention"]
TARGETS = ("cortex-m55", "cortex-m4", "cortex-m0")


def networks(example, work, names):
    """Name, exported program, samples."""
    rng = np.random.default_rng(1)
    yield "example", example, rng.random((8, 1, 28, 28), dtype=np.float32)
    kinds = zoo()
    for name in names:
        model, x = kinds.make(name, 8)
        torch.export.save(torch.export.export(model, (x[:1],)), work / f"{name}.pt2")
        yield name, work / f"{name}.pt2", x.numpy()


def compare(cortico, genuine, name, model, samples):
    """Number of targets that differ."""
    np.save(cortico.work / "calibration.npy", samples)
    failures = 0
    for target in TARGETS:
        pte = cortico.work / f"{name}.{target}.pte"
        cortico("compile", model, "--target", target, "--dialect", "executorch",
                "--calibrate", cortico.work / "calibration.npy", "-o", pte, "-q")
        ours, theirs = cortico.outputs(pte, samples), genuine.outputs(pte, samples)
        if ours.tobytes() != theirs.tobytes():
            print(f"FAILED {name} for {target}: {np.count_nonzero(ours != theirs)} of {ours.size} differ")
            failures += 1
        assert len(np.unique(ours)) > 4, f"{name}: the outputs say nothing"
    print(f"{name}: {len(TARGETS)} programs, {ours.size} numbers each", flush=True)
    return failures


def refusals(cortico, genuine, samples):
    """What our check refuses is an error of ExecuTorch's run: no crash, no result."""
    file = deserialize_pte_binary((cortico.work / "example.cortex-m55.pte").read_bytes())
    plan = file.program.execution_plan[0]
    conv = [op.name for op in plan.operators].index("cortex_m::quantized_conv2d")
    call = next(i.instr_args for i in plan.chains[0].instructions if i.instr_args.op_index == conv)
    stride = plan.values[call.args[3]].val.items
    plan.values[stride[0]].val.int_val = 0
    damaged = cortico.work / "damaged.pte"
    damaged.write_bytes(bytes(serialize_pte_binary(file)))
    try:
        genuine.outputs(damaged, samples[:1])
    except RuntimeError:
        return 0
    print("FAILED a convolution with stride 0 was run")
    return 1


def main():
    cortico = Cortico(sys.argv[1], sys.argv[4])
    genuine = GenuineRuntime(sys.argv[2])
    text = subprocess.run([sys.argv[1], "ops", "--yaml"], capture_output=True, check=True).stdout
    named = {entry["func"].split("(")[0] for entry in yaml.safe_load(text)}
    assert genuine.registered == named, genuine.registered ^ named
    full = os.environ.get("CORTICO_FULL") == "1"
    names = sys.argv[5:] or (list(zoo().NETWORKS) if full else FEW)
    failures = 0
    for name, model, samples in networks(sys.argv[3], cortico.work, names):
        failures += compare(cortico, genuine, name, model, samples)
        if name == "example":
            failures += refusals(cortico, genuine, samples)
    print(f"{len(genuine.registered)} ops registered, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
