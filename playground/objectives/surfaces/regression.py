"""Learning as a surface: the loss of a line through five points."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground.data.sets.lines import Line
from playground.objectives.surface import SURFACES, Domain, Minimum, Surface

_TABLE = Line().load(np.random.default_rng(0))
_INPUTS = _TABLE.inputs[:, 0].tolist()
_TARGETS = _TABLE.targets.tolist()


@SURFACES.register
class LinearRegression(Surface):
    """The mean squared error of y = w x + b on the five points of the data set Line."""

    LABEL = "Linear regression over (w, b)"
    FORMULA = r"f(w, b) = \frac{1}{5} \sum_{i=1}^{5} \left(w\, x_i + b - y_i\right)^2"
    SOURCE = "Legendre 1805; Gauss 1809"
    DOMAIN = Domain(-1.0, 4.0, -5.0, 5.0)
    START = (-0.5, 4.0)
    MINIMA = (Minimum(1.8, -0.2, 0.08),)
    IS_SUM_OF_SQUARES = True
    kind: Literal["linear_regression"] = "linear_regression"

    def terms(self, x: Any, y: Any) -> list[Any]:
        share = len(_INPUTS) ** -0.5
        pairs = zip(_INPUTS, _TARGETS, strict=True)
        return [share * (x * feature + y - target) for feature, target in pairs]
