"""Classical test functions with few minima, most of them sums of squares."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any, Literal

from playground import autodiff as ad
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface


@SURFACES.register
class Rosenbrock(Surface):
    """A curved valley: easy to enter, slow to follow."""

    FORMULA = r"f(x, y) = (1 - x)^2 + 100\,(y - x^2)^2"
    SOURCE = "Rosenbrock 1960"
    DOMAIN = Domain(-2.0, 2.0, -1.0, 3.0)
    START = (-1.2, 1.0)
    MINIMA = (Minimum(1.0, 1.0, 0.0),)
    IS_SUM_OF_SQUARES = True
    kind: Literal["rosenbrock"] = "rosenbrock"

    def terms(self, x: Any, y: Any) -> list[Any]:
        return [1.0 - x, 10.0 * (y - ad.square(x))]


@SURFACES.register
class Himmelblau(Surface):
    """Four minima of the same depth."""

    FORMULA = r"f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    SOURCE = "Himmelblau 1972"
    DOMAIN = Domain(-6.0, 6.0, -6.0, 6.0)
    START = (-0.5, -1.0)
    MINIMA = (
        Minimum(3.0, 2.0, 0.0),
        Minimum(-2.80511808695274485, 3.13131251825057297, 0.0),
        Minimum(-3.77931025337774689, -3.28318599128616941, 0.0),
        Minimum(3.58442834033049174, -1.84812652696440355, 0.0),
    )
    IS_SUM_OF_SQUARES = True
    kind: Literal["himmelblau"] = "himmelblau"

    def terms(self, x: Any, y: Any) -> list[Any]:
        return [ad.square(x) + y - 11.0, x + ad.square(y) - 7.0]


@SURFACES.register
class Beale(Surface):
    """Flat in the middle, with steep walls in the corners."""

    FORMULA = (
        r"f(x, y) = (1.5 - x + xy)^2 + \left(2.25 - x + xy^2\right)^2"
        r" + \left(2.625 - x + xy^3\right)^2"
    )
    SOURCE = "Beale 1958"
    DOMAIN = Domain(-4.5, 4.5, -4.5, 4.5)
    START = (1.0, 1.5)
    MINIMA = (Minimum(3.0, 0.5, 0.0),)
    IS_SUM_OF_SQUARES = True
    kind: Literal["beale"] = "beale"

    def terms(self, x: Any, y: Any) -> list[Any]:
        square = ad.square(y)
        return [1.5 - x + x * y, 2.25 - x + x * square, 2.625 - x + x * (square * y)]


@SURFACES.register
class Booth(Surface):
    """A quadratic valley between two straight lines."""

    FORMULA = r"f(x, y) = (x + 2y - 7)^2 + (2x + y - 5)^2"
    SOURCE = "Jamil & Yang 2013, no. 17"
    DOMAIN = Domain(-10.0, 10.0, -10.0, 10.0)
    START = (-8.0, -6.0)
    MINIMA = (Minimum(1.0, 3.0, 0.0),)
    IS_SUM_OF_SQUARES = True
    kind: Literal["booth"] = "booth"

    def terms(self, x: Any, y: Any) -> list[Any]:
        return [x + 2.0 * y - 7.0, 2.0 * x + y - 5.0]


@SURFACES.register
class Matyas(Surface):
    """A shallow quadratic valley along the diagonal."""

    FORMULA = r"f(x, y) = 0.26\,(x^2 + y^2) - 0.48\,xy"
    SOURCE = "Matyas 1965; Jamil & Yang 2013, no. 71"
    DOMAIN = Domain(-10.0, 10.0, -10.0, 10.0)
    START = (-9.0, 2.0)
    MINIMA = (Minimum(0.0, 0.0, 0.0),)
    IS_SUM_OF_SQUARES = True
    kind: Literal["matyas"] = "matyas"

    def terms(self, x: Any, y: Any) -> list[Any]:
        # The same polynomial along its axes: (x - y)² / 4 + (x + y)² / 100.
        return [0.5 * (x - y), 0.1 * (x + y)]


@SURFACES.register
class GoldsteinPrice(Surface):
    """Four minima over heights that span six orders of magnitude."""

    LABEL = "Goldstein–Price"
    FORMULA = (
        r"f(x, y) = \left[1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\right]"
        r"\left[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\right]"
    )
    SOURCE = "Goldstein & Price 1971"
    DOMAIN = Domain(-2.0, 2.0, -2.0, 2.0)
    START = (-1.5, 0.5)
    MINIMA = (
        Minimum(0.0, -1.0, 3.0),
        Minimum(-0.6, -0.4, 30.0),
        Minimum(1.8, 0.2, 84.0),
        Minimum(1.2, 0.8, 840.0),
    )
    kind: Literal["goldstein_price"] = "goldstein_price"

    def of(self, x: Any, y: Any) -> Any:
        xx, xy, yy = ad.square(x), x * y, ad.square(y)
        first = 19.0 - 14.0 * x + 3.0 * xx - 14.0 * y + 6.0 * xy + 3.0 * yy
        second = 18.0 - 32.0 * x + 12.0 * xx + 48.0 * y - 36.0 * xy + 27.0 * yy
        left = 1.0 + ad.square(x + y + 1.0) * first
        return left * (30.0 + ad.square(2.0 * x - 3.0 * y) * second)


@SURFACES.register
class McCormick(Surface):
    """A tilted wave across a valley."""

    LABEL = "McCormick"
    FORMULA = r"f(x, y) = \sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1"
    SOURCE = "McCormick 1976; Jamil & Yang 2013, no. 72"
    DOMAIN = Domain(-1.5, 4.0, -3.0, 4.0)
    START = (3.0, 3.5)
    SCALE = "linear"
    MINIMA = (
        Minimum(0.5 - pi / 3, -0.5 - pi / 3, -sqrt(3) / 2 - pi / 3),
        Minimum(0.5 + 2 * pi / 3, -0.5 + 2 * pi / 3, -sqrt(3) / 2 + 2 * pi / 3),
    )
    kind: Literal["mccormick"] = "mccormick"

    def of(self, x: Any, y: Any) -> Any:
        return ad.sin(x + y) + ad.square(x - y) - 1.5 * x + 2.5 * y + 1.0
