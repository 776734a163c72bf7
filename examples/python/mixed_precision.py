#!/usr/bin/env python3
# %% [markdown]
# # Mixed precision: overrides by module path
#
# A quantizer writes what it wants into node.meta["quantization_annotation"], and an override is a
# change to that. Two here, by the path of the nn.Module that a node comes from:
#
#   stem         its output is watched by a min-max observer instead of a histogram
#   classifier   stays in float
#
# What stays float is computed by a float op on the device, with a dequantize before it.

# %% The overrides
import sys

import torch
from fashion import images, share_right, trained
from torchao.quantization.pt2e import MinMaxObserver

from cortico.passes import CortexMTargetConfig
from cortico.quantizer import CortexMQuantizer
from cortico.test import CortexMTester


def module_path(node: torch.fx.Node) -> str:
    stack = list(node.meta.get("nn_module_stack", {}).values())
    path = stack[-1][0] if stack else ""
    return path.removeprefix("L['self'].")


def under(node: torch.fx.Node, module: str) -> bool:
    return f"{module_path(node)}.".startswith(f"{module}.")


class Mixed(CortexMQuantizer):
    """`in_float`: modules whose ops are not quantized; `minmax`: modules whose outputs are watched by
    a min-max observer."""

    def __init__(self, in_float: list[str], minmax: list[str]) -> None:
        super().__init__()
        self.in_float, self.minmax = in_float, minmax
        self.changed: list[str] = []

    def annotate(self, model: torch.fx.GraphModule) -> torch.fx.GraphModule:
        model = super().annotate(model)
        for node in model.graph.nodes:
            annotation = node.meta.get("quantization_annotation")
            if annotation is None:
                continue
            if any(under(node, module) for module in self.in_float):
                del node.meta["quantization_annotation"]
                self.changed.append(f"{node.name}: float")
            elif any(under(node, module) for module in self.minmax) and hasattr(annotation.output_qspec, "observer_or_fake_quant_ctr"):
                annotation.output_qspec.observer_or_fake_quant_ctr = MinMaxObserver.with_args(eps=2**-23)
                self.changed.append(f"{node.name}: min-max")
        return model


# %% All int8, and mixed
x, y = images("t10k", 200)
calibration, _ = images("train", 50)
samples = [(image[None],) for image in calibration]


def compile_with(quantizer: CortexMQuantizer) -> CortexMTester:
    tester = CortexMTester(trained(), (x[:1],), CortexMTargetConfig(), samples)
    return tester.quantize(quantizer).export().to_edge().run_passes().to_executorch()


def accuracy(tester: CortexMTester) -> float:
    from cortico.boards import run

    outputs = run(tester.get_artifact("to_executorch").buffer, [(image[None],) for image in x]).outputs
    return share_right(torch.cat([sample[0] for sample in outputs]), y)


whole = compile_with(CortexMQuantizer()).check_count({"cortex_m.quantized_linear": 0, "cortico.quantized_linear": 1})
mixed_quantizer = Mixed(in_float=["classifier"], minmax=["stem"])
mixed = compile_with(mixed_quantizer).check_count({"cortex_m.quantized_linear": 0, "cortico.quantized_linear": 0})
print("overridden:", ", ".join(mixed_quantizer.changed))

# %% What it costs and what it gives
for name, tester in (("int8", whole), ("mixed", mixed)):
    size = len(tester.get_artifact("to_executorch").buffer)
    print(f"{name:6} {size:7d} bytes  {100 * accuracy(tester):.1f} %")
mixed.test_implementation(on="host")
assert len(mixed_quantizer.changed) >= 2
assert len(mixed.get_artifact("to_executorch").buffer) > len(whole.get_artifact("to_executorch").buffer)
assert accuracy(mixed) > accuracy(whole) - 0.02
