import numpy as np
import pytest

from playground.data import DATASETS, Features, Split, prepare
from playground.errors import SpecError

EVERY = Features(x1_squared=True, x2_squared=True, x1_x2=True, sin_x1=True, sin_x2=True)


def test_features_of_two_columns_come_in_order_under_readable_names() -> None:
    columns = np.random.default_rng(0).normal(size=(20, 2))
    expected = [[a, b, a * a, b * b, a * b, np.sin(a), np.sin(b)] for a, b in columns]
    np.testing.assert_allclose(EVERY.apply(columns), expected)
    assert EVERY.names(2) == ("x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin x₁", "sin x₂")


def test_features_of_one_column_ignore_the_second() -> None:
    columns = np.array([[2.0], [3.0]])
    np.testing.assert_allclose(EVERY.apply(columns), [[2, 4, np.sin(2)], [3, 9, np.sin(3)]])
    assert EVERY.names(1) == ("x₁", "x₁²", "sin x₁")


@pytest.mark.parametrize(
    ("dataset", "features"),
    [("circle", Features(x1=False, x2=False)), ("line", Features(x1=False, x1_x2=True))],
)
def test_no_feature_at_all_is_refused(dataset: str, features: Features) -> None:
    with pytest.raises(SpecError, match=r"features: at least one of x1, .* must be on"):
        prepare(DATASETS[dataset](), features, Split(), 0)


def test_real_data_keep_their_columns() -> None:
    prepared = prepare(DATASETS["iris"](), EVERY, Split(standardize="off"), 0)
    assert prepared.feature_names == prepared.table.feature_names
    np.testing.assert_array_equal(prepared.train.inputs, prepared.table.inputs[prepared.train.rows])
