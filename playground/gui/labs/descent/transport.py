"""The bar under the map: scrub through a race, and how fast it plays."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from playground.gui.icons import set_icon
from playground.gui.labs.descent.player import Player
from playground.gui.plots.formats import count
from playground.gui.theme import scaled, tabular_font, theme_signals

SPEEDS = (1, 2, 5, 10, 20, 30, 60, 120, 250, 500, 1000, 2000)
"""Stops of the speed slider, steps a second."""


class Transport(QWidget):
    """Rewind, step back, play, step, a slider over all steps, and the speed."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._player = player
        self.buttons = {
            "rewind": self._button("skip-back", "To the start  (R)", player.rewind),
            "back": self._button("caret-left", "One step back  (Left)", player.back),
            "play": self._button("play-fill", "Play or pause  (Space)", player.toggle),
            "forward": self._button("caret-right", "One step  (Right)", player.forward),
        }
        self.scrub = QSlider(Qt.Orientation.Horizontal, self)
        self.scrub.setAccessibleName("Step in sight")
        self.scrub.setToolTip("Drag to any moment of the race")
        self.scrub.valueChanged.connect(self._on_scrubbed)
        self.place = QLabel(self)
        self.speed = QSlider(Qt.Orientation.Horizontal, self)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Steps a second")
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setPageStep(1)
        self.speed_label = QLabel(self)
        self.speed_label.setObjectName("muted")
        self._lay_out()
        self.speed.valueChanged.connect(self._on_speed)
        self.speed.setValue(SPEEDS.index(60))
        player.moved.connect(self._show)
        player.last_changed.connect(self._show)
        player.last_changed.connect(self._fit)
        player.playing_changed.connect(self._on_playing)
        theme_signals.changed.connect(self._fit)
        self._fit()
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(scaled(8), scaled(6), scaled(8), scaled(6))
        row.setSpacing(scaled(4))
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(scaled(8))
        row.addWidget(self.scrub, 1)
        row.addSpacing(scaled(8))
        row.addWidget(self.place)
        row.addSpacing(scaled(8))
        row.addWidget(self.speed)
        row.addWidget(self.speed_label)

    def _button(self, icon: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition("  ")[0])
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_icon(button, icon)
        button.clicked.connect(slot)
        return button

    @Slot()
    def _show(self) -> None:
        player = self._player
        with QSignalBlocker(self.scrub):
            self.scrub.setRange(0, max(player.last, 1))
            self.scrub.setPageStep(max(player.last // 20, 1))
            self.scrub.setValue(player.step)
        self.place.setText(f"step {count(player.step)} of {count(player.last)}")

    @Slot(bool)
    def _on_playing(self, is_playing: bool) -> None:
        set_icon(self.buttons["play"], "pause-fill" if is_playing else "play-fill")

    @Slot(int)
    def _on_scrubbed(self, step: int) -> None:
        self._player.pause()
        self._player.seek(step)

    @Slot(int)
    def _on_speed(self, position: int) -> None:
        self._player.steps_per_s = float(SPEEDS[position])
        self.speed_label.setText(f"{count(SPEEDS[position])} steps/s")

    @Slot()
    def _fit(self) -> None:
        self.place.setFont(tabular_font(self.place))
        metrics = self.place.fontMetrics()
        last = count(self._player.last)
        self.place.setMinimumWidth(metrics.horizontalAdvance(f"step {last} of {last}"))
        self.speed_label.setFont(tabular_font(self.speed_label))
        self.speed_label.setMinimumWidth(metrics.horizontalAdvance("2 000 steps/s"))
        self.scrub.setMinimumWidth(scaled(40))
        self.speed.setMinimumWidth(scaled(32))
        self.speed.setMaximumWidth(scaled(96))
        for button in self.buttons.values():
            button.setIconSize(QSize(scaled(16), scaled(16)))
