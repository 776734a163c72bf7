"""From the compiler's graph back to a torch.fx graph."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import (
    ConstantArgument,
    ExportGraphSignature,
    InputKind,
    InputSpec,
    OutputKind,
    OutputSpec,
    TensorArgument,
)
from torch.utils import _pytree as pytree

from cortico import _ops
from cortico._walk import META

# Keys of meta that a node of ours takes over from the user's node that it stands for.
_CARRIED = ("stack_trace", "nn_module_stack", "torch_fn", "source_fn_stack", "from_node", "custom", "debug_handle")

TensorType = tuple[str, list[int], list[int], Any]


@dataclass
class Dialect:
    """How calls are spelled: torch's own ops, or ExecuTorch's edge ops around the same."""

    find: Callable[[str], Any]
    scratch: Callable[[torch.fx.Graph, int], torch.fx.Node]


def _find_torch(name: str) -> Any:
    name = name.replace("dim_order_ops.", "cortico.")  # see _ops.register
    namespace, op, overload = name.split(".")
    return getattr(getattr(getattr(torch.ops, namespace), op), overload)


def _scratch_torch(graph: torch.fx.Graph, size: int) -> torch.fx.Node:
    return graph.call_function(torch.ops.aten.empty.memory_format, ([size],), {"dtype": torch.uint8, "device": torch.device("cpu")})


TORCH = Dialect(_find_torch, _scratch_torch)


def edge_dialect() -> Dialect:
    """ExecuTorch's; imports it."""
    from executorch.exir import memory
    from executorch.exir.dialects._ops import ops as edge_ops

    def find(name: str) -> Any:
        namespace, op, overload = name.split(".")
        return getattr(getattr(getattr(edge_ops.edge, namespace), op), overload)

    def scratch(graph: torch.fx.Graph, size: int) -> torch.fx.Node:
        return graph.call_function(memory.alloc, (((size,), torch.uint8),))

    return Dialect(find, scratch)


def is_edge(graph: torch.fx.Graph) -> bool:
    """Whether the calls of a graph are ExecuTorch's edge ops."""
    return any(type(node.target).__name__ == "EdgeOpOverload" for node in graph.nodes)


@dataclass
class Source:
    """What the compiler's graph was made from: metadata by node name, tensors by weight name."""

    nodes: dict[str, torch.fx.Node]
    weights: dict[str, Any]
    fake_mode: Any = None

    @staticmethod
    def of(graph: torch.fx.Graph, weights: dict[str, Any]) -> "Source":
        mode = None
        for node in graph.nodes:
            for value in pytree.tree_leaves(node.meta.get("val")):
                mode = mode or getattr(value, "fake_mode", None)
        if mode is None:
            mode = torch._subclasses.FakeTensorMode(allow_non_fake_inputs=True)
        return Source({node.name: node for node in graph.nodes}, weights, mode)


@dataclass
class _Builder:
    """Fills a graph with nodes; constants and inputs are there already."""

    graph: torch.fx.Graph
    source: Source
    dialect: Dialect
    values: dict[str, torch.fx.Node] = field(default_factory=dict)

    def fake(self, type_: TensorType) -> torch.Tensor:
        dtype, sizes, order, _ = type_
        with self.source.fake_mode:
            return torch.empty_strided(sizes, _ops.strides(sizes, order), dtype=getattr(torch, dtype))

    def describe(self, node: torch.fx.Node, type_: TensorType) -> None:
        node.meta["val"] = self.fake(type_)
        if type_[2] or type_[3]:
            node.meta[META] = {**node.meta.get(META, {}), "layout": (type_[2], type_[3])}

    def argument(self, arg: tuple[str, Any], type_: Any) -> Any:
        kind, value = arg[0], arg[1] if len(arg) > 1 else None
        if kind == "value":
            return self.values[value]
        if kind == "values":
            return [None if name is None else self.values[name] for name in value]
        if kind == "dtype":
            return getattr(torch, value)
        if kind == "symbol":
            return _symbol(value, type_)
        return value

    def call(self, op: str, args: list[Any], results: list[Any], location: tuple[str, str, str]) -> None:
        target: Any = None
        unknown: dict[str, Any] = {}
        if op == "aten.view.default":
            # A view of the compiler's is one of elements in logical order; torch's is one of memory.
            op, args = "aten.reshape.default", [("shape" if name == "size" else name, arg) for name, arg in args]
        if op.count(".") == 2:
            target = self.dialect.find(op)
        if target is None:
            node = self.intermediate(op, args)
        else:
            node = self.known(target, args, unknown)
        name = results[0][0] if len(results) == 1 else f"{location[0]}_results"
        node._rename(name)
        before = self.source.nodes.get(location[0])
        if before is not None:
            node.meta.update({key: before.meta[key] for key in _CARRIED if key in before.meta})
        if unknown:
            node.meta[META] = {"arguments": list(unknown.items())}
        if target is not None and not _returns_one(target):
            return self.results(node, results)
        self.values[results[0][0]] = node
        self.describe(node, results[0][1])

    def results(self, node: torch.fx.Node, results: list[Any]) -> None:
        node.meta["val"] = [self.fake(type_) for _, type_ in results]
        for i, (name, type_) in enumerate(results):
            part = self.graph.call_function(operator.getitem, (node, i))
            part._rename(name)
            self.values[name] = part
            self.describe(part, type_)

    def known(self, target: Any, args: list[Any], unknown: dict[str, Any]) -> torch.fx.Node:
        """Positional as far as the schema goes without a gap, by keyword from there on."""
        given = dict(args)
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        gap = False
        for argument in target._schema.arguments:
            if argument.name not in given:
                gap = True
                continue
            value = self.argument(given.pop(argument.name), argument.type)
            if gap or argument.kwarg_only:
                keywords[argument.name] = value
            else:
                positional.append(value)
        unknown.update({name: self.argument(arg, None) for name, arg in given.items()})
        return self.graph.call_function(target, tuple(positional), keywords)

    def intermediate(self, op: str, args: list[Any]) -> torch.fx.Node:
        """What exists between two passes only."""
        inputs = [self.values[arg[1]] for _, arg in args if arg[0] == "value"]
        node = self.graph.call_function(torch.ops.cortico.intermediate.default, (inputs,))
        node.meta[META] = {"op": op, "names": [name for name, arg in args if arg[0] == "value"],
                           "arguments": [(name, self.argument(arg, None)) for name, arg in args if arg[0] != "value"]}
        return node

    def nodes(self, data: dict[str, Any]) -> None:
        pending = dict(data["scratch"])
        for op, args, results, location in data["nodes"]:
            for _, arg in args:
                if arg[0] == "value" and arg[1] in pending:
                    self.add_scratch(arg[1], pending.pop(arg[1]))
            self.call(op, args, results, location)

    def add_scratch(self, name: str, size: int) -> None:
        node = self.dialect.scratch(self.graph, size)
        node._rename(name)
        self.values[name] = node
        node.meta["val"] = self.fake(("uint8", [size], [], None))


def _returns_one(target: Any) -> bool:
    returns = target._schema.returns
    return len(returns) == 1 and "[]" not in str(returns[0].type) and "List" not in str(returns[0].type)


def _symbol(text: str, type_: Any) -> Any:
    if "Device" in str(type_):
        return torch.device(text)
    return getattr(torch, text.removeprefix("_"), None)


def constant_tensor(entry: tuple[Any, ...], source: Source) -> torch.Tensor:
    """The weight that Python has already, or a new tensor."""
    _, (dtype, sizes, order, _), _, kept, data = entry
    held = source.weights.get(kept) if kept else None
    if held is not None and list(held.shape) == sizes and not order and held.dtype == getattr(torch, dtype):
        return held
    if 0 in sizes:
        return torch.empty(sizes, dtype=getattr(torch, dtype))
    flat = torch.frombuffer(bytearray(data), dtype=getattr(torch, dtype))
    return flat.as_strided(sizes, _ops.strides(sizes, order))


def build_program(data: dict[str, Any], old: ExportedProgram, dialect: Dialect) -> ExportedProgram:
    """An ExportedProgram of the compiler's graph, with the inputs and outputs of `old`."""
    _ops.register()
    weights = {**old.state_dict, **old.constants}
    source = Source.of(old.graph, weights)
    graph = torch.fx.Graph()
    builder = _Builder(graph, source, dialect)
    inputs: list[InputSpec] = []
    state: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    kinds = {spec.target: spec for spec in old.graph_signature.input_specs if spec.target is not None}
    for entry in data["constants"]:
        name, type_, _, kept, _ = entry
        tensor = constant_tensor(entry, source)
        node = graph.placeholder(_identifier(name))
        builder.values[name] = node
        builder.describe(node, type_)
        spec = kinds.get(kept) if kept and tensor is weights.get(kept) else None
        target = spec.target if spec is not None else f"{node.name}"
        kind = spec.kind if spec is not None else InputKind.BUFFER
        persistent = (spec.persistent if spec is not None else True) if kind == InputKind.BUFFER else None
        inputs.append(InputSpec(kind, TensorArgument(node.name), target, persistent))
        kept_apart = kind == InputKind.CONSTANT_TENSOR or persistent is False
        (constants if kept_apart else state)[target] = tensor
    types = dict(data["inputs"])
    for spec in old.graph_signature.input_specs:
        if spec.kind != InputKind.USER_INPUT:
            continue
        node = graph.placeholder(spec.arg.name)
        before = source.nodes.get(spec.arg.name)
        node.meta.update(before.meta if before is not None else {})
        if not isinstance(spec.arg, ConstantArgument):
            builder.values[spec.arg.name] = node
            builder.describe(node, types[spec.arg.name])
        inputs.append(InputSpec(InputKind.USER_INPUT, _renamed(spec.arg, node.name), None))
    builder.nodes(data)
    results = [builder.values[name] for name, _ in data["outputs"]]
    graph.output(tuple(results))
    outputs = [OutputSpec(OutputKind.USER_OUTPUT, TensorArgument(node.name), None) for node in results]
    module = torch.fx.GraphModule(torch.nn.Module(), graph)
    module.meta.update(old.graph_module.meta)
    return ExportedProgram(
        root=module, graph=graph, graph_signature=ExportGraphSignature(inputs, outputs), state_dict=state,
        range_constraints={}, module_call_graph=old.module_call_graph, example_inputs=old.example_inputs,
        constants=constants, verifiers=old.verifiers)


def _identifier(name: str) -> str:
    return "".join(c if c.isidentifier() or c.isdigit() else "_" for c in name)


def _renamed(arg: Any, name: str) -> Any:
    return TensorArgument(name) if isinstance(arg, TensorArgument) else ConstantArgument(name, arg.value)


def build_module(data: dict[str, Any], old: torch.fx.GraphModule) -> torch.fx.GraphModule:
    """A captured module of the compiler's graph, with the inputs, outputs and weights of `old`."""
    weights = {str(n.target): _attribute(n) for n in old.graph.nodes if n.op == "get_attr"}
    source = Source.of(old.graph, weights)
    graph = torch.fx.Graph()
    graph.set_codegen(old.graph._codegen)
    builder = _Builder(graph, source, TORCH)
    types = dict(data["inputs"])
    for before in (n for n in old.graph.nodes if n.op == "placeholder"):
        node = graph.placeholder(str(before.target))
        node._rename(before.name)
        node.meta.update(before.meta)
        if before.name in types:
            builder.values[before.name] = node
    root = torch.nn.Module()
    root.training = old.training
    for entry in data["constants"]:
        name, type_, _, kept, _ = entry
        tensor = constant_tensor(entry, source)
        target = kept if kept and tensor is weights.get(kept) else _identifier(name)
        _set_attribute(root, target, tensor)
        node = graph.get_attr(target)
        node._rename(_identifier(name))
        builder.values[name] = node
        builder.describe(node, type_)
    builder.nodes(data)
    results = iter([builder.values[name] for name, _ in data["outputs"]])
    old_output = next(n for n in old.graph.nodes if n.op == "output")
    graph.output(pytree.tree_map(lambda leaf: next(results) if isinstance(leaf, torch.fx.Node) else leaf,
                                 old_output.args[0]))
    module = torch.fx.GraphModule(root, graph)
    module.meta.update(old.meta)
    return module


def _attribute(node: torch.fx.Node) -> Any:
    held: Any = node.graph.owning_module
    for part in str(node.target).split("."):
        held = getattr(held, part, None)
    return held


def _set_attribute(root: torch.nn.Module, target: str, tensor: torch.Tensor) -> None:
    *path, name = target.split(".")
    for part in path:
        if not hasattr(root, part):
            root.add_module(part, torch.nn.Module())
        root = getattr(root, part)
    if isinstance(tensor, torch.nn.Parameter):
        root.register_parameter(name, tensor)
    else:
        root.register_buffer(name, tensor)
