"""Derivatives of functions: traced, differentiated as graphs, and evaluated where that can be.

A function is traced on fresh :class:`Tracer` nodes of its arguments, so a
derivative within a derivative sees exactly the dependence that it is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import Constant, Node, Tracer, Value, as_node
from playground.autodiff.interpreter import settle
from playground.autodiff.primitives.elementwise import cast
from playground.autodiff.primitives.indexing import concatenate
from playground.autodiff.primitives.shaping import reshape
from playground.autodiff.propagation import pull_back, push_forward
from playground.autodiff.shapes import DTypeError, ShapeError, user_line


def _start(leaf: Value) -> Tracer:
    """Return a fresh node for an argument, so that only its own uses are differentiated."""
    if not isinstance(leaf, Node):
        array = np.asarray(leaf)
        leaf = Constant(array.astype(np.float64) if array.dtype.kind in "iub" else array)
    if leaf.dtype.kind != "f":
        raise DTypeError(f"derivatives need real arguments, got {leaf.dtype}{user_line()}")
    return Tracer(leaf)


class _Trace:
    """A function traced on fresh nodes of some of its arguments."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        which: Sequence[int],
    ) -> None:
        flat = [tree.flatten(args[i]) for i in which]
        self.structures = [structure for _, structure in flat]
        self.counts = [len(leaves) for leaves, _ in flat]
        self.wrt = [_start(leaf) for leaves, _ in flat for leaf in leaves]
        replaced = list(args)
        for i, part in zip(which, self.by_argument(self.wrt), strict=True):
            replaced[i] = part
        try:
            outputs, self.out_structure = tree.flatten(f(*replaced, **kwargs))
        finally:
            for tracer in self.wrt:
                tracer.is_open = False
        self.outputs = [as_node(x) for x in outputs]

    def by_argument(self, leaves: Sequence[Any]) -> list[Any]:
        """Return one tree an argument from all of their leaves."""
        trees, start = [], 0
        for structure, n in zip(self.structures, self.counts, strict=True):
            trees.append(tree.unflatten(structure, leaves[start : start + n]))
            start += n
        return trees

    def scalar(self, what: str, has_aux: bool = False) -> Node:
        """Return the only output (the first of more), or raise where it is not one number."""
        if (
            not self.outputs
            or self.outputs[0].shape != ()
            or (len(self.outputs) > 1 and not has_aux)
        ):
            got = [node.shape for node in self.outputs]
            raise ShapeError(f"{what}: the function must return one scalar, got shapes {got}")
        return self.outputs[0]


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that gives ``(f(*args), gradient)`` by the reverse mode.

    Parameters
    ----------
    f
        Function with one scalar output.
    argnums
        Which positional arguments to differentiate by. Each may be an array or a nested list,
        tuple or dict of arrays; its gradient has the same nesting and shapes. An int gives one
        gradient, a tuple a tuple of them.
    has_aux
        Whether ``f`` returns ``(scalar, more)``; the value is then that pair, and ``more``, any
        nesting of arrays, is not differentiated.
    """
    which = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        trace = _Trace(f, args, kwargs, which)
        out = trace.scalar("grad", has_aux)
        gradient = pull_back([out], [Constant(np.ones((), out.dtype))], trace.wrt)
        n = len(trace.outputs)
        settled = settle([*trace.outputs, *gradient])
        value = tree.unflatten(trace.out_structure, settled[:n])
        trees = trace.by_argument(settled[n:])
        return value, trees[0] if isinstance(argnums, int) else tuple(trees)

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the gradient of a scalar function; see :func:`value_and_grad`.

    Examples
    --------
    >>> float(grad(lambda x: x**3)(2.0))
    12.0
    >>> float(grad(grad(lambda x: x**3))(2.0))
    12.0
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return ``f(*primals)`` and the function that pulls a cotangent of it back.

    Returns
    -------
    value
        What ``f`` returns.
    pullback
        ``pullback(g)``, with ``g`` nested and shaped as the value, gives one cotangent a primal:
        g times the Jacobian.
    """
    trace = _Trace(f, primals, {}, range(len(primals)))
    known: dict[Node, Any] = {}
    value = tree.unflatten(trace.out_structure, settle(trace.outputs, known))

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = _matching(cotangent, trace.out_structure, trace.outputs, "cotangent")
        return tuple(trace.by_argument(settle(pull_back(trace.outputs, seeds, trace.wrt), known)))

    return value, pullback


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return ``f(*primals)`` and its directional derivative along ``tangents``: forward mode.

    Parameters
    ----------
    f
        Function of arrays or nested lists and dicts of them.
    primals, tangents
        Its arguments and a direction of the same nesting and shapes.
    """
    trace = _Trace(f, primals, {}, range(len(primals)))
    if len(tangents) != len(primals):
        raise ShapeError(f"jvp: {len(primals)} primals but {len(tangents)} tangents")
    seeds: list[Value] = []
    split = trace.by_argument(trace.wrt)
    for tangent, structure, nodes in zip(tangents, trace.structures, split, strict=True):
        seeds += _matching(tangent, structure, tree.flatten(nodes)[0], "tangent")
    derivative = push_forward(trace.outputs, trace.wrt, seeds)
    n = len(trace.outputs)
    leaves = settle([*trace.outputs, *derivative])
    structure = trace.out_structure
    return tree.unflatten(structure, leaves[:n]), tree.unflatten(structure, leaves[n:])


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """Return the Hessian of a scalar function at ``x`` times ``v``, without forming it.

    Forward mode over reverse mode, about twice the cost of a gradient (Pearlmutter 1994).
    """
    return jvp(grad(f), (x,), (v,))[1]


def _matching(value: Any, structure: Any, like: Sequence[Node], what: str) -> list[Value]:
    """Return the leaves of a tree, checked against nodes and cast to their dtype."""
    leaves, got = tree.flatten(value)
    if got != structure:
        raise ShapeError(f"the {what} is not nested as what it belongs to{user_line()}")
    result = []
    for leaf, node in zip(leaves, like, strict=True):
        seed = as_node(leaf)
        if seed.shape != node.shape:
            raise ShapeError(
                f"the {what} must be of shape {node.shape}, got {seed.shape}{user_line()}"
            )
        result.append(cast(seed, node.dtype))
    return result


def jacobian(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the function that gives the Jacobian of ``f`` at ``x``.

    For an array ``x`` and an array ``f(x)`` it has the shape ``f(x).shape + x.shape``. Nested
    arguments or results give a nest of such arrays: the result's outside, the argument's inside.
    Rows come from the reverse mode, or columns from the forward mode where they are fewer.
    """

    def jacobian_of_f(x: Any) -> Any:
        trace = _Trace(f, (x,), {}, (0,))
        n_in = sum(node.size for node in trace.wrt)
        n_out = sum(node.size for node in trace.outputs)
        blocks = _by_columns(trace) if n_in < n_out else _by_rows(trace)
        leaves = iter(settle([block for row in blocks for block in row]))
        rows = [[next(leaves) for _ in row] for row in blocks]
        nested = [tree.unflatten(trace.structures[0], row) for row in rows]
        return tree.unflatten(trace.out_structure, nested)

    return jacobian_of_f


def _by_rows(trace: _Trace) -> list[list[Value]]:
    """Return d output / d input, one reverse pass for each entry of the outputs."""
    blocks = []
    for out in trace.outputs:
        rows = [pull_back([out], [seed], trace.wrt) for seed in _basis(out)]
        blocks.append(
            [_stacked(part, (*out.shape, *x.shape), x) for part, x in _columns(rows, trace)]
        )
    return blocks


def _columns(rows: list[list[Value]], trace: _Trace) -> list[tuple[list[Value], Node]]:
    return [([row[i] for row in rows], x) for i, x in enumerate(trace.wrt)]


def _by_columns(trace: _Trace) -> list[list[Value]]:
    """Return d output / d input, one forward pass for each entry of the inputs."""
    blocks: list[list[Value]] = [[] for _ in trace.outputs]
    for x in trace.wrt:
        columns = [push_forward(trace.outputs, [x], [seed]) for seed in _basis(x)]
        for i, out in enumerate(trace.outputs):
            stacked = _stacked([c[i] for c in columns], (x.size, out.size), out)
            blocks[i].append(reshape(stacked.T, (*out.shape, *x.shape)))
    return blocks


def _basis(node: Node) -> list[Node]:
    """Return every array of the node's shape that is 1 in one entry and 0 elsewhere."""
    rows = np.eye(node.size, dtype=node.dtype)
    return [Constant(row.reshape(node.shape)) for row in rows]


def _stacked(parts: list[Value], shape: tuple[int, ...], like: Node) -> Value:
    if not parts:
        return Constant(np.zeros(shape, like.dtype))
    return reshape(concatenate([reshape(part, (1, -1)) for part in parts]), shape)


def hessian(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the function that gives the matrix of second derivatives of a scalar function.

    For an array ``x`` it has the shape ``x.shape + x.shape``.
    """
    return jacobian(grad(f))
