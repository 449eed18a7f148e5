"""Pictures of a model's inside: histograms of layers and the task's own view."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.table import Prepared
from playground.models.losses import Loss
from playground.randomness import generator
from playground.tasks import Task
from playground.training.decoding import TEXTS_AT_ONCE, continued, greedy
from playground.training.encoded import Encoded
from playground.training.evaluation import MOST_WRITTEN, mean_loss, outputs_and_loss, perplexity
from playground.training.problem import Problem
from playground.training.programs import Programs
from playground.training.views import (
    ConfusionView,
    CurveView,
    Histograms,
    LayerHistogram,
    PlaneView,
    Quantity,
    ScatterView,
    TaskView,
    TextView,
)

N_BINS = 40
PLANE_CELLS = 100
CURVE_POINTS = 400
SAMPLE_ROWS = 512
"""Training rows whose activations are counted."""
SHOWN_TEXTS = 64
SHOWN_CONTINUATIONS = 3
SHOWN_SYMBOLS = 100
"""Symbols that are drawn after the beginning of a text."""
PROMPT_SHARE = 4
"""One part in so many of a text is given as its beginning."""
TEMPERATURE = 0.8


def layer_histogram(layer: str, values: NDArray[Any]) -> LayerHistogram:
    """Count one layer's numbers between equal bins from the least to the greatest finite one."""
    flat = values.ravel()
    finite = flat[np.isfinite(flat)].astype(np.float64)
    if finite.size == 0:
        edges, counts = np.linspace(-0.5, 0.5, N_BINS + 1), np.zeros(N_BINS, np.int64)
        mean = std = float("nan")
    else:
        edges = _edges(float(finite.min()), float(finite.max()))
        counts = np.histogram(finite, edges)[0]
        mean, std = float(finite.mean()), float(finite.std())
    return LayerHistogram(
        layer=layer,
        edges=edges,
        counts=counts.astype(np.int64),
        zeros=int(np.count_nonzero(flat == 0)),
        nonfinite=flat.size - finite.size,
        size=flat.size,
        mean=mean,
        std=std,
    )


def _edges(low: float, high: float) -> NDArray[np.float64]:
    if low == high:  # all equal: one unit (or a thousandth of the value) to either side
        margin = max(0.5, abs(low) * 1e-3)
        low, high = low - margin, high + margin
    edges = np.linspace(low, high, N_BINS + 1)
    if np.all(np.diff(edges) > 0):
        return edges
    # The numbers differ by less than float64 resolves forty times: widen until edges increase.
    return np.linspace(low - abs(low) * 1e-12, high + abs(high) * 1e-12, N_BINS + 1)


def parameter_histograms(
    quantity: Quantity, problem: Problem, step: int, theta: NDArray[Any]
) -> Histograms:
    """Return histograms of the weights in θ, or of the gradient's entries for them."""
    arrays = problem.layout.unpack(theta)
    weights: dict[str, list[NDArray[Any]]] = {}
    for segment in problem.layout:
        if segment.role.endswith("weight"):
            weights.setdefault(segment.layer, []).append(arrays[segment.name].ravel())
    layers = tuple(layer_histogram(name, np.concatenate(w)) for name, w in weights.items())
    return Histograms(quantity, step, layers)


def activation_histograms(programs: Programs, train: Encoded, step: int) -> Histograms:
    """Return histograms of what each layer puts out for the first training rows."""
    some = train.head(TEXTS_AT_ONCE if train.reads_text else SAMPLE_ROWS)
    bound = programs.probe(len(some.inputs))
    bound.inputs["inputs"][...] = some.inputs
    bound.inputs["targets"][...] = some.targets
    bound.run()
    layers = tuple(layer_histogram(name, a) for name, a in bound.outputs.items())
    return Histograms("activations", step, layers)


class TaskViewer:
    """Makes the view that fits the task, with what stays the same made once.

    Parameters
    ----------
    problem, loss
        What is learned.
    parts
        The encoded parts by name.
    """

    def __init__(self, problem: Problem, loss: Loss, parts: dict[str, Encoded]) -> None:
        self._problem = problem
        self._loss = loss
        self._part = "validation" if len(problem.prepared.validation) else "train"
        self._data = parts[self._part]
        self._raw: NDArray[np.float64] | None = None
        domain = problem.prepared.table.domain
        if domain is not None:
            self._raw = _grid(domain)
            self._data = encoded_points(problem.prepared, self._raw, self._data)

    def view(self, programs: Programs, step: int) -> TaskView:
        """Return what the model says now."""
        prepared, table = self._problem.prepared, self._problem.prepared.table
        if table.task.writes_text:
            return self._texts(programs, step)
        outputs, _ = outputs_and_loss(programs, self._data)
        if table.domain is not None and len(table.domain) == 2:
            (x0, x1), (y0, y1) = table.domain
            values = self._said(outputs).reshape(PLANE_CELLS, PLANE_CELLS, -1)
            if table.task is Task.REGRESSION:
                values = values[..., 0]
            return PlaneView(step, (x0, x1, y0, y1), values.astype(np.float32))
        if table.domain is not None:
            assert self._raw is not None
            said = self._said(outputs)
            y = said[:, -1] if table.task.is_classification else said[:, 0]
            return CurveView(step, self._raw[:, 0], y.astype(np.float64))
        if table.task.is_classification:
            return self._confusion(outputs, step)
        true = prepared.target_scaling.invert(prepared.part(self._part).targets.astype(np.float64))
        return ScatterView(step, self._part, true, self._said(outputs)[:, 0])

    def _said(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Return class shares, or predictions in the target's own unit."""
        if self._problem.prepared.table.task.is_classification:
            return np.asarray(self._loss.probabilities(outputs), np.float64)
        return self._problem.prepared.target_scaling.invert(outputs.astype(np.float64))

    def _confusion(self, outputs: NDArray[Any], step: int) -> ConfusionView:
        part = self._problem.prepared.part(self._part)
        n = self._problem.prepared.table.n_classes
        true = part.targets.astype(np.int64)
        predicted = self._loss.decide(outputs)
        counts = np.bincount(true * n + predicted, minlength=n * n).reshape(n, n)
        shares = self._loss.probabilities(outputs)
        confidence = shares[np.arange(len(true)), predicted].astype(np.float64)
        wrong = np.flatnonzero(true != predicted)
        wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
        return ConfusionView(
            step,
            self._part,
            counts,
            part.rows[wrong],
            true[wrong],
            predicted[wrong],
            confidence[wrong],
        )

    def _texts(self, programs: Programs, step: int) -> TextView:
        table = self._problem.prepared.table
        assert table.source_vocabulary is not None
        assert table.target_vocabulary is not None
        some = self._data.head(SHOWN_TEXTS)
        matches = None
        if table.task is Task.SEQUENCE:
            sources, true = some.inputs, some.targets
            written = greedy(programs, sources, true.shape[1])
            matches = float(np.mean((written == true).all(axis=1)))
        else:
            known = max(1, some.inputs.shape[1] // PROMPT_SHARE)
            sources, true = np.split(some.inputs[:SHOWN_CONTINUATIONS], [known], axis=1)
            rng = generator(0, "continuations", step)
            whole = continued(programs, sources, SHOWN_SYMBOLS, TEMPERATURE, rng)
            written = whole[:, known:]
        rows = zip(
            table.source_vocabulary.decode(sources),
            table.target_vocabulary.decode(true),
            table.target_vocabulary.decode(written),
            strict=True,
        )
        loss = mean_loss(programs, self._data.head(MOST_WRITTEN))
        return TextView(step, self._part, tuple(rows), matches, perplexity(loss))


def encoded_points(prepared: Prepared, raw: NDArray[np.float64], like: Encoded) -> Encoded:
    """Return points in raw columns as the programs take them, with targets of no meaning."""
    inputs = np.ascontiguousarray(prepared.features(raw), like.inputs.dtype)
    targets = np.zeros((len(inputs), like.targets.shape[1]), like.targets.dtype)
    return Encoded(inputs, targets, targets[:, 0])


def cell_centres(domain: tuple[tuple[float, float], ...], n_cells: int) -> NDArray[np.float64]:
    """Return the centres of a line's or plane's cells, n_cells along each column, x fastest."""
    centres = []
    for low, high in domain:
        half = (high - low) / n_cells / 2
        centres.append(np.linspace(low + half, high - half, n_cells))
    return np.stack([axis.ravel() for axis in np.meshgrid(*centres)], axis=1)


def _grid(domain: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Return the centres of the plane's cells, or points along a line from end to end."""
    if len(domain) == 1:
        return np.linspace(*domain[0], CURVE_POINTS)[:, None]
    return cell_centres(domain, PLANE_CELLS)
