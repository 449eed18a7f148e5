"""A slider and a box for one number."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from playground.declarations import Setting
from playground.gui.theme import scaled
from playground.gui.widgets.editor import Editor, TextBox
from playground.gui.widgets.stops import read_number, step_from, stops_of, value_text
from playground.gui.widgets.throttle import Throttle

FRAME_MS = 16
_NOTCH = 120  # Qt counts eighths of a degree; one notch of a usual wheel is 15 degrees.
_WIDEST = "0.0002500"
_NARROW = "0.125"


class NumberField(Editor):
    """A number box with, where the setting declares one, a slider before it.

    A dragged slider emits at most one value a frame, and always the last one. A typed value may
    lie outside of the slider, which then stands at its end, but not outside of the hard bounds.
    """

    def __init__(
        self, setting: Setting, parent: QWidget | None = None, *, with_slider: bool = True
    ) -> None:
        super().__init__(setting, parent)
        self._value: float | None = None
        self._later: list[float | None] = []
        self._stops = stops_of(setting)
        self._throttle = Throttle(FRAME_MS, self)
        self._throttle.passed.connect(self.edited)
        self.slider: StopSlider | None = None
        self.box = NumberBox(_WIDEST if with_slider else _NARROW, self)
        self.box.editingFinished.connect(self._read_box)
        self.box.stepped.connect(self._step)
        self.box.left.connect(self._restore_text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(scaled(8))
        if with_slider and self._stops is not None:
            self.slider = StopSlider(len(self._stops.values), self)
            self.slider.valueChanged.connect(self._on_slider)
            self.slider.sliderReleased.connect(self._on_released)
            layout.addWidget(self.slider, 1)
        layout.addWidget(self.box, 0 if self.slider else 1)

    @property
    def value(self) -> float | None:
        """The last good value."""
        return self._value

    def show_value(self, value: float | None) -> None:
        if self.slider is not None and self.slider.isSliderDown():
            self._later = [value]
            return
        if value == self._value:
            return
        self._value = value
        self._place_slider()
        if not self.box.isModified():
            self._restore_text()

    def _place_slider(self) -> None:
        if self.slider is not None and self._stops is not None and self._value is not None:
            with QSignalBlocker(self.slider):
                self.slider.setValue(self._stops.index(self._value))

    @Slot()
    def _restore_text(self) -> None:
        self.box.show_text(value_text(self._value, self.setting))

    def _accept(self, value: float | None) -> None:
        self._value = value
        self._restore_text()
        self._throttle.push(value)

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        assert self._stops is not None
        value = self._stops.values[position]
        self._accept(int(value) if self.setting.form == "integer" else float(value))

    @Slot()
    def _on_released(self) -> None:
        self._throttle.flush()
        if self._later and self._later.pop() != self._value:
            # A value from elsewhere came during the drag; the hand on the slider wins.
            self._throttle.push(self._value)

    @Slot(int)
    def _step(self, direction: int) -> None:
        if self._value is None:
            return
        value = step_from(self._value, self.setting, self._stops, direction)
        if value != self._value:
            self._accept(int(value) if self.setting.form == "integer" else float(f"{value:.12g}"))
            self._place_slider()

    @Slot()
    def _read_box(self) -> None:
        text = self.box.text()
        # The box shows six digits: leaving it untouched must not round the value.
        if text == value_text(self._value, self.setting):
            self.box.setModified(False)
            return
        try:
            value = read_number(text, self.setting)
        except ValueError as error:
            self._restore_text()
            self.refused.emit(str(error))
            return
        self._accept(value)
        self._place_slider()
        self._throttle.flush()


class NumberBox(TextBox):
    """A box for a number: arrow keys and wheel step, Escape gives up what was typed."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widest = widest
        self._turned = 0
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._width(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(), super().minimumSizeHint().height())

    def _width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._widest) + scaled(16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up:
                self.stepped.emit(1)
            case Qt.Key.Key_Down:
                self.stepped.emit(-1)
            case Qt.Key.Key_Escape:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the panel scrolls
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        for _ in range(abs(notches)):
            self.stepped.emit(1 if notches > 0 else -1)
        event.accept()


class StopSlider(QSlider):
    """A horizontal slider over stops: a click jumps, a notch of the wheel is one stop."""

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._turned = 0
        self.setRange(0, count - 1)
        self.setPageStep(max(1, count // 12))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(scaled(72), scaled(22))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        handle = self.rectangle(QStyle.SubControl.SC_SliderHandle)
        position = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(position):
            groove = self.rectangle(QStyle.SubControl.SC_SliderGroove)
            self.setValue(
                QStyle.sliderValueFromPosition(
                    self.minimum(),
                    self.maximum(),
                    position.x() - groove.x() - handle.width() // 2,
                    groove.width() - handle.width(),
                )
            )
        # The handle is under the pointer now, so that the press begins a drag.
        super().mousePressEvent(event)

    def rectangle(self, part: QStyle.SubControl) -> QRect:
        """Return where a part, such as the handle, is drawn."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        self.setValue(self.value() + notches)
        event.accept()
