"""Whole matrices of derivatives, one row or column at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import Constant, Node, Value
from playground.autodiff.interpreter import is_settled, plain
from playground.autodiff.lowering import lower
from playground.autodiff.primitives.indexing import concatenate
from playground.autodiff.primitives.shaping import reshape
from playground.autodiff.program import Spec
from playground.autodiff.propagation import pull_back, push_forward
from playground.autodiff.shapes import Shape
from playground.autodiff.transforms import Trace, grad

Pass = Callable[[Node], list[Value]]
"""One reverse or forward pass: a seed in, derivatives out."""


def jacobian(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the function that gives the Jacobian of ``f`` at ``x``.

    For an array ``x`` and an array ``f(x)`` it has the shape ``f(x).shape + x.shape``. Nested
    arguments or results give a nest of such arrays: the result's outside, the argument's inside.
    Rows come from the reverse mode, or columns from the forward mode where they are fewer.
    """

    def jacobian_of_f(x: Any) -> Any:
        trace = Trace(f, (x,), {}, (0,))
        n_in = sum(node.size for node in trace.wrt)
        n_out = sum(node.size for node in trace.outputs)
        blocks = _by_columns(trace) if n_in < n_out else _by_rows(trace)
        rows = [tree.unflatten(trace.structures[0], row) for row in blocks]
        return tree.unflatten(trace.out_structure, rows)

    return jacobian_of_f


def hessian(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the function that gives the matrix of second derivatives of a scalar function.

    For an array ``x`` it has the shape ``x.shape + x.shape``.
    """
    return jacobian(grad(f))


def _by_rows(trace: Trace) -> list[list[Value]]:
    """Return d output / d input, one reverse pass for each entry of the outputs."""
    blocks = []
    for out in trace.outputs:
        rows = _passes(trace, out, trace.wrt, partial(_reverse, trace, out))
        blocks.append(
            [_shaped(part, out.shape + x.shape) for part, x in zip(rows, trace.wrt, strict=True)]
        )
    return blocks


def _by_columns(trace: Trace) -> list[list[Value]]:
    """Return d output / d input, one forward pass for each entry of the inputs."""
    outputs = trace.outputs
    blocks: list[list[Value]] = [[] for _ in outputs]
    for x in trace.wrt:
        columns = _passes(trace, x, outputs, partial(_forward, trace, x))
        for block, part, out in zip(blocks, columns, outputs, strict=True):
            block.append(_shaped(part.T, out.shape + x.shape))
    return blocks


def _reverse(trace: Trace, out: Node, seed: Node) -> list[Value]:
    return pull_back([out], [seed], trace.wrt)


def _forward(trace: Trace, x: Node, seed: Node) -> list[Value]:
    return push_forward(trace.outputs, [x], [seed])


def _shaped(part: Value, shape: Shape) -> Value:
    value = reshape(part, shape)
    return value if isinstance(value, Node) else plain(value)


def _passes(trace: Trace, seeded: Node, results: Sequence[Node], one_pass: Pass) -> list[Value]:
    """Return what passes from every unit seed give: (seeds, entries) for each result."""
    if is_settled(trace.outputs):
        return _compiled_passes(seeded, results, one_pass)
    stacks: list[list[Value]] = [[] for _ in results]
    for seed in _basis(seeded):
        for stack, part in zip(stacks, one_pass(Constant(seed)), strict=True):
            stack.append(reshape(part, (1, -1)))
    return [concatenate(stack) for stack in stacks]


def _compiled_passes(seeded: Node, results: Sequence[Node], one_pass: Pass) -> list[Value]:
    """Run a pass as a program: what does not depend on the seed is folded when it is made."""
    spec = Spec(seeded.shape, seeded.dtype)
    bound = lower(lambda seed: {"rows": one_pass(seed)}, {"seed": spec}).bind()
    stacks = [np.empty((seeded.size, node.size), node.dtype) for node in results]
    for i, seed in enumerate(_basis(seeded)):
        bound.inputs["seed"][...] = seed
        bound.run()
        for stack, row in zip(stacks, bound.outputs["rows"], strict=True):
            stack[i] = row.reshape(-1)
    return stacks


def _basis(node: Node) -> Iterator[np.ndarray[Any, Any]]:
    """Yield every array of the node's shape that is 1 in one entry and 0 elsewhere."""
    for i in range(node.size):
        unit = np.zeros(node.size, node.dtype)
        unit[i] = 1.0
        yield unit.reshape(node.shape)
