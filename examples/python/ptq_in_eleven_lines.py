#!/usr/bin/env python3
# %% [markdown]
# # Post-training quantization in eleven lines
#
# A float network, a few images to calibrate with, and the lines that every PT2E tutorial has. What
# comes out is a program for a Cortex-M55, run here by the device's runtime on this machine and on
# the simulated Corstone-300.

# %% A trained network and data
import argparse
import sys

import torch
from fashion import images, share_right, trained

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--images", type=int, default=200, help="images to measure accuracy with")
parser.add_argument("-o", "--output", help="write the program file here")
args = parser.parse_args() if "ipykernel" not in sys.modules else parser.parse_args([])

model = trained()
x, y = images("t10k", args.images)
calibration, _ = images("train", 50)
example_inputs = (calibration[:1],)

# %% The eleven lines
from torch.export import export
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from cortico.exir import EdgeCompileConfig, to_edge_transform_and_lower
from cortico.passes import CortexMPassManager
from cortico.quantizer import CortexMQuantizer

prepared = prepare_pt2e(export(model, example_inputs).module(), CortexMQuantizer())
for image in calibration:
    prepared(image[None])
quantized = convert_pt2e(prepared)

exported = export(quantized, example_inputs)
edge = to_edge_transform_and_lower(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
edge._edge_programs["forward"] = CortexMPassManager(edge.exported_program(), CortexMPassManager.pass_list).transform()
et_program = edge.to_executorch()
if args.output:
    with open(args.output, "wb") as file:
        et_program.write_to_file(file)

# %% Accuracy: float, the program on this machine, the program on the simulated board
from cortico.boards import BoardMissing, run

samples = [(image[None],) for image in x]
with torch.no_grad():
    float_logits = model(x)
host = run(et_program.buffer, samples, "host")
host_logits = torch.cat([outputs[0] for outputs in host.outputs])
print(f"program            {len(et_program.buffer)} bytes")
print(f"float              {100 * share_right(float_logits, y):.1f} %")
print(f"int8, this machine {100 * share_right(host_logits, y):.1f} %")
assert share_right(host_logits, y) > share_right(float_logits, y) - 0.03

try:
    board = run(et_program.buffer, samples[:20], "qemu")
except BoardMissing as missing:
    print(f"int8, board        not run: {missing}")
else:
    same = all(torch.equal(a[0], b[0]) for a, b in zip(board.outputs, host.outputs))
    print(f"int8, {board.board}   {'the same bits' if same else 'OTHER BITS'}, {board.instructions} instructions per image")
    assert same
