"""A computation graph as data, with the numbers in it, for views that draw or list it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import Array, Constant, Input, Node, as_node, topological
from playground.autodiff.interpreter import interpret
from playground.autodiff.propagation import adjoints


@dataclass(frozen=True, eq=False)
class DescribedNode:
    """One array in a computation.

    Attributes
    ----------
    id : int
        Its place in :attr:`GraphDescription.nodes`, inputs before what uses them.
    operation : str
        Name of the primitive, or ``input`` or ``constant``.
    name : str
        Name of an argument, such as ``x`` or ``layers[0].weight``; empty otherwise.
    inputs : tuple of int
        Ids of the operands, in order.
    params : dict
        Settings of the operation, such as axes.
    shape : tuple of int
    dtype : numpy.dtype
    value : ndarray
    adjoint : ndarray or None
        Derivative of the sum of all outputs with respect to this array; None where it has none.
    """

    id: int
    operation: str
    name: str
    inputs: tuple[int, ...]
    params: dict[str, Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    value: Array
    adjoint: Array | None

    @property
    def label(self) -> str:
        """A few lines that say what it is."""
        shape = f"{self.dtype}{list(self.shape)}" if self.shape else str(self.dtype)
        lines = [self.name or self.operation, shape]
        if not self.shape:
            lines.append(
                f"= {self.value:.6g}" if self.value.dtype.kind == "f" else f"= {self.value}"
            )
            if self.adjoint is not None:
                lines.append(f"adjoint {self.adjoint:.6g}")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class GraphDescription:
    """What :func:`describe` returns.

    Attributes
    ----------
    nodes : tuple of DescribedNode
        In an order in which they can be computed.
    outputs : tuple of int
        Ids of the function's results.
    """

    nodes: tuple[DescribedNode, ...]
    outputs: tuple[int, ...]

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs (operand, result) of ids; one for every use."""
        return tuple([(source, node.id) for node in self.nodes for source in node.inputs])

    def to_dot(self) -> str:
        """Return the graph as Graphviz text."""
        lines = ["digraph computation {", "  node [shape=box, style=rounded];"]
        for node in self.nodes:
            extra = ", peripheries=2" if node.id in self.outputs else ""
            extra += ', style="rounded,filled"' if not node.inputs else ""
            lines.append(f'  n{node.id} [label="{_escaped(node.label)}"{extra}];')
        lines += [f"  n{source} -> n{target};" for source, target in self.edges]
        return "\n".join([*lines, "}", ""])


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def describe(f: Callable[..., Any], *args: Any) -> GraphDescription:
    """Trace ``f`` at ``args`` and return its graph with every value and adjoint.

    Parameters
    ----------
    f
        Function of arrays or nested lists and dicts of them; may contain derivatives.
    *args
        Its arguments, with numbers.
    """
    leaves, structure = tree.flatten(args)
    names = [
        path
        for name, arg in zip(_names(f, args), args, strict=True)
        for path in tree.paths(arg, name)
    ]
    arrays = [np.asarray(leaf) for leaf in leaves]
    inputs = [Input(a.shape, a.dtype, name) for a, name in zip(arrays, names, strict=True)]
    results, _ = tree.flatten(f(*tree.unflatten(structure, inputs)))
    outputs = [as_node(x) for x in results]
    known: dict[Node, Array] = dict(zip(inputs, arrays, strict=True))
    nodes = topological([*outputs, *inputs])
    with np.errstate(all="ignore"):
        interpret(outputs, known)
        slopes = _adjoints(outputs, inputs, known)
    ids = {node: i for i, node in enumerate(nodes)}
    described = [_described(node, ids, known[node], slopes.get(node)) for node in nodes]
    return GraphDescription(tuple(described), tuple([ids[x] for x in outputs]))


def _names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return the names of the arguments in the function's signature, as far as it has some."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some builtins have none
        parameters = []
    named = [p.name for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
    return [named[i] if i < len(named) else f"argument {i}" for i in range(len(args))]


def _adjoints(
    outputs: Sequence[Node], inputs: Sequence[Node], known: dict[Node, Array]
) -> dict[Node, Array]:
    real = [x for x in outputs if x.dtype.kind == "f"]
    seeds = [Constant(np.ones(x.shape, x.dtype)) for x in real]
    found = adjoints(real, seeds, [x for x in inputs if x.dtype.kind == "f"])
    return dict(zip(found, interpret([as_node(g) for g in found.values()], known), strict=True))


def _described(
    node: Node, ids: dict[Node, int], value: Array, adjoint: Array | None
) -> DescribedNode:
    return DescribedNode(
        id=ids[node],
        operation=node.op.name if node.op else type(node).__name__.lower(),
        name=node.name if isinstance(node, Input) else "",
        inputs=tuple([ids[x] for x in node.inputs]),
        params=dict(node.params),
        shape=node.shape,
        dtype=node.dtype,
        value=value,
        adjoint=adjoint,
    )
