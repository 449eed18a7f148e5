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


class Trace:
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
        trace = Trace(f, args, kwargs, which)
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
    trace = Trace(f, primals, {}, range(len(primals)))
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
    trace = Trace(f, primals, {}, range(len(primals)))
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
