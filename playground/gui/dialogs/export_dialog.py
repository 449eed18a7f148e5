"""What the export dialogs share: choose, see what will be written, and write it off the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.dialogs.buttons import Buttons
from playground.gui.dialogs.exporting import Exporter, Job
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import scaled


@dataclass(frozen=True)
class Choice:
    """One box: its key, the row it stands in, and its label.

    Boxes whose keys begin with ``plots.`` stand for the plots in sight, by their suffix.
    """

    key: str
    row: str
    label: str


class ExportDialog(QDialog):
    """Chooses, shows what will be written, and writes it away from the window."""

    CHOICES: ClassVar[tuple[Choice, ...]] = ()
    FIRST: ClassVar[tuple[str, ...]] = ()
    """Keys that are chosen at first."""
    MEMORY: ClassVar[str] = "export"
    """Under which choices and folder are remembered."""

    def __init__(self, docks: Sequence[ViewDock], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.setMinimumWidth(scaled(560))
        self._docks = docks
        self._exporter: Exporter | None = None
        self.boxes: dict[str, QCheckBox] = {}
        self._build()
        for key, box in self.boxes.items():
            box.setEnabled(self.has(key))
        self._recall()
        self._show_plan()

    # --- for each kind of export ---------------------------------------------------------------

    def has(self, key: str) -> bool:
        """Whether there is anything of this kind to write."""
        return True

    def jobs(self) -> list[Job]:
        """Return what is written besides the plots."""
        raise NotImplementedError

    def planned(self) -> list[Path]:
        """Return the paths that :meth:`jobs` would write."""
        return [path for job in self.jobs() for path in job.paths]

    def add_rows(self, grid: QGridLayout, n_rows: int) -> None:
        """Add rows below those of the boxes."""

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
        buttons = Buttons(self)
        self.export_button = buttons.add("Export", self.start)
        layout.addWidget(buttons)

    def _choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(scaled(24))
        grid.setVerticalSpacing(scaled(12))
        rows: dict[str, QHBoxLayout] = {}
        for choice in self.CHOICES:
            if choice.row not in rows:
                rows[choice.row] = QHBoxLayout()
                rows[choice.row].setSpacing(scaled(16))
                grid.addWidget(QLabel(choice.row, self), len(rows), 0)
                grid.addLayout(rows[choice.row], len(rows), 1)
            box = self.boxes[choice.key] = QCheckBox(choice.label, self)
            box.toggled.connect(self._show_plan)
            rows[choice.row].addWidget(box)
        for row in rows.values():
            row.addStretch(1)
        self.add_rows(grid, len(rows) + 1)
        grid.setColumnStretch(1, 1)
        return grid

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

    def _recall(self) -> None:
        self.folder.setText(memory.folder(self.MEMORY))
        stored = memory.settings().value(f"{self.MEMORY}/choices", " ".join(self.FIRST))
        chosen = str(stored).split()
        for key, box in self.boxes.items():
            box.setChecked(key in chosen and box.isEnabled())

    # --- choosing ------------------------------------------------------------------------------

    def is_on(self, key: str) -> bool:
        """Whether something is chosen."""
        return self.boxes[key].isChecked() and self.boxes[key].isEnabled()

    def chosen_folder(self) -> Path:
        """Return where to."""
        return Path(self.folder.text().strip()).expanduser()

    def _images(self) -> list[tuple[ViewDock, Path]]:
        seen = [dock for dock in self._docks if dock.is_shown]
        return [
            (dock, self.chosen_folder() / f"{dock.objectName()}{suffix}")
            for suffix in (".png", ".svg")
            if self.is_on(f"plots{suffix}")
            for dock in seen
        ]

    @Slot()
    def _show_plan(self) -> None:
        if not hasattr(self, "export_button"):
            return
        paths = [path for _, path in self._images()]
        paths += self.planned()
        there = sum(path.exists() for path in paths)
        names = ", ".join(str(path.relative_to(self.chosen_folder())) for path in paths)
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
        chosen = " ".join(key for key in self.boxes if self.is_on(key))
        memory.settings().setValue(f"{self.MEMORY}/choices", chosen)
        try:
            self._write_images()
        except PlaygroundError as error:
            self._on_failed(str(error))
            return
        memory.remember_folder(self.MEMORY, self.chosen_folder())
        jobs = self.jobs()
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

        check_folder(self.chosen_folder())
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
        self._say(f"Exported to {self.chosen_folder()}", "success")

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
