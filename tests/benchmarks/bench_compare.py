"""A comparison on one core and on two: the same runs, one BLAS thread each."""

from __future__ import annotations

from time import perf_counter

from playground import presets
from playground.comparison import Comparison, compare, parse_sweep
from playground.optimizers.notation import parse_optimizers

STEPS = 40_000
"""Enough for starting the processes not to count for much; longer comparisons come out the same."""


def seconds(comparison: Comparison, n_workers: int) -> float:
    """Return how long a comparison takes."""
    start = perf_counter()
    results = compare(comparison, n_workers=n_workers)
    elapsed_s = perf_counter() - start
    assert all(curves.outcome == "finished" for curves in results.curves.values())
    return elapsed_s


def main() -> None:
    sweep = parse_sweep("learning_rate=1e-3..1e-2:2")
    optimizers = parse_optimizers("sgd, adam")
    comparison = Comparison(presets.load("default"), optimizers, STEPS, 2, sweep)
    one, two = (seconds(comparison, n) for n in (1, 2))
    print(f"{len(comparison.jobs)} runs of {STEPS:,} steps: {one:.1f} s on one core")
    print(f"on two        {two:6.1f} s: {one / two:.2f}x   (wanted: at least 1.8x)")


if __name__ == "__main__":
    main()
