"""The export of a training run: what, of which runs, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QWidget,
)

from playground.gui.dialogs.export_dialog import Choice, ExportDialog
from playground.gui.dialogs.exporting import PARTS, Job, curve_jobs, prediction_job, run_job
from playground.gui.plots.view_dock import ViewDock
from playground.gui.session import Session
from playground.gui.theme import scaled


class RunExportDialog(ExportDialog):
    """Exports the present run, and the curves of earlier ones."""

    CHOICES: ClassVar = (
        Choice("curves.csv", "Loss curves", "CSV"),
        Choice("curves.json", "Loss curves", "JSON"),
        Choice("curves.parquet", "Loss curves", "Parquet"),
        Choice("plots.png", "Plots in sight", "PNG"),
        Choice("plots.svg", "Plots in sight", "SVG"),
        Choice("run", "The run, to repeat it", "run.toml, weights.npz, summary.json"),
        Choice("predictions.train", "Predictions", "Training"),
        Choice("predictions.validation", "Predictions", "Validation"),
        Choice("predictions.test", "Predictions", "Test"),
    )
    FIRST: ClassVar = ("curves.csv", "plots.png", "run")

    def __init__(
        self, session: Session, docks: Sequence[ViewDock], parent: QWidget | None = None
    ) -> None:
        self._session = session
        super().__init__(docks, parent)

    def has(self, key: str) -> bool:
        part = key.removeprefix("predictions.")
        run = self._session.run
        return part not in PARTS or (run is not None and len(run.prepared.part(part)) > 0)

    def add_rows(self, grid: QGridLayout, n_rows: int) -> None:
        grid.addWidget(QLabel("Curves of", self), n_rows, 0)
        grid.addLayout(self._which_runs(), n_rows, 1)

    def _which_runs(self) -> QHBoxLayout:
        self.this_run = QRadioButton("this run", self)
        n_runs = len(self._session.runs) + 1
        self.all_runs = QRadioButton(f"all {n_runs} runs" if n_runs > 1 else "all runs", self)
        self.all_runs.setEnabled(n_runs > 1)
        self.this_run.setChecked(True)
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(scaled(16))
        for button in (self.this_run, self.all_runs):
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def jobs(self) -> list[Job]:
        session, folder = self._session, self.chosen_folder()
        assert session.run is not None
        runs = [session.run] if self.this_run.isChecked() else [*session.runs, session.run]
        suffixes = [s for s in (".csv", ".json", ".parquet") if self.is_on(f"curves{s}")]
        jobs = curve_jobs(runs, folder, suffixes)
        if self.is_on("run"):
            jobs.append(run_job(session, folder / "run"))
        parts = [part for part in PARTS if self.is_on(f"predictions.{part}")]
        return jobs + [prediction_job(session, folder, part) for part in parts]
