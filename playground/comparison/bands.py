"""Curves of several seeds as one: their mean, and the band that they fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.comparison.results import Curves, Floats

N_POINTS = 400

AXES = {"step": "step", "evaluations": "evaluations", "elapsed_s": "seconds"}
"""What curves can be drawn against, with what the axis counts."""


@dataclass(frozen=True)
class Band:
    """All arrays of shape (n_points,): the mean over the seeds, the lowest and the highest."""

    x: Floats
    mean: Floats
    low: Floats
    high: Floats


def band(runs: Sequence[Curves], axis: str) -> Band | None:
    """Return the judged losses of several runs against one of :data:`AXES`; None without any.

    Runs are read at the same places by linear interpolation, as far as all of them have come.
    """
    known = []
    for curves in runs:
        if not curves.columns:
            continue
        x, y = curves.columns[axis], curves.columns[curves.loss_name]
        is_known = np.isfinite(y)
        if is_known.any():
            known.append((x[is_known], y[is_known]))
    if not known:
        return None
    first, last = max(x[0] for x, _ in known), min(x[-1] for x, _ in known)
    if len(known) == 1:
        x, y = known[0]
        return Band(x, y, y, y)
    places = np.unique(np.concatenate([x for x, _ in known]))
    places = places[(places >= first) & (places <= last)]
    if len(places) > N_POINTS:
        places = np.linspace(first, last, N_POINTS)
    values = np.array([np.interp(places, x, y) for x, y in known])
    return Band(places, values.mean(axis=0), values.min(axis=0), values.max(axis=0))
