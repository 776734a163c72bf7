"""Annotators for torchao's PT2E flow: those of ExecuTorch's XNNPACK and Cortex-M backends, and one
that stands for everybody's own."""

import torch
from torchao.quantization.pt2e import (
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


def activations(dtype, low, high, scheme=torch.per_tensor_affine):
    return QuantizationSpec(dtype, MinMaxObserver.with_args(eps=2**-12), low, high, scheme)


def asymmetric():
    weight = QuantizationSpec(torch.int8, PerChannelMinMaxObserver.with_args(eps=2**-12), -128, 127,
                              torch.per_channel_affine, ch_axis=0)
    return EveryEdge(weight=weight)


MAKERS = {
    "xnnpack": xnnpack,
    "xnnpack_per_tensor": lambda: xnnpack(per_channel=False),
    "xnnpack_qat": lambda: xnnpack(qat=True),
    "every_edge": EveryEdge,
    "cortex_m": cortex_m,
}
NAMES = list(MAKERS)
REFUSED = {
    "xnnpack_dynamic": lambda: xnnpack(dynamic=True),
    "uint8": lambda: EveryEdge(activation=activations(torch.uint8, 0, 255)),
    "int16": lambda: EveryEdge(
        activation=activations(torch.int16, -32767, 32767, torch.per_tensor_symmetric)),
    "asymmetric": asymmetric,
}


def quantize(name, model, data, fold=True):
    """The model with quantize and dequantize nodes, its ranges from `data`."""
    quantizer = (MAKERS | REFUSED)[name]()
    captured = torch.export.export(model, (data[0],)).module(check_guards=False)
    prepare = prepare_qat_pt2e if name.endswith("_qat") else prepare_pt2e
    prepared = prepare(captured, quantizer)
    for sample in data:
        prepared(sample)
    return convert_pt2e(prepared, fold_quantize=fold)


def parameters_to_tensors(program):
    """Scale and zero point of activations as buffers, as some annotators leave them."""
    overloads = {
        torch.ops.quantized_decomposed.quantize_per_tensor.default:
            torch.ops.quantized_decomposed.quantize_per_tensor.tensor,
        torch.ops.quantized_decomposed.dequantize_per_tensor.default:
            torch.ops.quantized_decomposed.dequantize_per_tensor.tensor,
    }
    for place, node in enumerate(list(program.graph.nodes)):
        if node.target not in overloads:
            continue
        values = {"scale": torch.tensor(node.args[1]), "zero_point": torch.tensor(node.args[2])}
        buffers = []
        for name, value in values.items():
            program.register_buffer(f"{name}_{place}", value)
            with program.graph.inserting_before(node):
                buffers.append(program.graph.get_attr(f"{name}_{place}"))
        node.target = overloads[node.target]
        node.args = (node.args[0], *buffers, *node.args[3:])
    program.recompile()
