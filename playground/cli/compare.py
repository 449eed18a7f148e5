"""``playground compare``: optimizers on the same experiment, side by side."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.choosing import (
    Changes,
    check_agreement,
    listed_optimizers,
    named_path,
    open_experiment,
    with_changes,
)
from playground.cli.messages import tell
from playground.errors import SpecError

if TYPE_CHECKING:
    from playground.comparison import Comparison, Progress, Results
    from playground.training.experiment import Experiment

DEFAULT_STEPS = 1000


def compare(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="PRESET|FILE.toml",
            help="A preset's name, an experiment's file, or the compare.toml of a comparison.",
        ),
    ],
    optimizers: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="As in 'sgd, adam(learning_rate=0.05, beta1=0.8)'; or with ';'."
        ),
    ] = "",
    seeds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Runs of each, with other weights and batches; else 1."),
    ] = None,
    sweep: Annotated[
        str,
        typer.Option(
            metavar="SETTING=LOW..HIGH:COUNT",
            help="Values that each optimizer tries, as in learning_rate=1e-4..1:9.",
        ),
    ] = "",
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"Updates of each run; else the experiment's own, or {DEFAULT_STEPS}."
        ),
    ] = None,
    changes: Changes = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="DIR",
            help="Folder for curves.csv, summary.csv and compare.toml.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Runs at a time; else one for each core.")
    ] = None,
) -> None:
    """Train with several optimizers and compare them.

    All begin with the same weights and see the same batches. The file compare.toml of a comparison
    repeats it; options that are given replace what it says. Ctrl+C keeps what is done.
    """
    from playground import comparison as room
    from playground.storage.comparisons import save_comparison
    from playground.storage.files import check_folder

    saved = _saved(experiment)
    if not optimizers and saved is None:
        raise SpecError("--optimizers: must be given, as in --optimizers sgd,adam")
    chosen = _changed(saved.experiment if saved else open_experiment(experiment), steps, changes)
    plan = room.Comparison(
        chosen,
        saved.optimizers if saved and not optimizers else listed_optimizers(optimizers),
        steps or (saved.steps if saved else chosen.stop.steps) or DEFAULT_STEPS,
        seeds or (saved.seeds if saved else 1),
        room.parse_sweep(sweep) if sweep else (saved.sweep if saved else None),
    )
    room.check(plan)
    if out is not None:
        check_folder(out)
    with _watched(len(plan.jobs)) as (watch, stop):
        results = room.compare(plan, n_workers=jobs, watch=watch, stop=stop)
    _show(results)
    if out is not None:
        save_comparison(results, out)
        typer.echo(f"written to {out}")
    _end(results, interrupted=stop.is_set())


def _saved(name: str) -> Comparison | None:
    """Return the comparison that a file holds; None where it is a preset or an experiment."""
    from playground.storage.comparisons import is_comparison, read_comparison
    from playground.storage.files import read_toml

    path = Path(name)
    is_saved = path.suffix == ".toml" and is_comparison(read_toml(path))
    return read_comparison(path) if is_saved else None


def _changed(
    experiment: Experiment, steps: int | None, changes: Sequence[str] | None
) -> Experiment:
    """Return the experiment with the changes; refuse those that would not matter."""
    changed = with_changes(experiment, changes or [])
    if changed.optimizer != experiment.optimizer:
        raise SpecError("--set optimizer: a comparison has those of --optimizers")
    if steps and changed.stop.steps != experiment.stop.steps:
        check_agreement(changed, {f"--steps {steps}": {"stop.steps": steps}})
    return changed


@contextmanager
def _watched(n_runs: int) -> Iterator[tuple[Callable[[Progress], None], threading.Event]]:
    """Yield what shows progress, and what Ctrl+C sets."""
    from playground.cli.bars import bar

    stop = threading.Event()

    def interrupt(*_: object) -> None:
        # A second Ctrl+C ends the program at once.
        signal.signal(signal.SIGINT, before)
        stop.set()

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGINT, interrupt)
    try:
        with bar() as progress:
            task = progress.add_task("runs", total=n_runs, note="")

            def watch(now: Progress) -> None:
                note = f"{100 * now.share:.0f} % of all steps"
                progress.update(task, completed=now.n_done, note=note, refresh=True)

            yield watch, stop
    finally:
        signal.signal(signal.SIGINT, before)


def _show(results: Results) -> None:
    rows = results.rows()
    width = max(len("optimizer"), *(len(row.optimizer) for row in rows))
    sweep = results.comparison.sweep
    setting = sweep.setting if sweep else ""

    def line(optimizer: str, value: str, *cells: str) -> None:
        shown = f"{value:<{max(len(setting), 10)}}  " if setting else ""
        numbers = "  ".join(f"{cell:<22}" for cell in cells)
        typer.echo(f"{optimizer:<{width}}  {shown}{numbers}".rstrip())

    line("optimizer", setting, "final loss", "best loss", results.score_name)
    for row in rows:
        if row.n_runs == 0:
            continue
        value = "" if row.value is None else f"{row.value:g}"
        notes = row.notes
        cells = (
            _spread(row.final_mean, row.final_std),
            _spread(row.best_mean, row.best_std),
            _spread(row.score_mean, row.score_std),
        )
        line(row.optimizer, value, *cells, ", ".join(notes))


def _spread(mean: float, std: float) -> str:
    if math.isnan(mean):
        return "–"
    return f"{mean:.5g}" if math.isnan(std) else f"{mean:.5g} ± {std:.2g}"


def _end(results: Results, *, interrupted: bool) -> None:
    """Say what went wrong with single runs, and end accordingly."""
    jobs, failed = results.comparison.jobs, 0
    for number, curves in sorted(results.curves.items()):
        if curves.outcome == "failed":
            failed += 1
            for text in curves.reason.splitlines():
                tell(f"{jobs[number]}: {text}")
    if interrupted:
        n_done = sum(c.outcome in ("finished", "diverged") for c in results.curves.values())
        tell(f"interrupted: {n_done} of {len(jobs)} runs are whole")
        raise typer.Exit(130)
    if failed:
        raise typer.Exit(2)
