"""Time of primitives, forward and backward: ``python -m tests.benchmarks.bench_primitives``.

Each is a compiled program that computes a value and pulls a cotangent of it back, in float32, cut
into lanes for as many cores as there are; the same in eager PyTorch where that is installed. The
two take turns, and the best of many short rounds counts, so that other work on the machine hardly
does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from playground import autodiff as ad
from playground.autodiff.team import Team

N_ROUNDS = 60
INDICES = np.random.default_rng(0).integers(0, 64, (64, 20))


class Case(NamedTuple):
    """A function here and in PyTorch, and the shapes of its arguments (images as NHWC)."""

    name: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    shapes: list[tuple[int, ...]]
    is_of_images: bool = False


def cases() -> list[Case]:
    import torch
    from torch.nn import functional as F

    image = (64, 8, 8, 16)
    return [
        Case(
            "conv 3×3, 16 to 32 channels",
            lambda x, k: ad.conv2d(x, k, padding=1),
            lambda x, k: F.conv2d(x, k, padding=1),
            [image, (3, 3, 16, 32)],
            True,
        ),
        Case(
            "conv 3×3, 1 to 16 channels",
            lambda x, k: ad.conv2d(x, k, padding=1),
            lambda x, k: F.conv2d(x, k, padding=1),
            [(64, 8, 8, 1), (3, 3, 1, 16)],
            True,
        ),
        Case(
            "conv 3×3, stride 2",
            lambda x, k: ad.conv2d(x, k, 2, 1),
            lambda x, k: F.conv2d(x, k, stride=2, padding=1),
            [image, (3, 3, 16, 32)],
            True,
        ),
        Case(
            "max pooling 2×2",
            lambda x: ad.max_pool(x, 2),
            lambda x: F.max_pool2d(x, 2),
            [image],
            True,
        ),
        Case(
            "average pooling 2×2",
            lambda x: ad.average_pool(x, 2),
            lambda x: F.avg_pool2d(x, 2),
            [image],
            True,
        ),
        Case("relu of 64×8×8×32", ad.relu, F.relu, [(64, 8, 8, 32)]),
        Case(
            "embedding of 64×20 symbols",
            lambda table: ad.take(table, INDICES),
            lambda table: F.embedding(torch.from_numpy(INDICES), table),
            [(64, 64)],
        ),
        Case(
            "matmul of 256 stacks 20×16×20", ad.matmul, torch.matmul, [(256, 20, 16), (256, 16, 20)]
        ),
        Case("softmax of 256×20×20", ad.softmax, lambda x: torch.softmax(x, -1), [(256, 20, 20)]),
        Case("sort of 1000×20", ad.sort, lambda x: torch.sort(x).values, [(1000, 20)]),
        Case("cumulative sum of 1000×20", ad.cumsum, lambda x: torch.cumsum(x, -1), [(1000, 20)]),
    ]


def our_step(case: Case, team: Team | None) -> tuple[Callable[[], Any], list[np.ndarray]]:
    """Return a run of the compiled program, and where its results will stand."""
    out = np.shape(case.ours(*[np.zeros(s, "f") for s in case.shapes]))

    def both(xs: Any, g: Any) -> Any:
        value, back = ad.vjp(case.ours, *xs)
        return {"value": value, "gradients": list(back(g))}

    specs = {"xs": [ad.Spec(s, "float32") for s in case.shapes], "g": ad.Spec(out, "float32")}
    bound = ad.lower(both, specs).bind(team)
    rng = np.random.default_rng(1)
    for array in (*bound.inputs["xs"], bound.inputs["g"]):
        array[...] = rng.standard_normal(array.shape)
    return bound.run, [bound.outputs["value"], *bound.outputs["gradients"], bound.inputs["g"]]


def their_step(case: Case) -> Callable[[], Any]:
    import torch

    rng = np.random.default_rng(1)
    out = np.shape(case.ours(*[np.zeros(s, "f") for s in case.shapes]))

    def tensor(shape: tuple[int, ...], is_kernel: bool) -> torch.Tensor:
        x = torch.from_numpy(rng.standard_normal(shape).astype("f"))
        if case.is_of_images:
            x = x.permute((3, 2, 0, 1) if is_kernel else (0, 3, 1, 2)).contiguous()
        return x

    xs = [tensor(s, i == 1).requires_grad_() for i, s in enumerate(case.shapes)]
    g = tensor(out, False)

    def step() -> None:
        torch.autograd.grad(case.theirs(*xs), xs, g)

    return step


def best_microseconds(steps: list[Callable[[], Any]]) -> list[float]:
    """Return the shortest time of each step; they take turns."""
    best = [float("inf")] * len(steps)
    for step in steps:
        step()
    for _ in range(N_ROUNDS):
        for i, step in enumerate(steps):
            step()
            start = time.perf_counter()
            for _ in range(3):
                step()
            best[i] = min(best[i], (time.perf_counter() - start) / 3)
    return [1e6 * seconds for seconds in best]


def compile_seconds() -> float:
    """Return the time to lower 128 steps of a gated recurrence with its gradient."""
    n, batch, n_steps = 16, 32, 128

    def loss(theta: Any, x: Any) -> Any:
        u, w = theta[: 3 * n * n].reshape(n, 3 * n), theta[3 * n * n : 6 * n * n].reshape(n, 3 * n)
        inputs = (x.reshape(-1, n) @ w + theta[6 * n * n :]).reshape(n_steps, batch, 3 * n)
        h: Any = np.zeros((batch, n), "f")
        for t in range(n_steps):
            a, r = inputs[t], h @ u
            update = ad.sigmoid(a[:, :n] + r[:, :n])
            reset = ad.sigmoid(a[:, n : 2 * n] + r[:, n : 2 * n])
            h = (1.0 - update) * ad.tanh(a[:, 2 * n :] + reset * r[:, 2 * n :]) + update * h
        return ad.sum(h)

    specs = {
        "theta": ad.Spec((6 * n * n + 3 * n,), "float32"),
        "x": ad.Spec((n_steps, batch, n), "float32"),
    }
    start = time.process_time()
    ad.lower(lambda theta, x: {"g": ad.grad(loss)(theta, x)}, specs).bind()
    return time.process_time() - start


def main() -> None:
    print(f"128 steps of a GRU compiled in {compile_seconds():.2f} s of processor time")
    n_cores = os.cpu_count() or 1
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: nothing to compare with")
        return
    for n_threads in sorted({1, n_cores}):
        torch.set_num_threads(n_threads)
        team = Team(n_threads) if n_threads > 1 else None
        title = f"forward + backward, {n_threads} threads"
        print(f"\n{title:>34} {'µs':>9} {'torch µs':>9} {'× torch':>8}")
        with threadpool_limits(1, user_api="blas"):
            for case in cases():
                run, _ = our_step(case, team)
                if team:
                    team.start()
                ours, theirs = best_microseconds([run, their_step(case)])
                if team:
                    team.stop()
                print(f"{case.name:>34} {ours:9.0f} {theirs:9.0f} {theirs / ours:8.2f}")


if __name__ == "__main__":
    main()
