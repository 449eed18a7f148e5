"""What is looked at of a typed formula: a point, a step, a stretch of the axis."""

from __future__ import annotations

import math

from pydantic import ValidationInfo, field_validator

from playground.calculus.formula import parse
from playground.declarations import Declared, declare
from playground.errors import FormulaError

VARIABLE = ("x",)
PLANE = ("x", "y")
LEAST_STEP = 1e-16


class Situation(Declared):
    """Everything that can be changed, remembered and taken back.

    Both formulas can be read, and the axis has a width.
    """

    formula: str = declare("x^3/3 - x", label="Formula", help="The function f(x)")
    point: float = declare(0.6, live=True, label="a", help="Where the slope is taken")
    step: float = declare(
        1.0,
        ge=LEAST_STEP,
        le=1.0,
        slider=(LEAST_STEP, 1.0),
        scale="log",
        live=True,
        label="h",
        help="How far the second point of the secant is from a; at the left end nothing is left",
    )
    from_left: bool = declare(
        False, live=True, label="From the left", help="Take the second point at a − h"
    )
    low: float = declare(-3.0, label="From", help="Where the axis begins")
    high: float = declare(3.0, label="To", help="Where the axis ends")
    surface: str = declare("x^3 - 3x + y^2", label="Formula", help="The function f(x, y)")
    x: float = declare(0.4, live=True, label="x", help="Where the plane is looked at")
    y: float = declare(0.8, live=True, label="y", help="Where the plane is looked at")
    reach: float = declare(3.0, gt=0.0, label="Reach", help="How far both axes go from 0")
    direction_deg: float = declare(
        30.0,
        ge=0.0,
        le=360.0,
        slider=(0.0, 360.0),
        unit="°",
        live=True,
        label="Direction",
        help="Of the directional derivative, from the x axis towards the y axis",
    )

    @field_validator("formula", "surface")
    @classmethod
    def _can_be_read(cls, text: str, info: ValidationInfo) -> str:
        try:
            parse(text, VARIABLE if info.field_name == "formula" else PLANE)
        except FormulaError as error:
            raise ValueError(str(error)) from None
        return text

    @field_validator("high")
    @classmethod
    def _has_width(cls, high: float, info: ValidationInfo) -> float:
        low = info.data.get("low")
        if low is not None and not (high > low and math.isfinite(high - low)):
            raise ValueError(f"must be > low, which is {low:g}, got {high:g}")
        return high
