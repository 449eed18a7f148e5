"""Polynomials with a handful of minima of different depth."""

from __future__ import annotations

from itertools import product
from typing import Any, Literal

from playground import autodiff as ad
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface


@SURFACES.register
class ThreeHumpCamel(Surface):
    """One deep minimum between two shallow ones."""

    LABEL = "Three-hump camel"
    FORMULA = r"f(x, y) = 2x^2 - 1.05\,x^4 + \frac{x^6}{6} + xy + y^2"
    SOURCE = "Branin 1972; Jamil & Yang 2013, no. 29"
    DOMAIN = Domain(-2.5, 2.5, -2.5, 2.5)
    START = (-2.0, 2.0)
    MINIMA = (
        Minimum(0.0, 0.0, 0.0),
        Minimum(-1.7475523458302889, 0.87377617291514445, 0.29863844223685982),
        Minimum(1.7475523458302889, -0.87377617291514445, 0.29863844223685982),
    )
    kind: Literal["three_hump_camel"] = "three_hump_camel"

    def of(self, x: Any, y: Any) -> Any:
        xx = ad.square(x)
        return xx * (2.0 - 1.05 * xx + ad.square(xx) / 6.0) + x * y + ad.square(y)


@SURFACES.register
class SixHumpCamel(Surface):
    """Six minima, two of them lowest."""

    LABEL = "Six-hump camel"
    FORMULA = (
        r"f(x, y) = \left(4 - 2.1\,x^2 + \frac{x^4}{3}\right) x^2 + xy + \left(4y^2 - 4\right) y^2"
    )
    SOURCE = "Branin 1972; Dixon & Szegö 1978"
    DOMAIN = Domain(-2.0, 2.0, -1.2, 1.2)
    START = (-0.2, 1.1)
    MINIMA = tuple(
        Minimum(sign * x, sign * y, value)
        for x, y, value in (
            (0.0898420131003180624, -0.712656403020739633, -1.03162845348987735),
            (1.70360671496998085, -0.796083568672625119, -0.215463824383717638),
            (1.60710475292019723, 0.568651454884131371, 2.10425031031125827),
        )
        for sign in (1, -1)
    )
    kind: Literal["six_hump_camel"] = "six_hump_camel"

    def of(self, x: Any, y: Any) -> Any:
        xx, yy = ad.square(x), ad.square(y)
        return (4.0 - 2.1 * xx + ad.square(xx) / 3.0) * xx + x * y + (4.0 * yy - 4.0) * yy


_LOW, _HIGH = (
    (-2.9035340277711771, -39.1661657037714155),
    (2.74680277099083699, -25.0294466552839426),
)


@SURFACES.register
class StyblinskiTang(Surface):
    """Four minima in a square, one of them lowest."""

    LABEL = "Styblinski–Tang"
    FORMULA = r"f(x, y) = \frac{1}{2}\left(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y\right)"
    SOURCE = "Styblinski & Tang 1990"
    DOMAIN = Domain(-5.0, 5.0, -5.0, 5.0)
    START = (0.5, 4.5)
    MINIMA = tuple(
        Minimum(x, y, f_x + f_y) for (x, f_x), (y, f_y) in product((_LOW, _HIGH), repeat=2)
    )
    kind: Literal["styblinski_tang"] = "styblinski_tang"

    def of(self, x: Any, y: Any) -> Any:
        def part(t: Any) -> Any:
            tt = ad.square(t)
            return ad.square(tt) - 16.0 * tt + 5.0 * t

        return 0.5 * (part(x) + part(y))
