"""The way of `executorch.exir`, without executorch: from an exported program to the bytes of a file.

    edge = to_edge_transform_and_lower(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    edge._edge_programs["forward"] = CortexMPassManager(edge.exported_program(), CortexMPassManager.pass_list).transform()
    et_program = edge.to_executorch()
    et_program.write_to_file(f)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from torch.export import ExportedProgram

from cortico._walk import META, walk_program
from cortico.passes import CortexMTargetConfig


@dataclass
class EdgeCompileConfig:
    """Takes what executorch.exir.EdgeCompileConfig takes. None of it changes a program of ours:
    ops stay whole until the compiler's own passes, and these verify the graph after each step."""

    _check_ir_validity: bool = True
    _use_edge_ops: bool = True
    _core_aten_ops_exception_list: list[Any] = field(default_factory=list)
    preserve_ops: list[Any] = field(default_factory=list)
    _skip_dim_order: bool = False


@dataclass
class ExecutorchBackendConfig:
    """Takes nothing yet that changes a program: memory is planned by the compiler."""


class ExecutorchProgramManager:
    """A compiled program."""

    def __init__(self, buffer: bytes, programs: dict[str, ExportedProgram]) -> None:
        self._buffer = buffer
        self._programs = programs

    @property
    def buffer(self) -> bytes:
        """The bytes of the .pte file."""
        return self._buffer

    def write_to_file(self, open_file: BinaryIO) -> None:
        """Writes the .pte file to a file that is open for writing bytes."""
        open_file.write(self._buffer)

    def exported_program(self, method_name: str = "forward") -> ExportedProgram:
        """The program that was compiled."""
        return self._programs[method_name]


class EdgeProgramManager:
    """Programs between export and emission, by method name."""

    def __init__(self, edge_programs: dict[str, ExportedProgram]) -> None:
        self._edge_programs = dict(edge_programs)

    @property
    def methods(self) -> set[str]:
        """Names of the methods."""
        return set(self._edge_programs)

    def exported_program(self, method_name: str = "forward") -> ExportedProgram:
        """The program of a method as it stands."""
        return self._edge_programs[method_name]

    def to_executorch(self, config: ExecutorchBackendConfig | None = None) -> ExecutorchProgramManager:
        """Plans memory and writes the program file. The program must have gone through
        CortexMPassManager. Raises CompileError."""
        if set(self._edge_programs) != {"forward"}:
            raise ValueError("a program file has one method, 'forward'; compile the others on their own")
        program = self._edge_programs["forward"]
        target = program.graph_module.meta.get(META, {}).get("target", CortexMTargetConfig())
        native = walk_program(program).load("program", lowered=True)
        return ExecutorchProgramManager(native.emit(target._native(edge=False)), dict(self._edge_programs))


def to_edge_transform_and_lower(
    programs: ExportedProgram | dict[str, ExportedProgram],
    transform_passes: Sequence[Any] | None = None,
    partitioner: Any = None,
    constant_methods: dict[str, Any] | None = None,
    compile_config: EdgeCompileConfig | None = None,
    generate_etrecord: bool = False,
) -> EdgeProgramManager:
    """Takes an exported program as it is. Ops are neither decomposed nor renamed here: the first
    of the compiler's passes bring them into one form.

    `transform_passes` are run on it (see CortexMPassManager). There is nothing to partition for:
    ops of the dialect are ordinary ops of the program, not a delegate.
    """
    if partitioner:
        raise ValueError("cortico is no delegate: there is nothing to partition for")
    if constant_methods:
        raise ValueError("constant methods are not supported")
    if isinstance(programs, ExportedProgram):
        programs = {"forward": programs}
    if transform_passes:
        from cortico.passes import CortexMPassManager

        programs = {name: CortexMPassManager(p, list(transform_passes)).transform() for name, p in programs.items()}
    return EdgeProgramManager(programs)


def to_edge(
    programs: ExportedProgram | dict[str, ExportedProgram],
    constant_methods: dict[str, Any] | None = None,
    compile_config: EdgeCompileConfig | None = None,
) -> EdgeProgramManager:
    """to_edge_transform_and_lower without passes."""
    return to_edge_transform_and_lower(programs, constant_methods=constant_methods, compile_config=compile_config)


__all__ = [
    "EdgeCompileConfig",
    "EdgeProgramManager",
    "ExecutorchBackendConfig",
    "ExecutorchProgramManager",
    "to_edge",
    "to_edge_transform_and_lower",
]
