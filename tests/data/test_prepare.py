from pathlib import Path

import numpy as np
import pytest

from playground.data import DATASETS, Features, Prepared, Split, prepare
from playground.errors import DataError


def from_file(path: Path, text: str, split: Split, **settings: object) -> Prepared:
    path.write_text(text)
    return prepare(DATASETS["file"](path=path, **settings), Features(), split, seed=2)


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_scaling_is_fitted_on_the_training_part_alone(name: str) -> None:
    prepared = prepare(DATASETS[name](), Features(), Split(train=60, test=20), 0)
    raw = prepared.table.inputs
    train = raw[prepared.train.rows]
    for part in (prepared.train, prepared.validation, prepared.test):
        expected = (raw[part.rows] - train.mean(axis=0)) / train.std(axis=0)
        np.testing.assert_allclose(part.inputs, expected)
    assert np.abs(prepared.validation.inputs.mean(axis=0)).max() > 1e-3


def test_values_outside_the_training_part_do_not_change_it(tmp_path: Path) -> None:
    rows = [[float(i), float(i * i), float(3 * i + 1)] for i in range(40)]

    def prepared_from(rows: list[list[float]]) -> Prepared:
        lines = "\n".join(",".join(map(str, row)) for row in rows)
        return from_file(tmp_path / "t.csv", f"a,b,y\n{lines}\n", Split(train=50))

    plain = prepared_from(rows)
    for row in plain.validation.rows:
        rows[row] = [1e6, -1e6, 1e6]
    changed = prepared_from(rows)
    np.testing.assert_array_equal(plain.train.inputs, changed.train.inputs)
    np.testing.assert_array_equal(plain.train.targets, changed.train.targets)


@pytest.mark.parametrize("name", ["wine", "spiral", "sine", "digits"])
def test_the_input_map_gives_the_inputs_of_any_row(name: str) -> None:
    features = Features(sin_x1=True, x1_x2=True)
    prepared = prepare(DATASETS[name](), features, Split(standardize="on"), 0)
    for part in (prepared.train, prepared.validation):
        mapped = prepared.features(prepared.table.inputs[part.rows])
        np.testing.assert_array_equal(mapped, part.inputs)
    assert prepared.train.inputs.shape[1] == len(prepared.feature_names)


def test_targets_of_a_regression_return_to_their_units() -> None:
    prepared = prepare(DATASETS["diabetes"](), Features(), Split(), 0)
    assert prepared.train.targets.mean() == pytest.approx(0, abs=1e-12)
    assert prepared.train.targets.std() == pytest.approx(1)
    np.testing.assert_allclose(
        prepared.target_scaling.invert(prepared.validation.targets),
        prepared.table.targets[prepared.validation.rows],
    )


@pytest.mark.parametrize("name", ["regression_plane", "line", "digits", "circle"])
def test_auto_leaves_data_without_units_alone(name: str) -> None:
    prepared = prepare(DATASETS[name](), Features(), Split(), 0)
    np.testing.assert_array_equal(prepared.train.inputs, prepared.table.inputs[prepared.train.rows])
    np.testing.assert_array_equal(
        prepared.train.targets, prepared.table.targets[prepared.train.rows]
    )


def test_a_constant_column_becomes_zero() -> None:
    prepared = prepare(DATASETS["digits"](), Features(), Split(standardize="on"), 0)
    raw = prepared.table.inputs[prepared.train.rows]
    constant = (raw == raw[0]).all(axis=0)
    assert constant.any()
    assert (prepared.train.inputs[:, constant] == 0).all()
    np.testing.assert_allclose(prepared.train.inputs[:, ~constant].std(axis=0), 1)


def test_values_that_overflow_are_refused(tmp_path: Path) -> None:
    text = "a,y\n1e308,1\n-1e308,2\n1.5e308,3\n-1.7e308,4\n"
    with pytest.raises(DataError, match="column 'a': values are too large"):
        from_file(tmp_path / "t.csv", text, Split(train=100))


@pytest.mark.parametrize(("missing", "statistic"), [("mean", np.mean), ("median", np.median)])
def test_missing_values_are_filled_from_the_training_part(
    tmp_path: Path, missing: str, statistic: object
) -> None:
    values = ["" if i % 5 == 0 else str(i * i) for i in range(50)]
    colours = ["" if i % 7 == 0 else ["red", "blue", "blue"][i % 3] for i in range(50)]
    rows = [f"{v},{c},{i}" for i, (v, c) in enumerate(zip(values, colours, strict=True))]
    prepared = from_file(
        tmp_path / "t.csv",
        "size,colour,y\n" + "\n".join(rows),
        Split(train=50, standardize="off"),
        missing=missing,
        task="regression",
    )
    present = [float(values[row]) for row in prepared.train.rows if values[row]]
    expected = statistic(present)  # type: ignore[operator]
    assert prepared.feature_names == ("size", "colour=blue", "colour=red")
    for part in (prepared.train, prepared.validation):
        for row, inputs in zip(part.rows, part.inputs, strict=True):
            assert inputs[0] == pytest.approx(float(values[row]) if values[row] else expected)
            assert inputs[1:].tolist() == [colours[row] != "red", colours[row] == "red"]


def test_nothing_to_fill_from_is_refused(tmp_path: Path) -> None:
    def prepared_from(column: list[str]) -> Prepared:
        text = "a,b,y\n" + "".join(f"{value},{i},{i}\n" for i, value in enumerate(column))
        return from_file(tmp_path / "t.csv", text, Split(train=50), missing="mean")

    train = prepared_from(["4"] * 10).train.rows
    with pytest.raises(DataError, match="column 'a': has no value in the training part"):
        prepared_from(["" if row in train else "4" for row in range(10)])
