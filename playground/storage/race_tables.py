"""What decides a race as tables: final losses against learning rates, and basin maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from playground.descent.basin import DIVERGED, NOWHERE, OUTSIDE, UNKNOWN, BasinMap
from playground.descent.race import Race
from playground.descent.sweep import Sweep
from playground.storage.races import names, write_table

_ENDS = {
    NOWHERE: "nowhere",
    OUTSIDE: "outside",
    DIVERGED: "diverged",
    UNKNOWN: "unknown",
}


def write_sweep(path: Path, race: Race, sweep: Sweep) -> None:
    """Write final losses as CSV, a row for each racer with a learning rate and each rate tried.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    write_table(path, ("racer", "learning_rate", "loss", "diverged"), _sweep_rows(race, sweep))


def _sweep_rows(race: Race, sweep: Sweep) -> Iterable[Sequence[Any]]:
    for name, curve in zip(names(race), sweep.curves, strict=True):
        if not curve.reason:
            columns = sweep.rates.tolist(), curve.losses.tolist(), curve.diverged.tolist()
            for rate, loss, diverged in zip(*columns, strict=True):
                yield name, rate, loss, int(diverged)


def write_basins(path: Path, basins: BasinMap) -> None:
    """Write a basin map as CSV, a row for each start.

    ``end`` is ``minimum``, ``nowhere``, ``outside`` (beyond the domain), ``diverged`` or
    ``unknown``; the minimum that was reached and the steps that it took are empty where there is
    none.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    columns = ("x", "y", "end", "minimum_x", "minimum_y", "minimum_value", "steps")
    write_table(path, columns, _basin_rows(basins))


def _basin_rows(basins: BasinMap) -> Iterable[Sequence[Any]]:
    rows = zip(basins.y.tolist(), basins.which.tolist(), basins.steps.tolist(), strict=True)
    for y, which, steps in rows:
        for x, end, step in zip(basins.x.tolist(), which, steps, strict=True):
            if end >= 0:
                minimum = basins.minima[end]
                yield x, y, "minimum", minimum.x, minimum.y, minimum.value, int(step)
            else:
                yield x, y, _ENDS[end], "", "", "", ""
