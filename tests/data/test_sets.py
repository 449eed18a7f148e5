"""What holds for every data set, and the geometry of those that are not elsewhere published."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from playground.data import DATASETS, DataSource, Features, Split, Table, estimate_bytes, prepare
from playground.declarations import settings_of


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i * i},{i % 7 + 0.5}\n" for i in range(40)))
    return path


def make(name: str, csv_file: Path) -> DataSource:
    return DATASETS.resolve({"kind": name, **({"path": csv_file} if name == "file" else {})})  # type: ignore[return-value]


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_set_is_a_sound_table_that_its_seed_gives_again(name: str, csv_file: Path) -> None:
    source = make(name, csv_file)
    table = source.load(np.random.default_rng(5))
    again = source.load(np.random.default_rng(5))
    np.testing.assert_array_equal(table.inputs, again.inputs)
    np.testing.assert_array_equal(table.targets, again.targets)
    assert table.is_text == (name in TEXTS)
    assert table.inputs.dtype == (np.int64 if table.is_text else np.float64)
    assert np.isfinite(table.inputs).all()
    assert len(table.feature_names) == table.inputs.shape[1]
    assert len(table.targets) == len(table.inputs)
    assert table.targets.ndim == (2 if table.task.writes_text else 1)
    if table.task.is_classification:
        assert set(table.targets.tolist()) == set(range(table.n_classes))
        assert (table.n_classes == 2) == (table.task.value == "binary classification")
    elif table.task.writes_text:
        assert table.targets.dtype == np.int64
        assert table.targets.max() < len(table.target_vocabulary)
    else:
        assert table.targets.dtype == np.float64
        assert np.isfinite(table.targets).all()
        assert not table.class_names
    assert (table.domain is not None) == (name not in FROM_FILES | TEXTS)


FROM_FILES = {"digits", "iris", "wine", "breast_cancer", "diabetes", "file"}
TEXTS = {"dates", "sentiment", "addition", "character_model"}


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_set_says_its_size_before_it_is_loaded(name: str, csv_file: Path) -> None:
    source = make(name, csv_file)
    table = source.load(np.random.default_rng(0))
    n_samples, n_columns = source.expected_shape()
    if name == "file":  # Its header counts as a row, its target as a column.
        assert (n_samples, n_columns) == (len(table.inputs) + 1, table.inputs.shape[1] + 1)
    else:
        assert (n_samples, n_columns) == table.inputs.shape
    prepared = prepare(source, Features(), Split(), 0)
    parts = (prepared.train, prepared.validation, prepared.test)
    n_bytes = table.inputs.nbytes + sum(p.inputs.nbytes + p.targets.nbytes for p in parts)
    assert n_bytes <= estimate_bytes(source, Features()) <= 20 * n_bytes


@pytest.mark.parametrize("kind", list(DATASETS))
def test_every_set_can_be_shown_in_a_form(kind: type[DataSource]) -> None:
    assert kind.LABEL
    assert kind.summary()
    for setting in settings_of(kind):
        assert setting.hints.help
        assert not setting.hints.live


@pytest.mark.parametrize("name", ["sine", "regression_plane", "regression_gaussians"])
def test_formula_is_what_targets_without_noise_are_made_from(name: str) -> None:
    table = DATASETS[name](noise=0).load(np.random.default_rng(0))
    assert table.formula is not None
    np.testing.assert_array_equal(table.formula(table.inputs), table.targets)


def load(name: str, **settings: float) -> Table:
    return DATASETS[name](**settings).load(np.random.default_rng(0))


def test_line_is_the_five_points() -> None:
    table = load("line")
    pairs = list(zip(table.inputs[:, 0], table.targets, strict=True))
    assert pairs == [(1, 2), (2, 3), (3, 5), (4, 7), (5, 9)]
    assert table.formula is None


def test_sine_noise_has_the_declared_deviation_and_periods() -> None:
    table = load("sine", n_samples=20_000, noise=20, periods=3)
    residuals = table.targets - np.sin(3 * table.inputs[:, 0])
    assert residuals.std() == pytest.approx(0.2, rel=0.05)
    assert np.abs(table.inputs).max() <= np.pi


@pytest.mark.parametrize("n_classes", [2, 5])
def test_rings_lie_at_even_distances_from_the_centre(n_classes: int) -> None:
    table = load("rings", n_classes=n_classes, noise=0, n_samples=101)
    radii = np.hypot(table.inputs[:, 0], table.inputs[:, 1])
    np.testing.assert_allclose(radii, 5 / n_classes * (table.targets + 1))
    counts = np.bincount(table.targets.astype(int))
    assert counts.max() - counts.min() <= 1


def test_blobs_have_the_declared_spread_around_centres_on_a_circle() -> None:
    table = load("blobs", n_classes=4, spread=0.5, n_samples=40_000)
    for label in range(4):
        points = table.inputs[table.targets == label]
        assert np.hypot(*points.mean(axis=0)) == pytest.approx(3.5, abs=0.05)
        np.testing.assert_allclose(points.std(axis=0), 0.5, rtol=0.05)


def test_moons_without_noise_are_half_circles_that_mirror_each_other() -> None:
    table = load("moons", noise=0, n_samples=200)
    upper, lower = table.inputs[table.targets == 0], table.inputs[table.targets == 1]
    centre = np.array([-1.5, -0.75])
    np.testing.assert_allclose(np.hypot(*(upper - centre).T), 3)
    np.testing.assert_allclose(np.hypot(*(lower + centre).T), 3)
    assert (upper[:, 1] >= centre[1]).all()
    assert (lower[:, 1] <= -centre[1]).all()


def test_digits_are_pictures_between_0_and_1() -> None:
    table = load("digits")
    assert table.image_shape == (8, 8)
    assert (table.inputs.min(), table.inputs.max()) == (0, 1)
    assert table.inputs.shape == (1797, 64)


def test_diabetes_comes_in_its_own_units() -> None:
    table = load("diabetes")
    age = table.inputs[:, table.feature_names.index("age")]
    assert (age.min(), age.max()) == (19, 79)


def test_importing_the_room_imports_nothing_heavy() -> None:
    program = (
        "import sys, playground.data as data; data.DATASETS.names(); "
        "data.prepare(data.DATASETS['spiral'](), data.Features(), data.Split(), 0); "
        "print(sorted({'pandas', 'sklearn', 'scipy', 'pyarrow', 'openpyxl'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    assert run.stdout.strip() == "[]"
