"""One derivative, computed in every way: values, errors against 50 digits, and costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.calculus.derivation import differentiate
from playground.calculus.error_curves import EPSILON, ErrorCurve, balance, distance, error_curve
from playground.calculus.formula import Formula
from playground.calculus.local import LocalFacts, local_facts, reference

Array = NDArray[np.float64]

COMPLEX_STEP = 1e-30


@dataclass(frozen=True)
class Estimate:
    """A derivative by one method.

    Attributes
    ----------
    method : str
        ``symbolic``, ``forward difference``, ``central difference``, ``complex step``,
        ``forward mode`` or ``reverse mode``.
    order : int
        1 for f′, 2 for f″.
    value : float
        NaN where the method cannot give one.
    error : float
        Distance from the reference; NaN where there is none.
    evaluations : int
        How often f (or for the first the derivative's formula) is evaluated.
    cost : str
        What is evaluated, in words.
    time_s : float
        Seconds a call.
    h : float
        Step, NaN where the method has none.
    note : str
        Why there is no value, or what to know about it; often empty.
    """

    method: str
    order: int
    value: float
    error: float
    evaluations: int
    cost: str
    time_s: float
    h: float = math.nan
    note: str = ""


@dataclass(frozen=True)
class Ways:
    """Every way to the derivatives of f at a point.

    Attributes
    ----------
    at, value : float
        The point and f there.
    facts : LocalFacts
        Whether there is a derivative, and why not.
    references : tuple of (str or None)
        f′ and f″ to 50 digits, as text; None where they do not exist.
    estimates : tuple of Estimate
        First those of f′, then those of f″.
    """

    at: float
    value: float
    facts: LocalFacts
    references: tuple[str | None, str | None]
    estimates: tuple[Estimate, ...]


class Methods:
    """The derivatives of one formula of one variable, by every method.

    Programs are compiled when first needed and serve every point.

    Parameters
    ----------
    formula
        Of one variable.
    first, second
        f′ and f″, where they are known already.
    """

    def __init__(
        self, formula: Formula, first: Formula | None = None, second: Formula | None = None
    ) -> None:
        if len(formula.variables) != 1:
            raise ValueError(f"needs one variable, got {', '.join(formula.variables)}")
        self.formula = formula
        self._given = first, second
        self._last: tuple[float, LocalFacts] | None = None

    @cached_property
    def first(self) -> Formula:
        """f′ as a formula."""
        return self._given[0] or differentiate(self.formula)

    @cached_property
    def second(self) -> Formula:
        """f″ as a formula."""
        return self._given[1] or differentiate(self.first)

    @np.errstate(all="ignore")
    def at(self, a: float, h: float | None = None) -> Ways:
        """Return f′ and f″ at a point by every method.

        Parameters
        ----------
        a
            The point.
        h
            Step of the difference quotients; by default the usual powers of the machine epsilon.
        """
        facts = self._facts(a)
        exists = facts.has_slope, facts.has_curvature
        known = [reference(self.formula, a, k) if exists[k - 1] else None for k in (1, 2)]
        estimates = [
            self._estimate(method, order, a, h, known[order - 1], facts)
            for order in (1, 2)
            for method in self._methods(order)
        ]
        digits = tuple(_digits(x) for x in known)
        return Ways(a, facts.value, facts, (digits[0], digits[1]), tuple(estimates))

    def _facts(self, a: float) -> LocalFacts:
        if self._last is None or self._last[0] != a:
            self._last = a, local_facts(self.formula, a)
        return self._last[1]

    def _methods(self, order: int) -> tuple[_Method, ...]:
        return self._first_methods if order == 1 else self._second_methods

    def _estimate(
        self, method: _Method, order: int, a: float, h: float | None, known: Any, facts: LocalFacts
    ) -> Estimate:
        step = method.step(a, h)
        note = method.obstacle
        if note:
            value, time_s = math.nan, math.nan
        else:
            value, time_s = _timed(lambda: method.function(a, step))
            is_lost = method.power > 0 and a + step == a
            note = _note(value, known, facts, is_step_lost=is_lost)
        return Estimate(
            method.name,
            order,
            value,
            distance(value, known),
            method.evaluations,
            method.cost,
            time_s,
            step,
            note,
        )

    # --- methods -------------------------------------------------------------------------------

    @cached_property
    def _first_methods(self) -> tuple[_Method, ...]:
        return (
            _Method("symbolic", lambda a, h: self.first(a), 1, "f′"),
            _Method("forward difference", self._forward, 2, "f twice", 1 / 2),
            _Method("central difference", self._central, 2, "f twice", 1 / 3),
            _Method("complex step", self._complex, 1, "f once, complex", 0.0, self._obstacle),
            _Method("forward mode", lambda a, h: self._jvp(a), 1, "f once, on dual numbers"),
            _Method("reverse mode", lambda a, h: self._grad(a), 1, "f once, and once backward"),
        )

    @cached_property
    def _second_methods(self) -> tuple[_Method, ...]:
        return (
            _Method("symbolic", lambda a, h: self.second(a), 1, "f″"),
            _Method("forward difference", self._forward_second, 3, "f three times", 1 / 3),
            _Method("central difference", self._central_second, 3, "f three times", 1 / 4),
            _Method(
                *("complex step", self._complex_second, 2, "f twice, complex", 1 / 3),
                self._obstacle,
            ),
            _Method("forward mode", lambda a, h: self._jvp_jvp(a), 1, "f once, forward twice"),
            _Method("reverse mode", lambda a, h: self._grad_grad(a), 1, "f once, backward twice"),
        )

    @property
    def _obstacle(self) -> str:
        """Why the complex step cannot be taken."""
        parts = self.formula.non_analytic
        if not parts:
            return ""
        return f"not analytic: {', '.join(parts)} cannot be continued to complex numbers"

    def _forward(self, a: Any, h: Any) -> Any:
        f, x = self.formula, a + h
        # h itself is not what separates the two doubles.
        return (f(x) - f(a)) / (x - a)

    def _central(self, a: Any, h: Any) -> Any:
        f, left, right = self.formula, a - h, a + h
        return (f(right) - f(left)) / (right - left)

    def _complex(self, a: Any, h: Any) -> Any:
        return self.formula.at_complex(a + 1j * h).imag / h

    def _forward_second(self, a: Any, h: Any) -> Any:
        f, h = self.formula, (a + h) - a
        # Python's h**2 raises where h * h is infinite.
        return (f(a + 2 * h) - 2 * f(a + h) + f(a)) / (h * h)

    def _central_second(self, a: Any, h: Any) -> Any:
        f, h = self.formula, (a + h) - a
        return (f(a + h) - 2 * f(a) + f(a - h)) / (h * h)

    def _complex_second(self, a: Any, h: Any) -> Any:
        left, right = a - h, a + h
        slopes = [self._complex(x, COMPLEX_STEP) for x in (left, right)]
        return (slopes[1] - slopes[0]) / (right - left)

    @cached_property
    def _jvp(self) -> Callable[[float], Any]:
        return ad.compile(_along(self.formula))

    @cached_property
    def _grad(self) -> Callable[[float], Any]:
        return ad.compile(ad.grad(self.formula))

    @cached_property
    def _jvp_jvp(self) -> Callable[[float], Any]:
        return ad.compile(_along(_along(self.formula)))

    @cached_property
    def _grad_grad(self) -> Callable[[float], Any]:
        return ad.compile(ad.grad(ad.grad(self.formula)))

    # --- errors against h ----------------------------------------------------------------------

    @np.errstate(all="ignore")
    def error_against_h(self, a: float, n: int = 129) -> tuple[ErrorCurve, ...]:
        """Return the error of f′ by both differences and the complex step for h = 1 … 1e-16.

        Empty where f has no derivative; without the complex step where f is not analytic.
        """
        if not self._facts(a).has_slope:
            return ()
        h = np.logspace(0, -16, n)
        known = reference(self.formula, a, 1)
        size, slope = abs(float(self.formula(a))), abs(float(known))
        second, third = (abs(float(reference(self.formula, a, k))) for k in (2, 3))
        curves = [
            error_curve(
                "forward difference",
                *(h, self._forward(a, h), known),
                *(second * h / 2, EPSILON * size / h, balance(2 * EPSILON * size, second, 2)),
            ),
            error_curve(
                "central difference",
                *(h, self._central(a, h), known),
                *(third * h**2 / 6, EPSILON * size / (2 * h)),
                balance(1.5 * EPSILON * size, third, 3),
            ),
        ]
        if not self._obstacle:
            # Nothing is subtracted: any step goes whose square is lost beside 1.
            floor = np.full(n, EPSILON * slope / 2)
            optimum = balance(3 * EPSILON * slope, third, 2)
            values = self._complex(a, h)
            curves.append(
                error_curve("complex step", h, values, known, third * h**2 / 6, floor, optimum)
            )
        return tuple(curves)


@dataclass(frozen=True)
class _Method:
    name: str
    function: Callable[[Any, Any], Any]
    evaluations: int
    cost: str
    power: float = math.nan
    """The usual step is this power of the machine epsilon; 0 for the complex one."""
    obstacle: str = ""

    def step(self, a: float, h: float | None) -> float:
        if self.power == 0.0:
            return COMPLEX_STEP
        usual = EPSILON**self.power * max(1.0, abs(a))
        return usual if h is None or math.isnan(self.power) else h


def _along(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: ad.jvp(f, (x,), (np.ones(()),))[1]


def _timed(call: Callable[[], Any], repeats: int = 5) -> tuple[float, float]:
    """Return what a call gives, and the shortest time that it took."""
    value = float(call())
    best = math.inf
    for _ in range(repeats):
        start = perf_counter()
        call()
        best = min(best, perf_counter() - start)
    return value, best


def _digits(known: Any) -> str | None:
    if known is None:
        return None
    from mpmath import nstr

    return str(nstr(known, 50))


def _note(value: float, known: Any, facts: LocalFacts, *, is_step_lost: bool) -> str:
    if known is None:
        return "there is no derivative to compare with" if math.isfinite(value) else "no number"
    if math.isfinite(value):
        return ""
    if is_step_lost:
        return "h is lost: the double nearest to a + h is a"
    if facts.kind == "removable gap":
        return "0/0: the formula has no value at the gap itself"
    return "overflow or a value outside of the domain"
