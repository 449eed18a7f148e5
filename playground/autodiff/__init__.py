"""The derivative engine: graphs of arrays, their derivatives, and compiled programs."""

from playground.autodiff.compilation import compile
from playground.autodiff.graph import DTypeError, Node, ShapeError
from playground.autodiff.interpreter import evaluate
from playground.autodiff.lowering import lower
from playground.autodiff.primitives.elementwise import (
    abs,
    arccos,
    arcsin,
    arctan,
    cast,
    clip,
    cos,
    cosh,
    equal,
    erf,
    exp,
    expm1,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    log1p,
    maximum,
    minimum,
    not_equal,
    pow,
    reciprocal,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    stop_gradient,
    tan,
    tanh,
    where,
)
from playground.autodiff.primitives.linalg import matmul
from playground.autodiff.primitives.reductions import argmax, max, mean, min, sum
from playground.autodiff.primitives.shaping import (
    broadcast_to,
    concatenate,
    pad,
    reshape,
    take,
    transpose,
)
from playground.autodiff.primitives.softmax import log_softmax, logsumexp, softmax
from playground.autodiff.program import Program, Spec
from playground.autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
