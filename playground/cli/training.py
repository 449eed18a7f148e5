"""``playground train`` and ``playground replay``."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.choosing import (
    Changes,
    ExperimentName,
    check_agreement,
    named_path,
    on_table,
    open_experiment,
    with_changes,
)
from playground.cli.messages import tell
from playground.errors import SpecError

if TYPE_CHECKING:
    from playground.training.control import Control
    from playground.training.experiment import Experiment
    from playground.training.scores import Score
    from playground.training.trainer import Trainer

DEFAULT_EPOCHS = 500
"""How long ``train`` goes on where nothing else ends the run."""


def train(
    experiment: ExperimentName = "",
    changes: Changes = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Updates to do, instead of the experiment's own stop rules."),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs to do, instead of the experiment's own stop rules."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the data, the weights and the batches.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="DIR",
            help="Folder for the curves, run, weights and summary.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="FILE",
            help="A table of your own: CSV, TSV, Parquet or Excel.",
        ),
    ] = None,
    target: Annotated[
        str, typer.Option(metavar="COLUMN", help="Column of --data to predict; else its last.")
    ] = "",
) -> None:
    """Train an experiment, or a network on your own table.

    It shows how the run went. Where neither the experiment nor --steps nor --epochs ends the run,
    it takes 500 epochs. What --set changes comes after the other options, from left to right, and
    must not contradict them.
    """
    if steps and epochs:
        raise SpecError("--steps, --epochs: must be one of them, got both")
    if not experiment and data is None:
        raise SpecError("train: needs a preset, a file or --data; 'playground list presets'")
    if target and data is None:
        raise SpecError("--target: needs --data")
    chosen = open_experiment(experiment or "default")
    if data is not None:
        chosen = on_table(chosen, data, target)
    changes = changes or []
    given = _settings_of(steps=steps, epochs=epochs, seed=seed, data=data, target=target)
    if seed is not None:
        chosen = with_changes(chosen, [f"seeds.{name}={seed}" for name in _SEEDS])
    if steps or epochs:
        chosen = with_changes(chosen, [f"stop={{steps = {steps or 0}, epochs = {epochs or 0}}}"])
    chosen = with_changes(chosen, changes)
    check_agreement(chosen, given)
    may_fit_loss = data is not None or any(change.startswith("data") for change in changes)
    keeps_loss = any(change.startswith("loss") for change in changes)
    trainer, notices = _trainer(chosen, fit_loss=may_fit_loss and not keeps_loss)
    _check_out(out)
    for notice in notices:
        tell(notice)
    with _watched(trainer.experiment) as control:
        trainer.run(control=control)
    _finish(trainer, control, out)


_SEEDS = ("data", "weights", "batches")


def _settings_of(
    *, steps: int | None, epochs: int | None, seed: int | None, data: Path | None, target: str
) -> dict[str, dict[str, Any]]:
    """Return what the options stand for, by the option as it was typed."""
    given: dict[str, dict[str, Any]] = {}
    if steps:
        given[f"--steps {steps}"] = {"stop.steps": steps}
    if epochs:
        given[f"--epochs {epochs}"] = {"stop.epochs": epochs}
    if seed is not None:
        given[f"--seed {seed}"] = {f"seeds.{name}": seed for name in _SEEDS}
    if data is not None:
        given[f"--data {data}"] = {"data.kind": "file", "data.path": data}
    if target:
        given[f"--target {target}"] = {"data.target": target}
    return given


def replay(
    run: Annotated[
        Path,
        typer.Argument(parser=named_path, metavar="RUN.toml", help="The file run.toml of a run."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="DIR",
            help="Folder for the curves, run, weights and summary.",
        ),
    ] = None,
) -> None:
    """Repeat a saved run, its edits included, bit for bit."""
    from playground.storage import runs

    saved = runs.load_run(run)
    _check_out(out)
    with _watched(saved.experiment, saved.steps) as control:
        trainer = runs.replay(saved, notify=tell, control=control)
    _finish(trainer, control, out)


def _check_out(out: Path | None) -> None:
    if out is not None:
        from playground.storage.files import check_folder

        check_folder(out)


def _trainer(experiment: Experiment, *, fit_loss: bool) -> tuple[Trainer, list[str]]:
    """Return a trainer that will end, and what had to be decided for that."""
    from playground.data.prepare import prepare
    from playground.declarations import with_value
    from playground.training.problem import fitting_loss
    from playground.training.trainer import Trainer

    notices = []
    prepared = prepare(
        experiment.data, experiment.features, experiment.split, experiment.seeds.data
    )
    loss = fitting_loss(experiment.loss, prepared.table.task)
    if fit_loss and loss is not experiment.loss:
        notices.append(f"{prepared.table.task}: the loss is {loss.name()} (--set loss=…)")
        experiment = experiment.model_copy(update={"loss": loss})
    stop = experiment.stop
    if not (stop.steps or stop.epochs or stop.target_loss or stop.patience):
        notices.append(f"nothing ends this run, so it takes {DEFAULT_EPOCHS} epochs (--epochs …)")
        experiment = with_value(experiment, "stop.epochs", DEFAULT_EPOCHS)
    return Trainer(experiment, prepared=prepared), notices


@contextmanager
def _watched(experiment: Experiment, steps: int = 0) -> Iterator[Control]:
    """Yield a control that shows progress and that Ctrl+C interrupts."""
    from playground.cli.progress import progress_of

    with progress_of(experiment, steps) as control:

        def interrupt(*_: object) -> None:
            # A second Ctrl+C ends the program at once.
            signal.signal(signal.SIGINT, before)
            control.interrupt()

        before: Callable[..., Any] | int | None = signal.signal(signal.SIGINT, interrupt)
        try:
            yield control
        finally:
            signal.signal(signal.SIGINT, before)


def _finish(trainer: Trainer, control: Control, out: Path | None) -> None:
    from playground.storage import runs
    from playground.training.scores import score_of

    # First, so that it is known also where the files cannot be written.
    _show(runs.summary(trainer), score_of(trainer.prepared.table.task))
    if out is not None:
        runs.save_run(trainer, out)
        typer.echo(f"{'written to':<12}{out}")
    if control.interrupted:
        raise typer.Exit(130)


def _show(summary: dict[str, Any], score: Score) -> None:
    def line(label: str, *cells: str) -> None:
        typer.echo(f"{label:<12}" + "".join(f"{cell:<14}" for cell in cells).rstrip())

    line("outcome", f"{summary['outcome']}: {summary['reason']}")
    speed = f", {summary['steps_per_s']:,.0f} steps/s" if summary["steps_per_s"] else ""
    seconds = f"{summary['elapsed_s']:.2f} s"
    line("steps", f"{summary['steps']:,} ({summary['epochs']:.6g} epochs) in {seconds}{speed}")
    line("parameters", f"{summary['n_parameters']:,}")
    line("", "training", "validation")
    for name, label in (("loss", "loss"), (score.name, score.label_within)):
        parts = (summary[f"{part}_{name}"] for part in ("train", "validation"))
        line(label, *("–" if value is None else f"{value:.6g}" for value in parts))
    if summary["best_validation_loss"] is not None:
        line(
            "best",
            "",
            f"{summary['best_validation_loss']:.6g} at step {summary['best_validation_step']:,}",
        )
