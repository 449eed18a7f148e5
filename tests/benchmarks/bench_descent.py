"""Races, basin maps and sweeps on surfaces of two variables."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter

from playground.descent.basin import basins
from playground.descent.race import Race, racers_of
from playground.descent.run import RaceRun
from playground.descent.sweep import sweep
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, Method, UpdateRule

ROUNDS = 9
N_RACERS = 12


def optimizers(base: type, n: int) -> list[object]:
    """Return n optimizers of different kinds, repeated where there are too few."""
    function = SURFACES["rosenbrock"]().function()
    able = [
        kind()
        for kind in OPTIMIZERS
        if issubclass(kind, base)
        and not kind().refuses(2, function.offers(), is_deterministic=True)
    ]
    return [able[i % len(able)] for i in range(n)]


def race(name: str, n_methods: int) -> Race:
    surface = SURFACES[name]()
    chosen = optimizers(UpdateRule, N_RACERS - n_methods) + optimizers(Method, n_methods)
    return Race(surface=surface, start=surface.start, racers=racers_of(*chosen), steps=500)


def median_ms(call: Callable[[int], object]) -> float:
    """Return the median time of a call that is told its round, after one to warm up."""
    times = []
    for i in range(ROUNDS + 1):
        before = perf_counter()
        call(i)
        times.append(1e3 * (perf_counter() - before))
    return statistics.median(times[1:])


def drag_ms(run: RaceRun) -> float:
    """Return the time from a dragged start to all paths, of 500 steps each."""
    x, y = run.race.start

    def drag(i: int) -> None:
        run.change(run.race.starting_at(x + 0.01 * i, y))
        run.finish()

    return median_ms(drag)


def slider_ms(run: RaceRun) -> float:
    """Return the time from a moved slider of one racer to its path."""

    def slide(i: int) -> None:
        run.edit("racers.0.optimizer.learning_rate", 1e-3 * (1 + i))
        run.finish()

    return median_ms(slide)


def main() -> None:
    print(f"{N_RACERS} paths of 500 steps, ms, median of {ROUNDS} (wanted: a dragged start ≤ 100):")
    print(f"{'surface':18}{'methods':>8}{'first':>9}{'start dragged':>15}{'slider':>9}{'sweep':>9}")
    for name in ("rosenbrock", "himmelblau", "goldstein_price", "eggholder"):
        for n_methods in (0, 3):
            chosen = race(name, n_methods)
            before = perf_counter()
            run = RaceRun(chosen)
            run.finish()
            first = 1e3 * (perf_counter() - before)
            line = f"{name:18}{n_methods:8}{first:9.1f}{drag_ms(run):15.1f}{slider_ms(run):9.1f}"
            if not n_methods:
                line += f"{median_ms(lambda _, r=chosen: list(sweep(r))):9.1f}"
            print(line, flush=True)
    print("\nBasin maps of 200 Adam steps, s until they are 200×200, coarser ones before included")
    print("(wanted: ≤ 2):")
    adam = OPTIMIZERS["adam"](learning_rate=0.05)
    for name in ("himmelblau", "rosenbrock", "rastrigin", "eggholder"):
        surface = SURFACES[name]()
        chosen = Race(surface=surface, start=surface.start, racers=racers_of(adam))
        before = perf_counter()
        sizes = [(m.resolution, perf_counter() - before) for m in basins(chosen, 0)]
        cells = "".join(f"{f'{n}×{n}':>10}{seconds:6.2f}" for n, seconds in sizes)
        print(f"{name:18}{cells}", flush=True)


if __name__ == "__main__":
    main()
