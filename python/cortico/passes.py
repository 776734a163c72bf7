"""From quantized ATen ops to the dialect, by the compiler's passes."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch.export import ExportedProgram

from cortico import _build, _native
from cortico._walk import META, walk_program

CortexM = enum.Enum("CortexM", {"M" + cpu.removeprefix("cortex-m").upper(): cpu for cpu, _ in _native.cpus()})  # type: ignore[misc]
CortexM.__doc__ = "A core of the Cortex-M series; its value is its name."


class Isa(enum.Enum):
    """A family of kernels."""

    SCALAR = "scalar"
    DSP = "DSP"
    MVE = "MVE"


@dataclass(frozen=True)
class CortexMTargetConfig:
    """What is compiled for: a core and, when it was built without one of its options, the family of
    instructions it has (an M55 without MVE: Isa.DSP)."""

    cpu: Any = CortexM.M55
    isa: Any = None

    def _native(self, edge: bool) -> _native.Target:
        # ExecuTorch's own enumerations have the same names.
        cpu = self.cpu if isinstance(self.cpu, str) else "cortex-m" + self.cpu.name[1:].lower()
        isa = "" if self.isa is None else str(getattr(self.isa, "name", self.isa)).upper().replace("SCALAR", "scalar")
        return _native.Target(cpu, isa, "executorch" if edge else "cortico")


Pass = str | type | Callable[..., Any]


class CortexMPassManager:
    """Runs passes on an exported program.

    `pass_list` holds the names of the compiler's own, in order. Where they stand in `passes`, Python
    passes may stand too: a function or a torch.fx pass over the graph module (returning a PassResult,
    a module, or nothing), or a class of such passes, made with `exported_program` and
    `target_config` if its constructor takes them.
    """

    pass_list: ClassVar[list[str]] = _native.canonicalize_passes() + _native.lowering_passes()

    def __init__(
        self,
        exported_program: ExportedProgram,
        passes: Sequence[Pass] | None = None,
        target_config: Any = None,
    ) -> None:
        if not isinstance(exported_program, ExportedProgram):
            raise TypeError(f"CortexMPassManager takes an ExportedProgram, not {type(exported_program).__name__}")
        self.exported_program = exported_program
        self.passes: list[Pass] = list(self.pass_list if passes is None else passes)
        self.target_config = target_config if target_config is not None else CortexMTargetConfig()
        unknown = [name for name in self.passes if isinstance(name, str) and name not in self.pass_list]
        if unknown:
            raise ValueError(f"no such pass: {', '.join(unknown)}; there are {', '.join(self.pass_list)}")

    def transform(self) -> ExportedProgram:
        """The program after all passes: a valid ExportedProgram that runs in Python. The one given
        is not changed. Raises CompileError with every problem of the first pass that finds some."""
        program = self.exported_program
        group: list[str] = []
        for item in [*self.passes, None]:
            if isinstance(item, str):
                group.append(item)
                continue
            if group:
                program = self._run_native(program, group)
                group = []
            if item is not None:
                program = self._run_python(program, item)
        return program

    def _run_native(self, program: ExportedProgram, names: list[str]) -> ExportedProgram:
        edge = _build.is_edge(program.graph)
        target = self.target_config
        if not isinstance(target, CortexMTargetConfig):
            target = CortexMTargetConfig(target.cpu, target.isa)
        native = walk_program(program).load("program")
        native.run(names, target._native(edge))
        result = _build.build_program(native.data(), program, _build.edge_dialect() if edge else _build.TORCH)
        result.graph_module.meta[META] = {"target": target}
        return result

    def _run_python(self, program: ExportedProgram, item: Any) -> ExportedProgram:
        if isinstance(item, type):
            wanted = inspect.signature(item).parameters
            offered = {"exported_program": program, "target_config": self.target_config}
            item = item(**{name: value for name, value in offered.items() if name in wanted})
        result = item(program.graph_module)
        module = getattr(result, "graph_module", result)
        if not isinstance(module, torch.fx.GraphModule):
            module = program.graph_module
        module.graph.lint()
        module.recompile()
        return program._update(module, program.graph_signature)
