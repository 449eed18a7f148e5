"""What an optimizer remembers and what it makes of a gradient, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.models.layout import Layout
from playground.training.diagnostics import layer_histogram
from playground.training.machine import Machine
from playground.training.norms import euclidean_norm
from playground.training.views import OptimizerView, Slot

Floats = NDArray[np.float64]


def optimizer_view(machine: Machine, layout: Layout) -> OptimizerView:
    """Return what the coming update is made of; the machine stays as it is.

    The update is done and taken back, so nothing has to be kept at every step for a view.
    """
    update, gradient = machine.trial()
    lengths, weights = _weight_norms(layout, update), _weight_norms(layout, machine.theta)
    with np.errstate(all="ignore"):
        return OptimizerView(
            step=machine.step,
            layers=layout.layers,
            ratios=lengths / weights,
            effective_rates=lengths / _weight_norms(layout, gradient),
            corrections=machine.corrections(),
            learning_rate=machine.learning_rate(machine.step),
            slots=tuple(_slot(name, array, layout) for name, array in machine.state.items()),
        )


def _weight_norms(layout: Layout, array: NDArray[Any]) -> Floats:
    """Return the norm of each layer's weights, or of all it has where it has no weights."""
    norms = []
    for layer in layout.layers:
        own = [s for s in layout if s.layer == layer]
        weights = [s for s in own if s.role.endswith("weight")] or own
        norms.append(np.hypot.reduce([euclidean_norm(array[s.start : s.stop]) for s in weights]))
    return np.array(norms)


def _slot(name: str, array: NDArray[Any], layout: Layout) -> Slot:
    """Return an array of the state by layers, where it has an entry for each parameter."""
    if array.shape == (layout.size,):
        parts = {layer: array[layout.span(layer)] for layer in layout.layers}
    else:
        parts = {"": array.ravel()}
    norms = np.array([euclidean_norm(part.astype(np.float64)) for part in parts.values()])
    histograms = tuple(layer_histogram(layer, part) for layer, part in parts.items())
    return Slot(name, norms, histograms)
