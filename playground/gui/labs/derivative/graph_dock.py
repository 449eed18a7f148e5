"""Automatic differentiation one node at a time: dual numbers forward, adjoints backward."""

from __future__ import annotations

from functools import cached_property
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel

from playground.calculus.trace import Mode, Trace, TraceStep, trace
from playground.gui.labs.derivative.graph_view import GraphView, Moment
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.labels import column
from playground.gui.widgets.mathematics import Mathematics

MODES: dict[str, str] = {"forward": "Forward: dual numbers", "reverse": "Reverse: adjoints"}
MOST_EQUATIONS = 3


class GraphDock(ViewDock):
    """The graph above the equation of the present step.

    Attributes
    ----------
    mode
        ``forward`` or ``reverse``.
    n_steps
        How many steps of it have been taken.
    """

    moved = Signal()
    """Another step is shown."""

    def __init__(self, study: Study) -> None:
        body = QFrame()
        body.setObjectName("graph")
        super().__init__("derivative_graph", "Computation graph", body)
        self.body, self.study = body, study
        self.mode: Mode = "forward"
        self.n_steps = 0
        self.graph = GraphView(body)
        self.caption = QLabel(body)
        self.caption.setObjectName("muted")
        self.equations = [Mathematics(parent=body, factor=1.3) for _ in range(MOST_EQUATIONS)]
        self._stack = column(body, 4)
        self._stack.addWidget(self.graph, 1)
        self._stack.addWidget(self.caption)
        for equation in self.equations:
            self._stack.addWidget(equation)
        self.choice = self.header.add_choice(
            "Which way derivatives are carried", MODES, self._on_mode
        )
        study.changed.connect(self._on_changed)
        theme_signals.changed.connect(self._restyle)
        self._restyle()

    @cached_property
    def trace(self) -> Trace:
        """The computation at the point."""
        return trace(self.study.formula, self.study.situation.point)

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        """All steps of the present mode."""
        return self.trace.forward if self.mode == "forward" else self.trace.reverse

    def step(self, count: int) -> bool:
        """Go some steps forward or back; False where there are none left."""
        wanted = min(max(self.n_steps + count, 0), len(self.steps))
        has_moved = wanted != self.n_steps
        self.n_steps = wanted
        self.refresh()
        self.moved.emit()
        return has_moved

    @Slot()
    def rewind(self) -> None:
        """Begin anew."""
        self.n_steps = 0
        self.refresh()
        self.moved.emit()

    @Slot()
    def refresh(self) -> None:
        """Draw the present step again, if somebody can see it."""
        if not self.is_shown:
            return
        self.n_steps = min(self.n_steps, len(self.steps))
        step = self.steps[self.n_steps - 1] if self.n_steps else None
        known = self.trace.known_after(self.mode, self.n_steps)
        self.graph.show_trace(self.trace, Moment(self.mode, step, known))
        self._show_equations(step)

    def _show_equations(self, step: TraceStep | None) -> None:
        self.caption.setText(self._words(step))
        latex = step.equations[:MOST_EQUATIONS] if step else ()
        for index, label in enumerate(self.equations):
            label.setVisible(index < len(latex))
            label.set_latex(latex[index] if index < len(latex) else "")

    def _words(self, step: TraceStep | None) -> str:
        n_steps = len(self.steps)
        if step is None:
            first = "x, whose tangent is 1" if self.mode == "forward" else "f, whose adjoint is 1"
            return f"{n_steps} steps, from {first}: Step (S) takes one."
        node = self.trace.nodes[step.node]
        return f"Step {self.n_steps} of {n_steps}: {node.name} = {node.expression}"

    def _on_mode(self, mode: str) -> None:
        self.mode = cast(Mode, mode)
        self.rewind()

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "point"}:
            self.__dict__.pop("trace", None)
            self.refresh()
        if "formula" in names:
            self.n_steps = 0
            self.moved.emit()

    @Slot()
    def _restyle(self) -> None:
        theme = current_theme()
        self.body.setStyleSheet(f"#graph {{ background: {theme.plot_background}; }}")
        self._stack.setContentsMargins(scaled(12), 0, scaled(12), scaled(10))
        self.caption.setFont(tabular_font(self.caption))
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.graph.update()
