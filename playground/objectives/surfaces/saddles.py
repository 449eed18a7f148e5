"""Where gradients vanish although there is no minimum."""

from __future__ import annotations

from typing import Any, Literal

from playground import autodiff as ad
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface


@SURFACES.register
class Saddle(Surface):
    """A minimum along x and a maximum along y; it falls without end."""

    FORMULA = r"f(x, y) = x^2 - y^2"
    SOURCE = "Dauphin et al. 2014"
    DOMAIN = Domain(-2.0, 2.0, -2.0, 2.0)
    START = (-1.8, 0.01)
    SCALE = "linear"
    kind: Literal["saddle"] = "saddle"

    def of(self, x: Any, y: Any) -> Any:
        return ad.square(x) - ad.square(y)


@SURFACES.register
class MonkeySaddle(Surface):
    """Three valleys and three ridges meet; gradient and curvature vanish between them."""

    FORMULA = r"f(x, y) = x^3 - 3xy^2"
    SOURCE = "Hilbert & Cohn-Vossen 1932"
    DOMAIN = Domain(-2.0, 2.0, -2.0, 2.0)
    START = (1.5, 0.05)
    SCALE = "linear"
    kind: Literal["monkey_saddle"] = "monkey_saddle"

    def of(self, x: Any, y: Any) -> Any:
        return x * (ad.square(x) - 3.0 * ad.square(y))


@SURFACES.register
class Plateau(Surface):
    """A well in a plain on which the gradient vanishes."""

    FORMULA = r"f(x, y) = 1 - e^{-(x^2 + 2y^2)/4}"
    SOURCE = "A Gaussian well; vanishing gradients as in Hochreiter 1991"
    DOMAIN = Domain(-5.0, 5.0, -5.0, 5.0)
    START = (-3.2, 1.8)
    SCALE = "linear"
    MINIMA = (Minimum(0.0, 0.0, 0.0),)
    kind: Literal["plateau"] = "plateau"

    def of(self, x: Any, y: Any) -> Any:
        return -ad.expm1(-0.25 * (ad.square(x) + 2.0 * ad.square(y)))
