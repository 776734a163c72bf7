"""A model taken through the pipeline one stage a call, and two questions asked of what comes out.

    tester = CortexMTester(model, example_inputs)
    tester.quantize().export().to_edge().run_passes().to_executorch()
    tester.test_dialect(ops_before_transforms={...}, ops_after_transforms={...}, qtol=1)
    tester.test_implementation()                    # on the simulated Corstone-300

The first is about the graph: which ops it has, and whether their reference values are what the
quantized model computes. The second is about kernels: whether a board gives the reference's bits.
"""

from __future__ import annotations

import copy
import os
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram, export
from torch.utils import _pytree as pytree

from cortico import _compare, _names
from cortico.boards import Board, BoardMissing, board, boards, run, run_ops
from cortico._compare import Mismatch, Tolerance, difference, sqnr
from cortico._walk import walk_program
from cortico.exir import EdgeCompileConfig, EdgeProgramManager, to_edge_transform_and_lower
from cortico.passes import CortexMPassManager, CortexMTargetConfig
from cortico.quantizer import CortexMQuantizer

#: In order. Each is a method of CortexMTester; `original` is the model itself.
STAGES = ("original", "quantize", "export", "to_edge", "run_passes", "to_executorch", "serialize")

Sample = tuple[Any, ...]


class CortexMTester:
    """`example_inputs` is one sample: the model's arguments. It is what the program is exported with
    and what the tests run. `calibration_samples` are more of them, for the quantizer to look at; by
    default it looks at `example_inputs` only. `target_config` is for another core than Cortex-M55;
    `on` is where test_implementation runs if it is not told: by default the board that fits.

    Every stage returns the tester, keeps what it made (get_artifact), and forgets what later stages
    had made of an earlier one. The model is copied and put in evaluation mode.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        example_inputs: Sequence[Any],
        target_config: CortexMTargetConfig | None = None,
        calibration_samples: Iterable[Sequence[Any]] | None = None,
        on: str | Board = "qemu",
    ) -> None:
        if isinstance(example_inputs, torch.Tensor):
            raise TypeError("example_inputs is a tuple of the model's arguments, not a tensor: write (x,)")
        self.example_inputs: Sample = tuple(example_inputs)
        self.on = on
        self.target_config = target_config if target_config is not None else CortexMTargetConfig()
        self.calibration_samples = [tuple(s) for s in calibration_samples] if calibration_samples is not None else [self.example_inputs]
        self._artifacts: dict[str, Any] = {"original": copy.deepcopy(model).eval()}

    # ---- stages

    def quantize(self, quantizer: Any = None) -> CortexMTester:
        """prepare_pt2e, calibration, convert_pt2e; `quantizer` is a CortexMQuantizer() if not given.
        Left out, the program stays float."""
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

        if not self.calibration_samples:
            raise ValueError("there are no calibration samples: the ranges of values would be unknown")
        captured = export(self._artifacts["original"], self.example_inputs).module()
        prepared = prepare_pt2e(captured, quantizer if quantizer is not None else CortexMQuantizer())
        with torch.no_grad():
            for sample in self.calibration_samples:
                prepared(*sample)
        return self._keep("quantize", convert_pt2e(prepared))

    def export(self) -> CortexMTester:
        """torch.export.export of the quantized model, or of the float one."""
        return self._keep("export", export(self._latest_before("export"), self.example_inputs))

    def to_edge(self) -> CortexMTester:
        """cortico.exir.to_edge_transform_and_lower."""
        config = EdgeCompileConfig(_check_ir_validity=False)
        return self._keep("to_edge", to_edge_transform_and_lower(self.get_artifact("export"), compile_config=config))

    def run_passes(self, passes: Sequence[Any] | None = None) -> CortexMTester:
        """CortexMPassManager; `passes` are its pass_list if not given."""
        program = self.get_artifact("to_edge").exported_program()
        lowered = CortexMPassManager(program, passes, self.target_config).transform()
        return self._keep("run_passes", EdgeProgramManager({"forward": lowered}))

    def to_executorch(self) -> CortexMTester:
        """The program file."""
        return self._keep("to_executorch", self.get_artifact("run_passes").to_executorch())

    def serialize(self, path: str | os.PathLike[str] | None = None) -> CortexMTester:
        """The program file's bytes; written to `path` as well if there is one."""
        data = self.get_artifact("to_executorch").buffer
        if path is not None:
            pathlib.Path(path).write_bytes(data)
        return self._keep("serialize", data)

    def get_artifact(self, stage: str | None = None) -> Any:
        """What a stage made; without a name, the last one: quantize a GraphModule, export an
        ExportedProgram, to_edge and run_passes an EdgeProgramManager, to_executorch an
        ExecutorchProgramManager, serialize bytes. Raises RuntimeError for a stage not run yet."""
        if stage is None:
            stage = self.stage
        if stage not in STAGES:
            raise ValueError(f"there is no stage '{stage}'; there are {', '.join(STAGES)}")
        if stage not in self._artifacts:
            raise RuntimeError(f"stage {stage} has not been run; call .{stage}() first (the last was {self.stage})")
        return self._artifacts[stage]

    @property
    def stage(self) -> str:
        """The last stage that was run."""
        return [stage for stage in STAGES if stage in self._artifacts][-1]

    # ---- the graph

    def check_count(self, expected: Mapping[Any, int]) -> CortexMTester:
        """Each op stands in the graph so many times; ops that are not named are not counted. Names
        may be "cortex_m.quantized_add.default", with "::", with or without the overload, with
        "torch.ops." or ExecuTorch's "executorch_exir_dialects_edge__ops_" before it, or the op itself.
        Raises Mismatch, and ValueError for a name that no op has."""
        self._check_count(self._last_graph_stage(), expected)
        return self

    def check(self, ops: Iterable[Any]) -> CortexMTester:
        """Each op stands in the graph at least once. Raises as check_count."""
        stage = self._last_graph_stage()
        graph = self._graph(stage)
        if missing := _names.absent(graph, ops := list(ops)):
            raise Mismatch(f"{', '.join(map(str, missing))} not in the graph after {stage}; it has {_names.OpTable(graph)}")
        return self

    def check_not(self, ops: Iterable[Any]) -> CortexMTester:
        """None of the ops stands in the graph. Raises as check_count."""
        stage = self._last_graph_stage()
        self._check_count(stage, {op: 0 for op in ops})
        return self

    # ---- values

    def run_method_and_compare_outputs(
        self,
        qtol: int = 0,
        atol: float = 1e-3,
        rtol: float = 1e-3,
        inputs: Any = None,
        on: str | Board | None = None,
    ) -> CortexMTester:
        """Runs what the last stage made beside the quantized model, or the float one if there is none
        (so after quantize() it shows what quantization costs). A program file is run in this process
        by the device's runtime, or at `on`.

        Each element may be off by atol + rtol |expected| + qtol steps, a step being the scale of the
        output's integers. `inputs` is a sample, or a list of samples; by default example_inputs.
        Raises Mismatch."""
        stage = self.stage
        truth = "quantize" if stage != "quantize" and "quantize" in self._artifacts else "original"
        self._compare(truth, stage, self._samples(inputs), (qtol, atol, rtol), on if on is not None else "host")
        return self

    def test_dialect(
        self,
        ops_before_transforms: Mapping[Any, int] | None = None,
        ops_after_transforms: Mapping[Any, int] | None = None,
        qtol: int = 0,
        atol: float = 1e-3,
        rtol: float = 1e-3,
        inputs: Any = None,
    ) -> CortexMTester:
        """The graph and its reference values. Ops are counted before and after the passes
        (check_count), every call after them has to be a legal one of the dialect, and the outputs of
        its reference are compared with those of the quantized model computed in float
        (run_method_and_compare_outputs). Integer arithmetic rounds more often than the float model
        does: a result in the middle between two integers may take the other one, which is qtol=1.

        Runs the stages up to run_passes that were not run. Raises Mismatch or CompileError."""
        self._run_up_to("run_passes")
        self._check_count("to_edge", ops_before_transforms or {})
        self._check_count("run_passes", ops_after_transforms or {})
        truth = "quantize" if "quantize" in self._artifacts else "original"
        self._compare(truth, "run_passes", self._samples(inputs), (qtol, atol, rtol), "host")
        return self

    def test_implementation(
        self, qtol: int = 0, on: str | Board | None = None, inputs: Any = None
    ) -> CortexMTester:
        """The kernels: the program file, run on a board, gives the reference's outputs, no more than
        `qtol` steps away; 0 means the same bits. `on` is "qemu:BOARD", "qemu", "fvp" or "host"; by
        default "qemu", the simulated board of the target: the Corstone-300 for a Cortex-M55.

        Runs the stages up to to_executorch that were not run. Raises Mismatch, with the first op
        whose result differs, CompileError, and BoardMissing where the simulator or the runner
        firmware is missing (the text says what mends it; pytest's plugin makes it a skip)."""
        self._run_up_to("to_executorch")
        self._compare("run_passes", "to_executorch", self._samples(inputs), (qtol, 0.0, 0.0), on if on is not None else self.on)
        return self

    # ---- inside

    def _keep(self, stage: str, artifact: Any) -> CortexMTester:
        for later in STAGES[STAGES.index(stage) :]:
            self._artifacts.pop(later, None)
        self._artifacts[stage] = artifact
        return self

    def _latest_before(self, stage: str) -> Any:
        return next(self._artifacts[s] for s in reversed(STAGES[: STAGES.index(stage)]) if s in self._artifacts)

    def _run_up_to(self, stage: str) -> None:
        """Runs what is missing. Without a stage run at all, quantize is missing too."""
        first = 1 if self.stage == "original" else 2
        for name in STAGES[first : STAGES.index(stage) + 1]:
            if name not in self._artifacts:
                getattr(self, name)()

    def _samples(self, inputs: Any) -> list[Sample]:
        if inputs is None:
            return [self.example_inputs]
        return [tuple(s) for s in inputs] if isinstance(inputs, list) else [tuple(inputs)]

    def _program(self, stage: str) -> ExportedProgram:
        artifact = self.get_artifact(stage)
        return artifact if isinstance(artifact, ExportedProgram) else artifact.exported_program()

    def _graph(self, stage: str) -> torch.fx.Graph:
        return self.get_artifact(stage).graph if stage == "quantize" else self._program(stage).graph

    def _last_graph_stage(self) -> str:
        ran = [s for s in STAGES[1 : STAGES.index("run_passes") + 1] if s in self._artifacts]
        if not ran:
            raise RuntimeError("there is no graph yet; call .quantize() or .export() first")
        return ran[-1]

    def _check_count(self, stage: str, expected: Mapping[Any, int]) -> None:
        graph = self._graph(stage)
        if wrong := _names.count_errors(graph, expected):
            raise Mismatch(f"in the graph after {stage}: {'; '.join(wrong)}. It has {_names.OpTable(graph)}")

    def _function(self, stage: str, on: str) -> Callable[[list[Sample]], list[list[torch.Tensor]]]:
        """Runs samples through what a stage made, from its first state on."""
        if stage in ("to_executorch", "serialize"):
            pte = self.get_artifact("to_executorch").buffer
            return lambda samples: run(pte, [_tensors(s) for s in samples], on).outputs
        module = self.get_artifact(stage) if stage in ("original", "quantize") else self._program(stage).module()
        module = copy.deepcopy(module)  # it may have state that a run changes

        def call(samples: list[Sample]) -> list[list[torch.Tensor]]:
            with torch.no_grad():
                return [[t.clone() for t in _tensors(module(*copy.deepcopy(s)))] for s in samples]

        return call

    def _compare(
        self, truth: str, stage: str, samples: list[Sample], tolerance: tuple[int, float, float], on: str | Board
    ) -> None:
        if stage == "original":
            raise RuntimeError("there is nothing to compare yet; run a stage first")
        on = on.on if isinstance(on, Board) else on
        expected = self._function(truth, "host")(samples)
        found = self._function(stage, on)(samples)
        names, steps = self._outputs(stage)
        qtol, atol, rtol = tolerance
        if qtol and not all(steps):
            raise ValueError(f"output '{names[steps.index(0)]}' was computed in float and has no steps; use atol and rtol")
        tolerances = [Tolerance(qtol, atol, rtol, step) for step in steps]
        place = f" on {on}" if stage in ("to_executorch", "serialize") else ""
        for s, (a, b) in enumerate(zip(expected, found)):
            what = f"sample {s}: {stage}{place} against {truth}"
            try:
                _compare.check(a, b, names, tolerances, what)
            except Mismatch as mismatch:
                where = self._first_difference(samples[: s + 1], on) if truth == "run_passes" and not any(tolerance) else ""
                raise Mismatch(f"{mismatch}{where}") from None

    def _outputs(self, stage: str) -> tuple[list[str], list[float]]:
        """Names and steps of the outputs; checks as well that every call is legal."""
        if stage == "quantize":
            # convert_pt2e leaves nodes without a description of their values; export gives them one.
            native = walk_program(export(self.get_artifact("quantize"), self.example_inputs)).load("program")
        else:
            last = "run_passes" if STAGES.index(stage) >= STAGES.index("run_passes") else stage
            native = walk_program(self._program(last)).load("program", lowered=last == "run_passes")
        return native.output_names(), native.output_steps()

    def _first_difference(self, samples: list[Sample], on: str) -> str:
        """The first op of the last sample whose result on a board is not the reference's."""
        program = self._program("run_passes")
        values: dict[str, torch.Tensor] = {}
        recorder = _Recorder(copy.deepcopy(program.module()), values)
        with torch.no_grad():
            for sample in samples:
                recorder.run(*_tensors(sample))
        pte = self.get_artifact("to_executorch").buffer
        for op, node, value in run_ops(pte, [_tensors(s) for s in samples], on):
            truth = values.get(node)
            if value is None or truth is None or truth.shape != value.shape:
                continue
            if wrong := _compare.difference(truth, value, Tolerance()):
                return f". The first op with another result is '{node}' ({op}), which {wrong}"
        return ""


class _Recorder(torch.fx.Interpreter):
    """Keeps every node's value, under its name."""

    def __init__(self, module: torch.fx.GraphModule, values: dict[str, torch.Tensor]) -> None:
        super().__init__(module)
        self.values = values

    def run_node(self, n: torch.fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, torch.Tensor):
            self.values[n.name] = result.clone()
        return result


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


__all__ = [
    "STAGES",
    "Board",
    "BoardMissing",
    "CortexMTester",
    "Mismatch",
    "Sample",
    "Tolerance",
    "board",
    "boards",
    "difference",
    "run",
    "sqnr",
]
