"""When a run ends by itself: the popup of the toolbar, and how far the run is on its way there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QVBoxLayout, QWidget

from playground.declarations import settings_of
from playground.gui.plots.formats import count
from playground.gui.theme import scaled
from playground.gui.widgets.number_field import NumberField
from playground.training.experiment import Stop
from playground.training.snapshots import Snapshot


class StopPopup(QFrame):
    """The stop rules as a small form that closes by itself."""

    edited = Signal(str, object)
    """Path of the setting, and its new value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.fields: dict[str, NumberField] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(scaled(16), scaled(12), scaled(16), scaled(16))
        layout.setSpacing(scaled(8))
        heading = QLabel("Stop the run", self)
        heading.setObjectName("heading")
        self.caption = QLabel("The first rule that holds ends it; 0 leaves a rule out.", self)
        self.caption.setObjectName("muted")
        layout.addWidget(heading)
        layout.addWidget(self.caption)
        layout.addLayout(self._form())

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(scaled(16))
        form.setVerticalSpacing(scaled(8))
        for setting in settings_of(Stop):
            field = NumberField(setting, self, with_slider=False)
            field.setToolTip(setting.hints.help)
            field.setAccessibleName(setting.label)
            field.edited.connect(self._on_edited)
            field.refused.connect(self._on_refused)
            unit = f" ({setting.hints.unit})" if setting.hints.unit == "evaluations" else ""
            form.addRow(f"{_LABELS.get(setting.name, setting.label)}{unit}", field)
            self.fields[setting.name] = field
        return form

    def show_values(self, stop: Stop) -> None:
        """Show the rules of an experiment."""
        for name, field in self.fields.items():
            field.show_value(getattr(stop, name))

    @Slot(object)
    def _on_edited(self, value: object) -> None:
        field = self.sender()
        assert isinstance(field, NumberField)
        self.edited.emit(f"stop.{field.setting.name}", value)

    @Slot(str)
    def _on_refused(self, reason: str) -> None:
        self.caption.setText(reason)


_LABELS = {"steps": "After steps", "epochs": "After epochs"}


def describe(stop: Stop) -> str:
    """Return the rules that are on, in a few words."""
    parts: list[str] = []
    if stop.steps:
        parts.append(f"{count(stop.steps)} steps")
    if stop.epochs:
        parts.append(f"{count(stop.epochs)} epochs")
    if stop.target_loss:
        parts.append(f"loss {stop.target_loss:g}")
    if stop.patience:
        parts.append(f"patience {stop.patience}")
    return " or ".join(parts)


def progress(stop: Stop, snapshot: Snapshot) -> float | None:
    """Return the share of the run that is done, or None where no rule tells."""
    shares: Sequence[float] = [
        *([snapshot.step / stop.steps] if stop.steps else []),
        *([snapshot.epoch / stop.epochs] if stop.epochs else []),
    ]
    return min(max(shares), 1.0) if shares else None


def remaining_s(stop: Stop, snapshot: Snapshot, steps_per_s: float) -> float | None:
    """Return the seconds until a rule on steps or epochs holds, at a speed."""
    if steps_per_s <= 0:
        return None
    steps: list[float] = []
    if stop.steps:
        steps.append(stop.steps - snapshot.step)
    if stop.epochs and snapshot.epoch > 0:
        steps.append((stop.epochs - snapshot.epoch) * snapshot.step / snapshot.epoch)
    return max(min(steps), 0.0) / steps_per_s if steps else None


def duration(seconds: float) -> str:
    """Return a length of time as people say it: ``< 1 s``, ``8 s``, ``3 min 20 s``."""
    if 0 < seconds < 0.5:
        return "< 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
