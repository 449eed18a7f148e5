"""What folds away below a racer's settings: its update rule, and what surrounds it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from playground.declarations import settings_of
from playground.descent.race import Racer
from playground.gui.panels.fields import Field
from playground.gui.panels.form import KindField, field_for
from playground.gui.widgets.labels import AT_ONCE, Caption, column
from playground.gui.widgets.rule import RuleView
from playground.gui.widgets.section import Fold
from playground.optimizers.optimizer import UpdateRule
from playground.optimizers.schedule import SCHEDULES, schedule_refusal

_OF_RULES = ("clipping", "wrappers")
_AROUND = ("schedule", *_OF_RULES)


class RacerDetails(Field):
    """Two folds, filled when they are opened for the first time: many cards stay cheap."""

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(f"racers.{index}", parent)
        self._racer: Racer | None = None
        self.fields: dict[str, Field] = {}
        self.rule_fold = Fold("Update rule", self)
        self.rule_fold.toggled.connect(self._show_rule)
        self.rule = RuleView(self.rule_fold.body)
        self.source = Caption(self.rule_fold.body)
        self.rule_fold.content.addWidget(self.rule)
        self.rule_fold.content.addWidget(self.source)
        self.around = Fold("Schedule, clipping, wrappers", self)
        self.around.toggled.connect(self._show_around)
        layout = column(self)
        layout.addWidget(self.rule_fold)
        layout.addWidget(self.around)

    def show_racer(self, racer: Racer) -> None:
        """Show a racer's rule and surroundings."""
        self._racer = racer
        self.rule_fold.setVisible(bool(racer.optimizer.RULE or racer.optimizer.SOURCE))
        self.around.header.setToolTip(
            "What its learning rate does over the steps, bounds on the gradient, and what "
            "surrounds the rule"
        )
        is_changed = any(getattr(racer, name) != getattr(Racer(), name) for name in _AROUND)
        self.around.summary.setText("changed" if is_changed else "")
        self._show_rule()
        self._show_around()

    def refuse(self, path: str, message: str) -> bool:
        return any(field.refuse(path, message) for field in self.fields.values())

    @Slot()
    def _show_rule(self) -> None:
        if self._racer is None or not self.rule_fold.is_open:
            return
        optimizer = self._racer.optimizer
        self.rule.show_rule(optimizer.RULE)
        self.rule.setVisible(bool(optimizer.RULE))
        self.source.setText(optimizer.SOURCE)

    @Slot()
    def _show_around(self) -> None:
        racer = self._racer
        if racer is None or not self.around.is_open:
            return
        if not self.fields:
            self._build()
        for name, field in self.fields.items():
            value = getattr(racer, name)
            field.show_value(value)
            # A method takes neither; what was set before must stay in reach.
            can_have = isinstance(racer.optimizer, UpdateRule) or name not in _OF_RULES
            field.setVisible(can_have or value != getattr(Racer(), name))
        schedule = self.fields["schedule"]
        assert isinstance(schedule, KindField)
        reasons = {kind.name(): schedule_refusal(kind(), racer.optimizer) for kind in SCHEDULES}
        schedule.bar({name: reason for name, reason in reasons.items() if reason})

    def _build(self) -> None:
        for setting in settings_of(Racer):
            if setting.name in _AROUND:
                field = field_for(setting, f"{self.path}.{setting.name}", self.around.body, AT_ONCE)
                field.edited.connect(self.edited)
                field.rebuilt.connect(self.rebuilt)
                self.around.content.addWidget(field)
                self.fields[setting.name] = field
        self.rebuilt.emit()
