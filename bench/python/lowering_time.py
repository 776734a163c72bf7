"""Seconds from a quantized program to the bytes of a .pte, in one warm process: cortico's pipeline
and ExecuTorch's Cortex-M backend, each from the same ExportedProgram of its own quantizer's network.

Usage: lowering_time.py [--table docs/python_speed.md] [--repeat 3] [NETWORK ...]
Needs what ./test puts into build/venv, and the package (PYTHONPATH=build/host/python).
"""

import argparse
import contextlib
import importlib.util
import io
import pathlib
import time
import warnings

warnings.filterwarnings("ignore")
import torch  # noqa: E402
from torch.export import export  # noqa: E402
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def zoo():
    spec = importlib.util.spec_from_file_location("zoo", ROOT / "examples" / "zoo" / "models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def quantized(model, x, quantizer):
    prepared = prepare_pt2e(export(model, (x[:1],)).module(check_guards=False), quantizer)
    with torch.no_grad():
        for sample in x[:2]:
            prepared(sample[None])
    return export(convert_pt2e(prepared), (x[:1],))


def ours(exported):
    from cortico.exir import to_edge_transform_and_lower
    from cortico.passes import CortexMPassManager

    edge = to_edge_transform_and_lower(exported)
    edge._edge_programs["forward"] = CortexMPassManager(edge.exported_program()).transform()
    return edge.to_executorch().buffer


def theirs(exported):
    from executorch.backends.cortex_m.edge_compile_config import cortex_m_edge_compile_config
    from executorch.backends.cortex_m.passes.cortex_m_pass_manager import CortexMPassManager
    from executorch.exir import to_edge_transform_and_lower

    edge = to_edge_transform_and_lower(exported, compile_config=cortex_m_edge_compile_config())
    edge._edge_programs["forward"] = CortexMPassManager(edge.exported_program(), CortexMPassManager.pass_list).transform()
    return edge.to_executorch().buffer


def seconds(pipeline, make, repeat):
    """The best of `repeat` after one that warms up, of process time: what else the machine does is not counted.
    None when the pipeline does not get through."""
    best = None
    for turn in range(repeat + 1):
        exported = make()
        start = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                pipeline(exported)
        except Exception as error:  # whatever the pipeline stops with is its answer
            return None, f"{type(error).__name__}: {error}".splitlines()[0][:80]
        spent = time.process_time() - start
        if turn > 0:
            best = spent if best is None else min(best, spent)
    return best, ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("networks", nargs="*")
    args = parser.parse_args()
    torch.set_num_threads(1)
    from executorch.backends.cortex_m.quantizer.quantizer import CortexMQuantizer as Theirs

    from cortico.quantizer import CortexMQuantizer as Ours

    networks = zoo()
    rows = []
    for name in args.networks or list(networks.NETWORKS):
        model, x = networks.make(name)
        mine, _ = seconds(ours, lambda: quantized(model, x, Ours()), args.repeat)
        try:
            peer, why = seconds(theirs, lambda: quantized(model, x, Theirs()), args.repeat)
        except Exception as error:  # its quantizer may stop too
            peer, why = None, f"{type(error).__name__}: {error}".splitlines()[0][:80]
        ratio = f"{peer / mine:.1f}" if peer else "—"
        rows.append((name, f"{mine:.2f}", f"{peer:.2f}" if peer else f"stops: {why}", ratio))
        print("{:16} {:>6} s   {:>6} s   {:>5}".format(*rows[-1]), flush=True)
    if args.table:
        lines = ["# From the quantized program to the bytes", "",
                 "Written by `bench/python/lowering_time.py`: process seconds, best of several in one warm process.", "",
                 "| network | cortico | ExecuTorch's Cortex-M backend | factor |", "|---|---|---|---|"]
        args.table.write_text("\n".join(lines + ["| {} | {} | {} | {} |".format(*row) for row in rows]) + "\n")


if __name__ == "__main__":
    main()
