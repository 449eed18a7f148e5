"""The page of two variables: a map, its slices, and what the derivatives at a point say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from playground.gui.dock_area import Arrangement
from playground.gui.labs.derivative.page import Page, Table
from playground.gui.labs.derivative.plane_dock import PlaneDock
from playground.gui.labs.derivative.slices_dock import SlicesDock
from playground.gui.plots.view_dock import ViewDock
from playground.gui.workspaces.workspace import Offer

TURN_DEG = 5.0


class PlanePage(Page):
    """The map left, both slices right."""

    TITLE: ClassVar[str] = "Two variables"
    HELP: ClassVar[str] = "Contours, gradient, directional derivative, Hessian and Taylor"
    IS_PLANE: ClassVar[bool] = True
    PERIOD_MS: ClassVar[int] = 50
    ARRANGEMENT: ClassVar[Arrangement] = Arrangement(
        columns=(("derivative_plane",), ("derivative_slices",)),
        otherwise="derivative_plane",
        widths=(60, 40),
        heights=((100,), (100,)),
    )

    def make_docks(self) -> Sequence[ViewDock]:
        self.map = PlaneDock(self.study)
        self.slices = SlicesDock(self.study, self.map)
        return [self.map, self.slices]

    def tick(self) -> bool:
        self._turn(TURN_DEG / 2)
        return True

    def offers(self) -> Mapping[str, Offer]:
        return {
            "play": Offer(self.ticker.toggle, help="Turn the direction all around"),
            "step": Offer(
                lambda: self._turn(-TURN_DEG), "Turn right", "Turn the direction to the right"
            ),
            "step_back": Offer(
                lambda: self._turn(TURN_DEG), "Turn left", "Turn the direction to the left"
            ),
            "reset": Offer(self._steepest, "Steepest", "Turn the direction along the gradient"),
        }

    def tables(self) -> Mapping[str, Table]:
        return {
            f"slice_{name}": {
                name: cut.positions,
                "f": cut.values,
                "slope": cut.slopes,
                "tangent": cut.tangent,
            }
            for name, cut in zip("xy", self.slices.slices, strict=False)
        }

    def first_focus(self) -> QWidget:
        return self.map.canvas

    def _turn(self, degrees: float) -> None:
        angle = (self.study.situation.direction_deg + degrees) % 360.0
        self.study.set(direction_deg=round(angle, 3))

    def _steepest(self) -> None:
        fx, fy = self.study.local.gradient
        if math.isfinite(fx + fy):
            self.study.set(direction_deg=round(math.degrees(math.atan2(fy, fx)) % 360.0, 3))
