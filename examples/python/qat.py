#!/usr/bin/env python3
# %% [markdown]
# # Quantization-aware training: weights of four bits
#
# At eight bits this network loses next to nothing by post-training quantization, and there is
# nothing for training to win back. So the weights are held to [-7, 7] here, as if they had four
# bits (they are stored in eight). Both ways start from the same trained float network:
#
#   PTQ   prepare_pt2e, calibration, convert_pt2e
#   QAT   prepare_qat_pt2e, some steps of training with fake quantization, convert_pt2e
#
# and a third tells what of the gain is due to training as such, and not to training with
# quantization in sight:
#
#   tuned PTQ    the same steps of training in float, then PTQ
#
# The accuracies are those of the program files, run by the device's runtime.

# %% What is trained, and for how long
import argparse
import copy
import dataclasses
import sys

import torch
import torch.nn.functional as F
from fashion import images, share_right, trained
from torch.export import export
from torchao.quantization.pt2e import move_exported_model_to_eval
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e, prepare_qat_pt2e

from cortico.boards import run
from cortico.exir import EdgeCompileConfig, to_edge_transform_and_lower
from cortico.passes import CortexMPassManager
from cortico.quantizer import CortexMQuantizer

parser = argparse.ArgumentParser(description="QAT against PTQ with weights of four bits")
parser.add_argument("--full", action="store_true", help="20,000 images for two epochs, 10,000 to measure; minutes")
parser.add_argument("--steps", type=int, default=25, help="batches to train with")
parser.add_argument("--images", type=int, default=500, help="images to measure accuracy with")
parser.add_argument("--lr", type=float, default=0.01)
args = parser.parse_args() if "ipykernel" not in sys.modules else parser.parse_args([])
BATCH = 64
if args.full:
    args.steps, args.images = 2 * 20000 // BATCH, 10000

torch.manual_seed(0)
x, y = images("train", min(args.steps * BATCH, 20000))
x_test, y_test = images("t10k", args.images)


# %% A quantizer of one's own: what the compiler's rules say, but for the range of the weights
class FourBitWeights(CortexMQuantizer):
    """int8 weights in [-7, 7]."""

    def annotate(self, model):
        model = super().annotate(model)
        for node in model.graph.nodes:
            annotation = node.meta.get("quantization_annotation")
            for source, spec in (annotation.input_qspec_map if annotation else {}).items():
                # Weights are what has a symmetric range; activations are shared or affine.
                if getattr(spec, "quant_min", None) == -127:
                    annotation.input_qspec_map[source] = dataclasses.replace(spec, quant_min=-7, quant_max=7)
        return model


# %% Training, and what comes of it on the device
def fine_tune(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.steps)
    for step in range(args.steps):
        first = step * BATCH % (len(x) - BATCH + 1)
        loss = F.cross_entropy(model(x[first : first + BATCH]), y[first : first + BATCH])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model


def program_of(quantized):
    edge = to_edge_transform_and_lower(export(quantized, (x[:1],)), compile_config=EdgeCompileConfig(_check_ir_validity=False))
    edge._edge_programs["forward"] = CortexMPassManager(edge.exported_program()).transform()
    return edge.to_executorch().buffer


def accuracy(pte):
    outputs = run(pte, [(image[None],) for image in x_test]).outputs
    return share_right(torch.cat([sample[0] for sample in outputs]), y_test)


def ptq(model):
    prepared = prepare_pt2e(export(model, (x[:1],)).module(), FourBitWeights())
    with torch.no_grad():
        for image in x[:50]:
            prepared(image[None])
    return accuracy(program_of(convert_pt2e(prepared)))


def qat(model):
    # The compiler wants fixed sizes, training wants batches. No op of this network has a size of the
    # batch in its arguments, so without its guards the graph takes one image as well.
    captured = export(model.train(), (x[:BATCH],)).module(check_guards=False)
    prepared = prepare_qat_pt2e(captured, FourBitWeights(is_qat=True))
    fine_tune(prepared)
    quantized = convert_pt2e(prepared)
    return accuracy(program_of(move_exported_model_to_eval(quantized)))


# %% The three, side by side
with torch.no_grad():
    results = {"float": share_right(trained()(x_test), y_test)}
results["PTQ"] = ptq(trained())
tuned = copy.deepcopy(trained())
for module in tuned.modules():  # batch norm's statistics are good as they are
    module.eval()
results["tuned PTQ"] = ptq(fine_tune(tuned).eval())
results["QAT"] = qat(trained())
for name, share in results.items():
    print(f"{name:10} {100 * share:5.1f} %")
gain = results["QAT"] - max(results["PTQ"], results["tuned PTQ"])
print(f"QAT {'gains' if gain > 0 else 'does not gain:'} {100 * gain:+.1f} points over the better PTQ")
assert results["QAT"] >= results["PTQ"], "QAT lost against PTQ from the same network"
