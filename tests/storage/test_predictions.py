import csv
from pathlib import Path

import numpy as np
import pytest

from playground.declarations import with_value
from playground.errors import StorageError
from playground.storage.predictions import write_predictions
from playground.training.experiment import Experiment
from playground.training.trainer import Trainer


def trained(data: str, loss: str, **changes: object) -> Trainer:
    experiment = with_value(with_value(Experiment(), "data", data), "loss", loss)
    for path, value in changes.items():
        experiment = with_value(experiment, path, value)
    trainer = Trainer(experiment)
    trainer.run(60)
    return trainer


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_regression_is_in_the_targets_own_unit(tmp_path: Path, part) -> None:
    changes = {"split.test": 20, "split.train": 60}
    trainer = trained("diabetes", "mean_squared_error", **changes)
    write_predictions(tmp_path / "p.csv", trainer, part)
    lines = read(tmp_path / "p.csv")
    assert list(lines[0]) == ["row", "true", "predicted"]
    rows = np.array([int(line["row"]) for line in lines]) - 1
    assert sorted(trainer.prepared.part(part).rows) == rows.tolist()
    true = np.array([float(line["true"]) for line in lines])
    predicted = np.array([float(line["predicted"]) for line in lines])
    np.testing.assert_array_equal(true, trainer.prepared.table.targets[rows])
    r2 = 1 - np.sum((true - predicted) ** 2) / np.sum((true - true.mean()) ** 2)
    if part != "test":
        assert r2 == pytest.approx(trainer.scores()[f"{part}_r2"], abs=1e-5)
    assert 25 < predicted.mean() < 346  # the range of the progression


@pytest.mark.parametrize(
    ("data", "loss"),
    [("iris", "cross_entropy"), ("breast_cancer", "binary_cross_entropy"), ("moons", "hinge")],
)
def test_a_classification_names_its_classes(tmp_path: Path, data: str, loss: str) -> None:
    trainer = trained(data, loss)
    table = trainer.prepared.table
    write_predictions(tmp_path / "p.csv", trainer, "validation")
    lines = read(tmp_path / "p.csv")
    shares = [f"probability/{name}" for name in table.class_names]
    assert list(lines[0]) == ["row", "true", "predicted", *shares]
    assert len(lines) == len(trainer.prepared.validation)
    right = 0
    for line in lines:
        assert line["true"] == table.class_names[table.targets[int(line["row"]) - 1]]
        values = np.array([float(line[name]) for name in shares])
        assert values.sum() == pytest.approx(1)
        assert line["predicted"] == table.class_names[values.argmax()]
        right += line["true"] == line["predicted"]
    assert right / len(lines) == pytest.approx(trainer.scores()["validation_accuracy"])


def test_an_empty_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the test part has no rows"):
        write_predictions(tmp_path / "p.csv", trained("iris", "cross_entropy"), "test")
    assert not list(tmp_path.iterdir())
