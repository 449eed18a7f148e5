"""What is compared: optimizers with their settings, seeds, steps, a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from playground.comparison import Comparison, parse_sweep
from playground.errors import SpecError
from playground.gui.session import Session
from playground.gui.theme import scaled
from playground.gui.widgets.tables import ReadingTable
from playground.optimizers.notation import optimizer_text, parse_optimizer
from playground.optimizers.optimizer import OPTIMIZERS, Optimizer
from playground.training.problem import Problem, refusals, signature_of

DEFAULT_STEPS = 1000
DEFAULT_SWEEP = "learning_rate=1e-4..1:9"
FIRST = ("sgd", "momentum", "adam")
"""Ticked at first, with the experiment's own."""

KIND = Qt.ItemDataRole.UserRole


class Setup(QWidget):
    """A form whose contents are a comparison."""

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.table = ReadingTable(("Optimizer", "Settings"), self)
        self.another = QPushButton("Add another of this kind", self)
        self.steps = _spin(1, 10_000_000, session.experiment.stop.steps or DEFAULT_STEPS)
        self.seeds = _spin(1, 1000, 3)
        self.is_swept = QCheckBox("Try out values of a setting", self)
        self.sweep = QLineEdit(DEFAULT_SWEEP, self)
        self._build()
        self._fill(self._first(), self._refusals())
        self.table.itemChanged.connect(self._on_changed)
        self.is_swept.toggled.connect(self._on_changed)
        for spin in (self.steps, self.seeds):
            spin.valueChanged.connect(self._on_changed)
        self.sweep.textChanged.connect(self._on_changed)
        self.another.clicked.connect(self.add_another)

    def _build(self) -> None:
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setAccessibleName("Optimizers to compare")
        self.another.setAutoDefault(False)
        self.sweep.setToolTip("Setting, lowest and highest value, and how many: name=low..high:n")
        self.sweep.setAccessibleName("Swept setting")
        hint = QLabel("Settings as in learning_rate=0.05, beta1=0.8; empty is the default.", self)
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(scaled(8))
        form.addRow("Steps of each run", self.steps)
        form.addRow("Seeds", self.seeds)
        form.addRow(self.is_swept)
        form.addRow("Values", self.sweep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(scaled(8))
        layout.addWidget(self.table, 1)
        layout.addWidget(hint)
        layout.addWidget(self.another)
        layout.addLayout(form)
        self.sweep.setEnabled(False)

    # --- optimizers ----------------------------------------------------------------------------

    def _first(self) -> list[Optimizer]:
        own = self._session.experiment.optimizer
        return [own, *(OPTIMIZERS[name]() for name in FIRST if name != own.name())]

    def _fill(self, chosen: Sequence[Optimizer], reasons: Mapping[str, str]) -> None:
        """List every kind: those that are chosen first and ticked, if nothing bars them."""
        self.table.setRowCount(0)
        names = {optimizer.name() for optimizer in chosen}
        for kind in sorted(OPTIMIZERS, key=lambda kind: kind.name() not in names):
            settings = [_settings_text(o) for o in chosen if o.name() == kind.name()]
            reason = reasons.get(kind.name(), "")
            for text in settings or [""]:
                self._add(kind, text, reason)
                if settings and not reason:
                    item = self._item(self.table.rowCount() - 1, 0)
                    item.setCheckState(Qt.CheckState.Checked)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show another comparison, for example a saved one; its experiment is the session's."""
        # What its experiment bars is known once that is prepared, and refused then.
        self._fill(comparison.optimizers, {})
        self.steps.setValue(comparison.steps)
        self.seeds.setValue(comparison.seeds)
        self.is_swept.setChecked(comparison.sweep is not None)
        if comparison.sweep is not None:
            self.sweep.setText(str(comparison.sweep))

    def _refusals(self) -> dict[str, str]:
        run, experiment = self._session.run, self._session.experiment
        if run is None or self._session.awaits_run:
            # What the experiment bars is known once that is prepared, and refused then.
            return {}
        signature = signature_of(run.prepared, experiment.loss)
        return refusals(experiment, Problem(run.prepared, signature, run.layout))

    def _add(self, kind: type[Optimizer], settings: str, reason: str, row: int = -1) -> None:
        row = self.table.rowCount() if row < 0 else row
        self.table.insertRow(row)
        name, text = QTableWidgetItem(kind.label()), QTableWidgetItem(settings)
        name.setData(KIND, kind.name())
        name.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
        name.setCheckState(Qt.CheckState.Unchecked)
        for item in (name, text):
            item.setToolTip(reason or kind.summary())
        if reason:
            text.setFlags(Qt.ItemFlag.NoItemFlags)
        else:
            name.setFlags(name.flags() | Qt.ItemFlag.ItemIsEnabled)
        self.table.setItem(row, 0, name)
        self.table.setItem(row, 1, text)

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item

    @Slot()
    def add_another(self) -> None:
        """Add a row of the selected kind, for other settings."""
        row = self.table.currentRow()
        if row < 0 or not self._item(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        kind = OPTIMIZERS[self._item(row, 0).data(KIND)]
        self._add(kind, self._item(row, 1).text(), "", row + 1)
        self._item(row + 1, 0).setCheckState(Qt.CheckState.Checked)
        self.table.setCurrentCell(row + 1, 1)
        self.table.editItem(self._item(row + 1, 1))

    # --- the comparison ------------------------------------------------------------------------

    def comparison(self) -> Comparison:
        """Return what is to be compared.

        Raises
        ------
        SpecError
            Where a row's settings or the sweep cannot be read.
        """
        optimizers = [
            self._read(row)
            for row in range(self.table.rowCount())
            if self._item(row, 0).checkState() == Qt.CheckState.Checked
        ]
        sweep = parse_sweep(self.sweep.text()) if self.is_swept.isChecked() else None
        if not optimizers:
            raise SpecError("Tick at least one optimizer.")
        comparison = Comparison(
            self._session.experiment,
            tuple(optimizers),
            self.steps.value(),
            self.seeds.value(),
            sweep,
        )
        _ = comparison.jobs  # a value that is out of bounds is refused here
        return comparison

    def _read(self, row: int) -> Optimizer:
        name, settings = self._item(row, 0), self._item(row, 1).text().strip()
        try:
            return parse_optimizer(f"{name.data(KIND)}({settings})")
        except SpecError as error:
            # Columns count from a bracket that nobody sees here.
            text = "; ".join(line.partition(": ")[2] for line in str(error).splitlines())
            raise SpecError(f"{name.text()}: {text}") from None

    @Slot()
    def _on_changed(self) -> None:
        self.sweep.setEnabled(self.is_swept.isChecked())
        self.changed.emit()


def _settings_text(optimizer: Optimizer) -> str:
    return optimizer_text(optimizer).partition("(")[2].removesuffix(")")


def _spin(low: int, high: int, value: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setGroupSeparatorShown(True)
    spin.setValue(value)
    spin.lineEdit().setTextMargins(scaled(6), 0, 0, 0)
    return spin
