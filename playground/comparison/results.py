"""What a comparison has found: curves of every run, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.comparison.plan import Comparison, Job

Floats: TypeAlias = NDArray[np.float64]

MOST_ROWS = 1000
"""Rows that are kept of one run, evaluated ones and evenly spread ones each."""


@dataclass(frozen=True)
class Curves:
    """One run, thinned to what a plot can show.

    Attributes
    ----------
    columns
        By name, each of shape (n_rows,): ``step``, ``epoch``, ``evaluations``, ``elapsed_s``,
        ``batch_loss``, ``train_loss``, ``validation_loss`` and the scores; NaN where nothing was
        measured.
    outcome
        ``finished``, ``diverged``, ``stopped`` or ``failed``.
    reason
        Why it did not finish.
    """

    columns: dict[str, Floats] = field(default_factory=dict)
    outcome: str = "finished"
    reason: str = ""

    @property
    def loss_name(self) -> str:
        """The loss by which runs are judged: validation where there is a validation part."""
        validation = self.columns.get("validation_loss", np.empty(0))
        return "train_loss" if np.isnan(validation).all() else "validation_loss"

    @property
    def final(self) -> float:
        """The last judged loss; infinite where the run diverged or failed."""
        if self.outcome in ("diverged", "failed"):
            return math.inf
        known = self._known()
        return float(known[-1]) if len(known) else math.nan

    @property
    def best(self) -> float:
        """The lowest judged loss; infinite where none was measured."""
        known = self._known()
        return float(known.min()) if len(known) else math.inf

    def _known(self) -> Floats:
        values = self.columns.get(self.loss_name, np.empty(0))
        return values[np.isfinite(values)]


@dataclass(frozen=True)
class Row:
    """What all seeds of one optimizer, with one value of the swept setting, come to.

    Means and standard deviations (with n - 1, NaN of one run) are over the runs that neither
    diverged nor failed, those that were cancelled under way included; NaN without any.
    """

    optimizer: str
    value: float | None
    n_runs: int
    n_stopped: int
    n_diverged: int
    n_failed: int
    final_mean: float
    final_std: float
    best_mean: float
    best_std: float
    score_mean: float
    score_std: float
    evaluations: float
    elapsed_s: float
    is_best: bool = False

    @property
    def notes(self) -> list[str]:
        """What there is to say beside the numbers."""
        counts = {
            "cancelled": self.n_stopped,
            "diverged": self.n_diverged,
            "failed": self.n_failed,
        }
        notes = [f"{n} {what}" for what, n in counts.items() if n]
        return [*notes, "best"] if self.is_best and self.value is not None else notes


class Results:
    """Runs of a comparison as they come in."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.curves: dict[int, Curves] = {}

    @property
    def score_name(self) -> str:
        """The task's score, for example ``accuracy``; empty while nothing is known."""
        for curves in self.curves.values():
            for name in curves.columns:
                if name.startswith("train_") and name != "train_loss":
                    return name.removeprefix("train_")
        return ""

    def runs(self, optimizer: str, value: float | None) -> list[tuple[Job, Curves]]:
        """Return what is known of one optimizer with one value, seed by seed."""
        return [
            (job, self.curves[job.number])
            for job in self.comparison.jobs
            if (job.optimizer, job.value) == (optimizer, value) and job.number in self.curves
        ]

    def rows(self) -> list[Row]:
        """Return the summary: a row for each optimizer and value, the best of each marked.

        Best is the lowest mean of the final loss; a value at which any run diverged is not.
        """
        keys = dict.fromkeys((job.optimizer, job.value) for job in self.comparison.jobs)
        rows = [self._row(*key) for key in keys]
        chosen: dict[str, Row] = {}
        for row in rows:
            if row.n_diverged + row.n_failed == 0 and math.isfinite(row.final_mean):
                best = chosen.get(row.optimizer)
                if best is None or row.final_mean < best.final_mean:
                    chosen[row.optimizer] = row
        return [Row(**{**vars(row), "is_best": chosen.get(row.optimizer) is row}) for row in rows]

    def best(self) -> dict[str, Row]:
        """Return the best row of each optimizer that has one."""
        return {row.optimizer: row for row in self.rows() if row.is_best}

    def _row(self, optimizer: str, value: float | None) -> Row:
        # What was cancelled before it began is no run.
        curves = [c for _, c in self.runs(optimizer, value) if c.columns or c.outcome == "failed"]
        done = [c for c in curves if c.outcome not in ("diverged", "failed")]
        last = [c.columns for c in done if len(c.columns.get("step", ()))]
        score = [_score(c, self.score_name) for c in done]
        final, best = [c.final for c in done], [c.best for c in done]
        return Row(
            optimizer,
            value,
            len(curves),
            sum(c.outcome == "stopped" for c in curves),
            sum(c.outcome == "diverged" for c in curves),
            sum(c.outcome == "failed" for c in curves),
            *_mean_std(final),
            *_mean_std(best),
            *_mean_std(score),
            _mean_std(c["evaluations"][-1] for c in last)[0],
            _mean_std(c["elapsed_s"][-1] for c in last)[0],
        )


def _score(curves: Curves, name: str) -> float:
    part = curves.loss_name.removesuffix("loss")
    values = curves.columns.get(f"{part}{name}", np.empty(0))
    values = values[np.isfinite(values)]
    return float(values[-1]) if len(values) else math.nan


def _mean_std(values: Iterable[float]) -> tuple[float, float]:
    known = np.array([value for value in values if math.isfinite(value)])
    if not len(known):
        return math.nan, math.nan
    return float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else math.nan
