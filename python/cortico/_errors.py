"""What goes wrong, with the place it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """One message about a model.

    `severity` is "note", "warning" or "error"; `node` the node's name in the exported graph,
    `module_path` the path of its nn.Module, `source` the user's line ("train.py:41"); each may be
    empty. `text` is the whole message on one line.
    """

    severity: str
    file: str
    node: str
    module_path: str
    source: str
    message: str
    remedy: str
    text: str

    def __str__(self) -> str:
        return self.text


class CompileError(Exception):
    """A model or its data is at fault; `diagnostics` holds every problem that was found."""

    def __init__(self, text: str, diagnostics: list[Diagnostic] | None = None) -> None:
        super().__init__(text)
        self.diagnostics: list[Diagnostic] = list(diagnostics or [])


class InternalError(RuntimeError):
    """A broken promise inside of Cortico: please report it."""
