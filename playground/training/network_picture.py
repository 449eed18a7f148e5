"""What the network view shows: neurons with what they compute, weights, or layers with shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.models.layout import Layout
from playground.models.mlp import MultilayerPerceptron
from playground.models.model import Model
from playground.training.diagnostics import SAMPLE_ROWS, cell_centres, encoded_points
from playground.training.encoded import Encoded
from playground.training.machine import Machine
from playground.training.problem import Problem
from playground.training.views import LayerBox, LayersView, NetworkView, NeuronColumn, NeuronsView

CELLS = 30
"""Cells along each side of a neuron's picture."""

MOST_NEURONS = 16
"""Neurons of a column that are described; no more can be told apart."""

INPUTS = "inputs"


class NetworkViewer:
    """Makes the view of a network, with what stays the same made once.

    Which neurons of a large layer are shown is decided anew whenever the run comes to rest, so
    that none jumps while it goes on or while somebody edits its weights.

    Parameters
    ----------
    problem, model
        What is trained.
    train
        The encoded training part.
    """

    def __init__(self, problem: Problem, model: Model, train: Encoded) -> None:
        self._layout = problem.layout
        self._draws_neurons = isinstance(model, MultilayerPerceptron)
        self._chosen: list[NDArray[np.intp]] = []
        self._chosen_at = -1
        if self._draws_neurons:
            self._probed, self._shape = _probed(problem, train)

    def view(self, machine: Machine, *, at_rest: bool = True) -> NetworkView:
        """Return neurons and weights of a perceptron, the layers of another model."""
        if not self._draws_neurons:
            return LayersView(machine.step, layer_boxes(self._layout))
        parameters = self._layout.unpack(machine.theta)
        if not self._chosen or (at_rest and machine.step != self._chosen_at):
            self._chosen = strongest([parameters[f"{n}.weight"] for n in self._layout.layers])
            self._chosen_at = machine.step
        bound = machine.programs.probe(len(self._probed.inputs))
        bound.inputs["inputs"][...] = self._probed.inputs
        bound.inputs["targets"][...] = self._probed.targets
        bound.run()
        return NeuronsView(machine.step, self._columns(parameters, bound.outputs))

    def _columns(
        self, parameters: dict[str, NDArray[Any]], activations: dict[str, NDArray[Any]]
    ) -> tuple[NeuronColumn, ...]:
        before = self._chosen[0]
        # Features have units of their own: over a plane each is shaded by its own range.
        axis = 0 if self._shape else None
        columns = [self._column(INPUTS, self._probed.inputs, before, axis)]
        for name, shown in zip(self._layout.layers, self._chosen[1:], strict=True):
            weights = parameters[f"{name}.weight"][np.ix_(before, shown)].astype(np.float64)
            biases = parameters[f"{name}.bias"][shown].astype(np.float64)
            columns.append(self._column(name, activations[name], shown, None, weights, biases))
            before = shown
        return tuple(columns)

    def _column(
        self,
        name: str,
        activations: NDArray[Any],
        shown: NDArray[np.intp],
        axis: int | None,
        weights: NDArray[np.float64] | None = None,
        biases: NDArray[np.float64] | None = None,
    ) -> NeuronColumn:
        values = activations[:, shown].astype(np.float64)
        mean = values.mean(axis=0)
        pictures = values if self._shape else mean[None]
        height, width = self._shape or (1, 1)
        return NeuronColumn(
            name,
            activations.shape[1],
            shown,
            shades(pictures, axis).T.reshape(len(shown), height, width),
            values.min(axis=0),
            mean,
            values.max(axis=0),
            weights,
            biases,
        )


def _probed(problem: Problem, train: Encoded) -> tuple[Encoded, tuple[int, int] | None]:
    """Return the rows that neurons are asked about, and the picture that they make, if any."""
    domain = problem.prepared.table.domain
    if domain is None:
        return train.head(SAMPLE_ROWS), None
    points = cell_centres(domain, CELLS)
    shape = (len(points) // CELLS, CELLS)
    return encoded_points(problem.prepared, points, train), shape


def shades(values: NDArray[np.float64], axis: int | None) -> NDArray[np.uint8]:
    """Return 0 to 255 for numbers of either sign, 127 for zero.

    Parameters
    ----------
    values
        Any shape; numbers that are not finite count as zero.
    axis
        Along which the greatest magnitude becomes an end of the range; None for the whole array.
    """
    known = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    scale = np.maximum(np.abs(known).max(axis=axis, keepdims=True), np.finfo(np.float64).tiny)
    return (127.5 * (1 + known / scale)).astype(np.uint8)


def strongest(weights: list[NDArray[Any]]) -> list[NDArray[np.intp]]:
    """Return each column's strongest neurons, inputs first.

    Parameters
    ----------
    weights
        Arrays of shape (n_before, n), from input to output.

    Returns
    -------
    list of arrays
        At most `MOST_NEURONS` numbers each, the greatest norm of all weights that touch a neuron
        first, equal ones in their order.
    """
    n_columns = len(weights) + 1
    squares: list[Any] = [0.0] * n_columns
    for i, array in enumerate(weights):
        square = np.square(np.nan_to_num(array.astype(np.float64)))
        squares[i] = squares[i] + square.sum(axis=1)
        squares[i + 1] = squares[i + 1] + square.sum(axis=0)
    return [np.argsort(-norm, kind="stable")[:MOST_NEURONS] for norm in squares]


def layer_boxes(layout: Layout) -> tuple[LayerBox, ...]:
    """Return the arrays of each layer, from input to output."""
    boxes = []
    for name in layout.layers:
        own = [segment for segment in layout if segment.layer == name]
        arrays = tuple((segment.role, segment.shape) for segment in own)
        boxes.append(LayerBox(name, arrays, sum(s.stop - s.start for s in own)))
    return tuple(boxes)
