"""The export dialog: what, of which runs, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.dialogs.exporting import (
    PARTS,
    Exporter,
    Job,
    curve_jobs,
    prediction_job,
    run_job,
)
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.session import Session
from playground.gui.theme import scaled

_CHOICES: tuple[tuple[str, str, str], ...] = (
    ("curves.csv", "Loss curves", "CSV"),
    ("curves.json", "Loss curves", "JSON"),
    ("curves.parquet", "Loss curves", "Parquet"),
    ("plots.png", "Plots in sight", "PNG"),
    ("plots.svg", "Plots in sight", "SVG"),
    ("run", "The run, to repeat it", "run.toml, weights.npz, summary.json"),
    ("predictions.train", "Predictions", "Training"),
    ("predictions.validation", "Predictions", "Validation"),
    ("predictions.test", "Predictions", "Test"),
)
"""Key, row and label of each box."""

_FIRST = ("curves.csv", "plots.png", "run")


class ExportDialog(QDialog):
    """Chooses, shows what will be written, and writes it away from the window."""

    def __init__(
        self, session: Session, docks: Sequence[CanvasDock], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.setMinimumWidth(scaled(560))
        self._session = session
        self._docks = docks
        self._exporter: Exporter | None = None
        self.boxes: dict[str, QCheckBox] = {}
        self._build()
        self._allow()
        self._recall()
        self._show_plan()

    # --- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(scaled(24), scaled(24), scaled(24), scaled(16))
        layout.setSpacing(scaled(16))
        layout.addLayout(self._choices())
        layout.addLayout(self._where())
        self.plan = QLabel(self)
        self.plan.setObjectName("muted")
        self.plan.setWordWrap(True)
        self.plan.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.plan.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.plan)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.progress.hide()
        layout.addWidget(self.progress)
        layout.addWidget(self._buttons())

    def _choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(scaled(24))
        grid.setVerticalSpacing(scaled(12))
        rows: dict[str, QHBoxLayout] = {}
        for key, title, label in _CHOICES:
            if title not in rows:
                rows[title] = QHBoxLayout()
                rows[title].setSpacing(scaled(16))
                grid.addWidget(QLabel(title, self), len(rows), 0)
                grid.addLayout(rows[title], len(rows), 1)
            box = self.boxes[key] = QCheckBox(label, self)
            box.toggled.connect(self._show_plan)
            rows[title].addWidget(box)
        for row in rows.values():
            row.addStretch(1)
        grid.addWidget(QLabel("Curves of", self), len(rows) + 1, 0)
        grid.addLayout(self._which_runs(), len(rows) + 1, 1)
        grid.setColumnStretch(1, 1)
        return grid

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

    def _where(self) -> QHBoxLayout:
        self.folder = QLineEdit(self)
        self.folder.textChanged.connect(self._show_plan)
        browse = QPushButton("Choose…", self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        row.addWidget(QLabel("Folder", self))
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        return row

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.export_button = box.addButton("Export", QDialogButtonBox.ButtonRole.ActionRole)
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(self.start)
        box.rejected.connect(self.reject)
        return box

    def _allow(self) -> None:
        """Switch off what this run has not."""
        run = self._session.run
        for part in PARTS:
            box = self.boxes[f"predictions.{part}"]
            box.setEnabled(run is not None and len(run.prepared.part(part)) > 0)

    def _recall(self) -> None:
        self.folder.setText(memory.folder("export"))
        chosen = str(memory.settings().value("export/choices", " ".join(_FIRST))).split()
        for key, box in self.boxes.items():
            box.setChecked(key in chosen and box.isEnabled())

    # --- choosing ------------------------------------------------------------------------------

    def _is_on(self, key: str) -> bool:
        return self.boxes[key].isChecked() and self.boxes[key].isEnabled()

    def _folder(self) -> Path:
        return Path(self.folder.text().strip()).expanduser()

    def _images(self) -> list[tuple[CanvasDock, Path]]:
        seen = [dock for dock in self._docks if dock.is_shown]
        return [
            (dock, self._folder() / f"{dock.objectName()}{suffix}")
            for suffix in (".png", ".svg")
            if self._is_on(f"plots{suffix}")
            for dock in seen
        ]

    def _jobs(self) -> list[Job]:
        session, folder = self._session, self._folder()
        assert session.run is not None
        runs = [session.run] if self.this_run.isChecked() else [*session.runs, session.run]
        suffixes = [s for s in (".csv", ".json", ".parquet") if self._is_on(f"curves{s}")]
        jobs = curve_jobs(runs, folder, suffixes)
        if self._is_on("run"):
            jobs.append(run_job(session, folder / "run"))
        parts = [part for part in PARTS if self._is_on(f"predictions.{part}")]
        return jobs + [prediction_job(session, folder, part) for part in parts]

    @Slot()
    def _show_plan(self) -> None:
        if not hasattr(self, "export_button"):
            return
        paths = [path for _, path in self._images()]
        paths += [path for job in self._jobs() for path in job.paths]
        there = sum(path.exists() for path in paths)
        names = ", ".join(str(path.relative_to(self._folder())) for path in paths)
        replaced = f" Replaces {there} of them." if there else ""
        self.plan.setText(f"{len(paths)} files: {names}.{replaced}" if paths else "Nothing chosen.")
        self.export_button.setEnabled(bool(paths) and bool(self.folder.text().strip()))

    @Slot()
    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Export into", self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    # --- writing -------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Write the plots here and everything else on a thread."""
        chosen = " ".join(key for key in self.boxes if self._is_on(key))
        memory.settings().setValue("export/choices", chosen)
        try:
            self._write_images()
        except PlaygroundError as error:
            self._on_failed(str(error))
            return
        memory.remember_folder("export", self._folder())
        jobs = self._jobs()
        self.export_button.setEnabled(False)
        self.progress.setRange(0, max(len(jobs), 1))
        self.progress.show()
        self._exporter = Exporter(jobs)
        self._exporter.started_job.connect(self._on_job)
        self._exporter.failed.connect(self._on_failed)
        self._exporter.succeeded.connect(self._on_succeeded)
        self._exporter.start()

    def _write_images(self) -> None:
        from playground.storage.files import check_folder, replacing

        check_folder(self._folder())
        for dock, path in self._images():
            with replacing(path) as temporary:
                dock.export_image(temporary)

    @Slot(int)
    def _on_job(self, index: int) -> None:
        self.progress.setValue(index)

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self._say(message, "danger")

    @Slot()
    def _on_succeeded(self) -> None:
        self.progress.setValue(self.progress.maximum())
        self._say(f"Exported to {self._folder()}", "success")

    def _say(self, text: str, name: str) -> None:
        self.plan.setObjectName(name)
        self.plan.style().unpolish(self.plan)
        self.plan.style().polish(self.plan)
        self.plan.setText(text)
        self.progress.hide()
        self.export_button.setEnabled(True)

    def done(self, result: int) -> None:
        """Close when the file being written is whole; the rest is left out."""
        if self._exporter is not None:
            self._exporter.requestInterruption()
            self._exporter.wait()
        super().done(result)
