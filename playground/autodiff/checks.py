"""Derivatives checked against each other and against differences of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.compilation import compile
from playground.autodiff.graph import Array, Constant, Input, Node, Tracer, topological
from playground.autodiff.interpreter import evaluate
from playground.autodiff.primitives.reductions import sum as sum_over
from playground.autodiff.transforms import grad, jvp

_COMPLEX_STEP = 1e-30


class GradientError(AssertionError):
    """A derivative that disagrees with its reference; ``report`` holds the comparison."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class Comparison:
    """One way to differentiate against one reference, for one argument.

    Attributes
    ----------
    order : int
        1 for the gradient, 2 for the derivative of a random projection of it, and so on.
    method, reference : str
        ``reverse``, ``forward``, ``complex step`` or ``central difference``.
    argument : str
        Which array, such as ``[0].weight``.
    error : float
        The largest error, relative to the largest entry of the derivative (at least 1).
    index : tuple of int
        Where it is.
    got, expected : float
        The two derivatives there.
    """

    order: int
    method: str
    reference: str
    argument: str
    error: float
    index: tuple[int, ...]
    got: float
    expected: float

    def __str__(self) -> str:
        return (
            f"order {self.order}, argument {self.argument}{list(self.index)}: "
            f"{self.method} {self.got:.12g}, {self.reference} {self.expected:.12g}, "
            f"relative error {self.error:.2g}"
        )


@dataclass(frozen=True)
class GradientReport:
    """Every comparison that :func:`check_gradients` made."""

    comparisons: tuple[Comparison, ...]
    tolerance: float

    @property
    def worst(self) -> Comparison:
        """The comparison with the largest error; NaN counts as the largest."""
        return max(self.comparisons, key=lambda c: np.inf if np.isnan(c.error) else c.error)

    @property
    def passed(self) -> bool:
        """Whether every error is within the tolerance."""
        return all(c.error <= self.tolerance for c in self.comparisons)

    def __str__(self) -> str:
        verdict = "agree" if self.passed else "disagree"
        return f"derivatives {verdict} (tolerance {self.tolerance:.2g}); worst: {self.worst}"


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    order: int = 2,
    tolerance: float = 1e-6,
    seed: int = 0,
    throw: bool = True,
) -> GradientReport:
    """Compare the derivatives of ``f`` at ``args`` by every method there is.

    Reverse and forward mode are compared with central differences of fourth order (four values an
    entry) and, where every primitive in the graph is analytic, with complex steps (Squire & Trapp
    1998). A function of several outputs is projected on a random direction, and order k compares
    the derivative of a random projection of the derivative of order k - 1. Everything is computed
    in float64. At a kink of ``f`` differences mean nothing.

    Parameters
    ----------
    f
        Function of arrays or nested lists and dicts of them.
    *args
        Its real arguments; all are differentiated by.
    order
        How many derivatives deep to look.
    tolerance
        Largest error allowed, relative to the largest entry of each derivative.
    seed
        Of the random projections.
    throw
        Whether to raise where the tolerance is exceeded, or only to report.

    Raises
    ------
    GradientError
        With the worst element, unless ``throw`` is False.
    ValueError
        Where ``order`` is below 1: nothing would be compared.
    """
    if order < 1:
        raise ValueError(f"order: must be ≥ 1, got {order}")
    rng = np.random.default_rng(seed)
    leaves, structure = tree.flatten(args)
    points = [np.array(leaf, np.float64) for leaf in leaves]
    names = tree.paths(args, "")

    def of_leaves(xs: list[Any]) -> Any:
        outputs, _ = tree.flatten(f(*tree.unflatten(structure, xs)))
        return outputs

    scalar = _projected(of_leaves, points, rng)
    comparisons: list[Comparison] = []
    for k in range(1, order + 1):
        comparisons += _compare(scalar, points, names, k)
        if k < order:
            scalar = _projected(grad(scalar), points, rng)
    report = GradientReport(tuple(comparisons), tolerance)
    if throw and not report.passed:
        raise GradientError(report)
    return report


def _projected(
    f: Callable[[list[Any]], list[Any]], points: list[Array], rng: np.random.Generator
) -> Callable[[list[Any]], Any]:
    """Return the scalar Σ w · f with random weights w, drawn once."""
    shapes = [np.shape(out) for out in evaluate(f, points)]
    weights = [rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape) for shape in shapes]

    def scalar(xs: list[Any]) -> Any:
        total: Any = 0.0
        for w, out in zip(weights, f(xs), strict=True):
            total = total + sum_over(w * out)
        return total

    return scalar


def _compare(
    scalar: Callable[[list[Any]], Any], points: list[Array], names: list[str], order: int
) -> list[Comparison]:
    """Compare the first derivatives of a scalar function of several arrays."""
    methods = {"reverse": compile(grad(scalar))(points), "forward": _forward(scalar, points)}
    references = {"central difference": _differences(scalar, points)}
    if _is_analytic(scalar, points):
        references["complex step"] = _complex_steps(scalar, points)
    return [
        _comparison(order, method, reference, name, got, expected)
        for method, derivative in methods.items()
        for reference, exact in references.items()
        for name, got, expected in zip(names, derivative, exact, strict=True)
        if got.size
    ]


def _comparison(
    order: int, method: str, reference: str, name: str, got: Array, expected: Array
) -> Comparison:
    scale = max(1.0, float(np.max(np.abs(expected))))
    errors = np.abs(got - expected) / scale
    index = np.unravel_index(np.argmax(np.where(np.isnan(errors), np.inf, errors)), errors.shape)
    place = tuple(int(i) for i in index)
    return Comparison(
        order,
        method,
        reference,
        name,
        float(errors[index]),
        place,
        float(got[index]),
        float(expected[index]),
    )


def _forward(scalar: Callable[[list[Any]], Any], points: list[Array]) -> list[Array]:
    """Return the gradient, one forward pass an entry."""
    tangent = compile(lambda xs, ts: jvp(scalar, (xs,), (ts,))[1])
    return _by_entry(points, lambda direction: tangent(points, direction))


def _differences(scalar: Callable[[list[Any]], Any], points: list[Array]) -> list[Array]:
    """Return the gradient by five-point central differences."""
    value = compile(scalar)

    def along(direction: list[Array]) -> float:
        size = max(
            float(np.max(np.abs(p * d), initial=0.0))
            for p, d in zip(points, direction, strict=True)
        )
        # Truncation h⁴ and rounding ε / h balance near ε^(1/5).
        h = np.finfo(np.float64).eps ** 0.2 * max(1.0, size)
        near, far = (
            value([p + s * h * d for p, d in zip(points, direction, strict=True)])
            - value([p - s * h * d for p, d in zip(points, direction, strict=True)])
            for s in (1.0, 2.0)
        )
        return float((8.0 * near - far) / (12.0 * h))

    return _by_entry(points, along)


def _complex_steps(scalar: Callable[[list[Any]], Any], points: list[Array]) -> list[Array]:
    """Return the gradient by steps along the imaginary axis, exact to rounding."""

    def along(direction: list[Array]) -> float:
        moved = [p + 1j * _COMPLEX_STEP * d for p, d in zip(points, direction, strict=True)]
        return float(np.imag(evaluate(scalar, moved)) / _COMPLEX_STEP)

    return _by_entry(points, along)


def _by_entry(points: list[Array], derivative: Callable[[list[Array]], Any]) -> list[Array]:
    """Return a directional derivative along every entry of every array."""
    direction = [np.zeros_like(p) for p in points]
    result = [np.zeros_like(p) for p in points]
    for d, r in zip(direction, result, strict=True):
        for index in np.ndindex(d.shape):
            d[index] = 1.0
            r[index] = derivative(direction)
            d[index] = 0.0
    return result


def _is_analytic(scalar: Callable[[list[Any]], Any], points: list[Array]) -> bool:
    """Whether complex arguments give what the power series of the function give."""
    inputs: list[Node] = [Input(p.shape, p.dtype) for p in points]
    out = scalar(inputs)
    nodes = topological([out]) if isinstance(out, Node) else []
    return all(
        isinstance(node, (Input, Constant, Tracer)) or (node.op is not None and node.op.analytic)
        for node in nodes
    )
