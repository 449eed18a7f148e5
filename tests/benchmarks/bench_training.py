"""Training steps a second with Adam, whole loop, against PyTorch eager in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter

from tests.benchmarks.networks import NETWORKS, Network, torch_step, trainer

ROUNDS = 7
SECONDS = 0.4
WANTED = (5.0, 5.0, 5.0, 1.3, 1.3)


def seconds_a_step(run: Callable[[int], object]) -> float:
    """Return the time of one step over about ``SECONDS``."""
    n = 1
    while True:
        start = perf_counter()
        run(n)
        elapsed = perf_counter() - start
        if elapsed > SECONDS / 4:
            return elapsed / n
        n *= 2


def torch_run(network: Network) -> Callable[[int], None]:
    step = torch_step(network)

    def run(n: int) -> None:
        for _ in range(n):
            step()

    return run


def main() -> None:
    print("Training with Adam, µs a step (median of the rounds; the peers take turns)")
    print(f"{'network, batch':28}{'ours':>9}{'PyTorch':>10}{'ratio':>8}{'wanted':>9}")
    for network, wanted in zip(NETWORKS, WANTED, strict=True):
        own, peer = trainer(network).run, torch_run(network)
        own(50), peer(50)
        pairs = [(seconds_a_step(own), seconds_a_step(peer)) for _ in range(ROUNDS)]
        ratio = statistics.median(theirs / ours for ours, theirs in pairs)
        ours, theirs = (1e6 * statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{network.name:28}{ours:9.1f}{theirs:10.1f}{ratio:7.2f}x{wanted:8.1f}x")


if __name__ == "__main__":
    main()
