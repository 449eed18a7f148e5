"""The optimizer's part of the side panel: its form below its update rule."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from playground.declarations import Setting, settings_of
from playground.gui.panels.fields import SingleField
from playground.gui.panels.form import KindField
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import scaled
from playground.gui.widgets.labels import Caption
from playground.gui.widgets.rule import RuleView
from playground.gui.widgets.section import Fold
from playground.gui.widgets.stops import number_text
from playground.optimizers.optimizer import Optimizer
from playground.training.experiment import Experiment
from playground.training.problem import Problem, refusals, signature_of

TYPESET_AFTER_MS = 400
"""The library that typesets takes a fifth of a second to load: not before the first picture."""

_DECIDES = ("model", "loss", "penalties", "schedule")


class OptimizerField(KindField):
    """An optimizer's settings, its rule with their symbols, its source and its defaults."""

    restored = Signal(object)
    """Settings by path that shall be what their authors give."""

    def __init__(self, setting: Setting, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(setting, setting.name, parent)
        self._session = session
        self._optimizer: Optimizer | None = None
        self._run: Run | None = None
        self._decided_by: tuple[Any, ...] = ()
        self.edited.connect(self._light)
        self.rebuilt.connect(self._watch_settings)
        self.fold = Fold("Update rule", self)
        self.fold.set_open(True)
        self.fold.toggled.connect(self._show_rule)
        self.rule = RuleView(self.fold.body)
        self.source = Caption(self.fold.body)
        self.defaults = Caption(self.fold.body)
        self.restore = QPushButton("Restore", self.fold.body)
        self.restore.setToolTip("Go back to the defaults that its authors give")
        self.restore.clicked.connect(self._restore)
        self._typeset_soon = QTimer(self, interval=TYPESET_AFTER_MS, singleShot=True)
        self._typeset_soon.timeout.connect(self._show_rule)
        self._is_ready = False
        self._build()
        session.run_started.connect(self._on_run_started)
        session.experiment_changed.connect(self._bar)
        if session.run is not None:
            self._on_run_started(session.run)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        row.addWidget(self.defaults, 1)
        row.addWidget(self.restore)
        self.fold.content.addWidget(self.rule)
        self.fold.content.addWidget(self.source)
        self.fold.content.addLayout(row)
        self.add_below_choice(self.fold)

    # --- what is shown --------------------------------------------------------------------------

    def show_value(self, value: Any) -> None:
        self._optimizer = value
        super().show_value(value)
        self.source.setText(value.SOURCE)
        self.source.setVisible(bool(value.SOURCE))
        self._show_defaults(value)
        self._show_rule()

    def filter(self, text: str) -> bool:
        is_rule = not text or text in "optimizer update rule"
        self.fold.setVisible(is_rule)
        return super().filter(text) or is_rule

    def showEvent(self, event: QShowEvent) -> None:
        """Typeset the rule, once the window has had its first picture."""
        super().showEvent(event)
        if not self._is_ready:
            self._typeset_soon.start()

    @Slot()
    def _show_rule(self) -> None:
        if self.sender() is self._typeset_soon:
            self._is_ready = True
        if self._is_ready and self._optimizer is not None and self.fold.is_open:
            self.rule.show_rule(self._optimizer.RULE)
        self.rule.setVisible(self._optimizer is not None and bool(self._optimizer.RULE))

    def _show_defaults(self, optimizer: Optimizer) -> None:
        numbers = [s for s in settings_of(optimizer) if s.form in ("number", "integer")]
        shown = ", ".join(f"{s.symbol or s.label}\u00a0{number_text(s.default)}" for s in numbers)
        self.defaults.setText(f"Defaults: {shown}" if shown else "")
        self.defaults.setVisible(bool(shown))
        self.restore.setVisible(bool(shown))
        self.restore.setEnabled(bool(self._changed()))

    def _changed(self) -> list[Setting]:
        optimizer = self._optimizer
        if optimizer is None:
            return []
        plain = [s for s in settings_of(optimizer) if s.form not in ("kind", "group", "list")]
        return [s for s in plain if getattr(optimizer, s.name) != s.default]

    # --- what is done ---------------------------------------------------------------------------

    @Slot()
    def _restore(self) -> None:
        changed = self._changed()
        self.restored.emit({f"{self.path}.{s.name}": s.default for s in changed})

    # --- symbols --------------------------------------------------------------------------------

    @Slot()
    def _watch_settings(self) -> None:
        """Take note of the pointer over the settings of a new form."""
        if self.form is not None:
            for field in self.form.fields.values():
                if isinstance(field, SingleField) and field.setting.symbol:
                    field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Light up the symbol of the setting under the pointer."""
        if isinstance(watched, SingleField):
            if event.type() == QEvent.Type.Enter:
                self._light(watched.path)
            elif event.type() == QEvent.Type.Leave:
                self.rule.light("")
        return super().eventFilter(watched, event)

    @Slot(str, object)
    def _light(self, path: str, _value: object = None) -> None:
        form = self.form
        field = None if form is None else form.fields.get(path.rpartition(".")[2])
        if isinstance(field, SingleField):
            self.rule.light(field.setting.symbol)

    # --- which optimizers can be chosen ---------------------------------------------------------

    @Slot(object)
    def _on_run_started(self, run: Run) -> None:
        self._run = run
        self._decided_by = ()
        self._bar(self._session.experiment)

    @Slot(object)
    def _bar(self, experiment: Experiment) -> None:
        run = self._run
        # The data of the run before says nothing of another experiment.
        if run is None or self._session.awaits_run:
            return
        parts = [getattr(experiment, name) for name in _DECIDES]
        decided_by = (*parts, experiment.training.batch_size)
        if decided_by != self._decided_by:
            self._decided_by = decided_by
            signature = signature_of(run.prepared, experiment.loss)
            self.bar(refusals(experiment, Problem(run.prepared, signature, run.layout)))
