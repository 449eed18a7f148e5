"""Rules that replace one node by cheaper ones.

A rule looks at a node whose inputs are already simplified and returns what to compute instead, or
None. Rules keep the meaning up to rounding and the sign of zero; none turns a NaN or an infinity
into a number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.autodiff.graph import Constant, Node, Value
from playground.autodiff.primitives import elementwise as ew
from playground.autodiff.primitives.indexing import pad
from playground.autodiff.primitives.linalg import matmul
from playground.autodiff.primitives.reductions import sum as sum_over
from playground.autodiff.primitives.selection import masked
from playground.autodiff.primitives.shaping import BroadcastTo, broadcast_to, reshape, transpose
from playground.autodiff.shapes import size_of

Rule = Callable[[Node], Value | None]

RULES: dict[str, list[Rule]] = {}


def simplifies(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for operations; it returns a simpler node or None."""

    def register(rule: Rule) -> Rule:
        for name in names:
            RULES.setdefault(name, []).append(rule)
        return rule

    return register


def broadcast_source(node: Node) -> Node:
    """Return what a node repeats, or the node itself."""
    return node.inputs[0] if isinstance(node.op, BroadcastTo) else node


def _is(node: Node, name: str) -> bool:
    return node.op is not None and node.op.name == name


def _number(node: Node) -> float | None:
    """Return the value of a node that is the same known number everywhere."""
    node = broadcast_source(node)
    return node.value.item() if isinstance(node, Constant) and node.value.size == 1 else None


def _scalar_first(a: Node, b: Node) -> tuple[Node, Node] | None:
    """Return (scalar, array) where exactly one operand is 0-d."""
    if not a.shape and b.shape:
        return a, b
    return (b, a) if a.shape and not b.shape else None


@simplifies("add")
def _add(node: Node) -> Value | None:
    a, b = node.inputs
    for x, other in ((a, b), (b, a)):
        if _number(x) == 0:
            return broadcast_to(other, node.shape)
        if _is(x, "neg"):
            return other - x.inputs[0]
    return None


@simplifies("sub")
def _sub(node: Node) -> Value | None:
    a, b = node.inputs
    if _number(b) == 0:
        return broadcast_to(a, node.shape)
    if _number(a) == 0:
        return broadcast_to(-b, node.shape)
    return a + b.inputs[0] if _is(b, "neg") else None


@simplifies("neg")
def _neg(node: Node) -> Value | None:
    (x,) = node.inputs
    if _is(x, "neg"):
        return x.inputs[0]
    if _is(x, "sub"):
        return x.inputs[1] - x.inputs[0]
    if _is(x, "mul"):
        split = _scalar_first(*x.inputs)
        return None if split is None else (-split[0]) * split[1]
    return None


@simplifies("mul")
def _mul(node: Node) -> Value | None:
    a, b = node.inputs
    if a is b:
        return ew.square(a)
    for x, other in ((a, b), (b, a)):
        number = _number(x)
        if number == 1:
            return broadcast_to(other, node.shape)
        if number == -1:
            return broadcast_to(-other, node.shape)
        if _is(x, "reciprocal"):
            return other / x.inputs[0]
    split = _scalar_first(a, b)
    if split is not None:
        return _scaled(*split)
    for few, many in ((a, b), (b, a)):
        inner = _scalar_first(*many.inputs) if _is(many, "mul") else None
        if inner is not None and few.size < many.size:
            return (inner[0] * few) * inner[1]
    return None


def _scaled(s: Node, x: Node) -> Value | None:
    """Return s · x with neighbouring scalars multiplied first: one pass over the array less."""
    if _is(x, "neg"):
        return (-s) * x.inputs[0]
    if _is(x, "mul"):
        inner = _scalar_first(*x.inputs)
        return None if inner is None else (s * inner[0]) * inner[1]
    if _is(x, "div"):
        above, below = x.inputs
        if not below.shape:
            return (s / below) * above
        if not above.shape:
            return (s * above) / below
    return None


@simplifies("div")
def _div(node: Node) -> Value | None:
    a, b = node.inputs
    if _number(b) == 1:
        return broadcast_to(a, node.shape)
    if _number(a) == 1 and a.ndim <= b.ndim:
        return ew.reciprocal(b)
    if not b.shape and a.shape and _is(a, "mul"):
        inner = _scalar_first(*a.inputs)
        return None if inner is None else (inner[0] / b) * inner[1]
    return None


@simplifies("pow")
def _pow(node: Node) -> Value | None:
    x, p = node.inputs
    exponent = _number(p)
    if exponent is None or p.ndim > x.ndim:
        return None
    match exponent:
        case 0:
            return broadcast_to(Constant(np.ones((), node.dtype)), node.shape)
        case 1:
            return broadcast_to(x, node.shape)
        case 2:
            return broadcast_to(ew.square(x), node.shape)
        case 3:
            return broadcast_to(ew.square(x) * x, node.shape)
        case 4:
            return broadcast_to(ew.square(ew.square(x)), node.shape)
        case 0.5:
            return broadcast_to(ew.sqrt(x), node.shape)
        case -1:
            return broadcast_to(ew.reciprocal(x), node.shape)
        case -2:
            return broadcast_to(ew.reciprocal(ew.square(x)), node.shape)
    return None


@simplifies("abs", "square", "cosh")
def _even(node: Node) -> Value | None:
    (x,) = node.inputs
    assert node.op is not None
    return node.op(x.inputs[0]) if _is(x, "neg") else None


@simplifies("reciprocal")
def _reciprocal(node: Node) -> Value | None:
    (x,) = node.inputs
    return x.inputs[1] / x.inputs[0] if _is(x, "div") else None


@simplifies("where")
def _where(node: Node) -> Value | None:
    mask, a, b = node.inputs
    if a is b:
        return broadcast_to(a, node.shape)
    if _number(b) == 0:
        return broadcast_to(masked(mask, a), node.shape)
    return None


@simplifies("reshape")
def _reshape(node: Node) -> Value | None:
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    if _is(x, "reshape"):
        return reshape(x.inputs[0], node.shape)
    if isinstance(x.op, BroadcastTo) and not x.inputs[0].shape:
        return broadcast_to(x.inputs[0], node.shape)
    return None


@simplifies("transpose")
def _transpose(node: Node) -> Value | None:
    (x,) = node.inputs
    axes = node.params["axes"]
    if _is(x, "transpose"):
        return transpose(x.inputs[0], tuple(x.params["axes"][a] for a in axes))
    if isinstance(x.op, BroadcastTo) and not x.inputs[0].shape:
        return broadcast_to(x.inputs[0], node.shape)
    if [n for n in x.shape if n != 1] == [x.shape[a] for a in axes if x.shape[a] != 1] and (
        _keeps_order(axes, x.shape)
    ):
        return reshape(x, node.shape)
    return None


def _keeps_order(axes: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a permutation moves one-element axes only."""
    moved = [a for a in axes if shape[a] != 1]
    return moved == sorted(moved)


@simplifies("broadcast_to")
def _broadcast(node: Node) -> Value | None:
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    return broadcast_to(x.inputs[0], node.shape) if isinstance(x.op, BroadcastTo) else None


@simplifies("slice")
def _slice(node: Node) -> Value | None:
    (x,) = node.inputs
    starts, stops = node.params["starts"], node.params["stops"]
    if x.shape == node.shape:
        return x
    if isinstance(x.op, BroadcastTo) and not x.inputs[0].shape:
        return broadcast_to(x.inputs[0], node.shape)
    if _is(x, "slice"):
        outer = x.params["starts"]
        box = [slice(o + a, o + b) for o, a, b in zip(outer, starts, stops, strict=True)]
        return x.inputs[0][tuple(box)]
    if _is(x, "concatenate"):
        return _slice_of_parts(x, starts, stops)
    return None


def _slice_of_parts(joined: Node, starts: tuple[int, ...], stops: tuple[int, ...]) -> Value | None:
    """Return a slice of a concatenation as a slice of the one part that it lies in."""
    axis = joined.params["axis"]
    begin = 0
    for part in joined.inputs:
        end = begin + part.shape[axis]
        if begin <= starts[axis] and stops[axis] <= end:
            box = [slice(a, b) for a, b in zip(starts, stops, strict=True)]
            box[axis] = slice(starts[axis] - begin, stops[axis] - begin)
            return part[tuple(box)]
        begin = end
    return None


@simplifies("concatenate")
def _concatenate(node: Node) -> Value | None:
    return node.inputs[0] if len(node.inputs) == 1 else None


@simplifies("cast")
def _cast(node: Node) -> Value | None:
    return node.inputs[0] if node.inputs[0].dtype == node.dtype else None


@simplifies("sum")
def _sum(node: Node) -> Value | None:
    (x,) = node.inputs
    axes = node.params["axes"]
    if all(x.shape[a] == 1 for a in axes):
        return reshape(x, node.shape)
    if node.dtype.kind != "f":
        return None
    if isinstance(x.op, BroadcastTo) and not x.inputs[0].shape:
        n = size_of(tuple(x.shape[a] for a in axes))
        return broadcast_to(x.inputs[0] * float(n), node.shape)
    if _is(x, "neg"):
        return -sum_over(x.inputs[0], axes)
    if _is(x, "mul"):
        split = _scalar_first(*x.inputs)
        if split is not None and not node.shape:
            return split[0] * sum_over(split[1], axes)
    return _as_dot(x) if len(axes) == x.ndim else None


def _as_dot(x: Node) -> Value | None:
    """Return the sum of a product as a scalar product: one call instead of two."""
    if _is(x, "square"):
        a = b = x.inputs[0]
    elif _is(x, "mul") and x.inputs[0].shape == x.inputs[1].shape:
        a, b = x.inputs
    else:
        return None
    if any(_is(y, name) for y in (a, b) for name in _STRIDED):
        return None
    return matmul(reshape(a, (-1,)), reshape(b, (-1,)))


# Flattening these would copy.
_STRIDED = ("transpose", "broadcast_to", "slice")


@simplifies("matmul")
def _matmul(node: Node) -> Value | None:
    a, b = node.inputs
    if b.ndim == 2 or not _is(b, "transpose") or b.params["axes"][-1] == b.ndim - 1:
        return None
    # BLAS takes a small matrix that lies by columns two to four times as long.
    is_small = a.shape[-2] >= _FEW_ROWS and b.shape[-2] * b.shape[-1] <= _SMALL_MATRIX
    return matmul(a, ew.copy(b)) if is_small else None


_FEW_ROWS = 8
_SMALL_MATRIX = 1 << 12


@simplifies("pad")
def _pad(node: Node) -> Value | None:
    (x,) = node.inputs
    if _is(x, "pad"):
        before = [a + b for a, b in zip(node.params["before"], x.params["before"], strict=True)]
        after = [a + b for a, b in zip(node.params["after"], x.params["after"], strict=True)]
        return pad(x.inputs[0], before, after)
    return None
