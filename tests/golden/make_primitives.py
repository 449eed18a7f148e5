"""Make primitives.npz: every primitive that PyTorch has, in float64.

Run by hand where PyTorch is installed (``python tests/golden/make_primitives.py``); the tests only
read the file. Under ``name/``: arguments ``x0``, ``x1`` …; the value ``y``; weights ``w`` of its
entries; the gradients ``g0`` … of Σ w y; and of Σ w y² the Hessian times ``v0`` … as ``h0`` …, for
functions without kinks. Images and kernels are turned to this package's order of axes.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).with_name("primitives.npz")
RNG = np.random.default_rng(33)
Numbers = dict[str, np.ndarray]

SMOOTH_UNARY: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], float, float]] = {
    "neg": (torch.neg, -2, 2),
    "square": (torch.square, -2, 2),
    "reciprocal": (torch.reciprocal, 0.3, 2),
    "sqrt": (torch.sqrt, 0.3, 2),
    "exp": (torch.exp, -2, 2),
    "expm1": (torch.expm1, -2, 2),
    "log": (torch.log, 0.3, 2),
    "log1p": (torch.log1p, -0.6, 2),
    "sin": (torch.sin, -2, 2),
    "cos": (torch.cos, -2, 2),
    "tan": (torch.tan, -1.2, 1.2),
    "sinh": (torch.sinh, -2, 2),
    "cosh": (torch.cosh, -2, 2),
    "tanh": (torch.tanh, -2, 2),
    "arcsin": (torch.arcsin, -0.8, 0.8),
    "arccos": (torch.arccos, -0.8, 0.8),
    "arctan": (torch.arctan, -2, 2),
    "arcsinh": (torch.arcsinh, -2, 2),
    "arccosh": (torch.arccosh, 1.2, 3),
    "arctanh": (torch.arctanh, -0.8, 0.8),
    "erf": (torch.erf, -2, 2),
    "sigmoid": (torch.sigmoid, -4, 4),
    "softplus": (F.softplus, -4, 4),
}
KINKED_UNARY: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": F.relu,
    "abs": torch.abs,
    "sign": torch.sign,
    "clip": lambda x: torch.clamp(x, -1.0, 1.0),
}
SMOOTH: dict[str, tuple[Callable[..., torch.Tensor], list[tuple[int, ...]]]] = {
    "add": (torch.add, [(3, 1), (4,)]),
    "sub": (torch.sub, [(3, 1), (4,)]),
    "mul": (torch.mul, [(2, 1, 3), (4, 1)]),
    "div": (torch.div, [(3, 4), (4,)]),
    "pow": (torch.pow, [(3, 4), (4,)]),
    "where": (lambda a, b: torch.where(a > b, a, b * a), [(3, 4), (4,)]),
    "sum": (lambda x: torch.sum(x, (0, 2)), [(2, 3, 4)]),
    "mean": (lambda x: torch.mean(x, 1), [(2, 3, 4)]),
    "prod": (lambda x: torch.prod(x, 1), [(2, 3, 4)]),
    "prod_of_zeros": (lambda x: torch.prod(x * torch.tensor([0.0, 1, 1]), 1), [(2, 3)]),
    "variance": (lambda x: torch.var(x, 1, correction=0), [(2, 3, 4)]),
    "sample_variance": (lambda x: torch.var(x, (0, 2)), [(2, 3, 4)]),
    "logsumexp": (lambda x: torch.logsumexp(x, 1), [(3, 4)]),
    "softmax": (lambda x: torch.softmax(x, -1), [(3, 4)]),
    "log_softmax": (lambda x: torch.log_softmax(x, 0), [(3, 4)]),
    "cumsum": (lambda x: torch.cumsum(x, 1), [(2, 3, 4)]),
    "matmul": (torch.matmul, [(3, 4), (4, 2)]),
    "matmul_of_stacks": (torch.matmul, [(2, 1, 3, 4), (5, 4, 2)]),
    "matmul_with_vector": (torch.matmul, [(2, 3, 4), (4,)]),
    "transpose": (lambda x: torch.permute(x, (1, 2, 0)) ** 2, [(2, 3, 4)]),
    "reshape": (lambda x: torch.reshape(x.T, (2, 6)) ** 2, [(3, 4)]),
    "broadcast_to": (lambda x: torch.broadcast_to(x, (2, 3, 4)) ** 2, [(3, 1)]),
    "concatenate": (lambda a, b: torch.cat([a, b * b, a], 1), [(2, 3), (2, 1)]),
    "stack": (lambda a, b: torch.stack([a, b * b], 1), [(2, 3), (2, 3)]),
    "slice": (lambda x: x[1:, ..., :2] ** 2, [(3, 2, 4)]),
    "pad": (lambda x: F.pad(x, (0, 2, 1, 0)) ** 2, [(3, 4)]),
    "flip": (lambda x: torch.flip(x, (0, 2)) ** 2, [(2, 3, 4)]),
}
INDICES = [[2, 0, 2], [1, 2, 0]]
KINKED: dict[str, tuple[Callable[..., torch.Tensor], list[tuple[int, ...]]]] = {
    "maximum": (torch.maximum, [(3, 4), (4,)]),
    "minimum": (torch.minimum, [(3, 4), (4,)]),
    "max": (lambda x: torch.amax(x, (0, 2)), [(2, 3, 4)]),
    "min": (lambda x: torch.amin(x, 1), [(2, 3, 4)]),
    "sort": (lambda x: torch.sort(x, dim=1, stable=True).values, [(3, 5)]),
    "take": (lambda x: F.embedding(torch.tensor(INDICES), x), [(3, 4)]),
    "take_columns": (lambda x: x[:, torch.tensor(INDICES)], [(2, 3, 4)]),
    "take_along": (lambda x: torch.gather(x, 0, torch.tensor(INDICES)), [(3, 3)]),
}
"""Of whole numbers, so that ties occur."""

CONVOLUTIONS: dict[str, tuple[dict[str, object], tuple[int, ...], tuple[int, ...]]] = {
    "conv2d": ({}, (2, 5, 6, 3), (3, 2, 3, 4)),
    "conv2d_padded": ({"padding": 1}, (2, 5, 4, 2), (3, 3, 2, 3)),
    "conv2d_strided": ({"stride": (2, 3), "padding": (0, 1)}, (1, 6, 7, 2), (3, 3, 2, 2)),
}
POOLS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], tuple[int, ...]]] = {
    "max_pool": (lambda x: F.max_pool2d(x, 2), (2, 5, 6, 3)),
    "max_pool_overlapping": (lambda x: F.max_pool2d(x, 3, (1, 2)), (2, 5, 6, 3)),
    "average_pool": (lambda x: F.avg_pool2d(x, 2), (2, 5, 6, 3)),
    "average_pool_overlapping": (lambda x: F.avg_pool2d(x, (3, 2), 1), (2, 5, 6, 3)),
}


def drawn(shape: tuple[int, ...], low: float = -2, high: float = 2) -> torch.Tensor:
    return torch.tensor(RNG.uniform(low, high, shape), requires_grad=True)


def whole(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor(RNG.integers(-2, 3, shape).astype(float), requires_grad=True)


def recorded(
    name: str, f: Callable[..., torch.Tensor], xs: list[torch.Tensor], is_smooth: bool
) -> Numbers:
    y = f(*xs)
    w = torch.tensor(RNG.uniform(0.5, 1.5, y.shape))
    gradients = torch.autograd.grad((w * y).sum(), xs, allow_unused=True, retain_graph=True)
    numbers = {"y": y, "w": w}
    for i, (x, g) in enumerate(zip(xs, gradients, strict=True)):
        numbers |= {f"x{i}": x, f"g{i}": torch.zeros_like(x) if g is None else g}
    if is_smooth:
        vs = [torch.tensor(RNG.standard_normal(x.shape)) for x in xs]
        slopes = torch.autograd.grad((w * f(*xs) ** 2).sum(), xs, create_graph=True)
        along = sum((s * v).sum() for s, v in zip(slopes, vs, strict=True))
        for i, (v, h) in enumerate(zip(vs, torch.autograd.grad(along, xs), strict=True)):
            numbers |= {f"v{i}": v, f"h{i}": h}
    return {f"{name}/{key}": value.detach().numpy() for key, value in numbers.items()}


def on_images(f: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Take images as (n, h, w, c) and kernels as (h, w, c, d), which PyTorch takes otherwise."""

    def turned(image: torch.Tensor, *kernel: torch.Tensor) -> torch.Tensor:
        y = f(image.permute(0, 3, 1, 2), *[k.permute(3, 2, 0, 1) for k in kernel])
        return y.permute(0, 2, 3, 1)

    return turned


def main() -> None:
    numbers: Numbers = {}
    for name, (f, low, high) in SMOOTH_UNARY.items():
        numbers |= recorded(name, f, [drawn((3, 4), low, high)], True)
    for name, f in KINKED_UNARY.items():
        numbers |= recorded(name, f, [whole((4, 5))], False)
    for name, (f, shapes) in SMOOTH.items():
        low = 0.3 if name in ("pow", "div") else -2
        numbers |= recorded(name, f, [drawn(shape, low) for shape in shapes], True)
    for name, (f, shapes) in KINKED.items():
        numbers |= recorded(name, f, [whole(shape) for shape in shapes], False)
    for name, (settings, image, kernel) in CONVOLUTIONS.items():
        f = on_images(lambda x, k, s=settings: F.conv2d(x, k, **s))
        numbers |= recorded(name, f, [drawn(image), drawn(kernel)], True)
    for name, (f, shape) in POOLS.items():
        is_smooth = name.startswith("average")
        x = drawn(shape) if is_smooth else whole(shape)
        numbers |= recorded(name, on_images(f), [x], is_smooth)
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT}: {len(numbers)} arrays, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
