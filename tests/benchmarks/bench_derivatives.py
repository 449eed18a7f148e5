"""What derivatives cost: gradients, Hessian products, compiling, memory, allocation."""

from __future__ import annotations

import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

from playground import presets
from playground.autodiff import Spec, hvp, lower, value_and_grad
from playground.autodiff.program import Program, Tile, View, flat
from playground.autodiff.team import Team
from playground.data.source import DATASETS
from playground.declarations import settings_of
from playground.training.experiment import Experiment
from playground.training.threads import at_work, blas_threads
from playground.training.trainer import Trainer
from tests.benchmarks.bench_engine import CASES, batch_of, loss_of, n_parameters
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 5
GRADIENT_WANTED = 4.0
PRODUCT_WANTED = (4.0, 4.0, 4.0, 3.0, 3.0)
COMPILE_WANTED_S, MEMORY_WANTED = 0.5, 1.3
STEPS = 10


def main() -> None:
    print("cost of a gradient over its function's, and of a Hessian product over a gradient's")
    print(f"{'network, batch':26}{'function µs':>12}{'gradient':>10}{'wanted':>8}", end="")
    print(f"{'product':>10}{'wanted':>8}")
    for (sizes, batch), product_wanted in zip(CASES, PRODUCT_WANTED, strict=True):
        _print_costs(sizes, batch, product_wanted)
    print("\ncompiling a preset's step, its buffers over what lives at once, and what a step")
    print("allocates at its peak after the first (numpy's own transient buffers included)")
    print(f"{'preset':24}{'compile ms':>11}{'wanted':>8}{'memory':>8}{'wanted':>8}{'peak B':>9}")
    for name, experiment in trainable():
        _print_preset(name, experiment)


# --- costs ------------------------------------------------------------------------------------


def _print_costs(sizes: list[int], batch: int, product_wanted: float) -> None:
    rng = np.random.default_rng(0)
    theta = (0.05 * rng.standard_normal(n_parameters(sizes))).astype("f")
    x, y = batch_of(sizes, batch, rng)
    team = Team(blas_threads()) if len(theta) > 50_000 and blas_threads() > 1 else None

    def function(theta: Any, x: Any, y: Any) -> dict[str, Any]:
        return {"out": loss_of(theta, x, y, sizes)}

    def gradient(theta: Any, x: Any, y: Any) -> dict[str, Any]:
        return {"out": value_and_grad(loss_of)(theta, x, y, sizes)}

    def product(theta: Any, x: Any, y: Any) -> dict[str, Any]:
        return {"out": hvp(lambda t: loss_of(t, x, y, sizes), theta, theta)}

    with at_work(team):
        runs = [_bound(f, (theta, x, y), team) for f in (function, gradient, product)]
        rounds = [[seconds_a_call(run) for run in runs] for _ in range(ROUNDS)]
    alone = statistics.median(r[0] for r in rounds)
    first = statistics.median(r[1] / r[0] for r in rounds)
    second = statistics.median(r[2] / r[1] for r in rounds)
    name = f"{'-'.join(map(str, sizes))}, {batch}"
    print(
        f"{name:26}{1e6 * alone:12.1f}{first:9.2f}x{GRADIENT_WANTED:7.0f}x"
        f"{second:9.2f}x{product_wanted:7.0f}x",
        flush=True,
    )


def _bound(
    f: Callable[..., Any], arrays: tuple[Any, ...], team: Team | None
) -> Callable[[int], None]:
    names = ("theta", "x", "y")
    specs = {n: Spec.of(a) for n, a in zip(names, arrays, strict=True)}
    bound = lower(f, specs).bind(team)
    for name, array in zip(names, arrays, strict=True):
        bound.inputs[name][...] = array

    def run(n: int) -> None:
        for _ in range(n):
            bound.run()

    return run


# --- presets ----------------------------------------------------------------------------------


def trainable() -> Iterator[tuple[str, Experiment]]:
    """Yield the presets that need no file of the user's."""
    for name in presets.names():
        experiment = presets.load(name)
        kind = DATASETS[experiment.data.name()]
        if not any(s.form == "path" and s.default is None for s in settings_of(kind)):
            yield name, experiment


def _print_preset(name: str, experiment: Experiment) -> None:
    trainer = Trainer(experiment)
    machine = trainer._machine
    n_samples = min(experiment.training.batch_size, len(trainer.prepared.train))
    seconds = []
    for _ in range(3):
        machine._renew_programs()
        start = perf_counter()
        bound = machine.programs.step(n_samples)
        seconds.append(perf_counter() - start)
    program = bound.program
    live = most_alive(program)
    memory = program.arena_bytes / live if live else 1.0
    trainer.run(3)
    peak = allocated(machine.move)
    print(
        f"{name:24}{1e3 * statistics.median(seconds):11.0f}{1e3 * COMPILE_WANTED_S:8.0f}"
        f"{memory:7.2f}x{MEMORY_WANTED:7.1f}x{peak:9,}",
        flush=True,
    )


def most_alive(program: Program) -> int:
    """Return the most bytes of arena that hold something needed later, at any one step.

    A value lives from the step that writes it to the last that reads it; values that are written
    over each other in place count once.
    """
    arena = next(i for i, b in enumerate(program.buffers) if b.kind == "arena")
    steps = [list(flat((step,))) for step in program.instructions]
    ends: list[tuple[int, int, int, int]] = []
    alive: dict[tuple[int, int], tuple[int, int]] = {}
    for now, instructions in enumerate(steps):
        tile = program.instructions[now]
        for instruction in instructions:
            for view in instruction.inputs:
                if view.buffer == arena:
                    _read(alive, span(view, tile), now)
        for instruction in instructions:
            if instruction.output.buffer == arena:
                written = span(instruction.output, tile)
                ends += _overwritten(alive, written)
                alive[written] = (now, now)
    ends += [(low, high, first, last) for (low, high), (first, last) in alive.items()]
    return max((_union(ends, now) for now in range(len(steps))), default=0)


def span(view: View, step: object) -> tuple[int, int]:
    """Return the bytes from the first to one past the last entry of a view."""
    reach = sum(s * (n - 1) for s, n in zip(view.strides, view.shape, strict=True) if n > 1)
    size = view.dtype.itemsize
    if isinstance(step, Tile) and view.shape == (step.block,):
        reach = (min(step.block, step.size) - 1) * size
    return view.offset, view.offset + reach + size


def _read(alive: dict[tuple[int, int], tuple[int, int]], read: tuple[int, int], now: int) -> None:
    for place, (first, _) in alive.items():
        if place[0] < read[1] and read[0] < place[1]:
            alive[place] = (first, now)


def _overwritten(
    alive: dict[tuple[int, int], tuple[int, int]], written: tuple[int, int]
) -> list[tuple[int, int, int, int]]:
    over = [p for p in alive if p[0] < written[1] and written[0] < p[1]]
    # A part written into a larger array does not end that array.
    over = [p for p in over if written[0] <= p[0] and p[1] <= written[1]]
    return [(*place, *alive.pop(place)) for place in over]


def _union(ends: list[tuple[int, int, int, int]], now: int) -> int:
    total, reached = 0, -1
    for low, high, first, last in sorted(ends):
        if first <= now <= last:
            total += max(0, high - max(low, reached))
            reached = max(reached, high)
    return total


def allocated(step: Callable[[], object]) -> int:
    """Return the most bytes that are allocated during any of some steps."""
    step()
    peaks = []
    tracemalloc.start()
    try:
        for _ in range(STEPS):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            step()
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return max(peaks)


if __name__ == "__main__":
    main()
