"""Cortico: PyTorch models on Arm Cortex-M.

The ordinary PyTorch way goes through three modules, each with a class or function of PyTorch's own
kind: `cortico.quantizer.CortexMQuantizer`, `cortico.passes.CortexMPassManager` and
`cortico.exir.to_edge_transform_and_lower`. Torch is imported by these, not by `import cortico`.
"""

from cortico._errors import CompileError, Diagnostic, InternalError
from cortico._native import __version__

__all__ = ["CompileError", "Diagnostic", "InternalError", "__version__"]
