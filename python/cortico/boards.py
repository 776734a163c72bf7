"""Program files run on the host and on simulated boards."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cortico import _native

if TYPE_CHECKING:
    import torch


class BoardMissing(RuntimeError):
    """This machine has no simulator or no runner firmware for a board; the text says what mends it."""


@dataclass(frozen=True)
class Board:
    """A core and the simulated board that stands for it. `lacks` says what is missing to run it
    here, and what mends that; empty when nothing is."""

    name: str
    cpu: str
    isa: str
    machine: str
    lacks: str

    @property
    def on(self) -> str:
        """The place to run, as `cortico run --on` and CortexMTester.test_implementation take it."""
        return f"qemu:{self.name}"


def boards() -> list[Board]:
    """Every core with a simulated board, smallest core first."""
    return [Board(*row) for row in _native.boards() if row[0] != row[3]]


def board(name: str) -> Board:
    """The board of a core ("m55", "cortex-m55") or QEMU machine ("mps3-an547"). Raises ValueError."""
    rows = [Board(*row) for row in _native.boards()]
    named = [b for b in rows if name in (b.name, b.cpu, b.machine)]
    if not named:
        raise ValueError(f"there is no board '{name}'; there are {', '.join(b.name for b in rows)}")
    # A machine may stand for several cores: take one that can run here.
    return next((b for b in named if not b.lacks), named[0])


@dataclass(frozen=True)
class RunResult:
    """`outputs` has one list of tensors per sample; `instructions` are those of one run (0 on the
    host), `ops` the same for each op in order."""

    outputs: list[list[torch.Tensor]]
    board: str
    cpu: str
    instructions: int
    ops: list[tuple[str, int]]


def run(pte: bytes, samples: Sequence[Sequence[torch.Tensor]], on: str = "host") -> RunResult:
    """Runs the bytes of a program file: samples of tensors, in the order of the program's inputs.
    `on` is "host", "qemu" (a board that fits the program), "qemu:BOARD" or "fvp". State that the
    program keeps lasts from sample to sample.

    Raises BoardMissing where there is nothing to run it on, CompileError for a program or data at
    fault, ValueError for a place that is none.
    """
    data = _run(pte, samples, on, False)
    outputs = [[_tensor(*pair) for pair in sample] for sample in data["outputs"]]
    return RunResult(outputs, data["board"], data["cpu"], data["instructions"], data["ops"])


def run_ops(pte: bytes, samples: Sequence[Sequence[torch.Tensor]], on: str = "host") -> list[tuple[str, str, torch.Tensor | None]]:
    """The same, for the results of the last sample's ops: (op, node, first result or None), in the
    order in which they were computed."""
    rows = _run(pte, samples, on, True)["op_outputs"]
    return [(op, node, None if pair is None else _tensor(*pair)) for op, node, pair in rows]


def _run(pte: bytes, samples: Sequence[Sequence[torch.Tensor]], on: str, keep_op_outputs: bool) -> dict[str, Any]:
    from cortico import _ops

    if lacks := _native.what_lacks(pte, on):
        raise BoardMissing(lacks)
    alive = [[tensor.detach().cpu().contiguous() for tensor in sample] for sample in samples]
    given = [[((_ops.dtype_name(t.dtype), list(t.shape), [], None), t.data_ptr()) for t in s] for s in alive]
    data = _native.run_program(pte, "program", given, on, keep_op_outputs)
    for text in data["warnings"]:
        warnings.warn(text, stacklevel=3)
    return data


def _tensor(type_: Any, held: Any) -> torch.Tensor:
    import torch  # not before a program runs: the list of boards needs none

    dtype = getattr(torch, type_[0])
    if 0 in type_[1]:
        return torch.empty(type_[1], dtype=dtype)
    return torch.frombuffer(bytearray(held), dtype=dtype).reshape(type_[1])
