"""Evaluations on the way to Rosenbrock's minimum, ours beside SciPy's.

From (-1.2, 1) until the gradient's norm is at most 1e-8; the promise is at most a tenth more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from playground.optimizers import minimize

START = np.array([-1.2, 1.0])
TOLERANCE = 1e-8
MOST = 1.1

PAIRS = {
    "bfgs": ("BFGS", {}),
    "lbfgs": ("L-BFGS-B", {"ftol": 0.0}),
    "conjugate_gradients": ("CG", {}),
    "trust_region_newton": ("trust-exact", {}),
    "trust_region_cg": ("trust-ncg", {}),
}


def rosenbrock(x: Any) -> Any:
    """Return the function as the engine takes it."""
    return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2


def evaluations(kind: str) -> int:
    """Return how often a method of ours had asked for the function when it was there."""
    path = minimize(rosenbrock, START, kind, 200)
    return int(path.evaluations[np.flatnonzero(path.gradient_norm <= TOLERANCE)[0]])


def evaluations_of_scipy(method: str, options: dict[str, float]) -> int:
    """Return how often SciPy's method asks for the function."""
    result = optimize.minimize(
        optimize.rosen,
        START,
        jac=optimize.rosen_der,
        hess=optimize.rosen_hess if method.startswith("trust") else None,
        method=method,
        options={"gtol": TOLERANCE, **options},
    )
    return int(result.nfev)


def main() -> None:
    print(f"{'method':>22} {'ours':>6} {'SciPy':>6} {'share':>6}")
    missed = []
    for kind, (method, options) in PAIRS.items():
        ours, theirs = evaluations(kind), evaluations_of_scipy(method, options)
        print(f"{kind:>22} {ours:>6} {theirs:>6} {ours / theirs:>6.2f}")
        if ours > MOST * theirs:
            missed.append(kind)
    if missed:
        raise SystemExit(f"more than {MOST} × SciPy's evaluations: {', '.join(missed)}")


if __name__ == "__main__":
    main()
