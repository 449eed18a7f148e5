import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.source import DATASETS
from playground.declarations import with_value
from playground.errors import SpecError, StorageError
from playground.models.activations import ACTIVATIONS
from playground.models.initializers import INITIALIZERS
from playground.models.losses import LOSSES
from playground.models.mlp import HiddenLayer
from playground.optimizers.optimizer import OPTIMIZERS
from playground.optimizers.schedule import SCHEDULES, has_rate
from playground.storage.experiments import read_experiment, write_experiment
from playground.training.experiment import Experiment

CHANGES = {
    "title": st.text(st.characters(codec="utf-8"), max_size=30),
    "data": st.sampled_from([name for name in DATASETS.names() if name != "file"]),
    "optimizer": st.sampled_from([kind.name() for kind in OPTIMIZERS if has_rate(kind())]),
    "optimizer.learning_rate": st.floats(1e-300, 1e300),
    "loss": st.sampled_from(LOSSES.names()),
    "model.hidden": st.lists(
        st.fixed_dictionaries(
            {"units": st.integers(1, 4096), "activation": st.sampled_from(ACTIVATIONS.names())},
            optional={"dropout": st.floats(0, 1, exclude_max=True)},
        ),
        max_size=4,
    ),
    "model.initializer": st.sampled_from(INITIALIZERS.names()),
    "model.first_bias": st.floats(allow_nan=False, allow_infinity=False),
    "split.train": st.integers(1, 100),
    "split.stratify": st.booleans(),
    "features.x1_x2": st.booleans(),
    "penalties.l2": st.floats(0, 1e10),
    "schedule": st.sampled_from(SCHEDULES.names()),
    "schedule.warmup_steps": st.integers(0, 100_000),
    "clipping.norm": st.floats(0, 1e10),
    "training.batch_size": st.integers(1, 100_000),
    "training.precision": st.sampled_from(["float32", "float64"]),
    "stop.target_loss": st.floats(0, 1e10),
    "seeds.weights": st.integers(0, 2**63 - 1),
}


@st.composite
def experiments(draw) -> Experiment:
    experiment = Experiment()
    for path, values in CHANGES.items():
        if draw(st.booleans()):
            experiment = with_value(experiment, path, draw(values))
    return experiment


@settings(max_examples=60)
@given(experiment=experiments())
def test_what_was_written_is_read(tmp_path_factory, experiment: Experiment) -> None:
    path = tmp_path_factory.mktemp("experiment") / "x.toml"
    write_experiment(path, experiment)
    assert read_experiment(path) == experiment


def test_kinds_are_written_and_defaults_are_not(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    write_experiment(path, with_value(Experiment(), "training.batch_size", 7))
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {
        "data": {"kind": "spiral"},
        "model": {"kind": "mlp", "initializer": {"kind": "glorot_uniform"}},
        "loss": {"kind": "binary_cross_entropy"},
        "optimizer": {"kind": "adam"},
        "schedule": {"kind": "constant"},
        "training": {"batch_size": 7},
    }


def test_each_layer_has_a_line(tmp_path: Path) -> None:
    layers = [{"units": 3}, {"units": 4, "activation": "relu", "dropout": 0.5}]
    path = tmp_path / "x.toml"
    write_experiment(path, with_value(Experiment(), "model.hidden", layers))
    lines = path.read_text(encoding="utf-8").splitlines()
    inline = [line.strip().rstrip(",") for line in lines if "units" in line]
    assert [tomllib.loads(f"layer = {text}")["layer"]["units"] for text in inline] == [3, 4]
    assert list(read_experiment(path).model.model_dump(mode="json")["hidden"]) == [
        layer.model_dump(mode="json") for layer in map(HiddenLayer.model_validate, layers)
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no settings; it must have some of: title, data, .* seeds"),
        ("# nothing", "has no settings"),
        ("[experiment]", "has no settings"),
        ("[optimizer]\nkind = 'adam'\nlearning_rat = 1", "optimizer.*did you mean 'learning_rate'"),
        ("learning_rate = 1", "unknown setting"),
        ("[optimizer]\nkind = 'adm'", "unknown optimizer 'adm'; did you mean 'adam'"),
        ("[optimizer]\nlearning_rate = 1", "needs a 'kind'"),
        ("[training]\nbatch_size = 'many'", "training.batch_size: .*integer.*got 'many'"),
        ("[training]\nbatch_size = 0", "training.batch_size: must be ≥ 1, got 0"),
        ("[training]\nbatch_size = 2026-01-01", "training.batch_size: .*integer"),
        ("[clipping]\nnorm = nan", "clipping.norm: must be a finite number"),
        ("training = 3", "training: "),
        ("[split]\ntrain = 80\ntest = 30", "train and test together must be ≤ 100 %"),
        ("data = { kind = 'file' }", "path: is missing"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=message) as raised:
        read_experiment(path)
    assert all(line.startswith(f"{path}: ") for line in str(raised.value).splitlines())


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[training]\nbatch_size = 0\nevaluate_every = -1\nx = 1\n", encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        read_experiment(path)
    assert len(str(raised.value).splitlines()) == 3


def test_broken_toml_says_where(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("title = 'x'\n[training\n", encoding="utf-8")
    with pytest.raises(StorageError, match=r"x\.toml: not TOML: .*line 2"):
        read_experiment(path)


def test_a_data_file_is_looked_up_beside_the_experiment(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x.toml"
    path.parent.mkdir()
    path.write_text("data = { kind = 'file', path = 'data/table.csv' }", encoding="utf-8")
    experiment = read_experiment(path)
    assert experiment.data.path == tmp_path / "folder" / "data" / "table.csv"


@pytest.mark.parametrize(
    ("data", "written"),
    [("folder/table.csv", "table.csv"), ("folder/a/b.csv", "a/b.csv"), ("table.csv", None)],
)
def test_a_data_file_moves_with_the_experiment_beside_it(tmp_path, data, written) -> None:
    experiment = with_value(Experiment(), "data", {"kind": "file", "path": str(tmp_path / data)})
    path = tmp_path / "folder" / "x.toml"
    write_experiment(path, experiment)
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    assert values["data"]["path"] == (written or (tmp_path / data).as_posix())
    assert read_experiment(path) == experiment


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(StorageError, match="cannot be written"):
        write_experiment(tmp_path / "file" / "x.toml", Experiment())
    assert (tmp_path / "file").read_text() == "old"
