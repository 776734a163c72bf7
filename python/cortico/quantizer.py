"""The quantizer for torchao's PT2E: which values become int8, decided by the compiler's rules."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import torch
from torchao.quantization.pt2e import (
    HistogramObserver,
    MinMaxObserver,
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
_OBSERVERS = {"histogram": HistogramObserver, "minmax": MinMaxObserver}


class CortexMQuantizer(Quantizer):
    """Annotates a captured program for Cortex-M.

    Activations become int8 with one scale and zero point each, weights int8 with a scale per output
    channel and zero point 0, biases int32 with the scale of activation times weight. `observer`:
    "histogram" or "minmax".

    Before it annotates, the program is brought into the form that the compiler's first passes give
    it (batch norm folded, dropout gone): what is observed is what will run.
    """

    def __init__(self, observer: str = "histogram") -> None:
        super().__init__()
        if observer not in _OBSERVERS:
            raise ValueError(f"no such observer: {observer}; there are {', '.join(_OBSERVERS)}")
        self.observer = observer
        #: (node, module path, source, pattern, reason) of what stays float though it looks like an op
        #: of the dialect; filled by annotate().
        self.rejections: list[tuple[str, str, str, str, str]] = []

    def transform_for_annotation(self, model: torch.fx.GraphModule) -> torch.fx.GraphModule:
        """The program in the compiler's canonical form."""
        native = walk_module(model).load("program")
        native.run(_native.canonicalize_passes(), _native.Target("cortex-m55"))
        return _build.build_module(native.data(), model)

    def annotate(self, model: torch.fx.GraphModule) -> torch.fx.GraphModule:
        """Puts node.meta["quantization_annotation"] where the compiler's quantizer says so."""
        data = walk_module(model).load("program").annotate()
        self.rejections = data["rejections"]
        _Annotator(model, data, self.observer).run()
        return model

    def validate(self, model: torch.fx.GraphModule) -> None:
        """Nothing to check: what cannot be quantized was left alone."""


class _Annotator:
    """Carries the plan over to the nodes of the graph."""

    def __init__(self, model: torch.fx.GraphModule, plan: dict[str, Any], observer: str) -> None:
        self.nodes = {node.name: node for node in model.graph.nodes}
        self.plan = plan
        self.observer = _OBSERVERS[observer]
        self.roots: dict[int, Any] = {}  # group -> the node or edge that owns the observer

    def run(self) -> None:
        for match in self.plan["matches"]:
            chain = [self.nodes[name] for name in match["nodes"]]
            inputs: dict[torch.fx.Node, Any] = {}
            activation = weight = None
            for role, axis, values in match["arguments"]:
                for value in values:
                    node = self.nodes[value]
                    if role == "activation":
                        inputs[node] = self.shared(value, (node, chain[0]))
                        activation = activation or node
                    elif role == "weight":
                        inputs[node] = self.weight(axis)
                        weight = node, axis
                    elif activation is not None and weight is not None:
                        inputs[node] = _bias(activation, weight[0], weight[1], chain[0])
            for node in chain:
                node.meta[_ANNOTATION] = QuantizationAnnotation(_annotated=True)
            chain[0].meta[_ANNOTATION].input_qspec_map = inputs
            chain[-1].meta[_ANNOTATION].output_qspec = self.shared(match["output"], chain[-1])

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
        return QuantizationSpec(
            torch.int8, self.observer.with_args(eps=2**-23), quant_min=-128, quant_max=127,
            qscheme=torch.per_tensor_affine)

    def weight(self, axis: int) -> QuantizationSpec:
        if axis < 0:
            return QuantizationSpec(
                torch.int8, MinMaxObserver.with_args(eps=2**-23), quant_min=-127, quant_max=127,
                qscheme=torch.per_tensor_symmetric)
        return QuantizationSpec(
            torch.int8, PerChannelMinMaxObserver.with_args(eps=2**-23), quant_min=-127, quant_max=127,
            qscheme=torch.per_channel_symmetric, ch_axis=axis)


def _derive(observers: Sequence[Any], per_channel: bool) -> tuple[torch.Tensor, torch.Tensor]:
    activation, weight = (observer.calculate_qparams()[0] for observer in observers)
    scale = activation.float() * weight.float()
    return scale, torch.zeros_like(scale, dtype=torch.int32)


def _bias(activation: torch.fx.Node, weight: torch.fx.Node, axis: int, node: torch.fx.Node) -> DerivedQuantizationSpec:
    per_channel = axis >= 0
    return DerivedQuantizationSpec(
        derived_from=[(activation, node), (weight, node)],
        derive_qparams_fn=functools.partial(_derive, per_channel=per_channel),
        dtype=torch.int32, quant_min=_INT32.min, quant_max=_INT32.max,
        qscheme=torch.per_channel_symmetric if per_channel else torch.per_tensor_symmetric,
        ch_axis=0 if per_channel else None)
