"""Annotators for torchao's PT2E flow: those of ExecuTorch's XNNPACK and Cortex-M backends, and one
that stands for everybody's own."""

import torch
from torchao.quantization.pt2e import (
    HistogramObserver,
    MinMaxObserver,
    PerChannelMinMaxObserver,
)
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e, prepare_qat_pt2e
from torchao.quantization.pt2e.quantizer import (
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
)

aten = torch.ops.aten


class EveryEdge(Quantizer):
    """int8 on every float tensor, one scale per weight, each op by itself: no fusion, no sharing."""

    WEIGHTED = {aten.conv1d.default, aten.conv2d.default, aten.linear.default,
                aten.conv_transpose1d.default, aten.conv_transpose2d.input}

    def __init__(self, activation=None, weight=None):
        super().__init__()
        self.activation = activation or QuantizationSpec(
            torch.int8, MinMaxObserver.with_args(eps=2**-12), -128, 127, torch.per_tensor_affine)
        self.weight = weight or QuantizationSpec(
            torch.int8, MinMaxObserver.with_args(eps=2**-12), -127, 127, torch.per_tensor_symmetric)

    def annotate(self, model):
        for node in model.graph.nodes:
            if node.op != "call_function" or not self.is_float(node):
                continue
            inputs = {}
            for place, arg in enumerate(node.args):
                for item in arg if isinstance(arg, (list, tuple)) else [arg]:
                    if not isinstance(item, torch.fx.Node) or not self.is_float(item):
                        continue
                    if node.target in self.WEIGHTED and place == 2:
                        continue
                    weight = item.op == "get_attr"
                    inputs[item] = self.weight if weight else self.activation
            node.meta["quantization_annotation"] = QuantizationAnnotation(
                input_qspec_map=inputs, output_qspec=self.activation, _annotated=True)
        return model

    @staticmethod
    def is_float(node):
        value = node.meta.get("val")
        return isinstance(value, torch.Tensor) and value.dtype == torch.float32

    def validate(self, model):
        pass


def xnnpack(qat=False, per_channel=True, dynamic=False):
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )

    config = get_symmetric_quantization_config(is_per_channel=per_channel, is_qat=qat,
                                               is_dynamic=dynamic)
    return XNNPACKQuantizer().set_global(config)


def cortex_m():
    from executorch.backends.cortex_m.quantizer.quantizer import CortexMQuantizer

    return CortexMQuantizer()


MAKERS = {
    "xnnpack": xnnpack,
    "xnnpack_per_tensor": lambda: xnnpack(per_channel=False),
    "xnnpack_qat": lambda: xnnpack(qat=True),
    "every_edge": EveryEdge,
    "cortex_m": cortex_m,
}
NAMES = list(MAKERS)


def quantize(name, model, data, fold=True):
    """The model with quantize and dequantize nodes, its ranges from `data`."""
    quantizer = MAKERS[name]()
    captured = torch.export.export(model, (data[0],)).module(check_guards=False)
    prepare = prepare_qat_pt2e if name.endswith("_qat") else prepare_pt2e
    prepared = prepare(captured, quantizer)
    for sample in data:
        prepared(sample)
    return convert_pt2e(prepared, fold_quantize=fold)
