"""A run of two million steps: memory added, and the time to draw its curves."""

from __future__ import annotations

import resource
import sys
from time import perf_counter

from playground.training.history import History
from tests.benchmarks.networks import NETWORKS, trainer

STEPS = 2_000_000
WIDTH_PX = 1200


def peak_mb() -> float:
    """Return the largest resident memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def draw_ms(history: History) -> float:
    """Return the time that a plot of the whole run takes to read."""
    best = float("inf")
    for _ in range(20):
        start = perf_counter()
        history.envelope("batch_loss", 0, len(history), WIDTH_PX)
        best = min(best, perf_counter() - start)
    return 1e3 * best


def main() -> None:
    run = trainer(NETWORKS[0])
    run.run(20_000)
    before_mb, short_ms = peak_mb(), draw_ms(run.history)
    start = perf_counter()
    run.run(STEPS - run.step)
    elapsed = perf_counter() - start
    added = peak_mb() - before_mb
    long_ms = draw_ms(run.history)
    print(f"{STEPS:,} steps of {NETWORKS[0].name} in {elapsed:.0f} s")
    print(f"memory added  {added:7.0f} MB   (wanted: at most 200)")
    print(
        f"reading the curve at {WIDTH_PX} px: {short_ms:.2f} ms after 20,000 steps, "
        f"{long_ms:.2f} ms after {STEPS:,} ({long_ms / short_ms:.2f}x)"
    )


if __name__ == "__main__":
    main()
