"""Features computed from the coordinates of a generated data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.data.table import Floats, Table
from playground.declarations import Declared, declare, settings_of
from playground.errors import SpecError

# Name → (columns needed, function of the columns (n, n_columns) with values (n,)).
_TERMS: dict[str, tuple[int, Callable[[Floats], Floats]]] = {
    "x1": (1, lambda columns: columns[:, 0]),
    "x2": (2, lambda columns: columns[:, 1]),
    "x1_squared": (1, lambda columns: columns[:, 0] ** 2),
    "x2_squared": (2, lambda columns: columns[:, 1] ** 2),
    "x1_x2": (2, lambda columns: columns[:, 0] * columns[:, 1]),
    "sin_x1": (1, lambda columns: np.sin(columns[:, 0])),
    "sin_x2": (2, lambda columns: np.sin(columns[:, 1])),
}


class Features(Declared):
    """What the model is given of a point; acts on generated data of one or two columns."""

    x1: bool = declare(True, label="x₁", help="The first coordinate.")
    x2: bool = declare(True, label="x₂", help="The second coordinate.")
    x1_squared: bool = declare(False, label="x₁²", help="The first coordinate squared.")
    x2_squared: bool = declare(False, label="x₂²", help="The second coordinate squared.")
    x1_x2: bool = declare(False, label="x₁x₂", help="The product of both coordinates.")
    sin_x1: bool = declare(False, label="sin x₁", help="The sine of the first coordinate.")
    sin_x2: bool = declare(False, label="sin x₂", help="The sine of the second coordinate.")

    @staticmethod
    def act_on(table: Table) -> bool:
        """Return whether features are computed for ``table``; otherwise it keeps its columns."""
        return table.domain is not None and len(table.feature_names) <= 2

    def names(self, n_columns: int) -> tuple[str, ...]:
        """Return one readable name a feature, such as ``x₁²``."""
        labels = {setting.name: setting.label for setting in settings_of(self)}
        return tuple(labels[name] for name in self._used(n_columns))

    def apply(self, columns: Floats) -> Floats:
        """Return the features (n, n_features) of ``columns`` (n, 1 or 2).

        Raises
        ------
        SpecError
            Where no feature of those columns is switched on.
        """
        return np.column_stack([_TERMS[name][1](columns) for name in self._used(columns.shape[1])])

    def _used(self, n_columns: int) -> list[str]:
        possible = [name for name, (needed, _) in _TERMS.items() if needed <= n_columns]
        used = [name for name in possible if getattr(self, name)]
        if not used:
            raise SpecError(
                f"features: at least one of {', '.join(possible)} must be on, got none of them"
            )
        return used
