import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import Split, Table, Task
from playground.data.splits import split_rows
from playground.declarations import validate
from playground.errors import SpecError

splits = st.builds(
    lambda train, test, stratify: Split(
        train=train, test=min(test, 100 - train), stratify=stratify
    ),
    st.integers(1, 100),
    st.integers(0, 90),
    st.booleans(),
)
class_sizes = st.lists(st.integers(1, 60), min_size=2, max_size=6)


def table_of(sizes: list[int]) -> Table:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    names = tuple(str(label) for label in range(len(sizes)))
    return Table(np.zeros((len(labels), 1)), labels, Task.MULTICLASS, ("x",), class_names=names)


def regression(n_samples: int) -> Table:
    return Table(np.zeros((n_samples, 1)), np.arange(n_samples) * 1.0, Task.REGRESSION, ("x",))


@given(class_sizes, splits, st.integers(0, 2**32))
def test_parts_are_disjoint_cover_every_row_and_come_again(
    sizes: list[int], split: Split, seed: int
) -> None:
    table = table_of(sizes)
    parts = split_rows(table, split, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(sum(sizes)))
    for part, again in zip(parts, split_rows(table, split, seed), strict=True):
        np.testing.assert_array_equal(part, again)


@given(class_sizes, splits, st.integers(0, 2**32))
def test_sizes_are_the_percentages(sizes: list[int], split: Split, seed: int) -> None:
    n_samples = sum(sizes)
    train, validation, test = (len(part) for part in split_rows(table_of(sizes), split, seed))
    assert train == max(1, n_samples * split.train // 100)
    assert abs(test - n_samples * split.test / 100) < 1 or train == 1
    if split.train + split.test == 100 and train > 1:
        assert validation == 0
    if split.test == 0:
        assert test == 0


@given(class_sizes, st.integers(10, 90), st.integers(0, 2**32))
def test_stratified_parts_hold_each_class_within_one_of_its_share(
    sizes: list[int], train_percent: int, seed: int
) -> None:
    table = table_of(sizes)
    train, validation, _ = split_rows(table, Split(train=train_percent), seed)
    for part in (train, validation):
        counts = np.bincount(table.targets[part].astype(int), minlength=len(sizes))
        shares = np.array(sizes) * len(part) / sum(sizes)
        assert (np.abs(counts - shares) < 1).all()


@given(class_sizes, splits, st.integers(0, 2**32))
def test_stratified_tests_hold_each_class_within_two_of_its_share(
    sizes: list[int], split: Split, seed: int
) -> None:
    table = table_of(sizes)
    parts = split_rows(table, split.model_copy(update={"stratify": True}), seed)
    for part in parts:
        counts = np.bincount(table.targets[part].astype(int), minlength=len(sizes))
        assert (np.abs(counts - np.array(sizes) * len(part) / sum(sizes)) < 2).all()


@pytest.mark.parametrize("train_percent", [10, 50, 80, 90])
def test_a_class_with_one_sample_trains(train_percent: int) -> None:
    table = table_of([1, 120, 79])
    train, _, _ = split_rows(table, Split(train=train_percent), seed=1)
    assert 0 in table.targets[train]


def test_unstratified_split_takes_the_first_rows_of_one_shuffle() -> None:
    table = regression(500)
    half, _, _ = split_rows(table, Split(train=50), seed=4)
    most, _, _ = split_rows(table, Split(train=90), seed=4)
    assert len(half) == 250
    np.testing.assert_array_equal(half, most[:250])
    assert (np.diff(half) < 0).any()


def test_parts_differ_by_seed() -> None:
    first, second = (split_rows(regression(100), Split(), seed)[0] for seed in (0, 1))
    assert first.tolist() != second.tolist()


def test_few_rows_may_all_train() -> None:
    train, validation, test = split_rows(regression(5), Split(train=100), seed=0)
    assert (len(train), len(validation), len(test)) == (5, 0, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"train": 90, "test": 20}, "split: train and test together must be ≤ 100 %, got 90 + 20"),
        ({"train": 0}, "split.train: must be ≥ 1, got 0"),
    ],
)
def test_impossible_percentages_are_refused(values: dict[str, int], message: str) -> None:
    with pytest.raises(SpecError) as error:
        validate(Split, values, where="split")
    assert str(error.value) == message
