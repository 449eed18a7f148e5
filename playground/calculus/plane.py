"""Functions of two variables: gradient, Hessian, directions, slices and Taylor polynomials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.calculus.derivation import differentiate
from playground.calculus.evaluation import Calculation
from playground.calculus.formula import Formula

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LocalQuadratic:
    """A function near a point, to second order.

    Attributes
    ----------
    point : ndarray of shape (2,)
    value : float
    gradient : ndarray of shape (2,)
    hessian : ndarray of shape (2, 2)
        Symmetric.
    eigenvalues : ndarray of shape (2,)
        Of the Hessian, the smaller first; NaN where the Hessian is not finite.
    eigenvectors : ndarray of shape (2, 2)
        Their directions, one a column, of length 1.
    """

    point: Array
    value: float
    gradient: Array
    hessian: Array
    eigenvalues: Array
    eigenvectors: Array

    @property
    def steepness(self) -> float:
        """Length of the gradient: the largest directional derivative."""
        return float(np.hypot(*self.gradient))

    @property
    def shape(self) -> str:
        """How the surface bends: ``valley``, ``hill``, ``saddle``, ``trough`` or ``flat``.

        A trough bends along one eigenvector only. Eigenvalues below 1e-12 of the larger are zero.
        """
        low, high = self.eigenvalues
        if math.isnan(low):
            return "undefined"
        bound = 1e-12 * max(abs(low), abs(high))
        signs = {int(np.sign(v)) if abs(v) > bound else 0 for v in (low, high)}
        if signs == {1}:
            return "valley"
        if signs == {-1}:
            return "hill"
        if signs == {0}:
            return "flat"
        return "saddle" if signs == {1, -1} else "trough"

    def along(self, angle: float) -> tuple[float, float]:
        """Return slope and curvature in a direction.

        Parameters
        ----------
        angle
            Radians from the first axis towards the second.

        Returns
        -------
        slope, curvature : float
            u·∇f and uᵀ H u.
        """
        u = np.array([math.cos(angle), math.sin(angle)])
        return float(u @ self.gradient), float(u @ self.hessian @ u)

    def taylor(self, x: Any, y: Any, order: int = 2) -> Any:
        """Return the Taylor polynomial of order 0, 1 or 2 at arrays that broadcast."""
        dx, dy = np.asarray(x) - self.point[0], np.asarray(y) - self.point[1]
        value = self.value + 0.0 * (dx + dy)
        if order >= 1:
            value = value + self.gradient[0] * dx + self.gradient[1] * dy
        if order >= 2:
            (a, b), (_, d) = self.hessian
            value = value + 0.5 * (a * dx**2 + 2 * b * dx * dy + d * dy**2)
        return value


@dataclass(frozen=True, eq=False)
class Slice:
    """The curve on a surface through a point, along one axis.

    Attributes
    ----------
    axis : int
        0 where the first variable changes, 1 where the second does.
    positions, values : ndarray of shape (n,)
        The variable that changes, and f.
    slopes : ndarray of shape (n,)
        The partial derivative by it.
    tangent : ndarray of shape (n,)
        The tangent through the point.
    """

    axis: int
    positions: Array
    values: Array
    slopes: Array
    tangent: Array


class Plane:
    """A function of two variables and its derivatives to second order.

    Parameters
    ----------
    formula
        Of two variables.

    Attributes
    ----------
    partials : tuple of Formula
        ∂f/∂x and ∂f/∂y.
    second_partials : tuple of Formula
        ∂²f/∂x², ∂²f/∂x∂y and ∂²f/∂y².
    """

    def __init__(self, formula: Formula) -> None:
        if len(formula.variables) != 2:
            raise ValueError(f"needs two variables, got {', '.join(formula.variables)}")
        self.formula = formula
        x, y = formula.variables
        self.partials = differentiate(formula, x), differentiate(formula, y)
        first, second = self.partials
        self.second_partials = (
            differentiate(first, x),
            differentiate(first, y),
            differentiate(second, y),
        )
        roots = [formula.root, *[p.root for p in self.partials]]
        self._first = Calculation(roots, formula.variables)
        roots += [p.root for p in self.second_partials]
        self._jet = Calculation(roots, formula.variables)

    def at(self, point: Sequence[float] | Array) -> LocalQuadratic:
        """Return value, gradient, Hessian and its eigenvectors at a point."""
        x, y = (np.float64(c) for c in point)
        value, fx, fy, fxx, fxy, fyy = (float(v) for v in self._jet(x, y))
        hessian = np.array([[fxx, fxy], [fxy, fyy]])
        eigenvalues, eigenvectors = np.full(2, np.nan), np.full((2, 2), np.nan)
        if np.all(np.isfinite(hessian)):
            eigenvalues, eigenvectors = np.linalg.eigh(hessian)
        gradient = np.array([fx, fy])
        return LocalQuadratic(np.array([x, y]), value, gradient, hessian, eigenvalues, eigenvectors)

    def jet(self, x: Any, y: Any) -> tuple[Array, Array, Array]:
        """Return f, ∂f/∂x and ∂f/∂y at arrays that broadcast."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        shape = np.broadcast_shapes(x.shape, y.shape)
        value, fx, fy = (np.broadcast_to(v, shape).astype(float) for v in self._first(x, y))
        return value, fx, fy

    def grid(
        self, x_range: tuple[float, float], y_range: tuple[float, float], n: int | tuple[int, int]
    ) -> tuple[Array, Array, Array]:
        """Return the positions along both axes and the values between them.

        Returns
        -------
        x : ndarray of shape (n_x,)
        y : ndarray of shape (n_y,)
        values : ndarray of shape (n_y, n_x)
            A row for each y, as pictures have them.
        """
        n_x, n_y = (n, n) if isinstance(n, int) else n
        x, y = np.linspace(*x_range, n_x), np.linspace(*y_range, n_y)
        return x, y, self.formula(x[None, :], y[:, None])

    def slice(self, point: Sequence[float] | Array, axis: int, positions: Any) -> Slice:
        """Return the curve through a point along one axis, with its tangent there."""
        positions = np.asarray(positions, float)
        coordinates: list[Any] = [np.float64(c) for c in point]
        at = float(coordinates[axis])
        here = self.at(point)
        coordinates[axis] = positions
        value, *partials = self.jet(*coordinates)
        tangent = here.value + here.gradient[axis] * (positions - at)
        return Slice(axis, positions, value, partials[axis], tangent)
