from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import BatchCursor
from playground.errors import SpecError

sizes = st.integers(1, 40)
leftovers = st.sampled_from(["smaller batch", "carry over", "drop"])


def orders(n_samples: int, seed: int, epochs: int) -> list[list[int]]:
    """Return the order of each epoch, taken by full epochs of single rows."""
    cursor = BatchCursor(n_samples, seed)
    return [[int(cursor.next(1)[0]) for _ in range(n_samples)] for _ in range(epochs)]


@given(sizes, st.integers(0, 99), st.lists(st.integers(1, 50), min_size=1, max_size=60))
def test_every_epoch_is_a_permutation_whatever_the_batch_sizes(
    n_samples: int, seed: int, batch_sizes: list[int]
) -> None:
    cursor = BatchCursor(n_samples, seed)
    rows: list[int] = []
    for batch_size in batch_sizes:
        batch = cursor.next(batch_size)
        assert 1 <= len(batch) <= batch_size
        rows += batch.tolist()
        assert cursor.samples == len(rows)
        assert cursor.epoch == len(rows) / n_samples
        assert cursor.completed_epochs == len(rows) // n_samples
    for start in range(0, len(rows) - n_samples + 1, n_samples):
        assert sorted(rows[start : start + n_samples]) == list(range(n_samples))


@given(st.integers(2, 40), st.lists(st.integers(1, 39), min_size=1, max_size=60))
def test_order_belongs_to_the_epoch_not_to_the_batch_size(
    n_samples: int, batch_sizes: list[int]
) -> None:
    cursor = BatchCursor(n_samples, 3)
    rows = [r for b in batch_sizes for r in cursor.next(min(b, n_samples - 1)).tolist()]
    expected = np.ravel(orders(n_samples, 3, len(rows) // n_samples + 1))
    assert rows == expected[: len(rows)].tolist()


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    first, second = orders(50, 0, 2)
    assert first != second
    assert first != orders(50, 1, 1)[0]
    assert first != list(range(50))


def test_without_shuffling_rows_come_as_they_are() -> None:
    cursor = BatchCursor(10, 0, shuffle=False)
    assert [cursor.next(4).tolist() for _ in range(4)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
        [0, 1, 2, 3],
    ]


def test_a_full_batch_has_the_same_order_at_every_step() -> None:
    cursor = BatchCursor(10, 0)
    assert [cursor.next(10).tolist() for _ in range(2)] == [list(range(10))] * 2
    assert cursor.next(99).tolist() == list(range(10))
    assert cursor.epoch == 3


def tensorflow_playground_updates(n_samples: int, batch_size: int, epochs: int) -> list[list[int]]:
    """Return the samples behind each update of its loop (``oneStep`` in ``playground.ts``)."""
    updates, accumulated = [], []
    for _ in range(epochs):
        for i in range(n_samples):
            accumulated.append(i)
            if (i + 1) % batch_size == 0:
                updates.append(accumulated)
                accumulated = []
    return updates


@given(sizes, st.data())
def test_carry_over_is_what_tensorflow_playground_does(n_samples: int, data: st.DataObject) -> None:
    batch_size = data.draw(st.integers(1, n_samples))
    cursor = BatchCursor(n_samples, 0, shuffle=False, leftover="carry over")
    for expected in tensorflow_playground_updates(n_samples, batch_size, 4):
        assert cursor.next(batch_size).tolist() == expected
    assert cursor.completed_epochs == 4


@given(st.integers(6, 40), st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_carry_over_loses_no_row_when_the_batch_size_changes(
    n_samples: int, batch_sizes: list[int]
) -> None:
    cursor = BatchCursor(n_samples, 0, leftover="carry over")
    rows = [row for b in batch_sizes for row in cursor.next(b).tolist()]
    expected = np.ravel(orders(n_samples, 0, len(rows) // n_samples + 1)).tolist()
    assert rows == expected[: len(rows)]
    assert len(rows) + cursor.position()["carried"] == cursor.samples


@given(sizes, st.data())
def test_drop_gives_only_full_batches_of_one_epoch(n_samples: int, data: st.DataObject) -> None:
    batch_size = data.draw(st.integers(1, n_samples))
    cursor = BatchCursor(n_samples, 0, shuffle=False, leftover="drop")
    per_epoch = n_samples // batch_size
    for epoch in range(1, 4):
        batches = [cursor.next(batch_size) for _ in range(per_epoch)]
        np.testing.assert_array_equal(np.concatenate(batches), np.arange(per_epoch * batch_size))
        assert cursor.completed_epochs == epoch


def test_growing_the_batch_near_the_end_of_an_epoch_goes_on_with_the_next() -> None:
    dropping = BatchCursor(10, 0, shuffle=False, leftover="drop")
    carrying = BatchCursor(10, 0, shuffle=False, leftover="carry over")
    for cursor in (dropping, carrying):
        for _ in range(4):
            cursor.next(2)
    assert dropping.next(4).tolist() == [0, 1, 2, 3]
    assert carrying.next(4).tolist() == [8, 9, 0, 1, 2, 3]


@given(
    sizes,
    leftovers,
    st.booleans(),
    st.lists(st.integers(1, 40), max_size=30),
    st.lists(st.integers(1, 40), max_size=30),
)
def test_seek_continues_where_the_position_was_taken(
    n_samples: int, leftover: str, shuffle: bool, before: list[int], after: list[int]
) -> None:
    def new() -> BatchCursor:
        return BatchCursor(n_samples, 7, shuffle=shuffle, leftover=leftover)  # type: ignore[arg-type]

    straight, resumed = new(), new()
    for batch_size in before:
        straight.next(min(batch_size, n_samples))
    resumed.seek(straight.position())
    assert resumed.position() == straight.position()
    for batch_size in after:
        batch_size = min(batch_size, n_samples)
        assert straight.next(batch_size).tolist() == resumed.next(batch_size).tolist()
        assert straight.position() == resumed.position()


def test_batches_stay_as_they_were_given() -> None:
    cursor = BatchCursor(12, 0)
    batches = [cursor.next(5) for _ in range(30)]
    copies = [batch.copy() for batch in batches]
    for _ in range(30):
        cursor.next(5)
    for batch, copy in zip(batches, copies, strict=True):
        np.testing.assert_array_equal(batch, copy)


def test_inside_an_epoch_a_batch_is_a_view() -> None:
    cursor = BatchCursor(100, 0)
    batches = [cursor.next(10) for _ in range(10)]
    assert all(a.base is not None and a.base is b.base for a, b in pairwise(batches))


@pytest.mark.parametrize("leftover", ["carry over", "drop"])
def test_a_batch_that_never_fills_is_refused_with_the_limit(leftover: str) -> None:
    cursor = BatchCursor(250, 0, leftover=leftover)  # type: ignore[arg-type]
    for refuse in (cursor.check, cursor.next):
        with pytest.raises(SpecError, match=r"batch_size: must be ≤ 250, .* got 251"):
            refuse(251)
    cursor.check(250)


@pytest.mark.parametrize("batch_size", [0, -3])
def test_a_batch_of_nothing_is_refused(batch_size: int) -> None:
    cursor = BatchCursor(10, 0)
    cursor.next(3)
    with pytest.raises(SpecError, match=f"batch_size: must be ≥ 1, got {batch_size}"):
        cursor.next(batch_size)
