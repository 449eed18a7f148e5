"""The user's own table: what is in it, what to predict, and from what."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QThread, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from playground.data.preview import Preview, preview
from playground.data.sets.files import File
from playground.declarations import settings_of
from playground.errors import PlaygroundError
from playground.gui.plots.formats import count
from playground.gui.theme import scaled
from playground.gui.widgets.tables import ReadingTable, cell

SHOWN_ROWS = 50


class Reader(QThread):
    """Reads a file's preview away from the window."""

    done = Signal(object)
    failed = Signal(str)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setObjectName("data preview")
        self._path = path

    def run(self) -> None:
        """Read; a file that cannot be read is a message."""
        try:
            self.done.emit(preview(self._path, SHOWN_ROWS))
        except PlaygroundError as error:
            self.failed.emit(str(error))
        except Exception:  # a defect: nobody shall wait for it
            self.failed.emit(f"{self._path.name} could not be read.")
            raise


class DataImportDialog(QDialog):
    """Preview on the right, choices on the left; emits the values of a ``file`` data source."""

    chosen = Signal(object)

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Data from {path.name}")
        self.resize(scaled(960), scaled(600))
        self._path = path
        self._preview: Preview | None = None
        self.target = QComboBox(self)
        self.task = _choices("task", self)
        self.missing = _choices("missing", self)
        self.columns = ReadingTable(("Feature", "Holds", "Missing", "Different"), self)
        self.rows = ReadingTable((), self)
        self.state = QLabel(f"Reading {path.name} …", self)
        self.state.setWordWrap(True)
        self._stack = QStackedWidget(self)
        self._build()
        self._reader = Reader(path)
        self._reader.done.connect(self._on_read)
        self._reader.failed.connect(self._on_failed)
        self._reader.start()

    def values(self) -> dict[str, object]:
        """Return the chosen settings of the data source."""
        return {
            "kind": "file",
            "path": str(self._path),
            "target": self.target.currentText(),
            "features": self._checked(),
            "task": self.task.currentData(),
            "missing": self.missing.currentData(),
        }

    # --- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.accept_button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.accept_button.setText("Use this data")
        self.accept_button.setEnabled(False)
        self.accept_button.setDefault(True)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self.state)
        self._stack.addWidget(self._chooser())
        self.caption = QLabel(self)
        self.caption.setObjectName("muted")
        foot = QHBoxLayout()
        foot.addWidget(self.caption, 1)
        foot.addWidget(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(scaled(16),) * 4)
        layout.setSpacing(scaled(12))
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)

    def _chooser(self) -> QWidget:
        form = QFormLayout()
        form.setHorizontalSpacing(scaled(16))
        form.setVerticalSpacing(scaled(8))
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Predict", self.target)
        form.addRow("Task", self.task)
        form.addRow("Missing values", self.missing)
        left = QVBoxLayout()
        left.setSpacing(scaled(12))
        left.addLayout(form)
        left.addWidget(_heading("Predict it from", self))
        left.addWidget(self.columns, 1)
        right = QVBoxLayout()
        right.setSpacing(scaled(12))
        right.addWidget(_heading("First rows", self))
        right.addWidget(self.rows, 1)
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(scaled(24))
        row.addLayout(left, 2)
        row.addLayout(right, 3)
        return page

    # --- reading -------------------------------------------------------------------------------

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self.state.setObjectName("danger")
        self.state.style().polish(self.state)
        self.state.setText(message)

    @Slot(object)
    def _on_read(self, read: Preview) -> None:
        self._preview = read
        self._fill_rows(read)
        names = [column.name for column in read.columns]
        self.target.addItems(names)
        self.target.setCurrentIndex(len(names) - 1)
        self._fill_columns(read)
        if any(column.n_missing for column in read.columns):
            self.missing.setCurrentIndex(self.missing.findData("mean"))
        self.target.currentIndexChanged.connect(self._on_changed)
        self.columns.itemChanged.connect(self._on_changed)
        self.task.currentIndexChanged.connect(self._on_changed)
        self._stack.setCurrentIndex(1)
        self._on_changed()

    def _fill_rows(self, read: Preview) -> None:
        self.rows.setColumnCount(len(read.columns))
        self.rows.setHorizontalHeaderLabels([column.name for column in read.columns])
        self.rows.setRowCount(len(read.rows))
        for i, row in enumerate(read.rows):
            for j, text in enumerate(row):
                self.rows.setItem(i, j, cell(text, numeric=read.columns[j].type == "numeric"))
        self.rows.resizeColumnsToContents()

    def _fill_columns(self, read: Preview) -> None:
        self.columns.setRowCount(len(read.columns))
        for i, column in enumerate(read.columns):
            name = cell(column.name)
            useful = column.n_unique > 1 and column.type != "text"
            name.setFlags(name.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            name.setCheckState(Qt.CheckState.Checked if useful else Qt.CheckState.Unchecked)
            self.columns.setItem(i, 0, name)
            self.columns.setItem(i, 1, cell(str(column.type)))
            self.columns.setItem(i, 2, cell(count(column.n_missing), numeric=True))
            self.columns.setItem(i, 3, cell(count(column.n_unique), numeric=True))
        self.columns.resizeColumnsToContents()
        self.columns.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    # --- choosing ------------------------------------------------------------------------------

    def _checked(self) -> list[str]:
        names = []
        for i in range(self.columns.rowCount()):
            item = self.columns.item(i, 0)
            assert item is not None
            is_checked = item.checkState() == Qt.CheckState.Checked
            if is_checked and item.text() != self.target.currentText():
                names.append(item.text())
        return names

    @Slot()
    def _on_changed(self) -> None:
        if self._preview is None:
            return
        for i in range(self.columns.rowCount()):
            is_target = i == self.target.currentIndex()
            self.columns.setRowHidden(i, is_target)
        target = self._preview.columns[self.target.currentIndex()]
        n_features = len(self._checked())
        self.task.setItemText(0, f"Automatic: {target.task}")
        self.caption.setText(
            f"{count(self._preview.n_rows)} rows, {n_features} features predict {target.name}"
        )
        self.accept_button.setEnabled(n_features > 0)

    def accept(self) -> None:
        """Hand over the values and close."""
        self.chosen.emit(self.values())
        super().accept()

    def done(self, result: int) -> None:
        """Close only when the reading thread has ended."""
        self._reader.wait()
        super().done(result)


def _choices(name: str, parent: QWidget) -> QComboBox:
    setting = next(s for s in settings_of(File) if s.name == name)
    box = QComboBox(parent)
    box.setToolTip(setting.hints.help)
    for choice in setting.choices:
        box.addItem(choice.capitalize(), choice)
    return box


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName("heading")
    return label
