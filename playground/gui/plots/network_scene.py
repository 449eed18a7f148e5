"""What the network view draws at one moment: what is where, and how it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.gui.plots.network_layout import NetworkLayout, Place
from playground.training.edits import PARAMETERS
from playground.training.views import NeuronsView


@dataclass(frozen=True)
class Target:
    """What the mouse is over.

    Attributes
    ----------
    column, entry
        The neuron, or the one that the weight leads to.
    source
        Of a weight, the entry of the neuron that it comes from, in the column before.
    """

    kind: Literal["neuron", "weight", "bias"]
    column: int
    entry: int
    source: int = -1


@dataclass(frozen=True)
class Labels:
    """Names of a run's columns and neurons.

    Attributes
    ----------
    columns
        Name and remark of each column.
    inputs, outputs
        One name each; the neurons between are told by their numbers.
    """

    columns: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class NetworkScene:
    """A view of a network, laid out.

    Attributes
    ----------
    weights
        Of each line of the layout, shape (n,).
    scale, bias_scale
        Their greatest magnitude, and that of the biases.
    strengths
        The weights' magnitudes as shares of it.
    lines
        Which of the layout's lines are drawn, the strongest last.
    """

    def __init__(self, view: NeuronsView, labels: Labels, layout: NetworkLayout) -> None:
        self.view = view
        self.labels = labels
        self.layout = layout
        column, source, entry = layout.lines.T
        self.weights = np.zeros(len(column))
        for index, described in enumerate(view.columns[1:], 1):
            assert described.weights is not None
            own = column == index
            self.weights[own] = described.weights[source[own], entry[own]]
        sizes = np.abs(np.nan_to_num(self.weights))
        self.scale = float(sizes.max(initial=0.0)) or 1.0
        self.strengths: NDArray[np.float64] = sizes / self.scale
        self.lines = layout.shown_lines(self.strengths)
        biases = [np.nan_to_num(c.biases) for c in view.columns if c.biases is not None]
        self.bias_scale = float(np.abs(np.concatenate(biases)).max(initial=0.0)) or 1.0

    @classmethod
    def laid_out(
        cls, view: NeuronsView, labels: Labels, place: Place, before: NetworkScene | None
    ) -> NetworkScene:
        """Lay out a view; the former layout serves again where neurons and room are the same."""
        key = (place, tuple((c.size, c.shown.tobytes()) for c in view.columns))
        if before is not None and before.layout.key == key:
            return cls(view, labels, before.layout)
        return cls(view, labels, NetworkLayout(view.columns, place, key))

    def lit(self, target: Target | None) -> NDArray[np.bool_]:
        """Return which lines stand out: those of a neuron, one weight, or all."""
        column, source, entry = self.layout.lines.T
        if target is None or target.kind == "bias":
            return np.ones(len(column), np.bool_)
        into = (column == target.column) & (entry == target.entry)
        if target.kind == "weight":
            return np.asarray(into & (source == target.source))
        return np.asarray(into | ((column == target.column + 1) & (source == target.entry)))

    def target_at(self, x: float, y: float, reach: float) -> Target | None:
        """Return what lies at a point or within reach: a bias, else a neuron, else a weight."""
        if (bias := self.layout.bias_at(x, y, reach)) is not None:
            return Target("bias", *bias)
        if (neuron := self.layout.node_at(x, y)) is not None:
            return Target("neuron", *neuron)
        line = self.layout.line_at(x, y, self.lines, reach)
        if line is None:
            return None
        column, source, entry = (int(n) for n in self.layout.lines[line])
        return Target("weight", column, entry, source)

    def point_of(self, target: Target) -> tuple[float, float]:
        """Return where a target lies; of a weight the middle of its line."""
        if target.kind == "weight":
            curve = self.layout.curves[np.flatnonzero(self.lit(target))[0]]
            x, y = curve[len(curve) // 2]
            return float(x), float(y)
        place = self.layout.columns[target.column]
        y = place.y[np.flatnonzero(place.entries == target.entry)[0]]
        return self.layout.bias_point(place.x, y) if target.kind == "bias" else (place.x, float(y))

    def value_of(self, target: Target) -> float:
        """Return a weight or bias; of a neuron what it puts out on average."""
        column = self.view.columns[target.column]
        if target.kind == "neuron":
            return float(column.mean[target.entry])
        if target.kind == "bias":
            assert column.biases is not None
            return float(column.biases[target.entry])
        assert column.weights is not None
        return float(column.weights[target.source, target.entry])

    def path_of(self, target: Target) -> str:
        """Return the path of an edit of a weight or bias."""
        column = self.view.columns[target.column]
        index = str(column.shown[target.entry])
        if target.kind == "weight":
            index = f"{self.view.columns[target.column - 1].shown[target.source]}.{index}"
        return f"{PARAMETERS}{column.name}.{target.kind}.{index}"

    def name_of(self, column: int, entry: int) -> str:
        """Return how a neuron is called: by its name, or as in ``hidden1[3]``."""
        described = self.view.columns[column]
        index = int(described.shown[entry])
        if column == 0:
            return self.labels.inputs[index]
        is_output = column == len(self.view.columns) - 1
        return self.labels.outputs[index] if is_output else f"{described.name}[{index}]"

    def title_of(self, target: Target) -> str:
        """Return what something is called, in a few words."""
        neuron = self.name_of(target.column, target.entry)
        if target.kind == "weight":
            return f"{self.name_of(target.column - 1, target.source)} → {neuron}"
        return f"bias of {neuron}" if target.kind == "bias" else neuron
