"""For pytest: a test that takes the fixture `cortex_m` runs once for every board.

    def test_swish(cortex_m):
        cortex_m(Swish(), (torch.randn(1, 8),)).test_dialect(qtol=1).test_implementation()

    @pytest.mark.cortex_m("m0", "m55")          # on these boards only
    def test_small(cortex_m): ...

`cortex_m(model, inputs, …)` is a CortexMTester for the board's core, whose test_implementation runs
on that board. Without a marker the boards are those that can run here (or, if there is none, one of
each family). Where the simulator or the runner firmware is missing the test is skipped and says how
to mend it; with --cortex-m-strict it fails. `--cortex-m-boards m4,m55` takes these boards only.

Torch is imported by the tests, not by this plugin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cortico.boards import Board
    from cortico.test import CortexMTester

_ONLY = pytest.StashKey["list[Board]"]()


class CortexMBoard:
    """What the fixture gives: makes testers for one board."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def __call__(self, model: Any, example_inputs: Sequence[Any], calibration_samples: Any = None) -> CortexMTester:
        """A CortexMTester whose target is this board's core and whose test_implementation runs on
        this board."""
        from cortico.passes import CortexMTargetConfig
        from cortico.test import CortexMTester

        target = CortexMTargetConfig(self.board.cpu)
        return CortexMTester(model, example_inputs, target, calibration_samples, on=self.board)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cortex_m", "boards of Cortex-M cores (cortico)")
    group.addoption("--cortex-m-boards", metavar="NAMES", default="", help="run tests with the fixture cortex_m on these boards only: m4,m55")
    group.addoption("--cortex-m-strict", action="store_true", help="fail where a simulator or a runner firmware is missing, instead of skipping")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ONLY] = [_named(name) for name in config.getoption("--cortex-m-boards").split(",") if name]
    config.addinivalue_line("markers", "cortex_m(*boards): boards that a test with the fixture cortex_m runs on; without names, every one that can run here")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cortex_m" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("cortex_m")
    chosen = [_named(name) for name in marker.args] if marker is not None else []
    only = metafunc.config.stash[_ONLY]
    if chosen and only:
        chosen = [board for board in chosen if board in only]
    else:
        chosen = chosen or only or _every()
    metafunc.parametrize("cortex_m", chosen, indirect=True, ids=[board.name for board in chosen])


@pytest.fixture
def cortex_m(request: pytest.FixtureRequest) -> CortexMBoard:
    """Makes CortexMTesters for a board; the test runs once for each."""
    board: Board = request.param
    if board.lacks:
        if request.config.getoption("--cortex-m-strict"):
            pytest.fail(f"{board.name}: {board.lacks}", pytrace=False)
        pytest.skip(f"{board.name}: {board.lacks}")
    return CortexMBoard(board)


def _named(name: str) -> Board:
    from cortico.boards import board

    try:
        return board(name.strip())
    except ValueError as error:
        raise pytest.UsageError(f"cortex_m: {error}") from None


def _every() -> list[Board]:
    from cortico.boards import boards

    there = [board for board in boards() if not board.lacks]
    # Of each family the first; a skip for each says what is missing.
    return there or list({board.isa: board for board in reversed(boards())}.values())[::-1]


__all__ = ["CortexMBoard", "cortex_m"]
