"""Two results beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


class Mismatch(AssertionError):
    """What a tester found wrong: a difference, with its place and size."""


def sqnr(expected: torch.Tensor, found: torch.Tensor) -> float:
    """Signal to quantization noise in dB: 10 log10(sum expected^2 / sum (expected - found)^2).
    inf where they are equal, nan for the difference to silence or to what is not finite."""
    a, b = expected.double(), found.double()
    signal, noise = (a * a).sum().item(), ((a - b) ** 2).sum().item()
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if 0 < signal < math.inf and noise < math.inf else math.nan


@dataclass(frozen=True)
class Tolerance:
    """How far `found` may be from `expected`: atol + rtol |expected| + qtol step, where `step` is the
    scale of the output's integers (0: it has none)."""

    qtol: int = 0
    atol: float = 0.0
    rtol: float = 0.0
    step: float = 0.0

    def limit(self, expected: torch.Tensor) -> torch.Tensor:
        # A little more than whole steps: reals are rounded to float32 on their way.
        whole = self.qtol * (self.step if expected.dtype.is_floating_point else 1) * (1 + 1e-4)
        return self.atol + self.rtol * expected.double().abs() + whole

    def __str__(self) -> str:
        parts = [f"{self.qtol} step{'s' if self.qtol != 1 else ''}" if self.qtol else ""]
        parts += [f"{name} {value:g}" for name, value in (("atol", self.atol), ("rtol", self.rtol)) if value]
        return " + ".join(p for p in parts if p) or "nothing"


def difference(expected: torch.Tensor, found: torch.Tensor, tolerance: Tolerance) -> str:
    """What is wrong with `found`, or ""."""
    if expected.dtype != found.dtype or expected.shape != found.shape:
        return f"is {_type(found)}, not {_type(expected)}"
    distance = (expected.double() - found.double()).abs()
    same = (expected == found) | (expected.isnan() & found.isnan())
    # Written so that NaN on one side is a difference.
    wrong = ~(same | (distance <= tolerance.limit(expected)))
    if not wrong.any():
        return ""
    flat = int(wrong.flatten().to(torch.uint8).argmax())
    at = [int(i) for i in torch.unravel_index(torch.tensor(flat), expected.shape)]
    far = distance.nan_to_num(math.inf, math.inf).max().item()
    step = tolerance.step if expected.dtype.is_floating_point else 1.0
    steps = f" = {far / step:.3g} steps of {step:g}" if step else ""
    return (
        f"differs in {int(wrong.sum())} of {wrong.numel()} elements: first {at}, {found[tuple(at)].item():g} "
        f"where {expected[tuple(at)].item():g} is expected; largest difference {far:g}{steps}, allowed {tolerance}; "
        f"SQNR {sqnr(expected, found):.1f} dB"
    )


def _type(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}"


def check(expected: Sequence[Any], found: Sequence[Any], names: Sequence[str], tolerances: Sequence[Tolerance], what: str) -> None:
    """Raises Mismatch for the first output that differs. `what` says whose outputs they are."""
    if len(expected) != len(found):
        raise Mismatch(f"{what}: {len(found)} outputs, not {len(expected)}")
    for i, (a, b) in enumerate(zip(expected, found)):
        if wrong := difference(a, b, tolerances[i]):
            of = f" ({i + 1} of {len(expected)})" if len(expected) > 1 else ""
            raise Mismatch(f"{what}: output '{names[i]}'{of} {wrong}")
