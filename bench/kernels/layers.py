#!/usr/bin/env python3
"""The layers of layers.csv, for run.py; as a program, their rows of layers.inc for C++."""

import csv
import dataclasses
import pathlib
import re
import sys

CORES = ("m0", "m3", "m4", "m7", "m33", "m55")
KINDS = {
    "arm_convolve_wrapper_s8": "kConvolve",
    "arm_depthwise_conv_wrapper_s8": "kDepthwise",
    "arm_fully_connected_s8": "kFullyConnected",
    "arm_elementwise_add_s8": "kAdd",
    "arm_avgpool_s8": "kAvgPool",
    "arm_softmax_s8": "kSoftmax",
}


@dataclasses.dataclass
class Layer:
  model: str
  name: str
  api: str
  shape: str
  relu: bool
  macs: int
  baseline: dict  # core -> instructions

  @property
  def key(self) -> str:
    return f"{self.model}.{self.name}"

  def sizes(self) -> dict:
    """Height, width and channels of input and output, window, stride and padding."""
    number = [int(n) for n in re.findall(r"\d+", self.shape)]
    one = {"window": (1, 1), "stride": 1, "pad": (0, 0)}
    if self.api in ("arm_convolve_wrapper_s8", "arm_depthwise_conv_wrapper_s8"):
      h, w, c, kh, kw, stride, top, left, oh, ow, oc = number
      return {"input": (h, w, c), "output": (oh, ow, oc), "window": (kh, kw), "stride": stride,
              "pad": (top, left)}
    if self.api == "arm_avgpool_s8":
      h, w, c, kh, kw, oh, ow, oc = number
      return {**one, "input": (h, w, c), "output": (oh, ow, oc), "window": (kh, kw)}
    if self.api == "arm_fully_connected_s8":
      return {**one, "input": (1, 1, number[0]), "output": (1, 1, number[1])}
    if self.api == "arm_softmax_s8":
      return {**one, "input": (1, 1, number[0]), "output": (1, 1, number[0])}
    return {**one, "input": tuple(number), "output": tuple(number)}


def load() -> list:
  with open(pathlib.Path(__file__).parent / "layers.csv", newline="", encoding="ascii") as file:
    return [
        Layer(row["model"], row["layer"], row["api"], row["shape"], row["relu"] == "yes",
              int(row["macs"]), {core: int(row[core]) for core in CORES})
        for row in csv.DictReader(file)
    ]


def braces(numbers) -> str:
  return "{" + ", ".join(str(n) for n in numbers) + "}"


def main() -> int:
  with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("// Made from layers.csv by layers.py.\n")
    for layer in load():
      s = layer.sizes()
      out.write(f'{{"{layer.model}", "{layer.name}", Kind::{KINDS[layer.api]}, '
                f'{braces(s["input"])}, {braces(s["output"])}, {braces(s["window"])}, '
                f'{s["stride"]}, {braces(s["pad"])}, {str(layer.relu).lower()}}},\n')
  return 0


if __name__ == "__main__":
  sys.exit(main())
