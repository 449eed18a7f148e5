"""Make kinks.npz: what PyTorch says in float64 at kinks, ties, poles and infinities.

Run by hand where PyTorch is installed (``python tests/golden/make_kinks.py``); the tests only read
the file. Under ``name/``: arguments ``x0``, ``x1`` of shape (cases, …), and for each case the value
``y``, the gradients ``g0`` … of the value's weighted sum (weights 1, 2, 3 …), and ``h0`` …, the
Hessian of that sum times a vector of ones. Powers have no ``h``: PyTorch's second derivative of a
power by base and exponent is not symmetric where the exponent is 0.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).with_name("kinks.npz")
INF = float("inf")
Function = Callable[..., torch.Tensor]

EVERYWHERE = [-INF, -800.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 800.0, INF, float("nan")]
NUMBERS = EVERYWHERE[:-1]  # where PyTorch's answer to a NaN is not one

UNARY: dict[str, tuple[Function, list[float]]] = {
    "abs": (torch.abs, NUMBERS),
    "relu": (F.relu, NUMBERS),
    "sign": (torch.sign, NUMBERS),
    "clip": (lambda x: torch.clamp(x, -1.0, 1.0), NUMBERS),
    "clip between equals": (lambda x: torch.clamp(x, 1.0, 1.0), NUMBERS),
    "clip between crossed": (lambda x: torch.clamp(x, 2.0, 1.0), NUMBERS),
    # PyTorch gives up the logarithm from a threshold on.
    "softplus": (lambda x: F.softplus(x, threshold=100.0), NUMBERS[1:-1]),
    **{
        name: (getattr(torch, name), EVERYWHERE)
        for name in (
            *("sqrt", "log", "log1p", "exp", "expm1", "sigmoid", "tanh", "erf", "reciprocal"),
            *("square", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"),
            *("sin", "cos", "tan", "sinh", "cosh"),
        )
    },
    "where sqrt": (lambda x: torch.where(x > 0, torch.sqrt(x), 0.0), EVERYWHERE),
    "where log": (lambda x: torch.where(x > 0, torch.log(x), x), EVERYWHERE),
}
EXPONENTS = [0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, 1.5, 2.5]
BASES = [-2.0, -1.0, 0.0, 1.0, 2.0, INF]
PAIRS = [(-2.0, 2.0), (0.0, 0.0), (1.0, 1.0), (2.0, -1.0), (INF, INF), (-INF, 1.0)]
POWERS = [(b, p) for b in (-2.0, 0.0, 1.0, 2.0) for p in (-1.0, 0.0, 1.0, 2.0, 2.5)]
BOUNDS = [
    *[(x, 0.0, 1.0) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)],
    *[(x, 1.0, 1.0) for x in (0.0, 1.0, 2.0)],
    *[(x, 2.0, 1.0) for x in (0.0, 1.5, 3.0)],
]

ROWS = {
    "ties": [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, -1.0, -1.0]],
    "zeros": [[0.0, 2.0, 3.0, 4.0], [0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]],
    "infinite": [[-INF, 1.0, 2.0, 3.0], [-INF] * 4, [INF, 1.0, 2.0, 3.0], [INF, INF, 1.0, -INF]],
    "one": [[5.0], [0.0]],
}
OF_ROWS: dict[str, tuple[Function, tuple[str, ...]]] = {
    "max": (lambda x: torch.amax(x, -1), ("ties", "zeros", "infinite", "one")),
    "min": (lambda x: torch.amin(x, -1), ("ties", "zeros", "infinite", "one")),
    "prod": (lambda x: torch.prod(x, -1), ("ties", "zeros", "one")),
    "variance": (lambda x: torch.var(x, -1, correction=0), ("ties", "zeros", "one")),
    "logsumexp": (lambda x: torch.logsumexp(x, -1), ("ties", "zeros", "infinite", "one")),
    "softmax": (lambda x: torch.softmax(x, -1), ("ties", "zeros", "infinite", "one")),
    "log_softmax": (lambda x: torch.log_softmax(x, -1), ("ties", "zeros", "infinite", "one")),
    "sort": (lambda x: torch.sort(x, dim=-1, stable=True).values, ("ties", "zeros", "infinite")),
    "length": (lambda x: torch.sqrt(torch.sum(torch.square(x), -1)), ("ties", "zeros", "one")),
}


def recorded(name: str, f: Function, cases: list[tuple[np.ndarray, ...]]) -> dict[str, np.ndarray]:
    rows: list[dict[str, torch.Tensor]] = []
    for case in cases:
        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in case]
        y = f(*xs)
        weights = torch.arange(1.0, y.numel() + 1, dtype=torch.float64).reshape(y.shape)
        gradients = derivatives((weights * y).sum(), xs)
        row = {"y": y} | {f"x{i}": x for i, x in enumerate(xs)}
        row |= {f"g{i}": g for i, g in enumerate(gradients)}
        if not name.startswith("pow"):
            total = torch.stack([g.sum() for g in gradients]).sum()
            row |= {f"h{i}": h for i, h in enumerate(derivatives(total, xs))}
        rows.append(row)
    return {
        f"{name}/{key}": np.stack([row[key].numpy(force=True) for row in rows]) for key in rows[0]
    }


def derivatives(total: torch.Tensor, xs: list[torch.Tensor]) -> list[torch.Tensor]:
    if not total.requires_grad:
        return [torch.zeros_like(x) for x in xs]
    found = torch.autograd.grad(total, xs, create_graph=True, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]


def main() -> None:
    numbers: dict[str, np.ndarray] = {}
    for name, (f, points) in UNARY.items():
        numbers |= recorded(name, f, [(np.array(x),) for x in points])
    for p in EXPONENTS:
        numbers |= recorded(f"to {p:g}", lambda x, p=p: x**p, [(np.array(x),) for x in BASES])
    numbers |= recorded("pow", torch.pow, [tuple(map(np.array, pair)) for pair in POWERS])
    for name in ("maximum", "minimum"):
        pairs = [tuple(map(np.array, pair)) for pair in PAIRS]
        numbers |= recorded(name, getattr(torch, name), pairs)
    numbers |= recorded("clip of three", torch.clamp, [tuple(map(np.array, b)) for b in BOUNDS])
    for name, (f, kinds) in OF_ROWS.items():
        for kind in kinds:
            numbers |= recorded(f"{name} of {kind}", f, [(np.array(row),) for row in ROWS[kind]])
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT.name}: {len(numbers)} arrays with PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
