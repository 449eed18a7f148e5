"""The control of how fast a run goes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from playground.gui.theme import scaled, theme_signals

STEPS_PER_S: tuple[float | None, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, None)
"""The stops of the slider; None is as fast as it goes."""


class SpeedSlider(QWidget):
    """A slider from one step a second to unlimited, with what it means beside it."""

    changed = Signal(object)
    """Steps a second, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, len(STEPS_PER_S) - 1)
        self.slider.setPageStep(1)
        self.slider.setValue(len(STEPS_PER_S) - 1)
        self.slider.setAccessibleName("Speed")
        self.label = QLabel(self)
        self.label.setObjectName("muted")
        self.setToolTip("Speed: from one step a second to as fast as it goes")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(scaled(4), 0, scaled(4), 0)
        layout.setSpacing(scaled(8))
        layout.addWidget(self.slider)
        layout.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.slider.valueChanged.connect(self._on_moved)
        theme_signals.changed.connect(self._fit)
        self._fit()
        self._show()

    @property
    def steps_per_s(self) -> float | None:
        """The speed that is set."""
        return STEPS_PER_S[self.slider.value()]

    @Slot()
    def _on_moved(self) -> None:
        self._show()
        self.changed.emit(self.steps_per_s)

    def _show(self) -> None:
        speed = self.steps_per_s
        self.label.setText("max speed" if speed is None else f"{speed:g} steps/s")

    @Slot()
    def _fit(self) -> None:
        self.slider.setFixedWidth(scaled(96))
        self.label.setFixedWidth(self.label.fontMetrics().horizontalAdvance("5000 steps/s") + 4)
