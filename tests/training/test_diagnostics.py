import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from playground import presets
from playground.data.sets.bundled import Diabetes, Digits
from playground.declarations import with_value
from playground.models.losses import CrossEntropy, MeanSquaredError
from playground.training import Experiment, Trainer
from playground.training.diagnostics import layer_histogram
from playground.training.moment_log import LONGEST, MomentLog
from playground.training.norms import euclidean_norm
from playground.training.views import ConfusionView, CurveView, Histograms, PlaneView, ScatterView

NUMBERS = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 60),
    elements=st.one_of(
        st.floats(-1e6, 1e6, width=32), st.sampled_from([0.0, np.nan, np.inf, -np.inf])
    ),
)


@given(NUMBERS)
def test_a_histogram_counts_every_number_once(values):
    histogram = layer_histogram("layer", values)
    assert (np.diff(histogram.edges) > 0).all()
    assert histogram.counts.sum() + histogram.nonfinite == histogram.size == values.size
    assert histogram.nonfinite == np.count_nonzero(~np.isfinite(values))
    assert histogram.zeros == np.count_nonzero(values == 0)
    finite = values[np.isfinite(values)].astype(float)
    for low, high, count in zip(
        histogram.edges[:-1], histogram.edges[1:], histogram.counts, strict=True
    ):
        is_last = high == histogram.edges[-1]
        inside = (finite >= low) & ((finite <= high) if is_last else (finite < high))
        assert count == inside.sum()


def test_nearly_equal_numbers_have_increasing_edges():
    values = np.array([1.0, np.nextafter(1.0, 2.0)])
    histogram = layer_histogram("layer", values)
    assert (np.diff(histogram.edges) > 0).all()
    assert histogram.counts.sum() == 2


def test_the_log_of_histograms_stays_short_and_spans_the_run():
    log = MomentLog()
    for step in range(0, 100_000, 7):
        log.add(Histograms("weights", step, ()))
    steps = [moment.step for moment in log.moments]
    assert len(steps) <= LONGEST
    assert steps == sorted(set(steps))
    assert steps[0] == 0
    assert steps[-1] > 90_000
    assert np.diff(steps).max() < 4 * np.diff(steps).min()


HUGE = 2.0**100


@given(hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(-HUGE, HUGE, width=32)))
def test_norms_neither_overflow_nor_vanish(x):
    with np.errstate(all="ignore"):  # as around every run
        norm = euclidean_norm(x)
    assert norm == pytest.approx(float(np.linalg.norm(x.astype(float))), rel=1e-5)


def view(experiment, steps=50):
    trainer = Trainer(experiment)
    trainer.run(steps)
    return trainer, trainer.snapshot(frozenset({"task"})).task


def test_a_plane_holds_class_shares_at_its_cells():
    trainer, plane = view(Experiment())
    assert isinstance(plane, PlaneView)
    assert plane.extent == (-6.0, 6.0, -6.0, 6.0)
    assert plane.values.shape == (100, 100, 2)
    np.testing.assert_allclose(plane.values.sum(axis=2), 1.0, rtol=1e-6)
    # The cell that holds a training point says nearly what the model says of the point.
    outputs = trainer.predict("train")[:, 0]
    x, y = trainer.prepared.train.inputs.T
    column, row = (((v + 6) / 0.12).astype(int) for v in (x, y))
    shares = 1 / (1 + np.exp(-outputs))
    assert np.abs(plane.values[row, column, 1] - shares).max() < 0.25
    assert np.abs(plane.values[row, column, 1] - shares).mean() < 0.02


def test_a_line_is_the_fitted_one():
    trainer, curve = view(presets.load("linear-regression"), steps=1000)
    assert isinstance(curve, CurveView)
    parameters = trainer.parameters()
    slope, intercept = parameters["output.weight"].item(), parameters["output.bias"].item()
    np.testing.assert_allclose(curve.y, slope * curve.x + intercept, rtol=1e-5)
    expected = np.polyfit([1, 2, 3, 4, 5], [2, 3, 5, 7, 9], 1)
    assert (slope, intercept) == pytest.approx(expected, abs=0.03)


def test_a_confusion_matrix_counts_the_validation_part():
    trainer, matrix = view(Experiment(data=Digits(), loss=CrossEntropy()), steps=30)
    assert isinstance(matrix, ConfusionView)
    part = trainer.prepared.validation
    predicted = trainer.predict("validation").argmax(axis=1)
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (part.targets, predicted), 1)
    np.testing.assert_array_equal(matrix.counts, expected)
    assert set(matrix.wrong) == set(part.rows[predicted != part.targets])
    assert (np.diff(matrix.confidence) <= 0).all()
    np.testing.assert_array_equal(trainer.prepared.table.targets[matrix.wrong], matrix.true)


def test_a_scatter_is_in_the_targets_own_unit():
    trainer, scatter = view(Experiment(data=Diabetes(), loss=MeanSquaredError()), steps=200)
    assert isinstance(scatter, ScatterView)
    rows = trainer.prepared.validation.rows
    np.testing.assert_allclose(scatter.true, trainer.prepared.table.targets[rows])
    assert 100 < scatter.predicted.mean() < 200


def test_histograms_are_those_of_the_weights_now():
    trainer = Trainer(Experiment())
    trainer.run(20)
    snapshot = trainer.snapshot(frozenset({"weights", "gradients", "activations"}))
    for histogram in snapshot.histograms["weights"].layers:
        weights = trainer.parameters()[f"{histogram.layer}.weight"]
        assert histogram.mean == pytest.approx(weights.mean(), rel=1e-5)
        np.testing.assert_array_equal(
            histogram.counts, np.histogram(weights.astype(float), histogram.edges)[0]
        )
    activations = snapshot.histograms["activations"].layers
    assert [h.layer for h in activations] == list(trainer.layout.layers)
    assert activations[0].edges[0] >= -1.0  # tanh
    assert activations[0].edges[-1] <= 1.0


def test_a_gradient_is_there_before_the_first_step_and_costs_no_batch():
    looked, plain = Trainer(Experiment()), Trainer(Experiment())
    before = looked.snapshot(frozenset({"gradients"})).histograms["gradients"]
    looked.run(1), plain.run(1)
    np.testing.assert_array_equal(looked.theta, plain.theta)
    after = looked.snapshot(frozenset({"gradients"})).histograms["gradients"]
    for a, b in zip(before.layers, after.layers, strict=True):
        np.testing.assert_array_equal(a.counts, b.counts)


def test_classification_with_one_column_draws_the_last_class_share():
    experiment = with_value(presets.load("sine"), "stop.steps", 0)
    _, curve = view(experiment)
    assert isinstance(curve, CurveView)
    assert np.isfinite(curve.y).all()
