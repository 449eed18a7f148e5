"""Typed formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.autodiff import Node
from playground.autodiff.graph import as_node, as_value
from playground.calculus import grammar, latex, printing
from playground.calculus.evaluation import (
    Calculation,
    build_graph,
    non_analytic_parts,
    precise,
    precise_context,
)
from playground.calculus.expressions import Expression, count_operations

Array = NDArray[np.float64]

MAX_TYPESET = 600
"""Operations of the longest formula that is typeset; more than can be typed."""


def parse(text: str, variables: Sequence[str] = ("x",)) -> Formula:
    """Return the formula that a text means; nothing typed is ever executed.

    Parameters
    ----------
    text
        As one writes it: ``x^2*sin(1/x)``, ``3sin(2pi x)``, ``if(x < 0, -x, x^3)``, ``|x|``.
        ``log`` is the natural logarithm, ``-x^2`` is −(x²).
    variables
        Names of the arguments, in order.

    Raises
    ------
    FormulaError
        Where it cannot be read; its ``column`` says where, its text what was expected there.
    """
    return Formula(grammar.read(text, variables), tuple(variables), text)


@dataclass(frozen=True)
class Formula:
    """A real function of one or more real variables, immutable.

    Attributes
    ----------
    root : Expression
        Its meaning; equal meanings are one object.
    variables : tuple of str
        The arguments, in order; not all need occur.
    typed : str
        The text that it was read from; empty where there was none.
    """

    root: Expression
    variables: tuple[str, ...]
    typed: str = field(default="", compare=False)

    @cached_property
    def text(self) -> str:
        """As it was typed, or as one would type it."""
        return self.typed or printing.to_text(self.root)

    def __call__(self, *arguments: Any) -> Any:
        """Return the value.

        Parameters
        ----------
        *arguments
            One for each variable: numbers, arrays that broadcast, or nodes of a graph.

        Returns
        -------
        float64, ndarray or Node
            NaN where there is no real value. With nodes, a graph of functions of
            :mod:`playground.autodiff`; a branch of ``if`` that is not taken spoils no derivative.
        """
        if len(arguments) != len(self.variables):
            raise TypeError(f"needs {len(self.variables)} arguments, got {len(arguments)}")
        if any(isinstance(x, Node) for x in arguments):
            return self._on_nodes(arguments)
        arrays = [np.asarray(x, np.float64) for x in arguments]
        (value,) = self._calculation(*arrays)
        shape = np.broadcast_shapes(*[x.shape for x in arrays])
        return np.array(np.broadcast_to(value, shape), np.float64)[()]

    evaluate = __call__

    def of_vector(self, theta: Any) -> Any:
        """Return the value where the variables are the entries of the last axis of θ.

        Parameters
        ----------
        theta
            Array or node of shape (…, n); the result has the shape (…). So a formula can be made
            small by any optimizer.
        """
        if theta.shape[-1:] != (len(self.variables),):
            raise ValueError(f"needs shape (…, {len(self.variables)}), got {tuple(theta.shape)}")
        return self(*[theta[..., i] for i in range(len(self.variables))])

    def at_complex(self, *arguments: Any) -> Any:
        """Return the analytic continuation at complex arguments near the real line."""
        calculation = Calculation([self.root], self.variables, over_complex=True)
        return calculation(*[np.asarray(x, np.complex128) for x in arguments])[0]

    def precise(self, *arguments: Any, digits: int = 50) -> Any:
        """Return the value as an mpmath number of so many digits; NaN where it has none."""
        context = precise_context(digits)
        return precise(self.root, dict(zip(self.variables, arguments, strict=True)), context)

    @cached_property
    def n_operations(self) -> int:
        """How many operations it has when it is written out."""
        return count_operations(self.root)

    @cached_property
    def non_analytic(self) -> tuple[str, ...]:
        """The operations in it that are no power series anywhere, such as ``abs`` and ``if``."""
        return non_analytic_parts(self.root)

    def to_latex(self) -> str:
        """Return it as LaTeX; of a derivative too long to be read, how long it is."""
        return self._latex

    def to_sympy(self) -> Any:
        """Return it as a sympy expression of real symbols, built node by node."""
        from playground.calculus.symbolic import to_sympy

        return to_sympy(self.root)

    def with_root(self, root: Expression) -> Formula:
        """Return another formula of the same variables."""
        return Formula(root, self.variables)

    @cached_property
    def _calculation(self) -> Calculation:
        return Calculation([self.root], self.variables)

    @cached_property
    def _latex(self) -> str:
        n = self.n_operations
        if n > MAX_TYPESET:
            return rf"\text{{({n:,} operations, too long to show)}}"
        return latex.to_latex(self.root)

    def _on_nodes(self, arguments: Sequence[Any]) -> Any:
        value = build_graph(self.root, dict(zip(self.variables, arguments, strict=True)))
        like = next(x for x in arguments if isinstance(x, Node))
        if not isinstance(value, Node):
            value = ad.cast(as_node(value), like.dtype)
        shape = np.broadcast_shapes(*[as_value(x).shape for x in arguments])
        return value if value.shape == shape else ad.broadcast_to(value, shape)

    def __str__(self) -> str:
        return self.text
