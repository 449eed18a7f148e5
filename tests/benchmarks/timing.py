"""How the benchmarks take time."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

SECONDS = 0.4


def seconds_a_call(run: Callable[[int], object]) -> float:
    """Return the time of one call, from as many as fill about half a second."""
    n = 1
    while True:
        start = perf_counter()
        run(n)
        elapsed = perf_counter() - start
        if elapsed > SECONDS:
            return elapsed / n
        n *= 2
