"""The operations that graphs are made of, one family a file; each with all of its rules."""

from playground.autodiff.primitives import elementwise, linalg, reductions, shaping, softmax

__all__ = ["elementwise", "linalg", "reductions", "shaping", "softmax"]
