"""One program for many arguments: a function of one point made a function of a stack of them.

The function is traced once, on a single point, and its graph is written again with one leading axis
more wherever a node depends on a mapped argument. Since operations broadcast over leading axes,
each kind needs one short rule: shift the axes that it names. What has no rule is done point by
point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from playground.autodiff import tree
from playground.autodiff.graph import (
    Input,
    Node,
    Params,
    Primitive,
    Value,
    as_node,
)
from playground.autodiff.interpreter import settle
from playground.autodiff.primitives.indexing import stack
from playground.autodiff.primitives.linalg import matmul
from playground.autodiff.primitives.shaping import broadcast_to, reshape, transpose
from playground.autodiff.propagation import between
from playground.autodiff.shapes import ShapeError, user_line

Rule: TypeAlias = Callable[[Primitive, Sequence[Value], Sequence[bool], int, Params], Value]
"""``rule(op, inputs, is_mapped, size, params)``; None where it does not know how."""

_RULES: dict[str, Rule] = {}


def vmap(
    f: Callable[..., Any], in_axes: int | Sequence[int | None] | None = 0
) -> Callable[..., Any]:
    """Return ``f`` as a function of stacks of arguments, giving stacks of results.

    It may contain derivatives and be differentiated, and is one program when compiled.

    Parameters
    ----------
    f
        Function of arrays or nested lists and dicts of them, as of one point.
    in_axes
        Along which axis of an argument the points lie, one for all arguments or one for each;
        None for an argument that all points share.

    Returns
    -------
    callable
        Its results have the points along a new first axis.

    Examples
    --------
    >>> import numpy as np
    >>> vmap(lambda x, s: s * x[0] ** 2, in_axes=(0, None))(np.array([[1.0], [3.0]]), 2.0).tolist()
    [2.0, 18.0]
    """

    def mapped(*args: Any) -> Any:
        axes = [in_axes] * len(args) if in_axes is None or isinstance(in_axes, int) else in_axes
        if len(axes) != len(args):
            raise ShapeError(f"vmap: {len(axes)} axes for {len(args)} arguments{user_line()}")
        stacks: dict[Node, Node] = {}
        single = [
            arg if axis is None else _points(arg, axis, stacks)
            for arg, axis in zip(args, axes, strict=True)
        ]
        sizes = {node.shape[0] for node in stacks.values()}
        if len(sizes) != 1:
            raise ShapeError(f"vmap: must map over one number of points, got {sizes}{user_line()}")
        results, structure = tree.flatten(f(*single))
        (size,) = sizes
        leaves = settle(_stacked([as_node(x) for x in results], stacks, size))
        return tree.unflatten(structure, leaves)

    return mapped


def _points(arg: Any, axis: int, stacks: dict[Node, Node]) -> Any:
    """Return an argument for one point, and note the stack that it stands for."""

    def point(leaf: Value) -> Node:
        node = as_node(leaf)
        if not -node.ndim <= axis < node.ndim:
            raise ShapeError(f"vmap: no axis {axis} in shape {node.shape}{user_line()}")
        first = as_node(_with_first(node, axis % node.ndim))
        single = Input(first.shape[1:], first.dtype, "point")
        stacks[single] = first
        return single

    return tree.map_leaves(point, arg)


def _with_first(x: Value, axis: int) -> Value:
    """Return the array with an axis moved to the front."""
    return transpose(x, (axis, *(a for a in range(x.ndim) if a != axis)))


def _stacked(outputs: list[Node], stacks: dict[Node, Node], size: int) -> list[Value]:
    """Return what the outputs are for all points."""
    done: dict[Node, Value] = dict(stacks)
    for node in between(outputs, list(stacks)):
        if node in done:
            continue
        assert node.op is not None
        inputs = [done.get(x, x) for x in node.inputs]
        is_mapped = [x in done for x in node.inputs]
        rule = _elementwise if node.op.elementwise else _RULES.get(node.op.name, _one_by_one)
        result = rule(node.op, inputs, is_mapped, size, node.params)
        if result is None:
            result = _one_by_one(node.op, inputs, is_mapped, size, node.params)
        done[node] = result
    return [done[x] if x in done else broadcast_to(x, (size, *x.shape)) for x in outputs]


def _maps(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def _one_by_one(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    if not size:
        raise ShapeError(f"vmap: {op.name} cannot map over no points{user_line()}")
    rows = [[x[i] if m else x for x, m in zip(inputs, is_mapped, strict=True)] for i in range(size)]
    return stack([op(*row, **params) for row in rows])


def _aligned(inputs: Sequence[Value], is_mapped: Sequence[bool]) -> list[Value]:
    """Return stacks of arrays of one rank, so that the arrays broadcast as single ones do."""
    rank = max(x.ndim - m for x, m in zip(inputs, is_mapped, strict=True))
    return [
        reshape(x, (x.shape[0], *(1,) * (rank + 1 - x.ndim), *x.shape[1:])) if m else x
        for x, m in zip(inputs, is_mapped, strict=True)
    ]


def _all_stacks(inputs: Sequence[Value], is_mapped: Sequence[bool], size: int) -> list[Value]:
    return [
        x if m else broadcast_to(x, (size, *x.shape))
        for x, m in zip(inputs, is_mapped, strict=True)
    ]


def _elementwise(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return op(*_aligned(inputs, is_mapped), **params)


@_maps("matmul")
def _matmul(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return matmul(*_aligned(inputs, is_mapped))


@_maps("sum", "max", "min", "logsumexp", "softmax", "log_softmax", "flip")
def _over_axes(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return op(*inputs, axes=tuple([a + 1 for a in params["axes"]]))


@_maps("cumsum", "argsort", "argmax", "concatenate", "take_along", "put_along")
def _along_axis(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return op(*_all_stacks(inputs, is_mapped, size), **{**params, "axis": params["axis"] + 1})


@_maps("take", "put_add")
def _by_index(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    axis = params["axis"]
    if not is_mapped[1]:
        return op(*inputs, **{**params, "axis": axis + 1})
    if not is_mapped[0] and op.name == "take":
        return _with_first(op(*inputs, axis=axis), axis)
    return None


@_maps("reshape")
def _reshape(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return reshape(inputs[0], (size, *params["shape"]))


@_maps("broadcast_to")
def _broadcast_to(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    (x,), shape = inputs, params["shape"]
    new = (1,) * (len(shape) + 1 - x.ndim)
    return broadcast_to(reshape(x, (size, *new, *x.shape[1:])), (size, *shape))


@_maps("transpose")
def _transpose(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return transpose(inputs[0], (0, *(a + 1 for a in params["axes"])))


@_maps("slice")
def _slice(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return op(inputs[0], starts=(0, *params["starts"]), stops=(size, *params["stops"]))


@_maps("pad")
def _pad(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    return op(inputs[0], before=(0, *params["before"]), after=(0, *params["after"]))


_WITH_SAMPLES = {"windows": [True], "overlap_add": [True], "conv2d": [True, False]}
_WITH_SAMPLES["conv2d_image"] = [False, True]


@_maps(*_WITH_SAMPLES)
def _of_images(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    """Take the points as more samples, where all share one kernel."""
    if is_mapped != _WITH_SAMPLES[op.name]:
        return None
    n = inputs[is_mapped.index(True)].shape[1]
    flat = [
        reshape(x, (size * n, *x.shape[2:])) if m else x
        for x, m in zip(inputs, is_mapped, strict=True)
    ]
    out = op(*flat, **params)
    return reshape(out, (size, n, *out.shape[1:]))


@_maps("first_max", "is_first")
def _over_leading(
    op: Primitive, inputs: Sequence[Value], is_mapped: Sequence[bool], size: int, params: Params
) -> Value:
    """Put the points behind the axes that come first."""
    n = params["n_axes"]
    x, *rest = _all_stacks(inputs, is_mapped, size)
    moved = transpose(x, (*range(1, n + 1), 0, *range(n + 1, x.ndim)))
    out = op(moved, *rest, **params)
    return out if op.name == "first_max" else _with_first(out, n)
