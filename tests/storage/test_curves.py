import csv
import json
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from playground.errors import StorageError
from playground.storage import curves as curves_module
from playground.storage.curves import write_curves
from playground.training.history import History


def a_history(n_steps: int, columns=("train_loss", "gradient_norm/output"), seed=0) -> History:
    rng = np.random.default_rng(seed)
    history = History(columns)
    history.start()
    for step in range(n_steps):
        if step % 7 == 0:
            for name in columns:
                history.record(name, float(rng.normal() * 10.0 ** rng.integers(-300, 300)))
        history.append(float(rng.standard_normal()) / 3, float(rng.random()), step / 3, step)
    return history


def read_csv(path: Path) -> dict[str, list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert all(len(row) == len(header) for row in rows)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


def assert_same(texts: list[str], values) -> None:
    assert [math.nan if t == "" else float(t) for t in texts] == pytest.approx(
        list(values), rel=0, abs=0, nan_ok=True
    )


@pytest.fixture(params=[5, 64, 65_536])
def block_rows(request, monkeypatch) -> int:
    monkeypatch.setattr(curves_module, "BLOCK_ROWS", request.param)
    return request.param


@pytest.mark.usefixtures("block_rows")
@pytest.mark.parametrize("n_steps", [0, 4, 64, 200])
def test_csv_reads_back_exactly(tmp_path: Path, n_steps: int) -> None:
    history = a_history(n_steps)
    write_curves(tmp_path / "curves.csv", {"run 1": history})
    read = read_csv(tmp_path / "curves.csv")
    assert list(read) == [
        *(
            "step",
            "epoch",
            "evaluations",
            "elapsed_s",
            "batch_loss",
            "train_loss",
            "gradient_norm/output",
        )
    ]
    assert read["step"] == [str(step) for step in range(n_steps + 1)]
    for name in history.columns:
        assert_same(read[name], history[name])
    assert read["batch_loss"][-1] == ""


@pytest.mark.usefixtures("block_rows")
@pytest.mark.parametrize("n_steps", [0, 4, 200])
def test_json_and_parquet_read_back_exactly(tmp_path: Path, n_steps: int) -> None:
    from pyarrow import parquet

    history = a_history(n_steps)
    write_curves(tmp_path / "curves.json", {"run 1": history})
    write_curves(tmp_path / "curves.parquet", {"run 1": history})
    from_json = json.loads((tmp_path / "curves.json").read_text())
    table = parquet.read_table(tmp_path / "curves.parquet")
    from_parquet = table.to_pydict()
    assert str(table.schema.field("step").type) == "int64"
    for read in (from_json, from_parquet):
        assert list(read) == list(history.columns)
        for name, values in read.items():
            expected = [None if math.isnan(v) else v for v in history[name].tolist()]
            assert values == expected


def test_a_diverged_run_is_exported_too(tmp_path: Path) -> None:
    history = History(["train_loss"])
    history.start()
    history.record("train_loss", math.inf)
    history.append(math.nan, 0.0, 0.0, 1)
    for suffix in ("csv", "json", "parquet"):
        write_curves(tmp_path / f"curves.{suffix}", {"": history})
    read = read_csv(tmp_path / "curves.csv")
    assert read["train_loss"] == ["inf", ""]
    assert read["batch_loss"] == ["", ""]
    assert "Infinity" not in (tmp_path / "curves.json").read_text()
    assert json.loads((tmp_path / "curves.json").read_text())["train_loss"] == [math.inf, None]


def test_several_runs_stand_one_below_the_other(tmp_path: Path) -> None:
    classification = a_history(9, ("train_loss", "train_accuracy", "gradient_norm/output"), 1)
    regression = a_history(5, ("train_loss", "train_r2", "gradient_norm/hidden1"), 2)
    histories = {'Adam, "fast"': classification, "SGD": regression}
    for suffix in ("csv", "json", "parquet"):
        write_curves(tmp_path / f"curves.{suffix}", histories)
    read = read_csv(tmp_path / "curves.csv")
    assert list(read) == [
        *("run", "step", "epoch", "evaluations", "elapsed_s", "batch_loss", "train_loss"),
        *("train_accuracy", "train_r2", "gradient_norm/output", "gradient_norm/hidden1"),
    ]
    assert read["run"] == ['Adam, "fast"'] * 10 + ["SGD"] * 6
    nothing = [math.nan]
    assert_same(read["train_loss"], [*classification["train_loss"], *regression["train_loss"]])
    assert_same(read["train_accuracy"], [*classification["train_accuracy"], *nothing * 6])
    assert_same(read["train_r2"], [*nothing * 10, *regression["train_r2"]])

    from pyarrow import parquet

    from_json = json.loads((tmp_path / "curves.json").read_text())
    assert from_json == parquet.read_table(tmp_path / "curves.parquet").to_pydict()
    assert from_json["run"] == read["run"]
    assert list(from_json) == list(read)


def test_a_run_that_goes_on_is_exported_as_long_as_it_was(tmp_path: Path, monkeypatch) -> None:
    history = a_history(20)
    rows = history.rows

    def rows_while_training(name: str, first: int, last: int):
        history.record("train_loss", 1.0)
        history.append(1.0, 1.0, 1.0, 1)
        return rows(name, first, last)

    monkeypatch.setattr(history, "rows", rows_while_training)
    for suffix in ("csv", "json", "parquet"):
        n_rows = len(history)
        write_curves(tmp_path / f"curves.{suffix}", {"": history})
        assert len(history) > n_rows
        if suffix == "csv":
            assert len(read_csv(tmp_path / "curves.csv")["step"]) == n_rows
        elif suffix == "json":
            columns = json.loads((tmp_path / "curves.json").read_text()).values()
            assert {len(column) for column in columns} == {n_rows}


def test_an_unknown_format_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"must end in \.csv, \.json, \.parquet, got '\.xls'"):
        write_curves(tmp_path / "curves.xls", {"": a_history(1)})
    assert not list(tmp_path.iterdir())


def test_a_long_run_is_written_in_blocks(tmp_path: Path) -> None:
    history = a_history(400_000, ("train_loss",))
    tracemalloc.start()
    try:
        write_curves(tmp_path / "curves.parquet", {"": history})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * 400_000  # the whole table has six columns of eight bytes
