"""From a torch.fx graph to the JSON that a .pt2 archive has, which the native side imports.

A walk and nothing else: what is understood, refused and said about it is decided there, by the code
that reads files.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import ConstantArgument, InputKind, OutputKind, TensorArgument

from cortico import _native
from cortico._errors import CompileError

Json = dict[str, Any]

_NUMBERS = _native.enumerators()
_INPUTS = {
    InputKind.PARAMETER: ("parameter", "parameter_name"),
    InputKind.BUFFER: ("buffer", "buffer_name"),
    InputKind.CONSTANT_TENSOR: ("tensor_constant", "tensor_constant_name"),
}
_OUTPUTS = {
    OutputKind.BUFFER_MUTATION: ("buffer_mutation", "buffer_name"),
    OutputKind.PARAMETER_MUTATION: ("parameter_mutation", "parameter_name"),
    OutputKind.USER_INPUT_MUTATION: ("user_input_mutation", "user_input_name"),
}
# Where a node keeps what a tensor of the compiler has beyond torch's: see _build.py.
META = "cortico"


def _last_word(value: Any) -> str:
    return str(value).rsplit(".", 1)[-1]


def _number(kind: str, value: Any) -> int:
    return _NUMBERS[kind].get(_last_word(value), 0)


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _size(value: Any) -> Json:
    if isinstance(value, torch.SymInt):
        hint = value.node.hint
        return {"as_expr": {"expr_str": str(value.node.expr), "hint": None if hint is None else {"as_int": int(hint)}}}
    return {"as_int": int(value)}


def _tensor_meta(tensor: torch.Tensor) -> Json:
    sparse = tensor.layout != torch.strided
    return {
        "dtype": _number("dtype", tensor.dtype),
        "sizes": [_size(s) for s in tensor.shape],
        "strides": [] if sparse else [_size(s) for s in tensor.stride()],
        "storage_offset": {"as_int": 0} if sparse else _size(tensor.storage_offset()),
        "layout": _number("layout", tensor.layout),
    }


def op_name(target: Any) -> str:
    """The name of a call's target as .pt2 files have it; edge ops go by the name of torch's op."""
    target = getattr(target, "_op", target) if not isinstance(target, torch._ops.OpOverload) else target
    if isinstance(target, torch._ops.OpOverload):
        # See _ops.register.
        return f"torch.ops.{target}".replace("cortico._to_dim", "dim_order_ops._to_dim")
    if isinstance(target, torch._ops.HigherOrderOperator):
        return f"torch.ops.higher_order.{target.name()}"
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__name__', target)}"


def schema_of(target: Any) -> Any:
    return getattr(target, "_schema", None)


def is_alloc(target: Any) -> bool:
    """Whether this is ExecuTorch's function for uninitialized memory."""
    return getattr(target, "__name__", "") == "alloc" and getattr(target, "__module__", "") == "executorch.exir.memory"


def _user_frames(node: torch.fx.Node) -> dict[str, str]:
    meta = {}
    if trace := node.meta.get("stack_trace"):
        meta["stack_trace"] = trace
    if stack := node.meta.get("nn_module_stack"):
        entries = [
            f"{key},{value[0]},{value[1] if isinstance(value[1], str) else value[1].__qualname__}"
            for key, value in stack.items()
        ]
        meta["nn_module_stack"] = ";".join(entries)
    return meta


@dataclass
class Document:
    """A program for the native side. `tensors` keeps alive what `storages` points to."""

    json: Json = field(default_factory=dict)
    storages: dict[str, tuple[int, int]] = field(default_factory=dict)
    layouts: dict[str, tuple[list[int], Any]] = field(default_factory=dict)
    tensors: list[torch.Tensor] = field(default_factory=list)

    def load(self, name: str, lowered: bool = False, training: bool = False) -> _native.Program:
        """Imports it. Raises CompileError."""
        text = json.dumps(self.json).encode()
        return _native.Program(text, self.storages, self.layouts, name, lowered, training)


class _Walker:
    def __init__(self) -> None:
        self.document = Document()
        self.weights: Json = {}
        self.inputs: list[Json] = []
        self.outputs: list[Json] = []
        self.twins: dict[str, str] = {}  # a second getitem of the same result -> the first

    # ---- weights

    def weight(self, origin: str, tensor: Any) -> None:
        """Describes a weight or constant under the name that the signature gives it."""
        if not isinstance(tensor, torch.Tensor):
            return
        meta = _tensor_meta(tensor)
        record = {"path_name": origin, "use_pickle": False, "tensor_meta": meta}
        self.weights[origin] = record
        plain = type(tensor) in (torch.Tensor, torch.nn.Parameter, torch.nn.Buffer)
        if not plain or tensor.layout != torch.strided:
            record["use_pickle"] = tensor.layout == torch.strided
            return
        tensor = tensor.detach()
        if tensor.device.type != "cpu" or tensor.is_conj() or tensor.is_neg():
            tensor = tensor.cpu().resolve_conj().resolve_neg()
            record["tensor_meta"] = _tensor_meta(tensor)
        storage = tensor.untyped_storage()
        record["path_name"] = path = f"{storage.data_ptr()}"
        self.document.storages[path] = (storage.data_ptr(), storage.nbytes())
        self.document.tensors.append(tensor)

    # ---- arguments

    def argument(self, arg: Any, type_: Any, graph: Json) -> Json:  # noqa: PLR0911
        if isinstance(arg, torch.fx.Node):
            return self.node_argument(arg, graph)
        if arg is None:
            return {"as_none": True}
        for python, kind in ((bool, "as_bool"), (int, "as_int"), (str, "as_string")):
            if type(arg) is python:
                return {kind: arg}
        if type(arg) is float:
            return {"as_float": _float(arg)}
        if isinstance(arg, (list, tuple)):
            return self.list_argument(list(arg), type_)
        if isinstance(arg, torch.dtype):
            return {"as_scalar_type": _number("dtype", arg)}
        if isinstance(arg, torch.device):
            return {"as_device": {"type": arg.type, "index": arg.index}}
        if isinstance(arg, torch.memory_format):
            return {"as_memory_format": _number("memory_format", arg)}
        if isinstance(arg, torch.layout):
            return {"as_layout": _number("layout", arg)}
        if isinstance(arg, complex):
            return {"as_complex": {"real": arg.real, "imag": arg.imag}}
        if isinstance(arg, torch.SymInt):
            return {"as_int": int(arg)}
        if isinstance(arg, dict):
            return {"as_string_to_argument": {}}
        return {"as_custom_obj": {"name": "", "class_fqn": type(arg).__qualname__}}

    def node_argument(self, node: torch.fx.Node, graph: Json) -> Json:
        if node.op == "get_attr":
            held = _attribute(node)
            if isinstance(held, torch.fx.GraphModule):
                return {"as_graph": {"name": str(node.target), "graph": self.graph(held.graph, top=False)}}
        value = node.meta.get("val")
        if isinstance(value, torch.SymInt):
            return {"as_sym_int": {"as_name": node.name}}
        if isinstance(value, torch.SymFloat):
            return {"as_sym_float": {"as_name": node.name}}
        if isinstance(value, torch.SymBool):
            return {"as_sym_bool": {"as_name": node.name}}
        return {"as_tensor": {"name": self.name(node)}}

    def name(self, node: torch.fx.Node) -> str:
        return self.twins.get(node.name, node.name)

    def list_argument(self, items: list[Any], type_: Any) -> Json:
        if not items:
            return {_empty_kind(type_): []}
        for python, kind in ((bool, "as_bools"), (int, "as_ints"), (str, "as_strings")):
            if all(type(item) is python for item in items):
                return {kind: items}
        if all(type(item) in (int, float) for item in items):
            return {"as_floats": [_float(float(item)) for item in items]}
        if all(_is_size(item) for item in items):
            sizes = [{"as_name": i.name} if isinstance(i, torch.fx.Node) else {"as_int": int(i)} for i in items]
            return {"as_sym_ints": sizes}
        if all(isinstance(item, torch.fx.Node) for item in items):
            return {"as_tensors": [{"name": self.name(item)} for item in items]}
        if all(item is None or isinstance(item, torch.fx.Node) for item in items):
            tensors = [{"as_none": True} if i is None else {"as_tensor": {"name": self.name(i)}} for i in items]
            return {"as_optional_tensors": tensors}
        return {"as_nested_tensors": []}

    # ---- nodes

    def graph(self, graph: torch.fx.Graph, top: bool) -> Json:
        result: Json = {
            "inputs": [], "outputs": [], "nodes": [], "tensor_values": {},
            "sym_int_values": {}, "sym_float_values": {}, "sym_bool_values": {},
        }
        for node in graph.nodes:
            if node.op == "placeholder":
                self.value(node.name, node.meta.get("val"), result)
                if not top:
                    result["inputs"].append({"as_tensor": {"name": node.name}})
            elif node.op == "get_attr":
                self.get_attr(node, result)
            elif node.op == "output":
                if not top:
                    found = torch.utils._pytree.tree_leaves(node.args[0])
                    result["outputs"] = [self.argument(a, None, result) for a in found]
            elif node.target is not operator.getitem:
                result["nodes"].append(self.call(node, result))
        return result

    def get_attr(self, node: torch.fx.Node, graph: Json) -> None:
        """A tensor that the graph holds as an attribute counts as a constant of the program."""
        held = _attribute(node)
        if not isinstance(held, torch.Tensor):
            return
        self.weight(str(node.target), held)
        graph["tensor_values"][node.name] = _tensor_meta(held)
        self.inputs.append({"tensor_constant": {"arg": {"name": node.name}, "tensor_constant_name": str(node.target)}})

    def value(self, name: str, value: Any, graph: Json) -> Json:
        """Describes one result, and gives its entry among the results."""
        if isinstance(value, torch.Tensor):
            graph["tensor_values"][name] = _tensor_meta(value)
            return {"as_tensor": {"name": name}}
        if isinstance(value, torch.SymInt) or type(value) is int:
            graph["sym_int_values"][name] = _size(value)
            return {"as_sym_int": {"as_name": name}}
        if isinstance(value, torch.SymFloat) or type(value) is float:
            graph["sym_float_values"][name] = {"as_float": value} if type(value) is float else {}
            return {"as_sym_float": {"as_name": name}}
        if isinstance(value, torch.SymBool) or type(value) is bool:
            graph["sym_bool_values"][name] = {"as_bool": value} if type(value) is bool else {}
            return {"as_sym_bool": {"as_name": name}}
        return {"as_none": True}

    def call(self, node: torch.fx.Node, graph: Json) -> Json:
        target = f"call_module.{node.target}" if node.op == "call_module" else op_name(node.target)
        if node.op == "call_method":
            target = f"call_method.{node.target}"
        schema = schema_of(node.target)
        ours = node.meta.get(META, {})
        if "op" in ours:
            target = f"torch.ops.{ours['op']}"
            inputs = [{"name": n, "arg": self.argument(a, None, graph)} for n, a in zip(ours["names"], node.args[0])]
        elif is_alloc(node.target):
            inputs = [{"name": "size", "arg": {"as_ints": list(node.args[0][0])}}]
            target = "torch.ops.aten.empty.memory_format"
        elif schema is None:
            arguments = [("", a) for a in node.args] + list(node.kwargs.items())
            inputs = [{"name": name, "arg": self.argument(a, None, graph)} for name, a in arguments]
        else:
            inputs = [
                {"name": name, "arg": self.argument(arg, type_, graph)}
                for name, arg, type_ in _by_schema(node, schema)
            ]
        for name, arg in ours.get("arguments", []):
            inputs.append({"name": name, "arg": self.argument(arg, None, graph)})
        return {"target": target, "inputs": inputs, "outputs": self.results(node, graph), "metadata": _user_frames(node)}

    def results(self, node: torch.fx.Node, graph: Json) -> list[Json]:
        value = node.meta.get("val")
        if not isinstance(value, (list, tuple)):
            if value is None and node.op == "call_function" and node.users and schema_of(node.target) is not None:
                raise CompileError(f"node '{node.name}' has no meta['val']; give it one, or run the pass through "
                                   "torch.fx.passes.fake_tensor_prop.FakeTensorProp")
            return [] if value is None and not node.users else [self.value(node.name, value, graph)]
        names = [f"{node.name}_unused_{i}" for i in range(len(value))]
        taken: dict[int, str] = {}
        for user in node.users:
            if user.target is operator.getitem:
                first = taken.setdefault(int(user.args[1]), user.name)
                self.twins[user.name] = names[int(user.args[1])] = first
        entries = [self.value(name, v, graph) for name, v in zip(names, value)]
        schema = schema_of(node.target)
        if schema is not None and len(schema.returns) == 1:
            return [{"as_tensors": [e.get("as_tensor", {"name": ""}) for e in entries]}]
        return entries

    # ---- layouts

    def layouts(self, nodes: Iterator[torch.fx.Node]) -> None:
        for node in nodes:
            if (meta := node.meta.get(META)) and "layout" in meta:
                self.document.layouts[node.name] = meta["layout"]
            elif node.op == "placeholder" and (order := _order_of(node.meta.get("val"))):
                self.document.layouts[node.name] = (order, None)


def _order_of(value: Any) -> list[int]:
    """Of an image in channels-last order; empty for anything else."""
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.dim() != 4:
        return []
    if any(isinstance(s, torch.SymInt) for s in value.shape) or value.is_contiguous():
        return []
    return [0, 2, 3, 1] if value.is_contiguous(memory_format=torch.channels_last) else []


def _attribute(node: torch.fx.Node) -> Any:
    held: Any = node.graph.owning_module
    for part in str(node.target).split("."):
        held = getattr(held, part, None)
    return held


def _is_size(item: Any) -> bool:
    if isinstance(item, torch.fx.Node):
        return isinstance(item.meta.get("val"), (torch.SymInt, int))
    return type(item) is int or isinstance(item, torch.SymInt)


def _empty_kind(type_: Any) -> str:
    """The kind of an empty list, which only the schema knows."""
    text = str(type_)
    for word, kind in (("Tensor", "as_tensors"), ("float", "as_floats"), ("bool", "as_bools")):
        if word in text:
            return kind
    return "as_ints"


def _by_schema(node: torch.fx.Node, schema: Any) -> Iterator[tuple[str, Any, Any]]:
    for i, argument in enumerate(schema.arguments):
        if argument.name in node.kwargs:
            yield argument.name, node.kwargs[argument.name], argument.type
        elif not argument.kwarg_only and i < len(node.args):
            yield argument.name, node.args[i], argument.type


def _range(bound: Any) -> int | None:
    try:
        number = int(bound)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return None
    return number if abs(number) < 2**62 else None


def _document(walker: _Walker, graph: Json, ranges: Json) -> Document:
    document = walker.document
    document.json = {
        "graph_module": {
            "graph": graph,
            "signature": {"input_specs": walker.inputs, "output_specs": walker.outputs},
        },
        "range_constraints": ranges,
        "weights": walker.weights,
    }
    return document


def walk_program(program: ExportedProgram) -> Document:
    """An ExportedProgram with its signature and weights."""
    walker = _Walker()
    for spec in program.graph_signature.input_specs:
        if spec.kind in _INPUTS:
            kind, key = _INPUTS[spec.kind]
            held = program.state_dict.get(spec.target)
            if held is None:
                held = program.constants.get(spec.target)
            walker.weight(str(spec.target), held)
            walker.inputs.append({kind: {"arg": {"name": spec.arg.name}, key: spec.target}})
        elif spec.kind == InputKind.USER_INPUT and isinstance(spec.arg, ConstantArgument):
            walker.inputs.append({"constant_input": {"name": spec.arg.name}})
        elif spec.kind == InputKind.USER_INPUT:
            kind = "as_tensor" if isinstance(spec.arg, TensorArgument) else type(spec.arg).__name__
            walker.inputs.append({"user_input": {"arg": {kind: {"name": spec.arg.name}}}})
        else:
            walker.inputs.append({"custom_obj": {"arg": {"name": spec.arg.name}}})
    graph = walker.graph(program.graph, top=True)
    walker.layouts(program.graph.nodes)
    for spec in program.graph_signature.output_specs:
        arg: Json = {"as_none": True}
        if isinstance(spec.arg, TensorArgument):
            arg = {"as_tensor": {"name": walker.twins.get(spec.arg.name, spec.arg.name)}}
        elif isinstance(spec.arg, ConstantArgument) and spec.arg.value is not None:
            arg = {"as_int": spec.arg.value}
        elif not isinstance(spec.arg, ConstantArgument):
            arg = {"as_sym_int": {"as_name": spec.arg.name}}
        if spec.kind == OutputKind.USER_OUTPUT:
            walker.outputs.append({"user_output": {"arg": arg}})
        elif spec.kind in _OUTPUTS:
            kind, key = _OUTPUTS[spec.kind]
            walker.outputs.append({kind: {"arg": {"name": spec.arg.name}, key: spec.target}})
        else:
            walker.outputs.append({spec.kind.name.lower(): {"arg": arg}})
    ranges = {
        str(symbol): {"min_val": _range(bounds.lower), "max_val": _range(bounds.upper)}
        for symbol, bounds in program.range_constraints.items()
    }
    return _document(walker, graph, ranges)


def walk_module(module: torch.fx.GraphModule) -> Document:
    """A captured module, as prepare_pt2e hands it to a quantizer: weights are attributes."""
    walker = _Walker()
    graph = walker.graph(module.graph, top=True)
    walker.layouts(module.graph.nodes)
    for node in module.graph.nodes:
        if node.op == "placeholder":
            kind = "user_input" if isinstance(node.meta.get("val"), torch.Tensor) else "constant_input"
            arg = {"arg": {"as_tensor": {"name": node.name}}} if kind == "user_input" else {"name": node.name}
            walker.inputs.append({kind: arg})
        elif node.op == "output":
            for leaf in torch.utils._pytree.tree_leaves(node.args[0]):
                walker.outputs.append({"user_output": {"arg": walker.argument(leaf, None, graph)}})
    return _document(walker, graph, {})
