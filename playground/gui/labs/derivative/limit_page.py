"""The page of one variable: the limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from playground.calculus.situation import LEAST_STEP
from playground.gui.dock_area import Arrangement
from playground.gui.labs.derivative.limit_dock import LimitDock
from playground.gui.labs.derivative.page import Page, Table
from playground.gui.labs.derivative.study import SETTINGS, Study
from playground.gui.plots.view_dock import ViewDock
from playground.gui.widgets.stops import stops_of
from playground.gui.workspaces.workspace import Offer


class Shrinking:
    """Makes h smaller stop by stop, as its slider does."""

    def __init__(self, study: Study) -> None:
        self._study = study
        stops = stops_of(SETTINGS["step"])
        assert stops is not None
        self._stops = stops

    def smaller(self) -> bool:
        """Go to the next smaller step; False where it is the least."""
        return self._go(-1)

    def larger(self) -> bool:
        """Go to the next larger step; False where it is the largest."""
        return self._go(1)

    def largest(self) -> None:
        """Begin anew."""
        self._study.set(step=1.0)

    def offers(self) -> Mapping[str, Offer]:
        """Return what the shared actions do with h."""
        return {
            "step": Offer(self.smaller, "Smaller h", "Make the step h a little smaller"),
            "step_back": Offer(self.larger, "Larger h", "Make the step h larger again"),
            "reset": Offer(self.largest, "h = 1", "Begin again with h = 1"),
        }

    def tick(self) -> bool:
        """Take one step of playing: from the least step it begins anew."""
        if self._study.situation.step <= LEAST_STEP:
            self.largest()
            return True
        return self.smaller() and self._study.situation.step > LEAST_STEP

    def _go(self, direction: int) -> bool:
        value = self._stops.beside(self._study.situation.step, direction)
        if value is not None:
            self._study.set(step=value)
        return value is not None


class LimitPage(Page):
    """f with point, secant and tangent; f′ and f″ below."""

    TITLE: ClassVar[str] = "Limit"
    HELP: ClassVar[str] = "The secant becomes the tangent as h goes to zero"
    PERIOD_MS: ClassVar[int] = 45
    ARRANGEMENT: ClassVar[Arrangement] = Arrangement(
        columns=(("derivative_limit",),),
        otherwise="derivative_limit",
        widths=(100,),
        heights=((100,),),
    )

    def make_docks(self) -> Sequence[ViewDock]:
        self.limit = LimitDock(self.study)
        self.shrinking = Shrinking(self.study)
        return [self.limit]

    def tick(self) -> bool:
        return self.shrinking.tick()

    def offers(self) -> Mapping[str, Offer]:
        return {
            "play": Offer(self.ticker.toggle, help="Let h go to zero"),
            **self.shrinking.offers(),
        }

    def tables(self) -> Mapping[str, Table]:
        names = ("f", "first_derivative", "second_derivative")
        plots = self.limit.curve_plots
        samples = {name: plot.y for name, plot in zip(names, plots, strict=True)}
        return {"function": {"x": self.limit.f.x, **samples}}

    def first_focus(self) -> QWidget:
        return self.limit.canvas
