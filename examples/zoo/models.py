"""Small networks of the kinds that run on microcontrollers, in ordinary PyTorch.

Weights are random (seeded) and batch-norm statistics come from forward passes over random data, so
that every layer sees values of a trained network's size. `python models.py OUT` exports each one:
OUT/<name>.pt2, OUT/<name>_calibration.npz and OUT/<name>_test.npz.
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, act=nn.ReLU):
    padding = tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else kernel // 2
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if act is not None:
        layers.append(act())
    return nn.Sequential(*layers)


class DsCnn(nn.Module):
    """Keyword spotting (MLPerf Tiny): 49 x 10 features, 12 words."""

    shape = (1, 49, 10)

    def __init__(self):
        super().__init__()
        self.first = conv_bn(1, 64, (10, 4), 2)
        self.blocks = nn.Sequential(
            *[nn.Sequential(conv_bn(64, 64, 3, groups=64), conv_bn(64, 64, 1)) for _ in range(4)]
        )
        self.drop = nn.Dropout(0.4)
        self.head = nn.Linear(64, 12)

    def forward(self, x):
        x = self.drop(self.blocks(self.first(x)))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class MobileNetV1(nn.Module):
    """Visual wake words (MLPerf Tiny): width 0.25, 96 x 96."""

    shape = (3, 96, 96)

    def __init__(self):
        super().__init__()
        plan = [(8, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2)]
        plan += [(128, 128, 1)] * 5 + [(128, 256, 2), (256, 256, 1)]
        layers = [conv_bn(3, 8, 3, 2)]
        for inputs, outputs, stride in plan:
            layers += [conv_bn(inputs, inputs, 3, stride, inputs), conv_bn(inputs, outputs, 1)]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(256, 2)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, hidden, outputs, stride, act, squeeze=False):
        super().__init__()
        self.expand = conv_bn(inputs, hidden, 1, act=act)
        self.depthwise = conv_bn(hidden, hidden, 3, stride, hidden, act=act)
        self.squeeze = SqueezeExcite(hidden) if squeeze else nn.Identity()
        self.project = conv_bn(hidden, outputs, 1, act=None)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.squeeze(self.depthwise(self.expand(x))))
        return x + y if self.residual else y


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.down = nn.Conv2d(channels, channels // 4, 1)
        self.up = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        scale = F.adaptive_avg_pool2d(x, 1)
        return x * F.hardsigmoid(self.up(F.relu(self.down(scale))))


class MobileNetV2(nn.Module):
    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(3, 8, 3, 2, act=nn.ReLU6),
            InvertedResidual(8, 32, 8, 1, nn.ReLU6),
            InvertedResidual(8, 32, 16, 2, nn.ReLU6),
            InvertedResidual(16, 64, 16, 1, nn.ReLU6),
        )
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class MobileNetV3(nn.Module):
    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(3, 8, 3, 2, act=nn.Hardswish),
            InvertedResidual(8, 24, 8, 1, nn.ReLU, squeeze=True),
            InvertedResidual(8, 32, 16, 2, nn.Hardswish, squeeze=True),
            InvertedResidual(16, 64, 16, 1, nn.Hardswish),
        )
        self.head = nn.Sequential(nn.Linear(16, 32), nn.Hardswish(), nn.Linear(32, 10))

    def forward(self, x):
        return self.head(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv_bn(inputs, outputs, 3, stride)
        self.second = conv_bn(outputs, outputs, 3, act=None)
        self.skip = nn.Identity() if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + self.skip(x))


class ResNet8(nn.Module):
    """Image classification (MLPerf Tiny): CIFAR-10."""

    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(3, 16, 3),
            ResidualBlock(16, 16, 1),
            ResidualBlock(16, 32, 2),
            ResidualBlock(32, 64, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.features(x))


class Autoencoder(nn.Module):
    """Anomaly detection (MLPerf Tiny)."""

    shape = (640,)

    def __init__(self):
        super().__init__()
        sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128]
        layers = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(128, 640))

    def forward(self, x):
        return self.layers(x)


class UNet(nn.Module):
    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = conv_bn(3, 8, 3), conv_bn(8, 16, 3)
        self.bottom = conv_bn(16, 32, 3)
        self.up2 = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.merge2 = conv_bn(32, 16, 3)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.merge1 = conv_bn(16, 8, 3)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        b = self.merge2(torch.cat([self.up2(c), b], 1))
        a = self.merge1(torch.cat([self.up1(b), a], 1))
        return self.head(a)


class Ecg(nn.Module):
    """Five kinds of heartbeat from a signal of 180 samples."""

    shape = (1, 180)

    def __init__(self):
        super().__init__()
        layers = []
        for inputs, outputs, kernel in ((1, 16, 7), (16, 16, 5), (16, 32, 5)):
            layers += [
                nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2),
                nn.BatchNorm1d(outputs),
                nn.ReLU(),
                nn.MaxPool1d(2),
            ]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.features(x).mean(-1))


class Detector(nn.Module):
    """A YOLO-like head on two scales, its boxes as sigmoids beside class scores."""

    shape = (3, 64, 64)

    def __init__(self):
        super().__init__()
        act = nn.LeakyReLU
        self.stem = nn.Sequential(conv_bn(3, 8, 3, 2, act=act), conv_bn(8, 16, 3, 2, act=act))
        self.deep = nn.Sequential(conv_bn(16, 32, 3, 2, act=act), conv_bn(32, 32, 3, act=act))
        self.side = conv_bn(32, 16, 1, act=act)
        self.fine = nn.Conv2d(32, 9, 1)
        self.coarse = nn.Conv2d(32, 9, 1)

    def forward(self, x):
        shallow = self.stem(x)
        deep = self.deep(shallow)
        up = F.interpolate(self.side(deep), scale_factor=2.0, mode="nearest")
        outputs = []
        for map_ in (self.fine(torch.cat([up, shallow], 1)), self.coarse(deep)):
            box, score = map_.split([4, 5], 1)
            both = torch.cat([torch.sigmoid(box), score], 1)
            outputs.append(both.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 9))
        return torch.cat(outputs, 1)


class Wav2Letter(nn.Module):
    """A stack of convolutions over spectra in time."""

    shape = (13, 64)

    def __init__(self):
        super().__init__()
        plan = [(13, 24, 11, 2), (24, 24, 7, 1), (24, 32, 7, 1), (32, 48, 9, 1), (48, 48, 1, 1)]
        layers = []
        for inputs, outputs, kernel, stride in plan:
            layers += [
                nn.Conv1d(inputs, outputs, kernel, stride, kernel // 2),
                nn.Hardtanh(0.0, 20.0),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv1d(48, 29, 1))

    def forward(self, x):
        return self.layers(x)


class TinyAttention(nn.Module):
    """One block of attention over 16 patches."""

    shape = (16, 24)

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(24, 72)
        self.out = nn.Linear(24, 24)
        self.up, self.down = nn.Linear(24, 48), nn.Linear(48, 24)
        self.head = nn.Linear(24, 6)

    def forward(self, x):
        n = x.shape[0]
        q, k, v = (t.view(n, 16, 2, 12).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        weights = F.softmax(q @ k.transpose(-2, -1) * 12**-0.5, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, 16, 24))
        x = x + self.down(F.gelu(self.up(x)))
        return self.head(x.mean(1))


NETWORKS = {
    "ds_cnn": DsCnn,
    "mobilenet_v1": MobileNetV1,
    "mobilenet_v2": MobileNetV2,
    "mobilenet_v3": MobileNetV3,
    "resnet8": ResNet8,
    "autoencoder": Autoencoder,
    "unet": UNet,
    "ecg": Ecg,
    "detector": Detector,
    "wav2letter": Wav2Letter,
    "tiny_attention": TinyAttention,
}


def make(name, samples=48):
    """The network in eval mode, and smooth random inputs of its shape."""
    torch.manual_seed(sum(map(ord, name)))
    kind = NETWORKS[name]
    model = kind()
    x = torch.randn(samples, *kind.shape)
    if len(kind.shape) == 3:
        x = F.avg_pool2d(x, 3, 1, 1) * 2  # neighbours are alike, as in a picture
    model.train()
    with torch.no_grad():
        for _ in range(20):  # the running statistics approach those of the data
            model(x)
    return model.eval(), x


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NETWORKS:
        model, x = make(name)
        torch.export.save(torch.export.export(model, (x[:1],)), out / f"{name}.pt2")
        with torch.no_grad():
            y = torch.cat([model(sample[None]) for sample in x])
        half = len(x) // 2
        np.savez(out / f"{name}_calibration.npz", x=x[:half].numpy())
        np.savez(out / f"{name}_test.npz", x=x[half:].numpy(), y=y[half:].numpy())
        print(name)


if __name__ == "__main__":
    main()
