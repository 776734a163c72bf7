"""The dialect's ops in torch, from the schemas that the compiler generates.

Every `cortex_m::` and `cortico::` op gets its functional and its `.out` form, a meta function and
the compiler's reference value as implementation. Ops that somebody else (ExecuTorch's own Cortex-M
backend) has registered are left to them; when its module comes later, it leaves ours alone.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch

from cortico import _native

_LIBRARIES: dict[str, torch.library.Library] = {}
_REGISTERED: set[str] = set()
_INTERMEDIATE = "intermediate(Tensor[] inputs) -> Tensor"


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def dim_order(tensor: torch.Tensor) -> list[int]:
    """Empty for the default order, and for what is no dense tensor in channels-last order."""
    if tensor.dim() != 4 or tensor.is_contiguous():
        return []
    return [0, 2, 3, 1] if tensor.is_contiguous(memory_format=torch.channels_last) else []


def strides(sizes: list[int], order: list[int]) -> list[int]:
    """Of a dense tensor whose dimensions lie in memory in `order`, outermost first."""
    result, stride = [0] * len(sizes), 1
    for d in reversed(order or range(len(sizes))):
        result[d] = stride
        stride *= max(sizes[d], 1)
    return result


class _Call:
    """The arguments of one call for the native side, and the tensors that they point into."""

    def __init__(self, with_data: bool) -> None:
        self.with_data = with_data
        self.alive: list[torch.Tensor] = []

    def argument(self, arg: Any) -> Any:
        if isinstance(arg, torch.Tensor):
            return self.tensor(arg)
        if isinstance(arg, (list, tuple)):
            return [self.argument(item) for item in arg]
        return dtype_name(arg) if isinstance(arg, torch.dtype) else arg

    def tensor(self, tensor: torch.Tensor) -> tuple[Any, int]:
        type_ = (dtype_name(tensor.dtype), list(tensor.shape), dim_order(tensor), None)
        if not self.with_data:
            return type_, 0
        self.alive.append(tensor.detach().contiguous())
        return type_, self.alive[-1].data_ptr()


def _complete(schema: torch._C.FunctionSchema, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Arguments in the order of the schema, defaults filled in, results left out."""
    values = []
    for i, argument in enumerate(schema.arguments):
        if argument.is_out:
            continue
        if argument.name in kwargs:
            values.append(kwargs[argument.name])
        else:
            values.append(args[i] if i < len(args) and not argument.kwarg_only else argument.default_value)
    return values


def _empty(name: str, call: _Call, values: list[Any], device: str) -> torch.Tensor:
    dtype, sizes, order, _ = _native.result_type(name, call.argument(values))
    return torch.empty_strided(sizes, strides(sizes, order), dtype=getattr(torch, dtype), device=device)


def _meta(name: str, schema: torch._C.FunctionSchema, *args: Any, **kwargs: Any) -> torch.Tensor:
    return _empty(name, _Call(with_data=False), _complete(schema, args, kwargs), "meta")


def _reference(name: str, schema: torch._C.FunctionSchema, *args: Any, **kwargs: Any) -> torch.Tensor:
    call, values = _Call(with_data=True), _complete(schema, args, kwargs)
    result = _empty(name, call, values, "cpu")
    dense = result.contiguous()
    _native.reference_value(name, call.argument(values), dense.data_ptr(), dense.numel() * dense.element_size())
    return dense if dense is result else result.copy_(dense)


def _into(function: Any, schema: torch._C.FunctionSchema, *args: Any, **kwargs: Any) -> torch.Tensor:
    out = kwargs.pop(next(a.name for a in schema.arguments if a.is_out))
    result = function(*args, **kwargs)
    if out.shape != result.shape:
        out.resize_(result.shape)
    return out.copy_(result)


def _unfinished(*args: Any, **kwargs: Any) -> torch.Tensor:
    raise RuntimeError("this program is halfway through the compiler's passes; run the others too")


def _exists(name: str) -> bool:
    try:
        torch._C._get_schema(*(name.split(".") if "." in name else (name, "")))
    except RuntimeError:
        return False
    return True


def _register_one(namespace: str, text: str, kernel: Any, meta: Any) -> None:
    schema = torch._C.parse_schema(f"{namespace}::{text}")
    overload = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
    if _exists(overload):
        return
    library = _LIBRARIES.setdefault(namespace, torch.library.Library(namespace, "FRAGMENT"))
    library.define(text)
    _REGISTERED.add(overload)
    short = overload.split("::")[1]
    library.impl(short, functools.partial(kernel, schema), "CompositeExplicitAutograd")
    library.impl(short, functools.partial(meta, schema), "Meta")


# Torch has one definition of a namespace, and this module's would fail over ops that are there.
_THEIRS = "executorch.backends.cortex_m.ops.operators"


class _Guest(torch.library.Library):
    """A Library that adds what is missing and leaves alone what is there."""

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        super().__init__(ns, "FRAGMENT" if kind == "DEF" else kind, dispatch_key)

    def define(self, schema: str, *args: Any, **kwargs: Any) -> Any:
        name = torch._C.parse_schema(f"{self.ns}::{schema}")
        full = f"{name.name}.{name.overload_name}" if name.overload_name else name.name
        return full if _exists(full) else super().define(schema, *args, **kwargs)

    def impl(self, op_name: Any, fn: Any, *args: Any, **kwargs: Any) -> None:
        if not (isinstance(op_name, str) and f"{self.ns}::{op_name}" in _REGISTERED):
            super().impl(op_name, fn, *args, **kwargs)


class _MakeRoom(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets ExecuTorch's module of cortex_m:: ops be imported after ours: it adds what we lack."""

    loader: Any = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _THEIRS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        library, register_fake = torch.library.Library, torch.library.register_fake

        def fake(op: Any, func: Any = None, /, **kwargs: Any) -> Any:
            return (func or (lambda f: f)) if op in _REGISTERED else register_fake(op, func, **kwargs)

        torch.library.Library, torch.library.register_fake = _Guest, fake  # type: ignore[misc,assignment]
        try:
            self.loader.exec_module(module)
        finally:
            torch.library.Library, torch.library.register_fake = library, register_fake  # type: ignore[misc]


_MAKE_ROOM = _MakeRoom()


def register() -> None:
    """Registers what is missing. Calling it again is cheap, and adds what has gone."""
    if _MAKE_ROOM not in sys.meta_path:
        sys.meta_path.insert(0, _MAKE_ROOM)
    for namespace, functional, out in _native.op_schemas():
        if namespace == "aten":
            continue
        name = f"{namespace}::{functional.split('(')[0]}"
        # ExecuTorch's, with more arguments there: under a name of our own in torch's programs.
        namespace = "cortico" if namespace == "dim_order_ops" else namespace
        reference, meta = functools.partial(_reference, name), functools.partial(_meta, name)
        _register_one(namespace, functional, reference, meta)
        whole = torch._C.parse_schema(f"{namespace}::{functional}")
        _register_one(namespace, out,
                      functools.partial(_into, functools.partial(reference, whole)),
                      functools.partial(_into, functools.partial(meta, whole)))
    if not _exists("cortico::intermediate"):
        library = _LIBRARIES.setdefault("cortico", torch.library.Library("cortico", "FRAGMENT"))
        library.define(_INTERMEDIATE)
        library.impl("intermediate", _unfinished, "CompositeExplicitAutograd")
