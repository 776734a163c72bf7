"""ExecuTorch's own Cortex-M pipeline, as its documentation has it, and small networks for it."""

from support import torch
from torch import nn
from torch.export import export
from torch.nn import functional as F
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

# The quantizer before the ops: the package imports itself in a circle otherwise.
from executorch.backends.cortex_m.quantizer.quantizer import CortexMQuantizer
from executorch.backends.cortex_m.edge_compile_config import cortex_m_edge_compile_config
from executorch.backends.cortex_m.passes.cortex_m_pass_manager import CortexMPassManager
from executorch.backends.cortex_m.target_config import CortexMTargetConfig
from executorch.exir import to_edge_transform_and_lower


def in_layout(x, explicit):
    """The legacy pipeline wants images in channels-last order; with `explicit` it brings its own."""
    return x if explicit or x.dim() != 4 else x.to(memory_format=torch.channels_last)


def quantize(model, x, explicit=False):
    """The quantized program of a float model, calibrated with the samples x."""
    if not explicit and x.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
    example = (in_layout(x[:1], explicit),)
    # The quantizer stops at the guards that export() leaves otherwise.
    captured = export(model, example).module(check_guards=False)
    prepared = prepare_pt2e(captured, CortexMQuantizer())
    with torch.no_grad():
        for sample in x:
            prepared(in_layout(sample[None], explicit))
    return export(convert_pt2e(prepared), example)


def lower(program, target, explicit=False):
    """The program file that ExecuTorch writes. `explicit`: by its _nhwc ops."""
    edge = to_edge_transform_and_lower(program, compile_config=cortex_m_edge_compile_config())
    edge._edge_programs["forward"] = CortexMPassManager(
        edge.exported_program(),
        target_config=CortexMTargetConfig.from_target_string(target),
        use_explicit_layout=explicit,
    ).transform()
    return edge.to_executorch().buffer


class Grey(nn.Module):
    """One channel: dim orders with a choice. Depthwise, pointwise, pooling, linear."""

    shape = (1, 12, 10)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, padding=1)
        self.depth = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8)
        self.point = nn.Conv2d(8, 12, 1)
        self.head = nn.Linear(12 * 3 * 2, 6)

    def forward(self, x):
        x = F.relu(self.point(F.relu(self.depth(F.relu(self.first(x))))))
        return self.head(F.avg_pool2d(x, 2).flatten(1))


class Colour(nn.Module):
    """A residual, a pool, a mean, a transposed convolution, products, functions of one element."""

    shape = (3, 8, 8)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.gate = nn.Conv2d(8, 8, 1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.head = nn.Linear(4, 5)
        nn.init.normal_(self.head.weight, std=8)  # classes that differ

    def forward(self, x):
        a = F.relu(self.first(x))
        x = a + self.second(a)
        x = x * torch.sigmoid(self.gate(x))
        x = self.up(F.max_pool2d(x, 2))
        return F.softmax(self.head(x.mean((2, 3))), -1)


class Skip(nn.Module):
    """A ReLU whose result goes side by side with signed numbers: the two share their parameters."""

    shape = (3, 8, 8)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        a = F.relu(self.first(x))
        return self.head(torch.cat([a, self.second(a)], 1))


NETWORKS = {"grey": Grey, "colour": Colour, "skip": Skip}
# What ExecuTorch 1.5.1 compiles wrongly, and why.
WRONG = {
    "skip": "a ReLU with a signed partner's zero point is not fused: aten::convolution on int8 numbers",
    "unet": "the same",
    "tiny_attention": "ReplaceScalarWithTensorArgPass stops at the product with a number",
}
# Networks at which its pipeline with explicit layouts (the _nhwc ops) stops, and where.
STOPS_WITH_EXPLICIT_LAYOUT = {"colour": "ValidateCortexMExplicitLayoutPass"}


def make(name, samples=8):
    torch.manual_seed(1)
    kind = NETWORKS[name]
    return kind().eval(), torch.randn(samples, *kind.shape)
