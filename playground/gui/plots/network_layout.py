"""Where neurons and weights lie in the network view, and which of them a point meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.training.views import NeuronColumn

CURVE_POINTS = 13
"""Points of a weight's curve; straight pieces are painted much faster than Bézier curves."""

MOST_LINES = 300
"""Weights that are drawn at once, the strongest; more could neither be read nor painted in time."""

FAINTEST = 0.01
"""Share of the strongest weight below which a weight is not drawn where there are many."""


@dataclass(frozen=True)
class Place:
    """The room of a layout, in pixels.

    Attributes
    ----------
    left, right
        Centres of the first and the last column.
    top, bottom
        Edges of the room for neurons.
    pitch, least_pitch
        Greatest and least distance of two neurons' centres.
    """

    left: float
    right: float
    top: float
    bottom: float
    pitch: float
    least_pitch: float


@dataclass(frozen=True)
class ColumnPlace:
    """Where a column's neurons lie.

    Attributes
    ----------
    entries
        Which of the column's described neurons have a place, in the order of their numbers.
    y
        Their centres.
    n_more
        How many neurons are folded into a note at ``more_y``.
    """

    x: float
    entries: NDArray[np.intp]
    y: NDArray[np.float64]
    n_more: int
    more_y: float


class NetworkLayout:
    """Columns of neurons from left to right, and a curve for each weight between them.

    Attributes
    ----------
    key
        What the layout depends on; another one with the same key would be the same.
    node
        Side of a neuron's picture.
    columns
        A place for each column.
    lines
        Column of the later neuron, entry of the earlier one and of the later one; shape (n, 3).
    curves
        Shape (n, `CURVE_POINTS`, 2).
    """

    def __init__(self, columns: Sequence[NeuronColumn], place: Place, key: object = None) -> None:
        self.key = key
        n_fitting = max(2, int((place.bottom - place.top) / place.least_pitch))
        most = max(min(c.size, len(c.shown) + 1, n_fitting) for c in columns)
        pitch = min(place.pitch, (place.bottom - place.top) / most)
        self.node = round(0.8 * pitch)
        x = np.linspace(place.left, place.right, len(columns))
        middle = (place.top + place.bottom) / 2
        self.columns = [
            _column_place(c, float(at), middle, pitch, n_fitting)
            for c, at in zip(columns, x, strict=True)
        ]
        self.lines, self.curves = self._connect()

    def shown_lines(self, strengths: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return which lines are drawn, the strongest last.

        Parameters
        ----------
        strengths
            Magnitude of each line's weight as a share of the greatest.
        """
        order = np.argsort(strengths, kind="stable")[-MOST_LINES:]
        if len(strengths) > MOST_LINES:
            order = order[strengths[order] >= FAINTEST]
        return order

    def visible(self, left: float, right: float) -> range:
        """Return which columns are at least partly between two positions."""
        half = self.node
        xs = [column.x for column in self.columns]
        first = sum(x + half < left for x in xs)
        return range(first, len(xs) - sum(x - half > right for x in xs))

    def node_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return column and entry of the neuron at a point."""
        for index, column in enumerate(self.columns):
            if len(column.y) and abs(x - column.x) <= self.node / 2:
                nearest = int(np.argmin(np.abs(column.y - y)))
                if abs(column.y[nearest] - y) <= self.node / 2:
                    return index, int(column.entries[nearest])
        return None

    def bias_at(self, x: float, y: float, reach: float) -> tuple[int, int] | None:
        """Return column and entry of the neuron whose bias is within reach of a point."""
        for index, column in enumerate(self.columns[1:], 1):
            for entry, node_y in zip(column.entries, column.y, strict=True):
                dot_x, dot_y = self.bias_point(column.x, float(node_y))
                if np.hypot(x - dot_x, y - dot_y) <= reach:
                    return index, int(entry)
        return None

    def bias_point(self, x: float, y: float) -> tuple[float, float]:
        """Return where the bias of a neuron with this centre is drawn: its lower left corner."""
        return x - self.node / 2, y + self.node / 2

    def line_at(self, x: float, y: float, among: NDArray[np.intp], reach: float) -> int | None:
        """Return the line nearest to a point, one of some; None where none is within reach."""
        if not len(among):
            return None
        curves = self.curves[among]
        start, step = curves[:, :-1], np.diff(curves, axis=1)
        to_point = np.array([x, y]) - start
        along = (to_point * step).sum(axis=-1) / np.maximum((step * step).sum(axis=-1), 1e-9)
        offset = to_point - np.clip(along, 0, 1)[..., None] * step
        distance = np.hypot(offset[..., 0], offset[..., 1]).min(axis=1)
        # Of equally near ones the last, which is drawn on top.
        nearest = len(among) - 1 - int(np.argmin(distance[::-1]))
        return int(among[nearest]) if distance[nearest] <= reach else None

    def _connect(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        t = np.linspace(0.0, 1.0, CURVE_POINTS)
        ease = t * t * (3 - 2 * t)
        lines, curves = [], []
        for index, (a, b) in enumerate(zip(self.columns, self.columns[1:], strict=False), 1):
            i, j = (grid.ravel() for grid in np.indices((len(a.y), len(b.y))))
            lines.append(np.column_stack([np.full(len(i), index), a.entries[i], b.entries[j]]))
            x = a.x + self.node / 2 + (b.x - a.x - self.node) * t
            y = a.y[i][:, None] + (b.y[j] - a.y[i])[:, None] * ease
            curves.append(np.stack(np.broadcast_arrays(x, y), axis=-1))
        return np.concatenate(lines), np.concatenate(curves)


def _column_place(
    column: NeuronColumn, x: float, middle: float, pitch: float, n_fitting: int
) -> ColumnPlace:
    n_shown = column.size if column.size <= min(len(column.shown), n_fitting) else n_fitting - 1
    strongest = np.arange(min(n_shown, len(column.shown)))
    entries = strongest[np.argsort(column.shown[strongest])]
    n_more = column.size - len(entries)
    n_slots = len(entries) + (n_more > 0)
    y = np.asarray(middle + pitch * (np.arange(n_slots) - (n_slots - 1) / 2), np.float64)
    return ColumnPlace(x, entries, y[: len(entries)], n_more, float(y[-1]))
