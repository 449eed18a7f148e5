"""Training steps a second with Adam, the trainer's whole loop, against PyTorch and JAX."""

from __future__ import annotations

import importlib.util
import itertools
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from playground.autodiff import Program, Spec, lower
from playground.autodiff.team import Team
from playground.training.threads import at_work, blas_threads
from tests.benchmarks.networks import NETWORKS, Network, jax_step, torch_step, trainer
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 7
SQUARE = 2048
PYTORCH_WANTED = (6.0, 6.0, 6.0, 1.5, 1.5)
JAX_WANTED = (1.0, 1.0, 1.0, 1 / 1.1, 1 / 1.3)


def main() -> None:
    has_jax = importlib.util.find_spec("jax") is not None
    print("µs a step, median of the rounds in which all take turns; ours is the whole trainer:")
    print("batches, history and gradient norms included. Peers repeat one bare batch.")
    print(
        f"{'network, batch':24}{'ours':>9}{'PyTorch':>10}{'ratio':>8}{'wanted':>8}"
        f"{'JAX':>10}{'ratio':>8}{'wanted':>8}"
    )
    for network, torch_wanted, jax_wanted in zip(NETWORKS, PYTORCH_WANTED, JAX_WANTED, strict=True):
        own = trainer(network)
        runs: list[Callable[[int], object]] = [own.run, repeated(torch_step(network))]
        if has_jax:
            runs.append(repeated(jax_step(network)))
        rounds = [[seconds_a_call(run) for run in runs] for _ in range(ROUNDS)]
        ours, theirs, *jax = (1e6 * statistics.median(t) for t in zip(*rounds, strict=True))
        line = f"{network.name:24}{ours:9.1f}{theirs:10.1f}"
        line += f"{ratio(rounds, 1):7.2f}x{torch_wanted:7.1f}x"
        if jax:
            line += f"{jax[0]:10.1f}{ratio(rounds, 2):7.2f}x{jax_wanted:7.2f}x"
        print(line, flush=True)
    last = NETWORKS[-1]
    print(f"\n{last.name}, of the machine's rate in sgemm at 2048 x 2048, in turns", flush=True)
    step, products, rate = shares_of_sgemm(last)
    print(f"whole step {step:.0%} (wanted: 55 %), its products alone {products:.0%} (wanted: 85 %)")
    print(f"sgemm {rate / 1e9:.0f} GFLOP/s")


def shares_of_sgemm(network: Network) -> tuple[float, float, float]:
    """Return how near a step and its matrix products come to the rate of one large product."""
    own, products, square = trainer(network), products_of(network), large_product()
    flops, square_flops = flops_of(network), 2.0 * SQUARE**3
    team = Team(blas_threads()) if blas_threads() > 1 else None
    bound = products.bind(team)
    rounds = []
    for _ in range(ROUNDS):
        whole_s = seconds_a_call(own.run)
        with at_work(team):
            products_s = seconds_a_call(repeated(bound.run))
        rounds.append((whole_s, products_s, seconds_a_call(repeated(square))))
    whole, alone, large = (statistics.median(times) for times in zip(*rounds, strict=True))
    rate = square_flops / large
    return flops / whole / rate, flops / alone / rate, rate


def flops_of(network: Network) -> float:
    """Return the operations in a step's products: the first layer's input needs no gradient."""
    layers = [n * m for n, m in itertools.pairwise(network.sizes)]
    return 2.0 * network.batch_size * (3 * sum(layers) - layers[0])


def large_product() -> Callable[[], object]:
    """Return numpy's product of two large matrices."""
    a, b = np.random.default_rng(0).normal(size=(2, SQUARE, SQUARE)).astype("f")
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out)


def products_of(network: Network) -> Program:
    """Return the program of a step's matrix products and nothing else."""
    pairs = list(itertools.pairwise(network.sizes))
    n = network.batch_size

    def products(x: list[Any], w: list[Any], g: list[Any]) -> dict[str, Any]:
        forward = [a @ b for a, b in zip(x, w, strict=True)]
        weights = [a.T @ b for a, b in zip(x, g, strict=True)]
        inputs = [a @ b.T for a, b in zip(g[1:], w[1:], strict=True)]
        return {"out": forward + weights + inputs}

    specs = {
        "x": [Spec((n, fan_in), "float32") for fan_in, _ in pairs],
        "w": [Spec((fan_in, fan_out), "float32") for fan_in, fan_out in pairs],
        "g": [Spec((n, fan_out), "float32") for _, fan_out in pairs],
    }
    return lower(products, specs)


def ratio(rounds: list[list[float]], peer: int) -> float:
    """Return the median over the rounds of a peer's time over ours."""
    return statistics.median(times[peer] / times[0] for times in rounds)


def repeated(step: Callable[[], object]) -> Callable[[int], None]:
    """Return the function that does a step so many times."""

    def run(n: int) -> None:
        for _ in range(n):
            step()

    return run


if __name__ == "__main__":
    main()
