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
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.team import Team
from playground.data.source import DATASETS
from playground.declarations import settings_of
from playground.optimizers.optimizer import Method
from playground.training.experiment import Experiment
from playground.training.threads import at_work, blas_threads
from playground.training.trainer import Trainer
from tests.benchmarks.bench_engine import CASES, batch_of, loss_of, n_parameters
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 5
GRADIENT_WANTED = 4.0
PRODUCT_WANTED = (4.0, 4.0, 4.0, 3.0, 3.0)
COMPILE_WANTED_S, MEMORY_WANTED = 0.5, 1.3
RUNS, MOST_S = 10_000, 6


def main() -> None:
    print("cost of a gradient over its function's, and of a Hessian product over a gradient's")
    print(f"{'network, batch':26}{'function µs':>12}{'gradient':>10}{'wanted':>8}", end="")
    print(f"{'product':>10}{'wanted':>8}")
    for (sizes, batch), product_wanted in zip(CASES, PRODUCT_WANTED, strict=True):
        _print_costs(sizes, batch, product_wanted)
    print("\ncompiling a preset's step, its buffers over what lives at once, and what its runs")
    print("allocate at their peak (numpy's own transient buffers)")
    print(f"{'preset':24}{'compile ms':>11}{'wanted':>8}{'memory':>8}{'wanted':>8}", end="")
    print(f"{'peak B':>9}{'runs':>8}")
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

    def program_of_a_step() -> BoundProgram:
        # A method asks for value and gradient; a rule's update is part of the program.
        programs = machine.programs
        is_method = isinstance(machine.optimizer, Method)
        return (programs.gradient if is_method else programs.step)(n_samples)

    seconds = []
    for _ in range(3):
        machine._renew_programs()
        start = perf_counter()
        bound = program_of_a_step()
        seconds.append(perf_counter() - start)
    program = bound.program
    memory = program.arena_bytes / program.live_bytes if program.live_bytes else 1.0
    trainer.run(3)
    peak, n_runs = allocated(program_of_a_step())
    print(
        f"{name:24}{1e3 * statistics.median(seconds):11.0f}{1e3 * COMPILE_WANTED_S:8.0f}"
        f"{memory:7.2f}x{MEMORY_WANTED:7.1f}x{peak:9,}{n_runs:8,}",
        flush=True,
    )


def allocated(bound: BoundProgram) -> tuple[int, int]:
    """Return the most bytes that are allocated during any of many runs, and how many these were."""
    bound.run()
    tracemalloc.start()
    try:
        bound.run()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        end = perf_counter() + MOST_S
        n_runs = 0
        while n_runs < RUNS and perf_counter() < end:
            bound.run()
            n_runs += 1
        return tracemalloc.get_traced_memory()[1] - before, n_runs
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
