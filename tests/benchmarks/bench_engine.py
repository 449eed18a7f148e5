"""Time of one Adam step of five networks: ``python tests/benchmarks/bench_engine.py``.

Forward, mean cross-entropy from logits, backward and Adam on one flat float32 θ, compiled by the
engine; the same in eager PyTorch (fused Adam) where that is installed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import numpy as np

from playground import autodiff as ad

CASES = [([2, 4, 2, 1], 10), ([2, 8, 8, 1], 32), ([64, 32, 10], 64)]
CASES += [([784, 256, 128, 10], 128), ([784, 512, 512, 10], 256)]


def loss_of(theta, x, y, sizes):
    start = 0
    for i, (n, m) in enumerate(itertools.pairwise(sizes)):
        weight = theta[start : start + n * m].reshape(n, m)
        bias = theta[start + n * m : start + n * m + m]
        start += n * m + m
        x = x @ weight + bias
        if i < len(sizes) - 2:
            x = ad.tanh(x)
    if sizes[-1] == 1:
        return ad.mean(ad.softplus(x) - y * x)
    return ad.sum(y * ad.log_softmax(x, axis=-1)) * (-1.0 / x.shape[0])


def adam_step(sizes):
    def step(theta, state, x, y, hyper):
        loss, g = ad.value_and_grad(loss_of)(theta, x, y, sizes)
        beta1, beta2 = hyper["beta1"], hyper["beta2"]
        t = state["t"] + 1.0
        m = beta1 * state["m"] + (1.0 - beta1) * g
        v = beta2 * state["v"] + (1.0 - beta2) * ad.square(g)
        scale = hyper["learning_rate"] / (1.0 - beta1**t)
        root = ad.sqrt((1.0 / (1.0 - beta2**t)) * v)
        theta = theta - scale * m / (root + hyper["epsilon"])
        return {"theta": theta, "state": {"m": m, "v": v, "t": t}, "loss": loss}

    return step


def n_parameters(sizes):
    return sum(n * m + m for n, m in itertools.pairwise(sizes))


def lowered(sizes, batch):
    n = n_parameters(sizes)
    vector, number = ad.Spec((n,), "float32"), ad.Spec((), "float64")
    return ad.lower(
        adam_step(sizes),
        inputs={
            "theta": vector,
            "state": {"m": vector, "v": vector, "t": number},
            "x": ad.Spec((batch, sizes[0]), "float32"),
            "y": ad.Spec((batch, sizes[-1]), "float32"),
            "hyper": dict.fromkeys(["learning_rate", "beta1", "beta2", "epsilon"], number),
        },
        donate={"theta": "theta", "state": "state"},
        hoist=("hyper",),
    )


def batch_of(sizes, batch, rng):
    x = rng.standard_normal((batch, sizes[0])).astype("f")
    if sizes[-1] == 1:
        return x, (rng.random((batch, 1)) > 0.5).astype("f")
    return x, np.eye(sizes[-1], dtype="f")[rng.integers(0, sizes[-1], batch)]


def engine_step(sizes, batch) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    bound = lowered(sizes, batch).bind()
    bound.inputs["theta"][:] = rng.standard_normal(n_parameters(sizes)) * 0.05
    bound.inputs["x"][:], bound.inputs["y"][:] = batch_of(sizes, batch, rng)
    for name, value in {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
    }.items():
        bound.inputs["hyper"][name][...] = value
    bound.prepare()
    return bound.run


def torch_step(sizes, batch) -> Callable[[], object] | None:
    try:
        import torch
    except ImportError:
        return None
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(a) for a in batch_of(sizes, batch, rng))
    layers: list[torch.nn.Module] = []
    for n, m in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(n, m), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    loss = torch.nn.BCEWithLogitsLoss() if sizes[-1] == 1 else torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


def microseconds(step: Callable[[], object]) -> float:
    """Return the time of a step, the median over rounds."""
    step()
    start = time.perf_counter()
    step()
    n = max(1, min(2000, int(0.05 / (time.perf_counter() - start + 1e-9))))
    rounds = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(n):
            step()
        rounds.append((time.perf_counter() - start) / n)
    return 1e6 * sorted(rounds)[4]


def main() -> None:
    print(
        f"{'network':>18} {'batch':>6} {'calls':>6} {'lower ms':>9} {'µs/step':>9} {'× torch':>8}"
    )
    for sizes, batch in CASES:
        start = time.perf_counter()
        program = lowered(sizes, batch)
        program.bind()
        lower_ms = 1e3 * (time.perf_counter() - start)
        ours = microseconds(engine_step(sizes, batch))
        torch = torch_step(sizes, batch)
        ratio = f"{microseconds(torch) / ours:8.2f}" if torch else "       -"
        name = "-".join(map(str, sizes))
        print(
            f"{name:>18} {batch:>6} {program.n_instructions:>6} {lower_ms:9.1f} {ours:9.1f} {ratio}"
        )


if __name__ == "__main__":
    main()
