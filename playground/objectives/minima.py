"""The minima of a surface: those that are known, and those that a search finds beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.objectives.surface import Domain, Floats, Minimum, Surface, derivatives_of

N_CELLS = 200
"""Columns and rows of the grid whose low points are followed downhill."""

MOST_STEPS = 100

LONGEST_SHARE = 0.01
"""The longest step, as a share of the domain's diagonal: a path stays in its own hollow."""

SAME_SHARE = 1e-4
"""Two minima nearer than this share of the diagonal are one."""

REST = 1e-7
"""A gradient is zero below this share of the typical one in the domain."""


def find_minima(surface: Surface) -> tuple[Minimum, ...]:
    """Return the known minima of a surface, then the others within its domain, lowest first."""
    return _with_others(surface.minima, surface)


def search_minima(surface: Surface) -> tuple[Minimum, ...]:
    """Return the minima within a surface's domain, whatever is known of them, lowest first.

    The lowest cells of a grid are followed downhill by Newton's method with the curvatures'
    absolute values and a step that grows and shrinks (Nocedal & Wright 2006, section 3.4).
    Hollows narrower than a cell may be missed.
    """
    return _with_others((), surface)


# A typed formula may grow beyond all doubles; such points are no minima.
@np.errstate(over="ignore", invalid="ignore")
def _with_others(known: tuple[Minimum, ...], surface: Surface) -> tuple[Minimum, ...]:
    theta = _low_points(surface)
    if not len(theta):
        return known
    theta, values, gradients, hessians = _descend(surface, theta)
    is_minimum = np.linalg.norm(gradients, axis=1) <= resting_gradient(surface)
    curvatures = np.linalg.eigvalsh(np.where(np.isfinite(hessians), hessians, 0.0))
    is_minimum &= curvatures[:, 0] >= -1e-9 * np.abs(curvatures[:, 1])
    is_minimum &= _inside(surface.domain, theta)
    order = np.flatnonzero(is_minimum)[np.argsort(values[is_minimum], kind="stable")]
    same = SAME_SHARE * surface.domain.diagonal
    found = list(known)
    for (x, y), value in zip(theta[order].tolist(), values[order].tolist(), strict=True):
        if all(np.hypot(x - m.x, y - m.y) > same for m in found):
            found.append(Minimum(x, y, value))
    return tuple(found)


def resting_gradient(surface: Surface) -> float:
    """Return the norm below which a gradient counts as zero: a tiny share of the typical one."""
    x, y = surface.domain.axes(20, 20)
    norms = np.hypot(*surface.gradient_grid(x, y[:, None]))
    norms = norms[np.isfinite(norms)]
    return REST * float(np.median(norms)) if norms.size else 0.0


def _low_points(surface: Surface) -> Floats:
    """Return the cells that are lower than their eight neighbours, shape (n, 2)."""
    x, y = surface.domain.axes(N_CELLS, N_CELLS)
    values = surface.grid(x, y[:, None])
    # Beyond the edge all is higher: a hollow may lie in the outermost cells.
    padded = np.pad(np.where(np.isfinite(values), values, np.inf), 1, constant_values=np.inf)
    is_low = np.isfinite(values)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            if di or dj:
                shifted = padded[1 + di : 1 + di + N_CELLS, 1 + dj : 1 + dj + N_CELLS]
                # On a level pair of neighbours one of them counts.
                is_low &= (values < shifted) if (di, dj) < (0, 0) else (values <= shifted)
    rows, columns = np.nonzero(is_low)
    return np.column_stack([x[columns], y[rows]])


def _descend(surface: Surface, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Follow points downhill; returns them with value, gradient and Hessian."""
    measure = ad.compile(ad.vmap(derivatives_of(surface)))
    longest = LONGEST_SHARE * surface.domain.diagonal
    radius = np.full(len(theta), longest)
    values, gradients, hessians = measure(theta)
    for _ in range(MOST_STEPS):
        tried = theta + _steps(gradients, hessians, radius)
        new = measure(tried)
        is_lower = new[0] <= values
        radius = np.where(is_lower, np.minimum(2 * radius, longest), radius / 4)
        theta = np.where(is_lower[:, None], tried, theta)
        values = np.where(is_lower, new[0], values)
        gradients = np.where(is_lower[:, None], new[1], gradients)
        hessians = np.where(is_lower[:, None, None], new[2], hessians)
    return theta, values, gradients, hessians


def _steps(gradients: Floats, hessians: Floats, radius: Floats) -> Floats:
    """Return Newton's steps with absolute curvatures, no longer than the radius, shape (n, 2)."""
    curvatures, axes = np.linalg.eigh(np.where(np.isfinite(hessians), hessians, 0.0))
    along = np.einsum("nij,ni->nj", axes, np.where(np.isfinite(gradients), gradients, 0.0))
    steps = -np.einsum("nij,nj->ni", axes, along / np.maximum(np.abs(curvatures), 1e-12))
    length = np.maximum(np.linalg.norm(steps, axis=1), 1e-300)
    result: Floats = steps * np.minimum(1.0, radius / length)[:, None]
    return result


def _inside(domain: Domain, theta: Floats) -> Any:
    x, y = theta.T
    return (domain.x0 <= x) & (x <= domain.x1) & (domain.y0 <= y) & (y <= domain.y1)
