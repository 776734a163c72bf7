"""The quantizer for torchao's PT2E: which values become int8, decided by the compiler's rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import torch
from torchao.quantization.pt2e import (
    FusedMovingAvgObsFakeQuantize,
    HistogramObserver,
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver,
    PerChannelMinMaxObserver,
)
from torchao.quantization.pt2e.quantizer import (
    DerivedQuantizationSpec,
    FixedQParamsQuantizationSpec,
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
    SharedQuantizationSpec,
)

from cortico import _build, _native
from cortico._walk import walk_module

_ANNOTATION = "quantization_annotation"
_INT32 = torch.iinfo(torch.int32)
_EPS = 2**-23
_OBSERVERS = {"histogram": HistogramObserver, "minmax": MinMaxObserver}


class CortexMQuantizer(Quantizer):
    """Annotates a captured program for Cortex-M.

    Activations become int8 with one scale and zero point each, weights int8 with zero point 0 and a
    scale per output channel (`per_channel=False`: one scale), biases int32 with the scale of
    activation times weight.

    `observer`: "histogram" or "minmax". `overrides`: rules for single modules, as in the file that
    `cortico compile --override` takes (docs/overrides.md): [{"path": "blocks.*", "skip": True}].
    `dialect`: "executorch" gives linear layers one scale, as the linear op of ExecuTorch's Cortex-M
    backend has. `is_qat`: for prepare_qat_pt2e; values are fake-quantized with moving averages of
    their range.

    Before it annotates, prepare_pt2e's program is brought into the form that the compiler's first
    passes give it (batch norm folded, dropout gone): what is observed is what will run. A program
    that is to be trained keeps its form.
    """

    def __init__(
        self,
        observer: str = "histogram",
        *,
        per_channel: bool = True,
        overrides: Sequence[dict[str, Any]] = (),
        dialect: str = "cortico",
        is_qat: bool = False,
    ) -> None:
        super().__init__()
        if observer not in _OBSERVERS:
            raise ValueError(f"no such observer: {observer}; there are {', '.join(_OBSERVERS)}")
        self.observer = observer
        self.per_channel = per_channel
        self._overrides = json.dumps({"rules": list(overrides)}) if overrides else ""
        self.is_qat = is_qat
        self._target = _native.Target("cortex-m55", "", dialect)
        #: (node, module path, source, pattern, reason) of what stays float though it looks like an op
        #: of the dialect; filled by annotate().
        self.rejections: list[tuple[str, str, str, str, str]] = []

    def transform_for_annotation(self, model: torch.fx.GraphModule) -> torch.fx.GraphModule:
        """The program in the compiler's canonical form."""
        if self.is_qat:
            return model
        native = walk_module(model).load("program")
        native.run(_native.canonicalize_passes(), self._target)
        return _build.build_module(native.data(), model)

    def annotate(self, model: torch.fx.GraphModule) -> torch.fx.GraphModule:
        """Puts node.meta["quantization_annotation"] where the compiler's quantizer says so."""
        native = walk_module(model).load("program", training=self.is_qat)
        if not self.is_qat:
            # Torch's spelling of some ops is not the compiler's.
            native.run(_native.canonicalize_passes(), self._target)
        data = native.annotate(self._target, self.observer, self._overrides, self.is_qat)
        self.rejections = data["rejections"]
        _Annotator(model, data, self).run()
        return model

    def validate(self, model: torch.fx.GraphModule) -> None:
        """Nothing to check: what cannot be quantized was left alone."""

    def _activation(self, observer: str) -> QuantizationSpec:
        if observer not in _OBSERVERS:
            raise ValueError(f"torchao has no observer of the kind {observer}; there are {', '.join(_OBSERVERS)}")
        return QuantizationSpec(
            torch.int8, self._watch(_OBSERVERS[observer], MovingAverageMinMaxObserver),
            quant_min=-128, quant_max=127, qscheme=torch.per_tensor_affine)

    def _weight(self, axis: int) -> QuantizationSpec:
        whole = axis < 0 or not self.per_channel
        if whole:
            watch = self._watch(MinMaxObserver, MovingAverageMinMaxObserver)
        else:
            watch = self._watch(PerChannelMinMaxObserver, MovingAveragePerChannelMinMaxObserver)
        return QuantizationSpec(
            torch.int8, watch, quant_min=-127, quant_max=127,
            qscheme=torch.per_tensor_symmetric if whole else torch.per_channel_symmetric,
            ch_axis=None if whole else axis)

    def _watch(self, observer: Any, in_training: Any) -> Any:
        if self.is_qat:
            return FusedMovingAvgObsFakeQuantize.with_args(observer=in_training, eps=_EPS)
        return observer.with_args(eps=_EPS)


class _Annotator:
    """Carries the plan over to the nodes of the graph."""

    def __init__(self, model: torch.fx.GraphModule, plan: dict[str, Any], quantizer: CortexMQuantizer) -> None:
        self.nodes = {node.name: node for node in model.graph.nodes}
        self.plan = plan
        self.quantizer = quantizer
        self.roots: dict[int, Any] = {}  # group -> the node or edge that owns the observer

    def run(self) -> None:
        for match in self.plan["matches"]:
            # In training the compiler sees a form of the graph in which some nodes are no more.
            names = [own if self.quantizer.is_qat else result for result, own in match["nodes"]]
            chain = [self.nodes[name] for name in names if name in self.nodes]
            if not chain:
                continue
            for node in chain:
                _annotation(node)
            _annotation(chain[0]).input_qspec_map.update(self.inputs(match["arguments"], chain[0]))
            if match["output"] in self.nodes:
                last = self.nodes[match["output"]]
                _annotation(last).output_qspec = self.shared(match["output"], last)

    def inputs(self, arguments: list[Any], reader: torch.fx.Node) -> dict[torch.fx.Node, Any]:
        specs: dict[torch.fx.Node, Any] = {}
        activation = weight = None
        for role, axis, values in arguments:
            for node in (self.nodes[value] for value in values if value in self.nodes):
                if role == "activation":
                    specs[node] = self.shared(node.name, (node, reader))
                    activation = activation or node
                elif role == "weight":
                    specs[node] = self.quantizer._weight(axis)
                    weight = node
                elif activation is not None and weight is not None:
                    specs[node] = _bias(activation, weight, reader, specs[weight].ch_axis is not None)
        return specs

    def shared(self, value: str, here: Any) -> Any:
        """The spec of an activation at an edge or a node: the group's first owns the observer."""
        group = self.plan["group_of"][value]
        if group in self.roots:
            return SharedQuantizationSpec(self.roots[group])
        self.roots[group] = here
        fixed = self.plan["fixed"][group]
        if fixed is not None:
            return FixedQParamsQuantizationSpec(
                torch.int8, scale=fixed[0], zero_point=fixed[1], quant_min=-128, quant_max=127,
                qscheme=torch.per_tensor_affine)
        return self.quantizer._activation(self.plan["observers"][group])


def _annotation(node: torch.fx.Node) -> QuantizationAnnotation:
    return node.meta.setdefault(_ANNOTATION, QuantizationAnnotation(_annotated=True))


def _derive(observers: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor]:
    activation, weight = (observer.calculate_qparams()[0] for observer in observers)
    scale = activation.float() * weight.float()
    return scale, torch.zeros_like(scale, dtype=torch.int32)


def _bias(
    activation: torch.fx.Node, weight: torch.fx.Node, reader: torch.fx.Node, per_channel: bool
) -> DerivedQuantizationSpec:
    return DerivedQuantizationSpec(
        derived_from=[(activation, reader), (weight, reader)],
        derive_qparams_fn=_derive,
        dtype=torch.int32, quant_min=_INT32.min, quant_max=_INT32.max,
        qscheme=torch.per_channel_symmetric if per_channel else torch.per_tensor_symmetric,
        ch_axis=0 if per_channel else None)
