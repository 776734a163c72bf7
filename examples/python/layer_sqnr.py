#!/usr/bin/env python3
# %% [markdown]
# # Where the noise comes from: SQNR layer by layer
#
# When a quantized network is worse than the float one, the first question is at which layer it
# goes wrong. prepare_pt2e and convert_pt2e put nodes around the network's own and keep their names,
# so the float and the quantized graph can be run side by side and each layer's value compared:
#
#     SQNR = 10 log10(sum float^2 / sum (float - quantized)^2)   in dB
#
# A layer takes over the noise of those before it: look for the steps down, not for the level.
# (`cortico validate MODEL.pt2 MODEL.pte --data D.npz` prints the same for the program file.)

# %% The network, quantized
import argparse
import sys

import matplotlib
import torch
from fashion import images, trained

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from torch.export import export
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from cortico.quantizer import CortexMQuantizer
from cortico.test import sqnr

parser = argparse.ArgumentParser(description="SQNR of each layer, as a table and a plot")
parser.add_argument("-o", "--output", default="layer_sqnr.png", help="the plot (.png, .svg, .pdf)")
parser.add_argument("--images", type=int, default=16, help="images to run")
args = parser.parse_args() if "ipykernel" not in sys.modules else parser.parse_args([])

calibration, _ = images("train", 50)
x, _ = images("t10k", args.images)
quantizer = CortexMQuantizer()
captured = export(trained(), (x[:1],)).module()
# The form that is quantized: batch norm is folded into its convolution there.
reference = quantizer.transform_for_annotation(captured)
prepared = prepare_pt2e(captured, quantizer)
with torch.no_grad():
    for image in calibration:
        prepared(image[None])
quantized = convert_pt2e(prepared)


# %% Both side by side
class Values(torch.fx.Interpreter):
    """The float value of every call, by name of its node."""

    def collect(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        self.values: dict[str, torch.Tensor] = {}
        with torch.no_grad():
            self.run(image)
        return self.values

    def run_node(self, n: torch.fx.Node):
        value = super().run_node(n)
        if n.op == "call_function" and isinstance(value, torch.Tensor) and value.dtype == torch.float32:
            self.values[n.name] = value.clone()
        return value


runs = [(Values(reference).collect(image[None]), Values(quantized).collect(image[None])) for image in x]
# In the order of the graph: what both have, with all images in one tensor.
layers = [name for name in runs[0][0] if name in runs[0][1]]
noise = {name: sqnr(torch.cat([a[name] for a, _ in runs]), torch.cat([b[name] for _, b in runs])) for name in layers}

# %% A table and a plot
modules = {node.name: list(node.meta.get("nn_module_stack", {}).values()) for node in reference.graph.nodes}
for name in layers:
    path = modules[name][-1][0] if modules[name] else ""
    print(f"{name:24} {path:28} {noise[name]:6.1f} dB")

figure, axes = plt.subplots(figsize=(max(6, 0.4 * len(layers)), 4))
axes.bar(range(len(layers)), [noise[name] for name in layers], color="tab:blue")
axes.set_xticks(range(len(layers)), layers, rotation=90, fontsize=7)
axes.set_ylabel("SQNR (dB)")
axes.set_title("Quantization noise, layer by layer")
figure.tight_layout()
figure.savefig(args.output)
print(f"wrote {args.output}")
assert len(layers) > 10 and min(noise.values()) > 10
