"""Graphs evaluated node by node with numpy: the plain meaning that compiled programs must keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import Array, Constant, Input, Node, Tracer, Value, topological


def interpret(outputs: Sequence[Node], known: dict[Node, Array]) -> list[Array]:
    """Return the outputs' arrays.

    Parameters
    ----------
    outputs
        Nodes to evaluate.
    known
        Arrays of inputs and of nodes already evaluated; the other nodes' arrays are added.
    """
    for node in topological(outputs, done=known):
        if isinstance(node, Constant):
            known[node] = node.value
        elif node.op is None:
            raise ValueError(f"{node!r} has no value")
        else:
            inputs = [known[x] for x in node.inputs]
            known[node] = np.asarray(node.op.evaluate(*inputs, **node.params))
    return [known[node] for node in outputs]


def settle(leaves: Sequence[Value], known: dict[Node, Array] | None = None) -> list[Value]:
    """Return numbers for results that depend on no open input, else the nodes themselves.

    So a transform called at top level gives arrays, and within a trace it extends the graph.
    """
    nodes = [leaf for leaf in leaves if isinstance(leaf, Node)]
    known = {} if known is None else known
    if not is_settled(nodes, known):
        return list(leaves)
    values = dict(zip(nodes, interpret(nodes, known), strict=True))
    return [plain(values[x]) if isinstance(x, Node) else plain(x) for x in leaves]


def is_settled(nodes: Sequence[Node], known: Any = ()) -> bool:
    """Return whether nodes depend on no input and on no argument that is being traced."""
    return not any(
        isinstance(node, Input) or (isinstance(node, Tracer) and node.is_open)
        for node in topological(nodes, done=known)
    )


def plain(array: Any) -> Any:
    """Return a copy of an array that nobody else holds, a 0-d one as a scalar."""
    return np.array(array)[()]


def evaluate(f: Callable[..., Any], *args: Any) -> Any:
    """Trace ``f`` and evaluate its graph over the number type of ``args``.

    Besides real arrays this takes complex ones (for complex-step derivatives) and object arrays of
    ``mpmath`` numbers (for references of any precision), even where ``f`` contains derivatives.

    Parameters
    ----------
    f
        Function of arrays or nested lists and dicts of them.
    *args
        Its arguments.

    Returns
    -------
    array or nested arrays
        What ``f`` returns, in that number type.
    """
    leaves, structure = tree.flatten(args)
    arrays = [np.asarray(leaf) for leaf in leaves]
    inputs = [
        Input(a.shape, a.dtype if a.dtype.kind in "fiub" else np.float64, f"argument {i}")
        for i, a in enumerate(arrays)
    ]
    result, out_structure = tree.flatten(f(*tree.unflatten(structure, inputs)))
    known: dict[Node, Array] = dict(zip(inputs, arrays, strict=True))
    nodes = [x if isinstance(x, Node) else Constant(x) for x in result]
    return tree.unflatten(out_structure, [plain(a) for a in interpret(nodes, known)])
