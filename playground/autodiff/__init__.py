"""The derivative engine: graphs of arrays, their derivatives, and compiled programs."""

from playground.autodiff.checks import GradientError, GradientReport, check_gradients
from playground.autodiff.compilation import compile
from playground.autodiff.description import DescribedNode, GraphDescription, describe
from playground.autodiff.graph import Node
from playground.autodiff.interpreter import evaluate
from playground.autodiff.jacobians import hessian, jacobian
from playground.autodiff.lowering import lower
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.primitives.convolution import conv2d
from playground.autodiff.primitives.elementwise import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctanh,
    cast,
    cos,
    cosh,
    exp,
    expm1,
    log,
    log1p,
    reciprocal,
    sin,
    sinh,
    sqrt,
    square,
    stop_gradient,
    tan,
    tanh,
)
from playground.autodiff.primitives.error_function import erf
from playground.autodiff.primitives.indexing import concatenate, one_hot, pad, stack, take
from playground.autodiff.primitives.linalg import matmul
from playground.autodiff.primitives.logistic import (
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    softplus,
)
from playground.autodiff.primitives.ordering import argsort, cumsum, sort, take_along
from playground.autodiff.primitives.pooling import average_pool, max_pool, windows
from playground.autodiff.primitives.power import pow
from playground.autodiff.primitives.reductions import argmax, max, mean, min, prod, sum, variance
from playground.autodiff.primitives.selection import (
    abs,
    clip,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    maximum,
    minimum,
    not_equal,
    relu,
    sign,
    where,
)
from playground.autodiff.primitives.shaping import broadcast_to, flip, reshape, transpose
from playground.autodiff.program import Program, Spec
from playground.autodiff.shapes import DTypeError, ShapeError
from playground.autodiff.transforms import grad, hvp, jvp, value_and_grad, vjp
from playground.autodiff.vectorize import vmap

__all__ = [
    "BoundProgram",
    "DTypeError",
    "DescribedNode",
    "GradientError",
    "GradientReport",
    "GraphDescription",
    "Node",
    "Program",
    "ShapeError",
    "Spec",
    "abs",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "argmax",
    "argsort",
    "average_pool",
    "broadcast_to",
    "cast",
    "check_gradients",
    "clip",
    "compile",
    "concatenate",
    "conv2d",
    "cos",
    "cosh",
    "cumsum",
    "describe",
    "equal",
    "erf",
    "evaluate",
    "exp",
    "expm1",
    "flip",
    "grad",
    "greater",
    "greater_equal",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log_softmax",
    "logsumexp",
    "lower",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "not_equal",
    "one_hot",
    "pad",
    "pow",
    "prod",
    "reciprocal",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sort",
    "sqrt",
    "square",
    "stack",
    "stop_gradient",
    "sum",
    "take",
    "take_along",
    "tan",
    "tanh",
    "transpose",
    "value_and_grad",
    "variance",
    "vjp",
    "vmap",
    "where",
    "windows",
]
