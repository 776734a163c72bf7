"""Names of ops as people write them, and how often an op stands in a graph."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from cortico import _ops
from cortico._walk import op_name

_PREFIXES = ("executorch_exir_dialects_edge__ops_", "exir_ops_edge_", "torch_ops_")


def key(name: Any) -> str:
    """One form for all spellings: "torch.ops.cortex_m.quantized_add.default",
    "cortex_m::quantized_add.default", "executorch_exir_dialects_edge__ops_cortex_m_quantized_add_default"
    and the op itself are "cortex_m_quantized_add_default"."""
    text = name if isinstance(name, str) else _written(name)
    text = text.replace("::", "_").replace(".", "_")
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text


def _written(op: Any) -> str:
    return str(op) if isinstance(op, torch._ops.OpOverloadPacket) else op_name(op)


class OpTable:
    """The calls of a graph."""

    def __init__(self, graph: torch.fx.Graph) -> None:
        self.names: Counter[str] = Counter()
        self.keys: Counter[str] = Counter()
        for node in graph.nodes:
            if node.op != "call_function":
                continue
            name = op_name(node.target).removeprefix("torch.ops.")
            self.names[name] += 1
            self.keys[key(name)] += 1
            if name.count(".") == 2:  # without its overload, which many people leave out
                self.keys[key(name.rpartition(".")[0])] += 1

    def count(self, op: Any) -> int:
        """How many calls `op` has. Raises ValueError for what is no op at all: a count of none would
        be true of every misspelling."""
        found = self.keys[key(op)]
        if found == 0:
            _must_exist(op)
        return found

    def __str__(self) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(self.names.items())) or "no calls"


def _must_exist(op: Any) -> None:
    _ops.register()
    known = set()
    for name in torch._C._dispatch_get_all_op_names():
        packet, _, overload = name.partition(".")
        known.add(key(packet))
        known.add(key(f"{packet}.{overload or 'default'}"))
    wanted = key(op)
    if wanted in known:
        return
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.8)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; import the module that registers it"
    raise ValueError(f"no op is registered under the name {op}{hint}")


def count_errors(graph: torch.fx.Graph, expected: Mapping[Any, int]) -> list[str]:
    """What is not as `expected` says, one line for each op."""
    table = OpTable(graph)
    found = {op: table.count(op) for op in expected}
    return [f"{op}: {found[op]}, not {n}" for op, n in expected.items() if found[op] != n]


def absent(graph: torch.fx.Graph, ops: Iterable[Any]) -> list[Any]:
    """Those of `ops` that the graph does not call."""
    table = OpTable(graph)
    return [op for op in ops if table.count(op) == 0]
