"""The page of methods: values and errors of every way to a derivative, and the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from playground.calculus.formula import Formula
from playground.calculus.methods import ErrorCurve, Methods, Ways
from playground.gui.dock_area import Arrangement
from playground.gui.labs.background import Improver, ShouldStop
from playground.gui.labs.derivative.error_dock import ErrorDock
from playground.gui.labs.derivative.limit_page import Shrinking
from playground.gui.labs.derivative.page import Page, Table
from playground.gui.labs.derivative.study import Study
from playground.gui.labs.derivative.ways_dock import WaysDock
from playground.gui.plots.view_dock import ViewDock
from playground.gui.workspaces.workspace import Offer


class WaysPage(Page):
    """A table of methods above their errors against h."""

    TITLE: ClassVar[str] = "Six ways"
    HELP: ClassVar[str] = "Symbolic, differences, complex step and automatic differentiation"
    PERIOD_MS: ClassVar[int] = 60
    ARRANGEMENT: ClassVar[Arrangement] = Arrangement(
        columns=(("derivative_ways", "derivative_errors"),),
        otherwise="derivative_ways",
        widths=(100,),
        heights=((47, 53),),
    )

    def make_docks(self) -> Sequence[ViewDock]:
        self.table, self.errors = WaysDock(), ErrorDock(self.study)
        self.shrinking = Shrinking(self.study)
        self.asker = Asker(self.study, self._is_seen, self.table)
        self.asker.crashed.connect(self.crashed)
        self.asker.found_ways.connect(self.table.show_ways)
        self.asker.found_curves.connect(self.errors.show_curves)
        for dock in (self.table, self.errors):
            dock.visibilityChanged.connect(self.asker.ask)
        return [self.table, self.errors]

    def tick(self) -> bool:
        return self.shrinking.tick()

    def offers(self) -> Mapping[str, Offer]:
        return {
            "play": Offer(self.ticker.toggle, help="Let h go to zero"),
            **self.shrinking.offers(),
        }

    def tables(self) -> Mapping[str, Table]:
        tables: dict[str, Table] = {}
        if self.errors.curves:
            by_method = {c.method.replace(" ", "_"): c.error for c in self.errors.curves}
            tables["errors"] = {"h": self.errors.curves[0].h, **by_method}
        if (ways := self.table.ways) is not None:
            tables["methods"] = {
                name: np.array([getattr(estimate, name) for estimate in ways.estimates])
                for name in ("method", "order", "value", "error", "evaluations", "time_s", "h")
            }
        return tables

    def is_settled(self) -> bool:
        return self.asker.is_settled

    def close(self) -> None:
        self.asker.close()

    def _is_seen(self) -> bool:
        return self.table.is_shown or self.errors.is_shown


class Asker(QObject):
    """Computes the methods on a thread of its own: a new formula has four programs to compile.

    Parameters
    ----------
    study
        The formula, point and step.
    is_seen
        Whether anybody looks.
    """

    found_ways = Signal(object)
    found_curves = Signal(object)
    crashed = Signal(object)

    def __init__(self, study: Study, is_seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._study = study
        self._is_seen = is_seen
        self._asked: tuple[Formula, float, float] | None = None
        self._granted: tuple[Formula, float, float] | None = None
        self._ways: Methods | None = None
        self._needs_curves = False
        self._ticket = -1
        self._worker = Improver("derivative")
        self._worker.improved.connect(self._on_improved)
        self._worker.crashed.connect(self.crashed)
        study.changed.connect(self._on_changed)

    @property
    def is_settled(self) -> bool:
        """Whether the newest wish has been granted."""
        return self._asked is not None and self._granted == self._asked

    @Slot()
    def ask(self) -> None:
        """Compute what is not known yet, if anybody looks."""
        situation, formula = self._study.situation, self._study.formula
        wanted = (formula, situation.point, situation.step)
        if wanted == self._asked or not self._is_seen():
            return
        before, self._asked = self._asked, wanted
        needs_curves = before is None or before[:2] != wanted[:2]
        if self._ways is None or self._ways.formula != formula:
            self._ways = Methods(formula)
        # Those of an overtaken wish are still due.
        self._needs_curves = needs_curves or self._needs_curves
        self._ticket = self._worker.ask(
            _job(self._ways, situation.point, situation.step, self._needs_curves)
        )

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "point", "step"}:
            self.ask()

    @Slot(int, object)
    def _on_improved(self, ticket: int, result: Ways | tuple[ErrorCurve, ...]) -> None:
        if ticket != self._ticket:
            return
        if isinstance(result, Ways):
            self._granted = self._asked
            self.found_ways.emit(result)
        else:
            self._needs_curves = False
            self.found_curves.emit(result)


def _job(
    ways: Methods, a: float, h: float, needs_curves: bool
) -> Callable[[ShouldStop], Iterator[Ways | tuple[ErrorCurve, ...]]]:
    def work(should_stop: ShouldStop) -> Iterator[Ways | tuple[ErrorCurve, ...]]:
        if needs_curves:
            yield ways.error_against_h(a)
        if not should_stop():
            yield ways.at(a, h)

    return work
