"""How curved an objective is, from products with its Hessian."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.optimizers.optimizer import Array


def largest_eigenvalue(
    product: Callable[[Array], Array],
    n: int,
    rng: np.random.Generator,
    *,
    tolerance: float = 1e-8,
    most: int = 300,
) -> float:
    """Return the algebraically largest eigenvalue of a symmetric matrix.

    Parameters
    ----------
    product
        Gives the matrix times a vector of shape (n,).
    n
        The matrix's size.
    rng
        Draws the first vector.
    tolerance
        Bound on the residual of the eigenvector, relative to the eigenvalue; products in single
        precision allow some 1e-6.
    most
        Products at most; the best estimate is returned then.

    Notes
    -----
    The Lanczos iteration without keeping its vectors (Golub & Van Loan 2013, section 10.1): lost
    orthogonality brings copies of eigenvalues, which do no harm to the largest one.
    """
    # A quarter of a second that a window which only lists the optimizers need not pay.
    from scipy.linalg import eigh_tridiagonal

    vector = rng.standard_normal(n)
    vector /= np.linalg.norm(vector)
    before, beta = np.zeros(n), 0.0
    diagonal: list[float] = []
    off: list[float] = []
    value = 0.0
    for _ in range(most):
        image = np.asarray(product(vector), np.float64) - beta * before
        diagonal.append(float(image @ vector))
        if not np.isfinite(diagonal[-1]):
            return diagonal[-1]
        image -= diagonal[-1] * vector
        beta = float(np.linalg.norm(image))
        last = len(diagonal) - 1
        values, ends = eigh_tridiagonal(diagonal, off, select="i", select_range=(last, last))
        value = float(values[0])
        size = max(abs(value), *map(abs, diagonal))
        if beta * abs(float(ends[-1, 0])) <= tolerance * size:
            break
        before, vector = vector, image / beta
        off.append(beta)
    return value
