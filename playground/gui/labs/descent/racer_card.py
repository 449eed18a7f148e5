"""One racer in the panel: its colour, what moves it, its settings, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from playground.declarations import settings_of
from playground.descent.race import Racer
from playground.gui.icons import set_icon
from playground.gui.labs.descent.racer_details import RacerDetails
from playground.gui.panels.fields import SingleField
from playground.gui.panels.form import Form
from playground.gui.plots.formats import number
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.choice_list import OptionBox, options_of
from playground.gui.widgets.labels import AT_ONCE, Complaint, column
from playground.optimizers.optimizer import Optimizer


def series_color(index: int) -> str:
    """Return the theme's colour of a racer."""
    series = current_theme().series
    return series[index % len(series)]


class ColorButton(QAbstractButton):
    """A disc in the racer's colour, hollow while its path is not drawn."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.color = "#000000"
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolTip("Draw this racer's path, or leave it out")

    def sizeHint(self) -> QSize:
        return QSize(scaled(18), scaled(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self.color)
        ring = QColor(current_theme().text) if self.hasFocus() else color
        painter.setPen(QPen(ring, scaled(2)))
        painter.setBrush(color if self.isChecked() else QColor(current_theme().surface))
        size = scaled(11)
        painter.drawEllipse((self.width() - size) // 2, (self.height() - size) // 2, size, size)


class RacerCard(QFrame):
    """Edits one racer; ``edited`` carries paths of the race."""

    edited = Signal(str, object)
    removed = Signal(int)
    duplicated = Signal(int)
    folded = Signal()
    rebuilt = Signal()
    """There are new controls."""
    shown_changed = Signal(int, bool)

    def __init__(self, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.index = index
        self._kind: type[Optimizer] | None = None
        self._racer: Racer | None = None
        self.form: Form | None = None
        declared = {setting.name: setting for setting in settings_of(Racer)}
        self.swatch = ColorButton(self)
        self.swatch.toggled.connect(self._on_swatch)
        self.box = OptionBox(options_of(declared["optimizer"]), self)
        self.box.setAccessibleName("Optimizer")
        # Its line holds four more things, and the panel is narrow.
        self.box.setMinimumContentsLength(4)
        self.box.chosen.connect(self._on_chosen)
        self.fold = self._button("caret-down", "Show or hide its settings", self.toggle)
        self.copy = self._button("copy", "Let another one like it take part", self._on_copied)
        self.cross = self._button("x", "Take it out of the race", self._on_removed)
        self.rate = QLabel(self)
        self.rate.setObjectName("muted")
        self.name = SingleField(declared["label"], f"racers.{index}.label", self, AT_ONCE)
        self.name.edited.connect(self.edited)
        self.details = RacerDetails(index, self)
        self.details.edited.connect(self.edited)
        self.details.rebuilt.connect(self.rebuilt)
        self.status = QLabel(self)
        self.status.setObjectName("muted")
        self.complaint = Complaint(self)
        self.is_open = True
        self._build()
        theme_signals.changed.connect(self._restyle)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(scaled(6))
        head.addWidget(self.swatch)
        head.addWidget(self.box, 1)
        head.addWidget(self.rate)
        head.addWidget(self.fold)
        head.addWidget(self.copy)
        head.addWidget(self.cross)
        self._column = column(self, 4)
        self._column.addLayout(head)
        self._column.addWidget(self.details)
        self._column.addWidget(self.name)
        self._column.addWidget(self.status)
        self._column.addWidget(self.complaint)

    def _button(self, icon: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setIconSize(QSize(scaled(12), scaled(12)))
        set_icon(button, icon, "muted")
        button.clicked.connect(slot)
        return button

    # --- what is shown -------------------------------------------------------------------------

    def show_racer(self, racer: Racer, *, is_shown: bool) -> None:
        """Show a racer's present settings."""
        self._racer = racer
        self.complaint.say("")
        optimizer = racer.optimizer
        if type(optimizer) is self._kind and self.form is not None:
            self.form.show_value(optimizer)
        else:
            self._rebuild(optimizer)
        self.box.show_name(optimizer.name())
        self.name.show_value(racer.label)
        self.details.show_racer(racer)
        self._show_head()
        if self.swatch.isChecked() != is_shown:
            self.swatch.blockSignals(True)
            self.swatch.setChecked(is_shown)
            self.swatch.blockSignals(False)
        self._restyle()

    def show_status(self, text: str, *, is_bad: bool = False) -> None:
        """Say how it stands, after its name where it has one of its own."""
        if self._racer is not None and self._racer.label:
            text = f"{self._racer.label}: {text}" if text else self._racer.label
        if text == self.status.text():
            return
        name = "danger" if is_bad else "muted"
        if self.status.objectName() != name:
            self.status.setObjectName(name)
            self.status.style().unpolish(self.status)
            self.status.style().polish(self.status)
        self.status.setText(text)

    def bar(self, reasons: Mapping[str, str]) -> None:
        """Grey out optimizers that cannot descend this surface, each with the reason."""
        self.box.bar(reasons)

    def refuse(self, path: str, message: str) -> None:
        """Say why a change was refused, at its control where there is one."""
        parts = (self.form, self.name, self.details)
        if not any(part is not None and part.refuse(path, message) for part in parts):
            self.complaint.say(message)

    def _rebuild(self, optimizer: Optimizer) -> None:
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
        self._kind = type(optimizer)
        path = f"racers.{self.index}.optimizer"
        self.form = Form(optimizer, path, parent=self, effect=AT_ONCE)
        self.form.edited.connect(self.edited)
        self._column.insertWidget(1, self.form)
        self.box.setToolTip(f"<p>{optimizer.summary()}<br>{optimizer.SOURCE}</p>")
        self.form.rebuilt.connect(self.rebuilt)
        self._show_form()

    def _show_head(self) -> None:
        """Say in one line what a folded card hides."""
        racer = self._racer
        rate = getattr(racer.optimizer, "learning_rate", None) if racer is not None else None
        text = f"η {number(rate, 3)}" if isinstance(rate, float) else ""
        self.rate.setText(text)
        self.rate.setVisible(not self.is_open and bool(text))

    def _show_form(self) -> None:
        if self.form is not None:
            self.form.setVisible(self.is_open and bool(self.form.fields))
        # A folded line gives its room to the optimizer's name.
        for part in (self.details, self.name, self.copy):
            part.setVisible(self.is_open)
        self._show_head()
        set_icon(self.fold, "caret-down" if self.is_open else "caret-right", "muted")

    @Slot()
    def _restyle(self) -> None:
        if self._racer is not None:
            self.swatch.color = series_color(self._racer.color)
            self.swatch.update()
        self.status.setFont(tabular_font(self.status, 0.92))
        self.status.setIndent(scaled(24))

    # --- what is done --------------------------------------------------------------------------

    @Slot()
    def toggle(self) -> None:
        """Fold the settings away, or show them."""
        self.set_open(not self.is_open)

    def set_open(self, is_open: bool) -> None:
        """Show the settings, or one line."""
        self.is_open = is_open
        self._show_form()
        self.folded.emit()

    @Slot(bool)
    def _on_swatch(self, is_on: bool) -> None:
        self.shown_changed.emit(self.index, is_on)

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        self.edited.emit(f"racers.{self.index}.optimizer.kind", name)

    @Slot()
    def _on_copied(self) -> None:
        self.duplicated.emit(self.index)

    @Slot()
    def _on_removed(self) -> None:
        self.removed.emit(self.index)
