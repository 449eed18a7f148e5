"""The panel of two variables: point, direction, and what the derivatives there are."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QWidget

from playground.gui.labs.derivative.dial import Dial
from playground.gui.labs.derivative.lab_panel import LabPanel
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.formats import number

_GRADIENT = {
    "value": ("f", "f"),
    "fx": (r"\partial f / \partial x", "partial derivative by x"),
    "fy": (r"\partial f / \partial y", "partial derivative by y"),
    "steepness": (r"\left|\nabla f\right|", "length of the gradient"),
}
_DIRECTION = {
    "slope": (r"u \cdot \nabla f", "slope in the direction"),
    "curvature": (r"u^{T} H u", "curvature in the direction"),
}
_HESSIAN = {
    "fxx": (r"\partial^2 f / \partial x^2", "second derivative by x"),
    "fxy": (r"\partial^2 f / \partial x \partial y", "mixed second derivative"),
    "fyy": (r"\partial^2 f / \partial y^2", "second derivative by y"),
    "low": (r"\lambda_1", "smaller eigenvalue of the Hessian"),
    "high": (r"\lambda_2", "larger eigenvalue of the Hessian"),
}
_SHAPES = {
    "valley": "It bends up in every direction: a valley.",
    "hill": "It bends down in every direction: a hill.",
    "saddle": "It bends up one way and down the other: a saddle.",
    "trough": "It bends along one direction only.",
    "flat": "It does not bend here.",
    "undefined": "There is no Hessian here.",
}


class PlanePanel(LabPanel):
    """Point and direction, gradient and Hessian."""

    def __init__(self, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(study, parent)
        self.add_heading("Point")
        self.add_field("x")
        self.add_field("y")
        self.add_readouts(_GRADIENT)
        self.add_heading("Direction u")
        self.add_field("direction_deg")
        self.dial = Dial()
        self.dial.turned.connect(self._on_turned)
        self.column.addWidget(self.dial, 0, Qt.AlignmentFlag.AlignHCenter)
        self.add_readouts(_DIRECTION)
        self.add_heading("Curvature")
        self.add_readouts(_HESSIAN)
        self.shape = QLabel()
        self.shape.setObjectName("muted")
        self.shape.setWordWrap(True)
        self.column.addWidget(self.shape)
        self.column.addStretch(1)
        study.changed.connect(self._on_changed)
        self._show()

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"surface", "x", "y", "direction_deg"} and self.isVisible():
            self._show()

    def show_now(self) -> None:
        """Show the present numbers, when the panel comes into sight."""
        self._show()

    def _show(self) -> None:
        self.show_fields()
        local, angle = self.study.local, self.study.situation.direction_deg
        slope, curvature = local.along(math.radians(angle))
        (fxx, fxy), (_, fyy) = local.hessian
        low, high = local.eigenvalues
        values = {
            "value": local.value,
            "fx": local.gradient[0],
            "fy": local.gradient[1],
            "steepness": local.steepness,
            "slope": slope,
            "curvature": curvature,
            "fxx": fxx,
            "fxy": fxy,
            "fyy": fyy,
            "low": low,
            "high": high,
        }
        for name, value in values.items():
            self.readouts[name].setText("–" if math.isnan(value) else number(float(value), 7))
        self.dial.show_local(local, angle)
        self.shape.setText(_SHAPES[local.shape])

    @Slot(float)
    def _on_turned(self, angle_deg: float) -> None:
        self.study.set(direction_deg=angle_deg)
