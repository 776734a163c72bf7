"""Schemas generated from our field lists parse equal to those of ExecuTorch's Cortex-M backend.

The installed executorch package is the oracle: its operators.yaml for the `.out` forms, and the
text given to torch's library for the functional ones. Compared are parsed schemas (names, types,
order, defaults), not white space. Usage: schema_test.py CORTICO
"""

import ast
import json
import pathlib
import subprocess
import sys

import importlib.util

import torch
import yaml



def backend_folder() -> pathlib.Path:
    spec = importlib.util.find_spec("executorch")
    return pathlib.Path(next(iter(spec.submodule_search_locations))) / "backends" / "cortex_m"


def parse(text: str):
    return torch._C.parse_schema(text)


def arguments(schema):
    """What a caller relies on: everything but the results' names."""
    return [
        (a.name, str(a.type), a.kwarg_only, a.default_value, a.is_out)
        for a in schema.arguments
    ]


def ours(cortico: str) -> dict:
    text = subprocess.run([cortico, "ops", "--yaml"], check=True, capture_output=True, text=True).stdout
    return {parse(e["func"]).name + "." + parse(e["func"]).overload_name: e for e in yaml.safe_load(text)}


def theirs() -> dict:
    entries = yaml.safe_load((backend_folder() / "ops" / "operators.yaml").read_text())
    return {parse(e["func"]).name + "." + parse(e["func"]).overload_name: e for e in entries}


def their_functional() -> dict:
    """The string arguments of `lib.define(...)`, without importing the module."""
    result = {}
    tree = ast.parse((backend_folder() / "ops" / "operators.py").read_text())
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "define":
            try:
                schema = parse("cortex_m::" + ast.literal_eval(call.args[0]))
            except (ValueError, RuntimeError):
                continue
            if not schema.overload_name:
                result[schema.name] = schema
    return result


def portable_differences(cortico: str) -> list:
    """Ops under ATen's names have torch's own schemas, and ExecuTorch's portable kernels."""
    folder = backend_folder().parents[1] / "kernels" / "portable"
    portable = {entry["op"] for entry in yaml.safe_load((folder / "functions.yaml").read_text()) if "op" in entry}
    differences, compared = [], 0
    listing = subprocess.run([cortico, "ops", "--json"], check=True, capture_output=True, text=True).stdout
    for op in json.loads(listing)["ops"]:
        namespace, _, name = op["name"].partition("::")
        if namespace != "aten":
            continue
        compared += 1
        if f"{name}.{op['overload']}" not in portable:
            differences.append(f"{op['name']}.{op['overload']} has no portable kernel in ExecuTorch")
        theirs = getattr(getattr(torch.ops.aten, name), op["overload"])._schema
        if arguments(parse(op["schema"])) != arguments(theirs):
            differences.append(f"{op['name']}:\n  ours   {op['schema']}\n  torch  {theirs}")
    if compared < 60:
        differences.append(f"only {compared} portable ops were compared")
    print(f"{compared} portable ops compared with torch")
    return differences


def main() -> int:
    cortico = sys.argv[1]
    mine, peer, functional = ours(cortico), theirs(), their_functional()
    assert len(peer) >= 23, f"the peer has {len(peer)} ops, 23 were known"
    failures, compared = portable_differences(cortico), 0
    for name, entry in mine.items():
        if not name.startswith("cortex_m::"):
            continue
        if name not in peer:
            failures.append(f"{name} is in no operators.yaml of ExecuTorch")
            continue
        compared += 1
        a, b = parse(entry["func"]), parse(peer[name]["func"])
        if arguments(a) != arguments(b):
            failures.append(f"{name}:\n  ours   {a}\n  theirs {b}")
        if entry["kernels"][0]["kernel_name"] != peer[name]["kernels"][0]["kernel_name"]:
            failures.append(f"{name}: kernel names differ")
        short = name.removesuffix(".out")
        ours_short = [x for x in arguments(a) if not x[4]]
        if short in functional and ours_short != arguments(functional[short]):
            failures.append(f"{short}: functional forms differ: {functional[short]}")
    if compared < 9:
        failures.append(f"only {compared} ops were compared")
    for failure in failures:
        print(failure)
    print(f"{compared} ops compared, {len(failures)} differ")
    print("not ours yet:", ", ".join(sorted(set(peer) - set(mine))) or "nothing")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
