import pytest
from PySide6.QtGui import QImage

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.snapshot import render
from playground.training.experiment import Experiment


def test_the_picture_is_of_the_window_and_the_curves_are_of_the_run(tmp_path):
    out, folder = tmp_path / "demo" / "window.png", tmp_path / "curves"
    render(Experiment(), 20, out, (1280, 800), "dark", folder)
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1280, 800)
    colors = {picture.pixel(x, y) for x in range(0, 1280, 7) for y in range(0, 800, 7)}
    assert len(colors) > 20
    assert picture.pixelColor(3, 3).lightness() < 80
    lines = (folder / "curves.csv").read_text().splitlines()
    assert len(lines) == 1 + 21
    assert (folder / "run.toml").exists()


def test_the_users_settings_stay_as_they_are(tmp_path):
    render(Experiment(), 2, tmp_path / "a.png", theme="dark")
    assert not [key for key in memory.settings().allKeys() if key.startswith("window/")]


def test_what_cannot_be_loaded_is_an_error_and_leaves_no_file(tmp_path):
    missing = Experiment.model_validate(
        {"data": {"kind": "file", "path": str(tmp_path / "missing.csv")}}
    )
    with pytest.raises(PlaygroundError, match=r"missing\.csv"):
        render(missing, 5, tmp_path / "a.png")
    assert list(tmp_path.glob("*.png")) == []
