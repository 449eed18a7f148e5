import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.gui.plots.sampling import (
    MovingAverage,
    Series,
    Window,
    batch_loss_band,
    bounds,
    masked_log10,
)
from playground.training.history import History

finite = st.floats(-1e3, 1e3)


def history_of(values, every=1):
    """A run whose `loss` was measured at every so many steps, one epoch each ten steps."""
    history = History(["loss"])
    history.start()
    for step, value in enumerate(values):
        if step % every == 0:
            history.record("loss", value)
        history.append(value, 0.5 * (step + 1), (step + 1) / 10, step + 1)
    return history


def naive_average(values, weight):
    total, count, averages = 0.0, 0, []
    for value in values:
        if not np.isfinite(value):
            averages.append(np.nan)
            continue
        total = weight * total + (1 - weight) * value
        count += 1
        averages.append(total / (1 - weight**count))
    return averages


@given(
    st.lists(finite | st.just(np.nan) | st.just(np.inf), max_size=300),
    st.floats(0.01, 0.999),
    st.lists(st.integers(0, 300), max_size=5),
)
def test_a_moving_average_that_grows_in_portions_is_the_naive_one(values, weight, cuts):
    values = np.array(values, float)
    average = MovingAverage(weight)
    for cut in sorted(cuts):
        average.of(values[:cut])
    got = average.of(values)
    assert np.allclose(got, naive_average(values, weight), rtol=1e-9, atol=1e-9, equal_nan=True)


def test_the_newest_value_may_still_change():
    average = MovingAverage(0.5)
    average.of(np.array([1.0, 2.0, 99.0]))
    assert average.of(np.array([1.0, 2.0, 3.0])) == pytest.approx(
        naive_average([1.0, 2.0, 3.0], 0.5)
    )


def test_a_short_curve_is_drawn_as_it_is():
    history = history_of([3.0, 2.0, 1.0])
    x, y = Series(history, "loss").points(Window())
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == [3, 2, 1]


@pytest.mark.parametrize("is_log", [False, True])
def test_a_long_curve_has_two_points_a_bin_and_keeps_its_extremes(is_log):
    rng = np.random.default_rng(0)
    values = rng.normal(size=20_000)
    values[12_345], values[777] = 50.0, -50.0
    history = history_of(values)
    high = 5.0 if is_log else 20_000.0
    x, y = Series(history, "loss").points(Window(is_log=is_log, low=0, high=high, n_bins=100))
    assert len(x) <= 2 * 100 + 1
    assert y.max() == 50.0
    assert y.min() == -50.0
    assert y[-1] == values[-1]
    seen = x[np.isfinite(x)]
    assert np.all(np.diff(seen) >= 0)


def test_only_the_visible_part_and_one_neighbour_on_either_side_are_drawn():
    history = history_of(np.arange(1000.0), every=10)
    x, _ = Series(history, "loss").points(Window(low=200, high=300))
    assert x[0] <= 200 <= x[1]
    assert x[-2] <= 300 <= x[-1]
    assert len(x) <= 15


@pytest.mark.parametrize(
    ("column", "scale"), [("step", 1), ("epoch", 0.1), ("evaluations", 1), ("elapsed_s", 0.5)]
)
def test_x_counts_steps_epochs_or_seconds(column, scale):
    history = history_of(np.ones(50))
    window = Window(column=column)
    x, _ = Series(history, "loss").points(window)
    assert x == pytest.approx(scale * np.arange(50))
    assert window.row_at(history, 20.2 * scale) == 20
    assert window.row_at(history, 1e9) == 50
    assert window.row_at(history, -5) == 0


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm():
    assert np.isnan(masked_log10(np.array([0.0, -1.0]))).all()
    assert masked_log10(np.array([1e-3])) == pytest.approx([-3])
    x, _ = Series(history_of(np.ones(5)), "loss").points(Window(is_log=True))
    assert np.isnan(x[0])
    assert x[1:] == pytest.approx(np.log10([1, 2, 3, 4]))


def test_the_band_of_batch_losses_reaches_from_lowest_to_highest():
    values = np.random.default_rng(1).normal(size=5000)
    x, y = batch_loss_band(history_of(values), Window(low=0, high=5000, n_bins=50))
    assert len(x) == len(y) == 100
    assert np.nanmin(y) == values.min()
    assert np.nanmax(y) == values.max()


def test_a_run_without_a_step_has_no_band():
    history = History(["loss"])
    history.start()
    assert len(batch_loss_band(history, Window())[0]) == 0


def test_nearest_entry():
    history = history_of(np.arange(100.0), every=10)
    series = Series(history, "loss")
    assert series.nearest(34) == (30, 30.0)
    assert series.nearest(36) == (40, 40.0)
    assert series.nearest(10_000) == (90, 90.0)
    assert Series(History(["loss"]), "loss").nearest(3) is None


def test_bounds_pass_over_what_is_not_finite():
    assert bounds([np.array([1.0, np.nan]), np.array([np.inf, -2.0])]) == (-2.0, 1.0)
    assert np.isnan(bounds([np.empty(0)])[0])
