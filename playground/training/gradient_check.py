"""A run's gradient checked on the spot: reverse mode against differences and forward mode."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.data.table import Prepared
from playground.models.layout import Layout, Segment
from playground.models.model import Batch
from playground.randomness import generator
from playground.training.experiment import Experiment
from playground.training.problem import Problem, learning_of, pose
from playground.training.threads import single_threaded

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

Floats = NDArray[np.float64]

BOUND = 1e-5
"""Largest relative error of a right gradient."""

SAMPLE_ROWS, SAMPLE_TEXTS = 16, 2
"""Training rows that make up the batch; a text has a row's work at each of its symbols."""

MOST_ENTRIES, MOST_ENTRIES_IN_ALL, LEAST_ENTRIES = 60, 600, 6
"""Entries checked of each segment; fewer where the segments are many, but never below the least."""

STEPS = (1e-4, 1e-5, 1e-6)
"""Differences are taken over the first of these at which both sides agree: short steps pass
between the kinks of a ReLU, long ones are the more exact."""

AGREEMENT = 1e-6
"""Relative difference of the two one-sided slopes above which a kink lies between them."""

NOISE = 8.0 * float(np.finfo(np.float64).eps)
"""Rounding error of a loss of at most one, and relative to larger ones."""

BLOCK = 8
"""Entries between two results."""


@dataclass(frozen=True)
class LayerCheck:
    """How well the derivatives of one layer agree.

    Attributes
    ----------
    layer
        Its name in the layout.
    n_parameters, n_entries, n_done
        Parameters, those to be checked, and those checked so far.
    n_kinks
        Entries among them without a derivative to compare with, because the loss has a kink there.
    error
        The largest difference, relative to the layer's largest derivative; NaN where one is NaN.
    entry
        Where it is, as in ``hidden1.weight[0, 3]``; empty where nothing could be compared.
    analytic, numeric
        The derivative there by reverse mode, and by what it was compared with.
    reference
        ``central difference`` or ``forward mode``.
    """

    layer: str
    n_parameters: int
    n_entries: int
    n_done: int = 0
    n_kinks: int = 0
    error: float = 0.0
    entry: str = ""
    analytic: float = math.nan
    numeric: float = math.nan
    reference: str = ""

    @property
    def is_done(self) -> bool:
        """Whether every entry was checked."""
        return self.n_done == self.n_entries

    @property
    def passed(self) -> bool:
        """Whether the error is within the bound."""
        return self.error <= BOUND


class GradientCheck:
    """Compares the derivatives of a penalised training loss on a batch, without training.

    The loss is that of the model, its penalties and its noise (drawn once) on the first rows of
    the training part, in float64. At most 60 entries of each segment are drawn, fewer where there
    are many segments. The reverse mode is compared with the forward mode, and with central
    differences of fifth order.

    Errors are relative to the largest derivative of the layer, or to the smallest one that
    differences can tell from rounding errors to within the bound.

    Parameters
    ----------
    experiment
        Model, loss and penalties.
    parameters, running
        Weights by segment name, and running statistics by name.
    prepared
        The experiment's data where it is at hand already; otherwise it is loaded.
    seed
        Of the choice of entries.

    Attributes
    ----------
    layers
        The layers' names, from input to output.
    n_entries, n_rows
        How many derivatives are checked in all, and on how many training samples.
    """

    def __init__(
        self,
        experiment: Experiment,
        parameters: dict[str, NDArray[Any]],
        running: dict[str, NDArray[Any]],
        *,
        prepared: Prepared | None = None,
        seed: int = 0,
    ) -> None:
        problem = pose(experiment, prepared)
        self._layout = problem.layout
        self._theta = self._layout.pack(parameters)
        self._picked = _picked(self._layout, seed)
        self._loss, self.n_rows = _loss(experiment, problem, running)
        self.layers = self._layout.layers
        self.n_entries = sum(len(entries) for entries in self._picked.values())

    @classmethod
    def of(cls, trainer: Trainer) -> GradientCheck:
        """Return the check of a trainer's run where it stands."""
        return cls(
            trainer.experiment, trainer.parameters(), trainer.running(), prepared=trainer.prepared
        )

    def run(self) -> Iterator[LayerCheck]:
        """Yield what is known of a layer after each few entries, layer after layer."""
        with _at_work():
            value, gradient = ad.compile(ad.value_and_grad(self._loss))(self._theta)
        along = ad.compile(lambda theta, way: ad.jvp(self._loss, (theta,), (way,))[1])
        differences = _Differences(ad.compile(self._loss), self._theta, float(value))
        for layer in self.layers:
            comparison = _Comparison(self._layout, layer, self._picked[layer], differences.noise)
            for first in range(0, len(self._picked[layer]), BLOCK):
                # Not around the yields, where the thread does other work.
                with _at_work():
                    for index in self._picked[layer][first : first + BLOCK]:
                        way = np.zeros_like(self._theta)
                        way[index] = 1.0
                        forward = float(along(self._theta, way))
                        comparison.add(float(gradient[index]), differences.at(index), forward)
                yield comparison.result()


@contextmanager
def _at_work() -> Iterator[None]:
    with np.errstate(all="ignore"), single_threaded():
        yield


class _Differences:
    """Derivatives by differences of values; NaN at a kink."""

    def __init__(self, loss: Callable[[Floats], Any], theta: Floats, value: float) -> None:
        self._loss = loss
        self._theta = theta.copy()
        self._value = value
        self._rounding = NOISE * max(1.0, abs(value))
        self.noise = self._rounding / STEPS[0]
        """Error of a derivative from rounding alone."""

    def at(self, index: int) -> float:
        """Return the derivative along one entry of θ."""
        scale = max(1.0, abs(float(self._theta[index])))
        for step in STEPS:
            h = step * scale
            b2, b1, f1, f2 = (self._moved(index, h * k) for k in (-2, -1, 1, 2))
            right = (4.0 * f1 - f2 - 3.0 * self._value) / (2.0 * h)
            left = (3.0 * self._value - 4.0 * b1 + b2) / (2.0 * h)
            allowed = AGREEMENT * max(abs(left), abs(right)) + 4.0 * self._rounding / h
            if not abs(right - left) > allowed:
                return (8.0 * (f1 - b1) - (f2 - b2)) / (12.0 * h)
        return math.nan

    def _moved(self, index: int, by: float) -> float:
        before = self._theta[index]
        self._theta[index] = before + by
        value = float(self._loss(self._theta))
        self._theta[index] = before
        return value


class _Comparison:
    """Collects the derivatives of one layer."""

    def __init__(self, layout: Layout, layer: str, indices: list[int], noise: float) -> None:
        self._layer = layer
        self._segments = [s for s in layout if s.layer == layer]
        self._indices = indices
        self._least = noise / BOUND
        self._analytic: list[float] = []
        self._numeric: list[float] = []
        self._forward: list[float] = []

    def add(self, analytic: float, numeric: float, forward: float) -> None:
        """Take the next entry's derivatives."""
        self._analytic.append(analytic)
        self._numeric.append(numeric)
        self._forward.append(forward)

    def result(self) -> LayerCheck:
        """Return the worst of what was taken so far."""
        is_kink = np.isnan(self._numeric) & np.isfinite(self._analytic)
        known = LayerCheck(
            self._layer,
            n_parameters=sum(s.stop - s.start for s in self._segments),
            n_entries=len(self._indices),
            n_done=len(self._analytic),
            n_kinks=int(is_kink.sum()),
        )
        return max(
            (
                self._worst(known, "forward mode", self._forward, np.zeros_like(is_kink)),
                self._worst(known, "central difference", self._numeric, is_kink),
            ),
            # Of two that are equally good the difference is the more telling.
            key=lambda check: math.inf if math.isnan(check.error) else max(check.error, 1e-12),
        )

    def _worst(
        self, known: LayerCheck, reference: str, values: list[float], left_out: NDArray[np.bool_]
    ) -> LayerCheck:
        kept = np.flatnonzero(~left_out)
        if not len(kept):
            return known
        analytic, expected = np.array(self._analytic)[kept], np.array(values)[kept]
        scale = max(self._least, float(np.abs(expected).max()))
        errors = np.abs(analytic - expected) / scale
        worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors)))
        return LayerCheck(
            known.layer,
            known.n_parameters,
            known.n_entries,
            known.n_done,
            known.n_kinks,
            error=float(errors[worst]),
            entry=self._name(self._indices[kept[worst]]),
            analytic=float(analytic[worst]),
            numeric=float(expected[worst]),
            reference=reference,
        )

    def _name(self, index: int) -> str:
        segment = next(s for s in self._segments if s.start <= index < s.stop)
        place = np.unravel_index(index - segment.start, segment.shape)
        return f"{segment.name}[{', '.join(str(int(i)) for i in place)}]"


def _picked(layout: Layout, seed: int) -> dict[str, list[int]]:
    """Return which entries of θ to check, by layer."""
    share = MOST_ENTRIES_IN_ALL // max(len(layout.segments), 1)
    most = min(MOST_ENTRIES, max(share, LEAST_ENTRIES))
    picked: dict[str, list[int]] = {layer: [] for layer in layout.layers}
    for number, segment in enumerate(layout):
        picked[segment.layer] += _some_of(segment, most, seed, number)
    return picked


def _some_of(segment: Segment, most: int, seed: int, number: int) -> list[int]:
    size = segment.stop - segment.start
    rng = generator(seed, "gradient check", number)
    chosen = rng.choice(size, min(most, size), replace=False)
    return [segment.start + int(i) for i in np.sort(chosen)]


def _loss(
    experiment: Experiment, problem: Problem, running: dict[str, NDArray[Any]]
) -> tuple[Callable[[Any], Any], int]:
    """Return the penalised training loss as a function of θ, and on how many rows it is."""
    values = {"precision": "float64"}
    exact = experiment.model_copy(
        update={"training": experiment.training.model_copy(update=values)}
    )
    train = problem.encode_all(exact)["train"]
    train = train.head(SAMPLE_TEXTS if train.reads_text else SAMPLE_ROWS)
    n_rows = len(train.inputs)
    batch = Batch(
        inputs=train.inputs,
        targets=train.targets,
        noise={
            noise.name: generator(0, f"gradient check {noise.name}").random(noise.shape)
            for noise in experiment.model.noise(problem.signature, n_rows)
        },
        running={name: array.astype(np.float64) for name, array in running.items()},
        image_shape=problem.signature.image_shape,
    )
    learning = learning_of(exact, problem.layout)
    return lambda theta: learning.training(theta, batch)[0], n_rows
