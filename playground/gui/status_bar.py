"""The line below: where the run is, in digits that stand still."""

from __future__ import annotations

import math
from collections import deque
from time import perf_counter

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStatusBar, QWidget

from playground.gui.plots.formats import count
from playground.gui.session import Session
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.training.scores import score_of
from playground.training.snapshots import Ending, Snapshot

PERIOD_S = 0.1
"""Digits that change faster cannot be read."""

WINDOW_S = 1.0

_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("state", "", "diverged"),
    ("step", "Step", count(88_888_888)),
    ("epoch", "Epoch", count(888_888, 1)),
    ("train_loss", "Training loss", "0.000e+00"),
    ("validation_loss", "Validation", "0.000e+00"),
    ("score", "Accuracy", "100.0 % / 100.0 %"),
    ("rate", "Rate", "0.000e+00"),
    ("speed", "Steps/s", count(888_888)),
    ("frames", "Frames/s", "00"),
)
"""Name, label and the widest text of each field."""


class StatusBar(QStatusBar):
    """Holds the readout; the window's own hints are not shown here."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.readout = Readout(session, self)
        self.addPermanentWidget(self.readout, 1)


class Readout(QWidget):
    """Draws all fields in one widget, each at a fixed place.

    Attributes
    ----------
    texts
        What is shown, by field.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.texts: dict[str, str] = {name: "–" for name, _, _ in _FIELDS}
        self._score_label = "Accuracy"
        self._frames: deque[float] = deque(maxlen=240)
        self._due_s = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        session.frame.connect(self._on_frame)
        session.ticked.connect(self._on_tick)
        session.state_changed.connect(self._on_state)
        theme_signals.changed.connect(self._fit)
        self._fit()
        self._on_state(session.state)

    def sizeHint(self) -> QSize:
        """Return the height of a line; the width is whatever there is."""
        return QSize(scaled(480), QFontMetrics(self.font()).height() + scaled(8))

    def minimumSizeHint(self) -> QSize:
        """Return a width that never keeps the window from shrinking."""
        return QSize(scaled(120), self.sizeHint().height())

    @Slot()
    def _fit(self) -> None:
        self.setFont(tabular_font(self, 0.95))
        self.updateGeometry()
        self.update()

    @Slot(str)
    def _on_state(self, state: str) -> None:
        ending = self._session.run.ending if self._session.run else None
        self.texts["state"] = _state_text(state, ending)
        if state != "running":
            self._frames.clear()
            self.texts["frames"] = self.texts["speed"] = "–"
        self._due_s = 0.0
        self.update()

    @Slot()
    def _on_tick(self) -> None:
        self._frames.append(perf_counter())

    @Slot(object)
    def _on_frame(self, snapshot: Snapshot) -> None:
        now = perf_counter()
        running = self._session.state == "running"
        if now < self._due_s and running:
            return
        self._due_s = now + PERIOD_S
        self._read(snapshot, running, now)
        self.repaint()

    def _read(self, snapshot: Snapshot, running: bool, now: float) -> None:
        scores = snapshot.scores
        self.texts |= {
            "step": count(snapshot.step),
            "epoch": count(snapshot.epoch, 1),
            "train_loss": _loss(scores.get("train_loss")),
            "validation_loss": _loss(scores.get("validation_loss")),
            "score": self._score(snapshot),
            "rate": "–" if snapshot.learning_rate is None else f"{snapshot.learning_rate:.4g}",
        }
        if running:
            self.texts["speed"] = _speed(snapshot.steps_per_s)
            recent = [t for t in self._frames if now - t <= WINDOW_S]
            is_full = bool(self._frames) and self._frames[0] <= now - WINDOW_S
            self.texts["frames"] = f"{len(recent)}" if is_full else "–"

    def _score(self, snapshot: Snapshot) -> str:
        run = self._session.run
        if run is None:
            return "–"
        score = score_of(run.prepared.table.task)
        self._score_label = score.label
        columns = (f"{part}_{score.name}" for part in ("train", "validation"))
        shown = [score.text(snapshot.scores[c]) for c in columns if c in snapshot.scores]
        return " / ".join(shown) or "–"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the fields that fit, from left to right; speed and frames stand at the right."""
        theme = current_theme()
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        baseline = (self.height() + metrics.ascent() - metrics.descent()) // 2
        x = scaled(12)
        self._draw_dot(painter, x)
        x += scaled(14)
        for name, label, widest in _FIELDS:
            label = self._score_label if name == "score" else label
            widths = [metrics.horizontalAdvance(t) for t in (label and f"{label}  ", widest)]
            if x + sum(widths) > self.width():
                break
            painter.setPen(QColor(theme.muted))
            painter.drawText(x, baseline, label)
            painter.setPen(QColor(theme.text))
            painter.drawText(x + widths[0], baseline, self.texts[name])
            x += sum(widths) + scaled(20)

    def _draw_dot(self, painter: QPainter, x: int) -> None:
        theme = current_theme()
        color = {
            "training": theme.success,
            "diverged": theme.danger,
            "finished": theme.accent,
        }.get(self.texts["state"], theme.muted)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        size = scaled(8)
        painter.drawEllipse(x, (self.height() - size) // 2, size, size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _state_text(state: str, ending: Ending | None) -> str:
    if state == "ended" and ending is not None:
        return str(ending.outcome)
    return "training" if state == "running" else state


def _loss(value: float | None) -> str:
    if value is None:
        return "–"
    if not math.isfinite(value):
        return str(value)
    if value != 0 and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.3e}"
    # Five digits, so that a loss in the thousands takes no more room than one below 1.
    n_whole = len(str(int(abs(value))))
    return f"{value:.{5 - n_whole}f}"


def _speed(steps_per_s: float) -> str:
    return count(steps_per_s) if steps_per_s >= 10 else f"{steps_per_s:.1f}"
