"""Surfaces with many minima, where a path ends in the nearest one."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface

TINY = 1e-300
"""Keeps a root's slope finite at zero, where it is multiplied by zero."""


@SURFACES.register
class Easom(Surface):
    """A narrow hole in a plain."""

    FORMULA = r"f(x, y) = -\cos x \cos y\; e^{-(x - \pi)^2 - (y - \pi)^2}"
    SOURCE = "Easom 1990; Jamil & Yang 2013, no. 50"
    DOMAIN = Domain(-1.0, 7.0, -1.0, 7.0)
    START = (1.8, 2.0)
    SCALE = "linear"
    MINIMA = (Minimum(np.pi, np.pi, -1.0),)
    kind: Literal["easom"] = "easom"

    def of(self, x: Any, y: Any) -> Any:
        away = ad.square(x - np.pi) + ad.square(y - np.pi)
        return -ad.cos(x) * ad.cos(y) * ad.exp(-away)


@SURFACES.register
class Rastrigin(Surface):
    """A bowl with a grid of dents."""

    FORMULA = r"f(x, y) = 20 + x^2 + y^2 - 10\left(\cos 2\pi x + \cos 2\pi y\right)"
    SOURCE = "Rastrigin 1974; Mühlenbein et al. 1991"
    DOMAIN = Domain(-5.12, 5.12, -5.12, 5.12)
    START = (-3.3, 3.8)
    SCALE = "linear"
    MINIMA = (Minimum(0.0, 0.0, 0.0),)
    kind: Literal["rastrigin"] = "rastrigin"

    def of(self, x: Any, y: Any) -> Any:
        waves = ad.cos(2 * np.pi * x) + ad.cos(2 * np.pi * y)
        return 20.0 + ad.square(x) + ad.square(y) - 10.0 * waves


@SURFACES.register
class Ackley(Surface):
    """A dented plain with a sharp funnel in its middle."""

    FORMULA = (
        r"f(x, y) = 20 + e - 20\,e^{-0.2\sqrt{(x^2 + y^2)/2}}"
        r" - e^{\left(\cos 2\pi x + \cos 2\pi y\right)/2}"
    )
    SOURCE = "Ackley 1987; Bäck & Schwefel 1993"
    DOMAIN = Domain(-5.0, 5.0, -5.0, 5.0)
    START = (-3.3, 2.7)
    SCALE = "linear"
    MINIMA = (Minimum(0.0, 0.0, 0.0, is_smooth=False),)
    kind: Literal["ackley"] = "ackley"

    def of(self, x: Any, y: Any) -> Any:
        mean_square = 0.5 * (ad.square(x) + ad.square(y))
        funnel = 20.0 * ad.exp(-0.2 * ad.sqrt(ad.maximum(mean_square, TINY)))
        dents = ad.exp(0.5 * (ad.cos(2 * np.pi * x) + ad.cos(2 * np.pi * y)))
        return (20.0 - funnel) + (np.e - dents)


@SURFACES.register
class Griewank(Surface):
    """A wide bowl with regular ripples."""

    FORMULA = r"f(x, y) = 1 + \frac{x^2 + y^2}{4000} - \cos x \cos\frac{y}{\sqrt{2}}"
    SOURCE = "Griewank 1981"
    DOMAIN = Domain(-10.0, 10.0, -10.0, 10.0)
    START = (-7.5, 6.0)
    SCALE = "linear"
    MINIMA = (Minimum(0.0, 0.0, 0.0),)
    kind: Literal["griewank"] = "griewank"

    def of(self, x: Any, y: Any) -> Any:
        bowl = (ad.square(x) + ad.square(y)) / 4000.0
        return 1.0 + bowl - ad.cos(x) * ad.cos(y / np.sqrt(2.0))


@SURFACES.register
class Levy(Surface):
    """Waves of growing height across a valley."""

    LABEL = "Lévy"
    FORMULA = (
        r"f(x, y) = \sin^2 \pi u + (u - 1)^2\left(1 + 10\sin^2(\pi u + 1)\right)"
        r" + (v - 1)^2\left(1 + \sin^2 2\pi v\right), \quad"
        r" u = 1 + \frac{x - 1}{4}, \; v = 1 + \frac{y - 1}{4}"
    )
    SOURCE = "Lévy & Montalvo 1985; Laguna & Martí 2005"
    DOMAIN = Domain(-10.0, 10.0, -10.0, 10.0)
    START = (-7.0, 6.0)
    MINIMA = (Minimum(1.0, 1.0, 0.0),)
    kind: Literal["levy"] = "levy"

    def of(self, x: Any, y: Any) -> Any:
        u, v = 1.0 + (x - 1.0) / 4.0, 1.0 + (y - 1.0) / 4.0
        first = ad.square(ad.sin(np.pi * u))
        wave = ad.square(u - 1.0) * (1.0 + 10.0 * ad.square(ad.sin(np.pi * u + 1.0)))
        return first + wave + ad.square(v - 1.0) * (1.0 + ad.square(ad.sin(2 * np.pi * v)))


@SURFACES.register
class Eggholder(Surface):
    """Steep hills and holes of all sizes; the lowest point lies on the edge."""

    FORMULA = (
        r"f(x, y) = -(y + 47)\sin\sqrt{\left|\frac{x}{2} + y + 47\right|}"
        r" - x \sin\sqrt{\left|x - (y + 47)\right|}"
    )
    SOURCE = "Whitley et al. 1996; Jamil & Yang 2013, no. 54"
    DOMAIN = Domain(-512.0, 512.0, -512.0, 512.0)
    START = (-100.0, 150.0)
    SCALE = "linear"
    MINIMA = (Minimum(512.0, 404.231805113757811, -959.640662720850803, is_on_edge=True),)
    kind: Literal["eggholder"] = "eggholder"

    def of(self, x: Any, y: Any) -> Any:
        def root(t: Any) -> Any:
            return ad.sqrt(ad.maximum(ad.abs(t), TINY))

        y = y + 47.0
        return -y * ad.sin(root(0.5 * x + y)) - x * ad.sin(root(x - y))
