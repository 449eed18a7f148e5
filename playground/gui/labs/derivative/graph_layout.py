"""Where the nodes of a computation graph stand: in layers from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SWEEPS = 6
"""Rounds in which every layer is put in the order of its neighbours."""


def layered(inputs: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return a place for each node of a graph without cycles.

    Operands stand left of what uses them, as near as they can; within a layer nodes are ordered by
    the mean height of their neighbours (the barycentre heuristic of Sugiyama, Tagawa and Toda,
    1981, doi:10.1109/TSMC.1981.4308636).

    Parameters
    ----------
    inputs
        The operands of each node, operands before what uses them.

    Returns
    -------
    ndarray of shape (n_nodes, 2)
        Layer, from 0 at the left, and height within it, in units of one node, around 0.
    """
    layers = _layers(inputs)
    users: list[list[int]] = [[] for _ in inputs]
    for node, operands in enumerate(inputs):
        for operand in operands:
            users[operand].append(node)
    columns = [[i for i, layer in enumerate(layers) if layer == k] for k in range(max(layers) + 1)]
    heights = np.zeros(len(inputs))
    for column in columns:
        _spread(column, heights)
    for sweep in range(SWEEPS):
        neighbours = inputs if sweep % 2 == 0 else users
        for column in columns if sweep % 2 == 0 else reversed(columns):
            means = {i: _mean(heights, neighbours[i], i) for i in column}
            column.sort(key=lambda i, means=means: means[i])  # type: ignore[misc]
            _spread(column, heights)
    return np.stack([np.array(layers, float), heights], axis=1)


def _layers(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Return the layer of each node: leaves next to what uses them first."""
    depth = [0] * len(inputs)
    for node, operands in enumerate(inputs):
        depth[node] = max((depth[i] + 1 for i in operands), default=0)
    nearest = list(depth)
    for node in reversed(range(len(inputs))):
        for operand in inputs[node]:
            if not inputs[operand]:
                known = nearest[operand] if nearest[operand] else depth[node]
                nearest[operand] = min(known, depth[node])
    return [d if ops else max(n - 1, 0) for d, n, ops in zip(depth, nearest, inputs, strict=True)]


def _mean(heights: NDArray[np.float64], neighbours: Sequence[int], node: int) -> float:
    return float(np.mean(heights[list(neighbours)])) if neighbours else float(heights[node])


def _spread(column: Sequence[int], heights: NDArray[np.float64]) -> None:
    for place, node in enumerate(column):
        heights[node] = place - (len(column) - 1) / 2
