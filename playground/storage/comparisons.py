"""A comparison as tidy tables, and its settings as a file that can be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tomlkit

from playground.comparison.plan import Comparison, parse_sweep
from playground.comparison.results import Results
from playground.declarations import Declared, declare
from playground.errors import SpecError
from playground.optimizers.notation import parse_optimizer
from playground.storage.experiments import (
    changed_values,
    experiment_from,
    portable,
    to_toml,
    validated,
)
from playground.storage.files import read_toml, replacing_together, writing_text
from playground.storage.races import fill_table
from playground.training.experiment import Experiment

FORMAT = 1


class SavedComparison(Declared):
    """What stands in a ``compare.toml``."""

    format: Literal[1] = declare(help="Raised when older programs could not read the file.")
    optimizers: tuple[str, ...] = declare(min_length=1, help="What is compared, as texts.")
    steps: int = declare(ge=1, help="Updates of every run.")
    seeds: int = declare(1, ge=1, le=1000, help="Runs of each.")
    sweep: str = declare("", help="What each of them tries, as SETTING=LOW..HIGH:COUNT.")
    experiment: Experiment = declare(help="What is trained.")


def is_comparison(values: Mapping[str, Any]) -> bool:
    """Whether the values in a file are those of a comparison rather than of one run."""
    return "optimizers" in values


def read_comparison(path: Path) -> Comparison:
    """Read the settings that :func:`write_settings` wrote: they make the same runs again.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    SpecError
        Where something in it is unknown or refused; names the file and the setting.
    """
    values = read_toml(path)
    saved = validated(SavedComparison, values, path)
    optimizers, where = [], f"{path}: "
    try:
        for i, text in enumerate(saved.optimizers):
            where = f"{path}: optimizers.{i}, "
            optimizers.append(parse_optimizer(text))
        where = f"{path}: "
        sweep = parse_sweep(saved.sweep) if saved.sweep else None
    except SpecError as error:
        raise error.within(where) from None
    experiment = experiment_from(values["experiment"], path)
    return Comparison(experiment, tuple(optimizers), saved.steps, saved.seeds, sweep)


def save_comparison(results: Results, folder: Path) -> None:
    """Write ``curves.csv``, ``summary.csv`` and ``compare.toml`` into a folder, all or none.

    Raises
    ------
    StorageError
        Where one of them cannot be written.
    """
    with replacing_together(folder) as place:
        _fill_with_curves(place("curves.csv"), results)
        _fill_with_summary(place("summary.csv"), results)
        text = _settings_text(results.comparison, folder / "compare.toml")
        place("compare.toml").write_text(text, encoding="utf-8")


def _fill_with_curves(path: Path, results: Results) -> None:
    """Write a row for each step kept of each run; cells are empty where nothing is known."""
    names = dict.fromkeys(name for c in results.curves.values() for name in c.columns)
    header = ["optimizer", "setting", "value", "seed", *names]
    fill_table(path, header, _curve_rows(results, list(names)))


def _curve_rows(results: Results, names: Sequence[str]) -> Iterator[Sequence[Any]]:
    comparison = results.comparison
    setting = comparison.sweep.setting if comparison.sweep else ""
    for job in comparison.jobs:
        curves = results.curves.get(job.number)
        if curves is None or not curves.columns:
            continue
        swept = ["", ""] if job.value is None else [setting, job.value]
        head = [job.optimizer, *swept, job.seed]
        columns = [curves.columns.get(name) for name in names]
        for row in range(len(curves.columns["step"])):
            yield [*head, *(_cell(name, c, row) for name, c in zip(names, columns, strict=True))]


def _cell(name: str, column: Any, row: int) -> Any:
    value = math.nan if column is None else float(column[row])
    return int(value) if name in ("step", "evaluations") else value


def _fill_with_summary(path: Path, results: Results) -> None:
    """Write a row for each optimizer and value of the swept setting, over all seeds."""
    score = results.score_name or "score"
    header = (
        *("optimizer", "setting", "value", "is_best", "runs", "stopped", "diverged", "failed"),
        *("final_loss_mean", "final_loss_std", "best_loss_mean", "best_loss_std"),
        *(f"final_{score}_mean", f"final_{score}_std", "evaluations", "elapsed_s"),
    )
    fill_table(path, header, _summary_rows(results))


def _summary_rows(results: Results) -> Iterator[Sequence[Any]]:
    sweep = results.comparison.sweep
    for row in results.rows():
        swept = ["", ""] if row.value is None or sweep is None else [sweep.setting, row.value]
        counts = [int(row.is_best), row.n_runs, row.n_stopped, row.n_diverged, row.n_failed]
        numbers = (
            *(row.final_mean, row.final_std, row.best_mean, row.best_std),
            *(row.score_mean, row.score_std, row.evaluations, row.elapsed_s),
        )
        yield [row.optimizer, *swept, *counts, *numbers]


def write_settings(path: Path, comparison: Comparison) -> None:
    """Write what was compared: the optimizers as text, and the experiment.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    with writing_text(path) as file:
        file.write(_settings_text(comparison, path))


def _settings_text(comparison: Comparison, path: Path) -> str:
    """Return what stands in the file at ``path``."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "optimizers": list(comparison.labels),
        "steps": comparison.steps,
        "seeds": comparison.seeds,
    }
    if comparison.sweep:
        values["sweep"] = str(comparison.sweep)
    values["experiment"] = changed_values(portable(comparison.experiment, path))
    return tomlkit.dumps(to_toml(values))
