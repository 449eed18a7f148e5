"""How large activations and gradients are by depth before training, for each initialiser."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.autodiff import Spec, lower, value_and_grad
from playground.data.table import Prepared
from playground.errors import SpecError
from playground.models.initializers import INITIALIZERS, Initializer
from playground.models.model import Batch
from playground.randomness import generator
from playground.training.encoded import Encoded
from playground.training.experiment import Experiment
from playground.training.problem import Problem, learning_of, pose

Arrays = dict[str, NDArray[Any]]

SAMPLE_ROWS = 256
"""Training rows that make up the batch."""


@dataclass(frozen=True)
class InitializationReport:
    """Standard deviations, one row an initialiser and one column a layer.

    Both arrays are of shape (n_initializers, n_layers), and infinite where numbers overflow.

    Attributes
    ----------
    initializers, layers
        The rows' and columns' names; layers from input to output.
    activations
        Of everything that a layer puts out; NaN where a layer does not show it.
    gradients
        Of the loss's derivatives with respect to a layer's weights.
    """

    initializers: tuple[str, ...]
    layers: tuple[str, ...]
    activations: NDArray[np.float64]
    gradients: NDArray[np.float64]


def report(experiment: Experiment, *, prepared: Prepared | None = None) -> InitializationReport:
    """Compare the initialisers on an experiment's model and data; nothing is trained.

    The batch is the first 256 training rows, the pass one of training: it is normalised and
    dropped out as the first step would do. The experiment's own initialiser keeps its settings,
    the others have their defaults, and all draw from the run's seed.

    Parameters
    ----------
    experiment
        What would be trained.
    prepared
        The experiment's data where it is at hand already; otherwise it is loaded.

    Raises
    ------
    SpecError
        Where the model leaves no choice of initialiser, or does not fit the data.
    DataError
        Where the data cannot be used.
    """
    candidates = _candidates(experiment)
    problem = pose(experiment, prepared)
    measure = _measure(experiment, problem)
    rows = [measure(initializer) for initializer in candidates]
    return InitializationReport(
        initializers=tuple(initializer.name() for initializer in candidates),
        layers=problem.layout.layers,
        activations=np.array([activations for activations, _ in rows]),
        gradients=np.array([gradients for _, gradients in rows]),
    )


def _candidates(experiment: Experiment) -> list[Initializer]:
    own = getattr(experiment.model, "initializer", None)
    if own is None:
        name = experiment.model.name()
        raise SpecError(f"model.kind: must have an initialiser to choose, got {name}")
    return [own if own.name() == kind.name() else kind() for kind in INITIALIZERS]


def _measure(
    experiment: Experiment, problem: Problem
) -> Callable[[Initializer], tuple[list[float], list[float]]]:
    """Return what maps an initialiser to its row of activations and its row of gradients."""
    layout, dtype = problem.layout, experiment.training.precision
    train = problem.encode_all(experiment)["train"]
    bound = _program(experiment, problem, _batch(experiment, problem, train))

    def measure(initializer: Initializer) -> tuple[list[float], list[float]]:
        model = experiment.model.model_copy(update={"initializer": initializer})
        rng = generator(experiment.seeds.weights, "weights")
        bound.inputs["theta"][...] = model.initial(layout, rng).astype(dtype)
        with np.errstate(all="ignore"):
            bound.run()
        activations, gradient = bound.outputs["activations"], bound.outputs["gradient"]
        weights: dict[str, list[NDArray[Any]]] = {}
        for segment in layout:
            if segment.role.endswith("weight"):
                part = gradient[segment.start : segment.stop]
                weights.setdefault(segment.layer, []).append(part)
        return (
            [_spread([activations[n]] if n in activations else []) for n in layout.layers],
            [_spread(weights.get(name, [])) for name in layout.layers],
        )

    return measure


def _batch(experiment: Experiment, problem: Problem, train: Encoded) -> dict[str, Any]:
    """Return what a training pass on the first rows reads, as arrays by name."""
    model, dtype = experiment.model, experiment.training.precision
    inputs, targets = train.inputs[:SAMPLE_ROWS], train.targets[:SAMPLE_ROWS]
    noise = {
        n.name: generator(experiment.seeds.batches, f"noise {n.name}").random(n.shape).astype(dtype)
        for n in model.noise(problem.signature, len(inputs))
    }
    running = {n: a.astype(dtype) for n, a in model.running(problem.signature).items()}
    return {"inputs": inputs, "targets": targets, "noise": noise, "running": running}


def _program(experiment: Experiment, problem: Problem, batch: dict[str, Any]) -> Any:
    """Return the bound program of activations and gradient, which waits for its θ alone."""
    learning = learning_of(experiment, problem.layout)
    fixed = Batch(**batch, image_shape=problem.signature.image_shape)

    def scales(theta: Any) -> dict[str, Any]:
        both = value_and_grad(lambda theta: learning.training(theta, fixed), has_aux=True)
        (_, (_, _, activations)), gradient = both(theta)
        return {"activations": activations, "gradient": gradient}

    spec = Spec((problem.layout.size,), np.dtype(experiment.training.precision))
    return lower(scales, inputs={"theta": spec}).bind()


def _spread(arrays: list[NDArray[Any]]) -> float:
    """Return the standard deviation of all entries; infinite where one of them is not finite."""
    if not arrays:
        return math.nan
    values = np.concatenate([a.ravel() for a in arrays])
    return float(np.std(values, dtype=np.float64)) if np.isfinite(values).all() else math.inf
