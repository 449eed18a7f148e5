"""Expressions evaluated: on arrays, complex arrays, high-precision numbers and graph nodes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.autodiff import Node
from playground.calculus.expressions import CONSTANTS, Expression, fold, postorder
from playground.calculus.operations import OPERATIONS

Call = tuple[Callable[..., Any], tuple[int, ...]]


class Calculation:
    """Expressions as one flat list of numpy calls, in which equal parts are computed once.

    Parameters
    ----------
    roots
        What to compute.
    variables
        Names of the arguments, in order.
    over_complex
        Whether arguments are complex, as for complex-step derivatives.
    """

    def __init__(
        self, roots: Sequence[Expression], variables: Sequence[str], over_complex: bool = False
    ) -> None:
        self._variables = {name: i for i, name in enumerate(variables)}
        self._over_complex = over_complex
        nodes = dict.fromkeys(node for root in roots for node in postorder(root))
        leaves = [x for x in nodes if not x.operands and x.operation != "variable"]
        self._leaves = [np.float64(leaf_value(x)) for x in leaves]
        inner = [x for x in nodes if x.operands]
        order = [*self._variables, *leaves, *inner]
        self._slots: dict[Any, int] = {x: i for i, x in enumerate(order)}
        self._calls = [self._call(node) for node in inner]
        self._results = [self._slot(root) for root in roots]

    def __call__(self, *arguments: Any) -> list[Any]:
        """Return the value of each expression, with no warning where there is none."""
        values = [*arguments, *self._leaves]
        with np.errstate(all="ignore"):
            for function, operands in self._calls:
                values.append(function(*[values[k] for k in operands]))
        return [values[i] for i in self._results]

    def _slot(self, node: Expression) -> int:
        return self._slots[node.value if node.operation == "variable" else node]

    def _call(self, node: Expression) -> Call:
        function = self._function(node)
        is_known_power = node.operation == "pow" and function is not np.power
        operands = node.operands[:1] if is_known_power else node.operands
        return function, tuple([self._slot(x) for x in operands])

    def _function(self, node: Expression) -> Callable[..., Any]:
        operation = OPERATIONS[node.operation]
        if node.operation == "pow" and node.operands[1].operation == "number":
            return _POWERS.get(node.operands[1].value, np.power)
        if self._over_complex:
            assert operation.on_complex is not None, node.operation
            return operation.on_complex
        return operation.on_arrays


def function_of(root: Expression, variables: Sequence[str]) -> Callable[[Any], Any]:
    """Return an expression of one variable as a function of arrays."""
    calculation = Calculation([root], variables)

    def function(x: Any) -> Any:
        (value,) = calculation(x)
        return value if np.shape(value) == np.shape(x) else np.broadcast_to(value, np.shape(x))

    return function


def _cube(x: Any) -> Any:
    return x * x * x


def _fourth(x: Any) -> Any:
    square = x * x
    return square * square


# numpy's power takes 20 times as long as a product.
_POWERS: dict[float, Callable[..., Any]] = {
    2.0: np.square,
    3.0: _cube,
    4.0: _fourth,
    1.0: np.positive,
    -1.0: np.reciprocal,
}


def leaf_value(node: Expression) -> float:
    """Return the value of a number or constant."""
    return CONSTANTS[node.value] if node.operation == "constant" else node.value


def non_analytic_parts(root: Expression) -> tuple[str, ...]:
    """Return the names of the operations that have no complex continuation, without repetition."""
    names = [node.operation for node in postorder(root) if node.operands]
    return tuple(dict.fromkeys(n for n in names if OPERATIONS[n].on_complex is None))


# --- high precision ----------------------------------------------------------------------------


class _Contexts(threading.local):
    """The contexts of one thread, by digits."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}


_contexts = _Contexts()


def precise_context(digits: int) -> Any:
    """Return this thread's mpmath context of so many digits.

    Functions of mpmath raise their context's precision while they work, so the global one is left
    alone and no two threads share one.
    """
    known = _contexts.known
    if digits not in known:
        import mpmath

        known[digits] = mpmath.mp.clone()
        known[digits].dps = digits
    return known[digits]


def precise(
    root: Expression, values: Mapping[str, Any], context: Any, *, is_strict: bool = False
) -> Any:
    """Return an expression's real value in an mpmath context; NaN where it has none.

    What is larger than every double is infinite, and so is what is divided by zero, as in every
    other evaluation; NaN where ``is_strict``, so that exp(-1/x²) has no value at 0.
    Numbers stand for the doubles nearest to them, as in every other evaluation; pi and e are exact.
    """

    def computed(node: Expression, operands: list[Any]) -> Any:
        if node.operation == "variable":
            return context.mpf(values[node.value])
        if node.operation == "constant":
            return +getattr(context, node.value)
        if node.operation == "number":
            return context.mpf(node.value)
        value = OPERATIONS[node.operation].precise(context, *operands)
        if is_strict and context.isinf(value) and not any(map(context.isinf, operands)):
            return context.nan
        return _real(value, context)

    return fold(root, computed)


def _real(value: Any, context: Any) -> Any:
    if isinstance(value, context.mpc):
        value = value.real if value.imag == 0 else context.nan
    # Beyond the doubles: the sine of exp(exp(50)) would need more digits than there is memory.
    if isinstance(value, context.mpf) and abs(value) > sys.float_info.max:
        return context.inf if value > 0 else -context.inf
    return value


# --- graphs ------------------------------------------------------------------------------------


def build_graph(root: Expression, arguments: Mapping[str, Any]) -> Any:
    """Return an expression as a graph on nodes, made of functions of :mod:`playground.autodiff`.

    A branch of ``if`` that is not taken gives neither its value nor its derivative, even where
    these are infinite or NaN: within the branch a variable is ``where(taken, variable, 1)``, whose
    derivative rule selects and does not multiply.
    """
    return _Builder(dict(arguments)).built(root)


class _Builder:
    """Nodes by expression, for one meaning of the variables."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._arguments = arguments
        self._done: dict[Expression, Any] = {}

    def built(self, root: Expression) -> Any:
        for node in postorder(root, _always_computed):
            if node not in self._done:
                self._done[node] = self._computed(node)
        return self._done[root]

    def _computed(self, node: Expression) -> Any:
        if node.operation == "variable":
            return self._arguments[node.value]
        if not node.operands:
            return leaf_value(node)
        if node.operation == "if":
            return self._chosen(node)
        operands = [self._done[x] for x in node.operands]
        operation = OPERATIONS[node.operation]
        if any(isinstance(x, Node) for x in operands):
            return operation.on_nodes(*operands)
        with np.errstate(all="ignore"):
            return np.asarray(operation.on_arrays(*map(np.asarray, operands))).item()

    def _chosen(self, node: Expression) -> Any:
        condition, then, otherwise = node.operands
        mask = self._done[condition]
        if not isinstance(mask, Node):
            return self.built(then if mask else otherwise)
        first = self._branch(then, lambda x: ad.where(mask, x, 1.0))
        second = self._branch(otherwise, lambda x: ad.where(mask, 1.0, x))
        return ad.where(mask, first, second)

    def _branch(self, root: Expression, guarded: Callable[[Any], Any]) -> Any:
        if not root.operands and root.operation != "variable":
            return leaf_value(root)
        arguments = {
            name: guarded(x) if isinstance(x, Node) else x for name, x in self._arguments.items()
        }
        return _Builder(arguments).built(root)


def _always_computed(node: Expression) -> Sequence[Expression]:
    """Return the operands that are computed whichever branch of an ``if`` is taken."""
    return node.operands[:1] if node.operation == "if" else node.operands
