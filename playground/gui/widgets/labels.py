"""The words beside a control: its name, its tooltip and what was wrong."""

from __future__ import annotations

import html
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.declarations import Setting
from playground.gui.icons import icon
from playground.gui.theme import scaled, theme_signals
from playground.gui.widgets.stops import number_text

_COLUMN = "Diagnose every"  # the longest name of a number; longer ones wrap


@dataclass(frozen=True)
class Effect:
    """When a change acts, in the words of a tooltip.

    Attributes
    ----------
    live
        Of a live setting.
    other
        Of any other one.
    marks_other
        Whether the others bear the mark of a restart.
    """

    live: str = "acts at the next step"
    other: str = "restarts the run"
    marks_other: bool = True


TRAINING = Effect()
AT_ONCE = Effect("acts at once", "acts at once", marks_other=False)
"""Where everything is computed anew with every change, as in a race."""


def tooltip_of(setting: Setting, effect: Effect = TRAINING) -> str:
    """Return what a setting means, its unit, bounds and default, and when a change acts."""
    facts = []
    if setting.hints.unit:
        facts.append(f"in {setting.hints.unit}" if setting.hints.unit != "%" else "in percent")
    if setting.bounds_text:
        facts.append(setting.bounds_text)
    if setting.form in ("number", "integer") and setting.default is not None:
        facts.append(f"default {number_text(setting.default)}")
    elif setting.form in ("choice", "text") and setting.default:
        facts.append(f"default {setting.default}")
    elif setting.form == "switch":
        facts.append(f"default {'on' if setting.default else 'off'}")
    acts = effect.live if setting.hints.live else effect.other
    lines = [html.escape(line) for line in (setting.hints.help, " · ".join([*facts, acts]))]
    # Rich text wraps; a plain tooltip would be one long line.
    return f"<p>{'<br>'.join(line for line in lines if line)}</p>"


class SettingLabel(QWidget):
    """A setting's name with a small mark where a change restarts; double click resets."""

    reset_asked = Signal()

    def __init__(
        self, setting: Setting, parent: QWidget | None = None, effect: Effect = TRAINING
    ) -> None:
        super().__init__(parent)
        self.setToolTip(tooltip_of(setting, effect))
        self.text = QLabel(setting.label, self)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(scaled(4))
        self._row.addWidget(self.text, 1)
        if effect.marks_other and not setting.hints.live:
            self._row.addWidget(RestartMark(self), 0, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(_COLUMN) + scaled(18)
        return QSize(width, self._row.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_asked.emit()


class RestartMark(QLabel):
    """The sign of a setting that restarts the run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("restarts")
        theme_signals.changed.connect(self._repaint)
        self._repaint()

    @Slot()
    def _repaint(self) -> None:
        size = scaled(11)
        self.setPixmap(icon("arrow-clockwise", "disabled").pixmap(QSize(size, size)))


class Complaint(QLabel):
    """A line below a control that says what was wrong; hidden while nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("danger")
        self.setWordWrap(True)
        self.hide()

    def say(self, message: str) -> None:
        """Show a message; an empty one hides the line."""
        if message != self.text():
            self.setText(message)
            self.setVisible(bool(message))


class Line(QLabel):
    """One line that ends with an ellipsis where there is no room for all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def shown(self) -> str:
        """Return as much of the text as there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is room for."""
        QPainter(self).drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.shown())


class Caption(QLabel):
    """A muted line that explains what is above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("muted")
        self.setWordWrap(True)


def column(parent: QWidget, spacing: int = 4) -> QVBoxLayout:
    """Give a widget a vertical layout without margins."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(scaled(spacing))
    return layout
