"""Fashion-MNIST and the trained network of examples/fashion_mnist, for the scripts beside this file."""

from __future__ import annotations

import pathlib
import sys

import torch

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "fashion_mnist"
sys.path.insert(0, str(EXAMPLE))
from train import DEFAULT_DATA, FashionNet, load_split  # noqa: E402


def trained() -> torch.nn.Module:
    """The float network, in evaluation mode."""
    model = FashionNet()
    weights = torch.export.load(EXAMPLE / "fashion_mnist.pt2").state_dict
    # The exported program has no use for batch norm's count of batches.
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)
    return model.eval()


def images(split: str, count: int, folder: str = DEFAULT_DATA) -> tuple[torch.Tensor, torch.Tensor]:
    """The first `count` images, float32 [count, 1, 28, 28] in [0, 1], and labels, int64 [count], of
    "train" or "t10k" (Debian's dataset-fashion-mnist)."""
    x, y = load_split(folder, split)
    return x[:count], y[:count]


def share_right(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Top-1 accuracy in [0, 1] of logits [N, 10]."""
    return (logits.argmax(1) == labels).float().mean().item()
