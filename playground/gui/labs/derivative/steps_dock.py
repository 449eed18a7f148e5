"""The derivation: the derivative typeset, and its steps, each unfolding into what it needs."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from playground.calculus.derivation import Step
from playground.calculus.formula import Formula
from playground.calculus.simplification import BackgroundSimplifier
from playground.gui.icons import set_icon
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.widgets.labels import Caption, column
from playground.gui.widgets.mathematics import Mathematics

TYPESET_MS = 60
"""How long after the last keystroke the steps are typeset."""

SIMPLIFY_MS, LOOK_MS = 500, 40
"""How long after that sympy is asked, and how often its answer is looked for."""

LONGEST = 400
"""LaTeX longer than that is written as text: it would be too wide to be read."""


class StepsDock(ViewDock):
    """Shows how the derivative is found, rule by rule."""

    def __init__(self, study: Study) -> None:
        self.frame = QScrollArea(widgetResizable=True)
        self.frame.setFrameShape(QFrame.Shape.NoFrame)
        self.frame.setAccessibleName("Steps of the derivation")
        super().__init__("derivative_steps", "Derivation", self.frame)
        self.study = study
        self._soon = QTimer(self, singleShot=True, interval=TYPESET_MS)
        self._soon.timeout.connect(self._build)
        self.header.add_button("Unfold", "Unfold every step", self.unfold, icon="arrows-out")
        self.header.add_button("Fold", "Fold all steps", self.fold, icon="arrows-in")
        self.simplifies = self.header.add_toggle(
            "simplify",
            "Let sympy look for a shorter form, for 5 s at most",
            self._on_simplify,
            on=True,
        )
        self.simplifier = BackgroundSimplifier()
        self.remark = Caption()
        self.simpler: QWidget | None = None
        self._simplify_soon = QTimer(self, singleShot=True, interval=SIMPLIFY_MS)
        self._simplify_soon.timeout.connect(self._simplify)
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._on_look)
        self.answer: QWidget | None = None
        self._shown: Step | None = None
        self.root: StepView | None = None
        study.changed.connect(self._on_changed)
        theme_signals.changed.connect(self._on_theme)

    @property
    def is_settled(self) -> bool:
        """Whether the steps are those of the present formula."""
        is_simple = not (self._simplify_soon.isActive() or self.simplifier.is_busy)
        return self._shown is self.study.step and is_simple

    @Slot()
    def refresh(self) -> None:
        """Typeset the steps again, if somebody can see them."""
        if self.is_shown and self._shown is not self.study.step:
            self._soon.start()

    def pictured(self) -> QWidget:
        return self.frame.widget() or self.frame

    def unfold(self) -> None:
        """Show every step."""
        if self.root is not None:
            self.root.set_open(True, deep=True)

    def fold(self) -> None:
        """Show the first step alone."""
        if self.root is not None:
            self.root.set_open(False, deep=True)

    @Slot()
    def _build(self) -> None:
        self._shown = step = self.study.step
        body = QFrame()
        body.setObjectName("steps")
        body.setStyleSheet(f"#steps {{ background: {current_theme().plot_background}; }}")
        stack = column(body, 12)
        stack.setContentsMargins(scaled(16), scaled(12), scaled(16), scaled(16))
        self.answer = equation("f'(x)", step.result.to_latex(), f"f′(x) = {step.result}", 1.6)
        stack.addWidget(self.answer)
        self.simpler, self.remark = None, Caption()
        self.remark.hide()
        stack.addWidget(self.remark)
        if self.simplifies.isChecked():
            self._simplify_soon.start()
        self.root = StepView(step)
        self.root.set_open(True)
        stack.addWidget(self.root)
        stack.addStretch(1)
        self.frame.setWidget(body)

    # --- simplification ------------------------------------------------------------------------

    def close_simplifier(self) -> None:
        """End sympy's process."""
        self._look.stop()
        self._simplify_soon.stop()
        self.simplifier.close()

    def _on_simplify(self, on: bool) -> None:
        if on:
            self._simplify_soon.start()
        else:
            self._cancel()
            self._show_simpler("", None)

    def _cancel(self) -> None:
        self._simplify_soon.stop()
        self._look.stop()
        self.simplifier.cancel()

    @Slot()
    def _simplify(self) -> None:
        if self.is_shown and self._shown is not None:
            self.simplifier.submit(self._shown.result)
            self._look.start()

    @Slot()
    def _on_look(self) -> None:
        ended = self.simplifier.poll()
        if ended is None:
            return
        self._look.stop()
        match ended.outcome:
            case "simplified":
                self._show_simpler("Shorter, by sympy:", ended.result)
            case "timed out":
                self._show_simpler(f"Sympy found no shorter form: {ended.message}.", None)
            case "failed":
                self._show_simpler(f"Sympy cannot simplify it: {ended.message}.", None)
            case _:
                self._show_simpler("", None)

    def _show_simpler(self, remark: str, formula: Formula | None) -> None:
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))
        if self.simpler is not None:
            self.simpler.hide()
            self.simpler.deleteLater()
            self.simpler = None
        body = self.frame.widget()
        if formula is not None and body is not None:
            text = f"f′(x) = {formula}"
            self.simpler = equation("f'(x)", formula.to_latex(), text, 1.4)
            stack = cast(QVBoxLayout, body.layout())
            stack.insertWidget(stack.indexOf(self.remark) + 1, self.simpler)

    # --------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if "formula" in names:
            self._cancel()
            self.refresh()

    @Slot()
    def _on_theme(self) -> None:
        if self._shown is not None:
            self._shown = None
            self.refresh()


class StepView(QWidget):
    """One step: its rule, its equation, and below, unfolded on demand, the steps it needs."""

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self.children_: list[StepView] = []
        self.is_open = False
        self.arrow = QToolButton(self)
        self.arrow.setAutoRaise(True)
        self.arrow.setAccessibleName(f"Unfold {step.title}")
        self.arrow.clicked.connect(self._toggle)
        keeps = self.arrow.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.arrow.setSizePolicy(keeps)
        title = QLabel(step.title, self)
        title.setObjectName("heading")
        rule = Mathematics(step.rule.statement, color="muted", factor=1.0)
        row = QHBoxLayout()
        row.setSpacing(scaled(6))
        row.addWidget(self.arrow)
        row.addWidget(title)
        row.addSpacing(scaled(10))
        row.addWidget(rule)
        row.addStretch(1)
        self.equation = equation(step.question_latex(), step.result.to_latex(), str(step), 1.25)
        stack = column(self, 4)
        stack.addLayout(row)
        indented = QHBoxLayout()
        indented.setContentsMargins(scaled(30), 0, 0, 0)
        indented.addWidget(self.equation)
        stack.addLayout(indented)
        self.below = _Indented(self)
        stack.addWidget(self.below)
        self.below.hide()
        self._show_arrow()

    def set_open(self, is_open: bool, *, deep: bool = False) -> None:
        """Unfold or fold, with everything below when ``deep``."""
        is_open = is_open and bool(self.step.substeps)
        if is_open and not self.children_:
            for substep in self.step.substeps:
                child = StepView(substep, self.below)
                self.children_.append(child)
                self.below.stack.addWidget(child)
        self.is_open = is_open
        self.below.setVisible(is_open)
        self._show_arrow()
        if deep:
            for child in self.children_:
                child.set_open(is_open, deep=True)

    @Slot()
    def _toggle(self) -> None:
        self.set_open(not self.is_open)

    def _show_arrow(self) -> None:
        has_steps = bool(self.step.substeps)
        self.arrow.setVisible(has_steps)
        set_icon(self.arrow, "caret-down" if self.is_open else "caret-right")
        self.arrow.setToolTip("Fold" if self.is_open else "Unfold")


class _Indented(QWidget):
    """Steps below a step, beside a line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.stack = column(self, 10)
        self.stack.setContentsMargins(scaled(30), scaled(6), 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        x = scaled(11)
        painter.setPen(QColor(current_theme().border))
        painter.drawLine(x, 0, x, self.height())


def equation(start: str, end: str, text: str, factor: float) -> QWidget:
    """Return an equation typeset, or as a wrapped text where it is too long for that."""
    if len(start) + len(end) > LONGEST:
        label = Caption()
        label.setText(text)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
    typeset = Mathematics(factor=factor)
    typeset.set_latex(f"{start} = {end}", text)
    return typeset
