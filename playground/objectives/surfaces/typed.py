"""A surface that is typed in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from pydantic import field_validator, model_validator

from playground.calculus.formula import Formula, parse
from playground.declarations import declare
from playground.errors import FormulaError
from playground.objectives.minima import search_minima
from playground.objectives.surface import SURFACES, Domain, Minimum, Scale, Surface

VARIABLES = ("x", "y")


def _edge(default: float, label: str, which: str) -> Any:
    return declare(
        default,
        ge=-1e6,
        le=1e6,
        slider=(-10.0, 10.0),
        label=label,
        help=f"{which} edge of the map.",
    )


@SURFACES.register
class TypedFormula(Surface):
    """Any formula of x and y; its minima are searched for."""

    LABEL = "Formula"
    SOURCE = "typed in"
    kind: Literal["formula"] = "formula"
    expression: str = declare(
        "x^2 + 3y^2", max_length=1000, label="f(x, y)", help="As one writes it."
    )
    x_min: float = _edge(-5.0, "x from", "Left")
    x_max: float = _edge(5.0, "x to", "Right")
    y_min: float = _edge(-5.0, "y from", "Lower")
    y_max: float = _edge(5.0, "y to", "Upper")
    spacing: Literal["linear", "log"] = declare(
        "linear", help="How isolines and colours are spaced: evenly, or closer near the floor."
    )

    @field_validator("expression")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            _parsed(text)
        except FormulaError as error:
            # As any other value that is refused: whoever reads settings adds where it stood.
            raise ValueError(str(error)) from None
        return text

    @model_validator(mode="after")
    def _has_room(self) -> TypedFormula:
        for low, high in (("x_min", "x_max"), ("y_min", "y_max")):
            if not getattr(self, low) < getattr(self, high):
                raise ValueError(
                    f"{low} must be less than {high}, got {getattr(self, low):g} and "
                    f"{getattr(self, high):g}"
                )
        return self

    @classmethod
    def reading(cls, text: str) -> TypedFormula:
        """Return the surface of a formula.

        Raises
        ------
        FormulaError
            Where it cannot be read; says the column.
        """
        _parsed(text)
        return cls(expression=text)

    @property
    def formula(self) -> str:
        return rf"f(x, y) = {_parsed(self.expression).to_latex()}"

    @property
    def domain(self) -> Domain:
        return Domain(self.x_min, self.x_max, self.y_min, self.y_max)

    @property
    def start(self) -> tuple[float, float]:
        x0, x1, y0, y1 = self.domain
        return x0 + 0.1 * (x1 - x0), y0 + 0.8 * (y1 - y0)

    @property
    def scale(self) -> Scale:
        return self.spacing

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return _searched(self.expression, self.domain)

    def of(self, x: Any, y: Any) -> Any:
        return _parsed(self.expression)(x, y)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Formula:
    return parse(text, VARIABLES)


@lru_cache(maxsize=64)
def _searched(text: str, domain: Domain) -> tuple[Minimum, ...]:
    x0, x1, y0, y1 = domain
    return search_minima(TypedFormula(expression=text, x_min=x0, x_max=x1, y_min=y0, y_max=y1))
