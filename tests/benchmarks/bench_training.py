"""Training steps a second with Adam, the trainer's whole loop, against PyTorch and JAX."""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable

from tests.benchmarks.networks import NETWORKS, jax_step, torch_step, trainer
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 7
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
