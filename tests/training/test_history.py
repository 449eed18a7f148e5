import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.training import history as history_module
from playground.training.columns import Pyramid, SparseColumn
from playground.training.history import History


def filled(losses, columns=()) -> History:
    """A history whose row s + 1 has epoch s + 1 and elapsed_s (s + 1) / 8."""
    history = History(columns)
    history.start()
    for step, loss in enumerate(losses, start=1):
        history.append(loss, step / 8, float(step), 3.0 * step)
    return history


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "CHUNK_ROWS", 64)


def test_row_0_is_the_start() -> None:
    history = History(["train_loss"])
    assert len(history) == 0
    assert history.last("train_loss") is history.best("batch_loss") is None
    history.start(epoch=2.5)
    assert len(history) == 1
    np.testing.assert_array_equal(history["epoch"], [2.5])
    np.testing.assert_array_equal(history["elapsed_s"], [0.0])
    np.testing.assert_array_equal(history["batch_loss"], [np.nan])
    with pytest.raises(RuntimeError, match="already started"):
        history.start()


def test_batch_loss_belongs_to_the_row_before_the_new_one() -> None:
    history = filled([3.0, 2.0])
    np.testing.assert_array_equal(history["step"], [0, 1, 2])
    np.testing.assert_array_equal(history["epoch"], [0, 1, 2])
    np.testing.assert_array_equal(history["elapsed_s"], [0, 0.125, 0.25])
    np.testing.assert_array_equal(history["batch_loss"], [3, 2, np.nan])
    assert history.last("batch_loss") == (1, 2.0)
    assert history.last("epoch") == (2, 2.0)
    assert history.best("batch_loss") == (1, 2.0)


def test_sparse_values_stand_in_the_row_in_which_they_were_recorded() -> None:
    history = History(["validation_loss", "validation_accuracy"])
    history.start()
    for step, loss in enumerate([0.5, 0.25, 0.25, 0.75]):
        history.record("validation_loss", loss)
        history.record("validation_accuracy", 1 - loss)
        for _ in range(3):
            history.append(1.0, step, step, step)
    steps, values = history.sparse("validation_loss")
    np.testing.assert_array_equal(steps, [0, 3, 6, 9])
    np.testing.assert_array_equal(values, [0.5, 0.25, 0.25, 0.75])
    column = history["validation_loss"]
    assert column.shape == (13,)
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(column)), steps)
    assert history.last("validation_loss") == (9, 0.75)
    assert history.best("validation_loss") == (3, 0.25)
    assert history.best("validation_accuracy") == (3, 0.75)
    assert history.columns == (
        *("step", "epoch", "evaluations", "elapsed_s", "batch_loss"),
        *("validation_loss", "validation_accuracy"),
    )


def test_a_second_value_in_one_row_replaces_the_first() -> None:
    history = filled([1.0], ["train_loss"])
    history.record("train_loss", 4.0)
    history.record("train_loss", 5.0)
    np.testing.assert_array_equal(history["train_loss"], [np.nan, 5.0])


def test_a_value_is_withdrawn_from_its_own_row_only() -> None:
    history = filled([1.0], ["train_loss", "validation_loss"])
    history.record("train_loss", 4.0)
    seen = history.sparse("train_loss")
    history.withdraw(0, ["train_loss", "validation_loss"])
    assert history.last("train_loss") == (1, 4.0)
    history.withdraw(1, ["train_loss", "validation_loss"])
    assert history.last("train_loss") is None
    history.append(1.0, 0.0, 0.0, 1)
    history.record("train_loss", 5.0)
    assert history.last("train_loss") == (2, 5.0)
    np.testing.assert_array_equal(seen, [[1], [4.0]])


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("n_steps", [0, 10, 63, 200])
def test_a_copy_goes_on_by_itself(n_steps: int) -> None:
    history = filled(np.arange(n_steps), ["train_loss"])
    history.record("train_loss", 1.0)
    twin = history.copy()
    for each, loss in ((history, 3.0), (twin, 4.0)):
        each.append(loss, 0.0, 0.0, 1)
        each.record("train_loss", loss)
    for each, loss in ((history, 3.0), (twin, 4.0)):
        np.testing.assert_array_equal(each["batch_loss"], [*range(n_steps), loss, np.nan])
        np.testing.assert_array_equal(
            each.sparse("train_loss"), [[n_steps, n_steps + 1], [1, loss]]
        )
        _, low, high = each.envelope("batch_loss", n_steps, n_steps + 1, 1)
        assert low == high == loss


def test_what_is_read_cannot_change_the_history() -> None:
    history = filled([1.0, 2.0], ["train_loss"])
    history.record("train_loss", 4.0)
    history["batch_loss"][:] = 0
    np.testing.assert_array_equal(history["batch_loss"], [1, 2, np.nan])
    with pytest.raises(ValueError, match="read-only"):
        history.sparse("train_loss")[1][0] = 0


def test_an_unknown_column_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        filled([])["nonsense"]
    with pytest.raises(KeyError):
        filled([]).record("nonsense", 1.0)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("n_steps", [62, 63, 64, 65, 127, 128, 1000])
def test_rows_go_on_across_chunks(n_steps: int) -> None:
    losses = np.random.default_rng(n_steps).normal(size=n_steps)
    history = filled(losses, ["train_loss"])
    np.testing.assert_array_equal(history["batch_loss"], [*losses, np.nan])
    np.testing.assert_array_equal(history["epoch"], np.arange(n_steps + 1))
    history.record("train_loss", 7.0)
    for name in history.columns:
        part = history.rows(name, n_steps // 3, n_steps + 1)
        np.testing.assert_array_equal(part, history[name][n_steps // 3 :])
    rows = np.array([[0, n_steps], [n_steps // 2, 63 % n_steps]])
    np.testing.assert_array_equal(history.at("elapsed_s", rows), rows / 8)
    np.testing.assert_array_equal(history.at("step", rows), rows)


@given(values=st.lists(st.floats(width=32), max_size=300))
def test_a_sparse_column_gives_back_what_was_added(values) -> None:
    column = SparseColumn()
    for step, value in enumerate(values):
        column.add(2 * step, value)
    steps, read = column.read()
    np.testing.assert_array_equal(steps, 2 * np.arange(len(values)))
    np.testing.assert_array_equal(read, values)


def brute_force(values, starts, last):
    """Extremes of the bins, one after the other."""
    low, high = [], []
    for a, b in zip(starts, [*starts[1:], last], strict=True):
        known = values[a:b][~np.isnan(values[a:b])]
        low.append(known.min() if len(known) else np.nan)
        high.append(known.max() if len(known) else np.nan)
    return low, high


@pytest.mark.usefixtures("small_chunks")
@settings(max_examples=200)
@given(data=st.data(), n_rows=st.integers(1, 9000), seed=st.integers(0, 2**32 - 1))
def test_an_envelope_holds_the_extremes_of_its_bins(data, n_rows, seed) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n_rows)
    values[rng.random(n_rows) < data.draw(st.sampled_from([0, 0.1, 0.9, 1]))] = np.nan
    values[rng.random(n_rows) < data.draw(st.sampled_from([0, 0.01]))] = np.inf
    pyramid = Pyramid(lambda first, last: values[first:last])
    # The pyramid has been read, and so built, at an earlier length.
    earlier = data.draw(st.integers(1, n_rows))
    pyramid.envelope(0, earlier, 3, complete=earlier - 1)
    first = data.draw(st.integers(0, n_rows - 1))
    last = data.draw(st.integers(first + 1, n_rows))
    n_bins = data.draw(st.integers(1, 50))
    steps, low, high = pyramid.envelope(first, last, n_bins, complete=n_rows - 1)
    assert steps[0] == first
    assert (np.diff(steps) > 0).all()
    assert steps[-1] < last
    assert len(steps) == min(n_bins, last - first)
    width = (last - first) / n_bins
    assert (np.diff([*steps, last]) <= 2 * width + 1).all()
    expected = brute_force(values, steps, last)
    np.testing.assert_array_equal(low, expected[0])
    np.testing.assert_array_equal(high, expected[1])


def test_an_envelope_of_the_whole_history_reads_few_rows(monkeypatch) -> None:
    n_rows = 300_000
    history = History([])
    history.start()
    losses = np.random.default_rng(0).random(n_rows)
    for loss in losses.tolist():
        history.append(loss, 0.0, 0.0, 1)
    history.envelope("batch_loss", 0, n_rows, 100)
    read = []
    rows = history._dense_rows
    monkeypatch.setattr(
        history, "_dense_rows", lambda name, a, b: read.append(b - a) or rows(name, a, b)
    )
    steps, low, high = history.envelope("batch_loss", 0, n_rows + 1, 100)
    assert sum(read) < 100
    expected = brute_force(np.append(losses, np.nan), steps, n_rows + 1)
    np.testing.assert_array_equal(low, expected[0])
    np.testing.assert_array_equal(high, expected[1])


def test_an_envelope_is_cut_to_the_rows_that_exist() -> None:
    history = filled([3.0, 1.0, 2.0])
    steps, low, high = history.envelope("batch_loss", -5, 100, 10)
    np.testing.assert_array_equal(steps, [0, 1, 2, 3])
    np.testing.assert_array_equal(low, [3, 1, 2, np.nan])
    np.testing.assert_array_equal(high, low)
    assert all(len(array) == 0 for array in history.envelope("batch_loss", 4, 9, 10))


@pytest.mark.usefixtures("small_chunks")
def test_a_reader_in_another_thread_sees_whole_rows_only() -> None:
    history = History(["train_loss"])
    history.start()
    n_steps, looks = 20_000, 0
    looked = threading.Condition()
    problems: list[str] = []

    def read() -> None:
        nonlocal looks
        while len(history) <= n_steps:
            n_rows = len(history)
            rows = np.arange(n_rows)
            if not np.array_equal(history.at("elapsed_s", rows), rows / 8):
                problems.append("elapsed_s")
            if not np.array_equal(history.at("batch_loss", rows[:-1]), rows[:-1]):
                problems.append("batch_loss")
            steps, low, high = history.envelope("batch_loss", 0, n_rows - 1, 7)
            ends = np.append(steps[1:], n_rows - 1)[: len(steps)]
            if not (np.array_equal(low, steps) and np.array_equal(high, ends - 1)):
                problems.append("envelope")
            steps, values = history.sparse("train_loss")
            if not np.array_equal(steps, values):
                problems.append("sparse")
            if len(history["train_loss"]) < n_rows:
                problems.append("column")
            with looked:
                looks += 1
                looked.notify()

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(n_steps):
        history.record("train_loss", float(step))
        history.append(float(step), (step + 1) / 8, 0.0, step + 1)
        if step % 1000 == 0:
            with looked:
                before = looks
                assert looked.wait_for(lambda before=before: looks > before, timeout=120)
    reader.join(120)
    assert not reader.is_alive()
    assert looks >= 20
    assert not problems


def test_two_million_rows_would_stay_below_100_megabytes() -> None:
    n_layers, n_steps = 3, 400_000
    names = ["train_loss", "validation_loss", *(f"gradient_norm/{i}" for i in range(n_layers))]
    tracemalloc.start()
    try:
        history = History(names)
        history.start()
        append = history.append
        for step in range(n_steps):
            append(0.5, 1.0, 2.0, 3)
            if step % 10 == 0:
                for name in names:
                    history.record(name, 0.5)
        history.envelope("batch_loss", 0, n_steps, 1000)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size * (2_000_000 / n_steps) < 100e6
