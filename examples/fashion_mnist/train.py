#!/usr/bin/env python3
"""Trains the Fashion-MNIST example network and exports it as fashion_mnist.pt2.

Input    float32 [N, 1, 28, 28], x = pixel / 255, so each value lies in [0, 1]; there is
         no further normalisation.
Output   float32 [N, 10], unnormalised log-probabilities ("logits"), one per class;
         the predicted class is argmax(logits, dim=1).
Loss     cross entropy with label smoothing e:
         -sum_k q_k log softmax(logits)_k,  q_k = (1 - e) [k = label] + e / 10.
Data     the four *-ubyte.gz files of Fashion-MNIST in IDX format (Debian's package
         dataset-fashion-mnist): 60,000 images for training, 10,000 for the accuracy.

Needs torch and numpy. The seed fixes the result for one version of torch and one number
of threads.
"""

import argparse
import gzip
import pathlib
import re
import struct
import time

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

DEFAULT_DATA = "/usr/share/datasets/fashion-mnist"
DEFAULT_OUTPUT = pathlib.Path(__file__).resolve().parent / "fashion_mnist.pt2"
NUM_CLASSES = 10
CROP_PADDING = 2  # pixels
SOURCE_FOLDER = re.compile(r'File "(?:[^"]*/site-packages/|[^"]*/dist-packages/|[^"]*/)')


def read_idx(path):
    """Returns the array in a gzipped IDX file of unsigned bytes."""
    data = gzip.decompress(pathlib.Path(path).read_bytes())
    zero, dtype, ndim = struct.unpack_from(">HBB", data)
    if zero != 0 or dtype != 0x08:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack_from(f">{ndim}I", data, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def load_split(folder, prefix):
    """Returns images, float32 [N, 1, 28, 28] in [0, 1], and labels, int64 [N]."""
    folder = pathlib.Path(folder)
    images = read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")
    x = torch.from_numpy(images.astype(np.float32) / 255.0).unsqueeze(1)
    return x, torch.from_numpy(labels.astype(np.int64))


class ConvBnRelu(nn.Sequential):
    """kxk convolution with "same" padding, batch norm and, unless relu=False, ReLU."""

    def __init__(self, cin, cout, kernel, stride=1, groups=1, relu=True):
        layers = [
            nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout),
        ]
        if relu:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class Separable(nn.Sequential):
    """3x3 depthwise convolution, then 1x1 convolution, each with batch norm."""

    def __init__(self, cin, cout, stride=1, relu=True):
        super().__init__(
            ConvBnRelu(cin, cin, 3, stride, groups=cin),
            ConvBnRelu(cin, cout, 1, relu=relu),
        )


class Residual(nn.Module):
    """relu(x + separable(x)); the branch ends in batch norm without ReLU."""

    def __init__(self, channels):
        super().__init__()
        self.branch = Separable(channels, channels, relu=False)

    def forward(self, x):
        return F.relu(x + self.branch(x))


class FashionNet(nn.Module):
    """[N, 1, 28, 28] -> [N, 10]; README.md has the table of layers."""

    def __init__(self):
        super().__init__()
        self.stem = ConvBnRelu(1, 16, 3)
        self.block1 = Separable(16, 48)
        self.pool = nn.MaxPool2d(2)
        self.block2 = Separable(48, 64)
        self.residual = Residual(64)
        self.block3 = Separable(64, 128, stride=2)
        self.block4 = Separable(128, 192)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(192, NUM_CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = self.pool(self.block1(x))
        x = self.residual(self.block2(x))
        x = self.block4(self.block3(x))
        x = torch.flatten(self.gap(x), 1)
        return self.classifier(self.dropout(x))


def augment(x, generator):
    """Random shift by up to CROP_PADDING pixels and random mirror image, per sample."""
    n, _, h, w = x.shape
    padded = F.pad(x[:, 0], (CROP_PADDING,) * 4)
    windows = padded.unfold(1, h, 1).unfold(2, w, 1)  # [n, dy, dx, h, w], a view
    shifts = torch.randint(0, 2 * CROP_PADDING + 1, (2, n), generator=generator)
    x = windows[torch.arange(n), shifts[0], shifts[1]]
    mirror = torch.rand(n, generator=generator) < 0.5
    return torch.where(mirror[:, None, None], x.flip(2), x).unsqueeze(1)


@torch.no_grad()
def predict(model, x, batch=1000):
    """Returns the logits of all samples, the model in evaluation mode."""
    model.eval()
    return torch.cat([model(chunk) for chunk in x.split(batch)])


def accuracy(model, x, y):
    """Returns the share of samples whose largest logit is the label's, in [0, 1]."""
    return (predict(model, x).argmax(1) == y).float().mean().item()


def train(model, x, y, args):
    """Trains in place: SGD with Nesterov momentum, one-cycle learning rate."""
    generator = torch.Generator().manual_seed(args.seed)
    # Batch norm's scales and all biases are exempt from weight decay.
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decay, "weight_decay": args.weight_decay}, {"params": plain}],
        lr=args.lr, momentum=0.9, nesterov=True)
    steps = -(-len(x) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, args.lr, total_steps=args.epochs * steps, pct_start=0.25)
    for epoch in range(args.epochs):
        model.train()
        start, total = time.monotonic(), 0.0
        for index in torch.randperm(len(x), generator=generator).split(args.batch):
            batch = augment(x[index], generator).to(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(batch), y[index], label_smoothing=args.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(index)
        print(f"epoch {epoch + 1:2d}/{args.epochs}  loss {total / len(x):.4f}  "
              f"{time.monotonic() - start:.0f} s", flush=True)


def export(model):
    """Returns the exported program for one image, batch 1.

    The stack traces of the nodes name source files without the folders they are installed
    in ("train.py", "torch/nn/modules/conv.py"), so that the exported file does not depend
    on where it was made.
    """
    model = model.to(memory_format=torch.contiguous_format).eval()
    program = torch.export.export(model, (torch.zeros(1, 1, 28, 28),))
    for node in program.graph.nodes:
        trace = node.meta.get("stack_trace")
        if trace:
            node.meta["stack_trace"] = SOURCE_FOLDER.sub('File "', trace)
    return program


def main():
    parser = argparse.ArgumentParser(description="Train and export the Fashion-MNIST example.")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=0.3, help="peak learning rate")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--smoothing", type=float, default=0.05, help="label smoothing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", default=DEFAULT_DATA, help="folder of the IDX files")
    parser.add_argument("--output", default=DEFAULT_OUTPUT, help="the .pt2 file to write")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    x, y = load_split(args.data, "train")
    x_test, y_test = load_split(args.data, "t10k")

    start = time.monotonic()
    model = FashionNet().to(memory_format=torch.channels_last)
    train(model, x, y, args)
    print(f"training took {time.monotonic() - start:.0f} s")
    torch.export.save(export(model), args.output)
    print(f"wrote {args.output}")
    print(f"test accuracy {100 * accuracy(model, x_test, y_test):.2f} %")


if __name__ == "__main__":
    main()
