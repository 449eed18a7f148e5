"""Quadratic surfaces: what decides everything is their condition number."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.declarations import declare
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface


def _condition(default: float) -> Any:
    return declare(
        default,
        ge=1,
        le=1e6,
        slider=(1.0, 1000.0),
        scale="log",
        live=True,
        label="Condition number κ",
        help="The largest curvature over the smallest; gradient descent slows down in proportion.",
    )


class _Quadratic(Surface):
    DOMAIN = Domain(-5.0, 5.0, -5.0, 5.0)
    MINIMA = (Minimum(0.0, 0.0, 0.0),)


def _terms(u: Any, v: Any, condition: Any) -> list[Any]:
    """Return what is squared in ½ (u² + κ v²)."""
    return [0.5**0.5 * u, ad.sqrt(0.5 * condition) * v]


@SURFACES.register
class Bowl(_Quadratic):
    """A quadratic bowl whose axes are the coordinates."""

    FORMULA = r"f(x, y) = \frac{1}{2}\left(x^2 + \kappa\, y^2\right)"
    SOURCE = "Cauchy 1847; Nocedal & Wright 2006, section 3.3"
    START = (-4.0, 3.0)
    IS_SUM_OF_SQUARES = True
    kind: Literal["bowl"] = "bowl"
    condition: float = _condition(3.0)

    def terms(self, x: Any, y: Any) -> list[Any]:
        return _terms(x, y, self.condition)


@SURFACES.register
class Ravine(_Quadratic):
    """A long quadratic valley that runs askew to the coordinates."""

    FORMULA = (
        r"f(x, y) = \frac{1}{2}\left(u^2 + \kappa\, v^2\right), \quad "
        r"u = x\cos\varphi + y\sin\varphi, \quad v = y\cos\varphi - x\sin\varphi"
    )
    SOURCE = "Nocedal & Wright 2006, section 3.3, turned by φ"
    START = (-4.0, 0.5)
    IS_SUM_OF_SQUARES = True
    kind: Literal["ravine"] = "ravine"
    condition: float = _condition(100.0)
    angle: float = declare(
        30.0,
        ge=-90,
        le=90,
        slider=(-90.0, 90.0),
        unit="°",
        live=True,
        label="Angle φ",
        help="How the valley lies; methods that treat each coordinate by itself mind, others not.",
    )

    def terms(self, x: Any, y: Any) -> list[Any]:
        angle = self.angle * (np.pi / 180)
        cosine, sine = ad.cos(angle), ad.sin(angle)
        return _terms(x * cosine + y * sine, y * cosine - x * sine, self.condition)


@SURFACES.register
class NoisyBowl(_Quadratic):
    """A bowl whose gradient is seen through noise, as on mini-batches."""

    FORMULA = (
        r"f(x, y) = \frac{1}{2}\left(x^2 + \kappa\, y^2\right) + \sigma\,(\xi_1 x + \xi_2 y), "
        r"\quad \xi \sim \mathcal{N}(0, 1)"
    )
    SOURCE = "Robbins & Monro 1951; Bottou, Curtis & Nocedal 2018, section 4"
    START = (-4.0, 3.0)
    N_NOISE = 2
    kind: Literal["noisy_bowl"] = "noisy_bowl"
    condition: float = _condition(3.0)
    noise: float = declare(
        1.0,
        ge=0,
        le=1000,
        slider=(0.0, 10.0),
        live=True,
        label="Noise σ",
        help="Standard deviation of what is added to each entry of the gradient at every step.",
    )

    def of(self, x: Any, y: Any) -> Any:
        return 0.5 * (ad.square(x) + self.condition * ad.square(y))

    def disturbance(self, x: Any, y: Any, noise: Any) -> Any:
        return self.noise * (noise[0] * x + noise[1] * y)
