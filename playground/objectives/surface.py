"""What a surface is, a function of two variables to descend, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.declarations import Kind, Registry
from playground.optimizers.function import Function

Floats: TypeAlias = NDArray[np.float64]

Scale: TypeAlias = Literal["linear", "log"]

LOG_SPAN = 1e-4
"""The lowest logarithmic isoline lies this share of the surface's height above its floor."""


class Domain(NamedTuple):
    """The rectangle on which a surface is drawn and starts are laid."""

    x0: float
    x1: float
    y0: float
    y1: float

    @property
    def diagonal(self) -> float:
        """Its diagonal's length."""
        return float(np.hypot(self.x1 - self.x0, self.y1 - self.y0))

    def axes(self, n_x: int, n_y: int) -> tuple[Floats, Floats]:
        """Return the centres of n_x columns and n_y rows of equal cells, each in rising order."""
        return _centres(self.x0, self.x1, n_x), _centres(self.y0, self.y1, n_y)


def _centres(low: float, high: float, n: int) -> Floats:
    half = (high - low) / (2 * n)
    return np.linspace(low + half, high - half, n, dtype=np.float64)


@dataclass(frozen=True)
class Minimum:
    """A point that is lower than all around it.

    Attributes
    ----------
    x, y, value
        Where, and the surface's value there.
    is_on_edge
        Whether it is one only within the domain: beyond the edge the surface goes on falling.
    is_smooth
        Whether there are derivatives; otherwise it is the tip of a cone or the foot of a kink.
    """

    x: float
    y: float
    value: float
    is_on_edge: bool = False
    is_smooth: bool = True


class Surface(Kind):
    """A function of two variables; θ = (x, y).

    A kind writes its mathematics once, in :meth:`of` or, where it is a sum of squares, in
    :meth:`terms`: elementwise functions of :mod:`playground.autodiff` of x and y, which are nodes,
    numbers or arrays. Within it live settings may be nodes as well; see
    :func:`playground.declarations.with_nodes`.
    """

    FORMULA: ClassVar[str] = ""
    """f(x, y) as LaTeX; :attr:`formula` is that of one surface with its settings."""

    SOURCE: ClassVar[str] = ""
    """Where it was published."""

    DOMAIN: ClassVar[Domain] = Domain(-5.0, 5.0, -5.0, 5.0)

    START: ClassVar[tuple[float, float]] = (-4.0, 3.0)

    SCALE: ClassVar[Scale] = "log"
    """How isolines and colours are best spaced."""

    MINIMA: ClassVar[tuple[Minimum, ...]] = ()
    """The known minima, lowest first; only the lowest where there are too many to list."""

    N_NOISE: ClassVar[int] = 0
    """Standard normal numbers that it takes anew at each step."""

    IS_SUM_OF_SQUARES: ClassVar[bool] = False

    def of(self, x: Any, y: Any) -> Any:
        """Return f(x, y), of x's and y's common shape."""
        return sum(ad.square(term) for term in self.terms(x, y))

    def terms(self, x: Any, y: Any) -> list[Any]:
        """Return what is squared and added in a sum of squares."""
        raise NotImplementedError(f"{type(self).__name__} writes neither of() nor terms()")

    def disturbance(self, x: Any, y: Any, noise: Any) -> Any:
        """Return what chance adds to f(x, y); its mean over the noise is zero."""
        return 0.0

    # --- what others ask -----------------------------------------------------------------------

    @property
    def formula(self) -> str:
        """f(x, y) as LaTeX."""
        return self.FORMULA

    @property
    def domain(self) -> Domain:
        """The rectangle that is drawn."""
        return self.DOMAIN

    @property
    def start(self) -> tuple[float, float]:
        """Where a path begins unless it is told otherwise."""
        return self.START

    @property
    def scale(self) -> Scale:
        """How isolines and colours are best spaced."""
        return self.SCALE

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The known minima, lowest first."""
        return self.MINIMA

    def value(self, theta: Any, noise: Any = None) -> Any:
        """Return f(θ), a scalar.

        Parameters
        ----------
        theta
            Node or array of shape (2,).
        noise
            Shape (N_NOISE,); left out, the result is the mean over it.
        """
        x, y = theta[0], theta[1]
        mean = self.of(x, y)
        return mean if noise is None else mean + self.disturbance(x, y, noise)

    def grid(self, x: Any, y: Any) -> Floats:
        """Return f at x and y, arrays that broadcast; the mean where there is noise."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        with np.errstate(all="ignore"):
            values = np.asarray(self.of(x, y), np.float64)
        return np.array(np.broadcast_to(values, x.shape))

    def function(self) -> Function:
        """Return it as optimizers see it, with its settings as they are."""
        residuals = _half_squares(self) if self.IS_SUM_OF_SQUARES else None
        return Function(self.value, residuals=residuals, n_noise=self.N_NOISE)

    def derivatives_at(self, x: float, y: float) -> tuple[float, Floats, Floats]:
        """Return value, gradient (2,) and Hessian (2, 2) at a point; of the mean where it is noisy.

        The first call for a surface compiles, in some milliseconds; later ones take microseconds.
        """
        value, gradient, hessian = _compiled(self)(np.array([x, y], np.float64))
        return float(value), gradient, hessian

    def gradient_at(self, x: float, y: float) -> Floats:
        """Return the gradient at one point, shape (2,)."""
        return self.derivatives_at(x, y)[1]

    def hessian_at(self, x: float, y: float) -> Floats:
        """Return the matrix of second derivatives at one point, shape (2, 2)."""
        return self.derivatives_at(x, y)[2]

    def gradient_grid(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return both partial derivatives at x and y, arrays that broadcast."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))

        def total(x: Any, y: Any) -> Any:
            return ad.sum(ad.broadcast_to(self.of(x, y), x.shape))

        with np.errstate(all="ignore"):
            both = ad.grad(total, argnums=(0, 1))(np.array(x), np.array(y))
        return both[0], both[1]

    def distance(self, x: Any, y: Any) -> Floats:
        """Return how far points are from the nearest known minimum; NaN where none is known."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        nearest = np.full(x.shape, np.nan)
        for minimum in self.minima:
            nearest = np.fmin(nearest, np.hypot(x - minimum.x, y - minimum.y))
        return nearest

    def levels(self, values: Floats, n: int = 20) -> Floats:
        """Return up to n rising heights for isolines of :meth:`grid`'s values.

        On a logarithmic scale they are spaced evenly in log(f - floor); the floor is the lowest
        known minimum, or the lowest of the values.
        """
        finite = values[np.isfinite(values)]
        if not finite.size or finite.min() == finite.max():
            return np.empty(0)
        low, high = float(finite.min()), float(finite.max())
        if self.scale == "linear":
            return np.linspace(low, high, n + 2)[1:-1]
        floor = self.floor(low)
        return floor + np.geomspace(LOG_SPAN, 1.0, n + 1)[:-1] * (high - floor)

    def floor(self, lowest: float) -> float:
        """Return what a logarithmic scale counts from: the lowest minimum, or a lower value."""
        return min([lowest, *(minimum.value for minimum in self.minima[:1])])


def derivatives_of(surface: Surface) -> Callable[[Any], Any]:
    """Return the function of θ that gives value, gradient and Hessian, as graphs."""

    def derivatives(theta: Any) -> Any:
        value, gradient = ad.value_and_grad(surface.value)(theta)
        return value, gradient, ad.hessian(surface.value)(theta)

    return derivatives


@lru_cache(maxsize=32)
def _compiled(surface: Surface) -> Callable[[Any], Any]:
    return ad.compile(derivatives_of(surface))


def _half_squares(surface: Surface) -> Any:
    """Return r(θ) with f = ½ Σ r²."""

    def residuals(theta: Any) -> Any:
        terms = surface.terms(theta[0], theta[1])
        return ad.sqrt(2.0) * ad.stack(terms)

    return residuals


SURFACES: Registry[Surface] = Registry("surface", "playground.objectives.surfaces")
