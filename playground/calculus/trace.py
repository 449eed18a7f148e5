"""A formula's computation at a point, one operation at a time, with both modes of its derivative.

Every distinct part of the formula is a node. The forward mode gives each node, in the order of
computation, a dual number: its value and its tangent, the sum over its operands of local derivative
times the operand's tangent. The reverse mode goes back from the result and hands each operand the
node's adjoint times the local derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground import autodiff as ad
from playground.calculus import grammar
from playground.calculus.chain_rule import Notation, symbol_of
from playground.calculus.evaluation import Calculation
from playground.calculus.expressions import postorder
from playground.calculus.formula import Formula
from playground.calculus.operations import OPERATIONS

Mode = Literal["forward", "reverse"]


@dataclass(frozen=True)
class TraceNode:
    """One part of a formula, computed.

    Attributes
    ----------
    id : int
        Its place in :attr:`Trace.nodes`, operands before what uses them.
    name : str
        ``x``, ``v3``, or the number itself.
    operation, symbol : str
        Key of the operation, or ``variable``, ``number`` or ``constant``; a short label.
    expression : Formula
        The part of the formula that it is.
    inputs : tuple of int
        Ids of the operands.
    value : float
        1 or 0 for a condition.
    partials : tuple of float
        Derivative by each operand; NaN where there is none, as for conditions.
    partials_latex : tuple of str
        The same as formulas of the operands.
    tangent, adjoint : float
        Derivative of the node along the direction, and of the result by the node.
    is_constant : bool
        Whether no variable is in it.
    """

    id: int
    name: str
    operation: str
    symbol: str
    expression: Formula
    inputs: tuple[int, ...]
    value: float
    partials: tuple[float, ...]
    partials_latex: tuple[str, ...]
    tangent: float
    adjoint: float
    is_constant: bool


@dataclass(frozen=True)
class Contribution:
    """What one edge of the graph brings: ``product = local * factor``.

    Attributes
    ----------
    source, target : int
        The operand and the node that uses it.
    argument : int
        Which of the node's operands it is.
    local : float
        Derivative of the node by the operand.
    factor : float
        The operand's tangent (forward), or the node's adjoint (reverse).
    product : float
    """

    source: int
    target: int
    argument: int
    local: float
    factor: float
    product: float


@dataclass(frozen=True)
class TraceStep:
    """One node visited.

    Attributes
    ----------
    mode : str
    node : int
        Forward: the node that gets its dual number. Reverse: the node whose adjoint is complete
        and is handed on.
    contributions : tuple of Contribution
        Forward: one for each operand that depends on a variable. Reverse: likewise, to them.
    equations : tuple of str
        The chain rule with its numbers, as LaTeX: one forward, one for each contribution backward.
    """

    mode: Mode
    node: int
    contributions: tuple[Contribution, ...]
    equations: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """What :func:`trace` returns.

    Attributes
    ----------
    nodes : tuple of TraceNode
    output : int
        Id of the result.
    forward, reverse : tuple of TraceStep
        The steps of either mode, in order.
    """

    nodes: tuple[TraceNode, ...]
    output: int
    forward: tuple[TraceStep, ...]
    reverse: tuple[TraceStep, ...]

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs (operand, node) of ids, one for every use."""
        return tuple((source, node.id) for node in self.nodes for source in node.inputs)

    def known_after(self, mode: Mode, n_steps: int) -> dict[int, float]:
        """Return tangents or adjoints, as far as they are summed up, after some steps.

        Forward: those of the nodes visited. Reverse: what has arrived at each node so far; the
        result's own 1 is there from the beginning.
        """
        if mode == "forward":
            return {s.node: self.nodes[s.node].tangent for s in self.forward[:n_steps]}
        arrived = {self.output: 1.0}
        for step in self.reverse[:n_steps]:
            for part in step.contributions:
                arrived[part.source] = arrived.get(part.source, 0.0) + part.product
        return arrived


def trace(
    formula: Formula, at: float | Sequence[float], direction: Sequence[float] | None = None
) -> Trace:
    """Return a formula's computation at a point, with both modes of its derivative.

    Parameters
    ----------
    formula
        Of n variables.
    at
        The point: n numbers, or one.
    direction
        Tangents of the variables, by default 1 for the first and 0 for the others.
    """
    point = [float(x) for x in np.atleast_1d(np.asarray(at, float))]
    seeds = list(direction) if direction is not None else [1.0, *([0.0] * (len(point) - 1))]
    if not len(point) == len(seeds) == len(formula.variables):
        raise ValueError(f"needs {len(formula.variables)} numbers, got {len(point)}, {len(seeds)}")
    return _Tracer(formula, point, seeds).trace()


class _Tracer:
    def __init__(self, formula: Formula, point: list[float], seeds: list[float]) -> None:
        self._formula = formula
        self._parts = postorder(formula.root)
        ids = {part: i for i, part in enumerate(self._parts)}
        self._inputs = [tuple(ids[x] for x in part.operands) for part in self._parts]
        self._notation = Notation(self._parts, self._inputs)
        calculation = Calculation(self._parts, formula.variables)
        self._values = [float(v) for v in calculation(*map(np.float64, point))]
        self._seeds = dict(zip(formula.variables, map(float, seeds), strict=True))
        self._partials = [self._local(i) for i in range(len(self._parts))]
        self._moves = self._moving()

    def trace(self) -> Trace:
        tangents, forward = self._forward()
        adjoints, reverse = self._reverse()
        nodes = tuple(
            self._node(i, tangents[i], adjoints.get(i, 0.0)) for i in range(len(self._parts))
        )
        output = len(nodes) - 1
        forward_steps = [
            TraceStep("forward", i, parts, self._notation.forward(i, parts, tangents[i]))
            for i, parts in forward
        ]
        reverse_steps = [
            TraceStep("reverse", i, parts, self._notation.reverse(i, parts, adjoints[i]))
            for i, parts in reverse
        ]
        return Trace(nodes, output, tuple(forward_steps), tuple(reverse_steps))

    def _moving(self) -> list[bool]:
        """Return which nodes are numbers that depend on a variable."""
        moves: list[bool] = []
        for part, inputs in zip(self._parts, self._inputs, strict=True):
            depends = part.operation == "variable" or any(moves[i] for i in inputs)
            moves.append(depends and not grammar.is_condition(part))
        return moves

    def _local(self, i: int) -> tuple[float, ...]:
        part = self._parts[i]
        if not part.operands:
            return ()
        if grammar.is_condition(part):
            return (float("nan"),) * len(part.operands)
        operands = [self._values[k] for k in self._inputs[i]]
        if part.operation == "if":
            is_taken = float(operands[0])
            return float("nan"), is_taken, 1.0 - is_taken
        with np.errstate(all="ignore"):
            function = OPERATIONS[part.operation].on_nodes
            slopes = ad.grad(function, tuple(range(len(operands))))(*operands)
        return tuple(float(s) for s in slopes)

    def _edges(self, i: int) -> list[tuple[int, int, float]]:
        """Return (argument, operand, local derivative) for each operand that moves the node."""
        pairs = enumerate(zip(self._inputs[i], self._partials[i], strict=True))
        return [(n, source, local) for n, (source, local) in pairs if self._moves[source]]

    def _forward(self) -> tuple[list[float], list[tuple[int, tuple[Contribution, ...]]]]:
        tangents: list[float] = []
        steps = []
        for i, part in enumerate(self._parts):
            parts = tuple(
                Contribution(source, i, n, local, tangents[source], _times(local, tangents[source]))
                for n, source, local in self._edges(i)
            )
            seed = self._seeds[part.value] if part.operation == "variable" else 0.0
            tangents.append(seed + sum(p.product for p in parts) if self._moves[i] else 0.0)
            if self._moves[i]:
                steps.append((i, parts))
        return tangents, steps

    def _reverse(self) -> tuple[dict[int, float], list[tuple[int, tuple[Contribution, ...]]]]:
        output = len(self._parts) - 1
        adjoints = {output: 1.0}
        steps = []
        for i in range(output, -1, -1):
            if i not in adjoints or not (self._moves[i] or i == output):
                continue
            adjoint = adjoints[i]
            parts = tuple(
                Contribution(source, i, n, local, adjoint, _times(local, adjoint))
                for n, source, local in self._edges(i)
            )
            for p in parts:
                adjoints[p.source] = adjoints.get(p.source, 0.0) + p.product
            steps.append((i, parts))
        return adjoints, steps

    def _node(self, i: int, tangent: float, adjoint: float) -> TraceNode:
        part = self._parts[i]
        return TraceNode(
            id=i,
            name=self._notation.names[i],
            operation=part.operation,
            symbol=symbol_of(part),
            expression=self._formula.with_root(part),
            inputs=self._inputs[i],
            value=self._values[i],
            partials=self._partials[i],
            partials_latex=self._notation.partials(i),
            tangent=tangent,
            adjoint=adjoint,
            is_constant=not self._moves[i],
        )


def _times(local: float, factor: float) -> float:
    """Return the product; what is multiplied by a zero derivative adds nothing, even infinities."""
    return local * factor if local and factor else 0.0
