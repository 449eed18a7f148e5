import pytest
from PySide6.QtGui import QImage

from playground.descent.race import Race
from playground.errors import FormulaError, PlaygroundError, SpecError
from playground.gui import memory, snapshot
from playground.gui.main_window import MainWindow
from playground.gui.snapshot import render, render_workspace
from playground.gui.subscriptions import shown_in
from playground.gui.workspaces.train import TrainWorkspace
from playground.training.experiment import Experiment
from playground.training.trainer import Trainer


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
    assert memory.settings().allKeys() == []


def test_what_cannot_be_loaded_is_an_error_and_leaves_no_file(tmp_path):
    missing = Experiment.model_validate(
        {"data": {"kind": "file", "path": str(tmp_path / "missing.csv")}}
    )
    with pytest.raises(PlaygroundError, match=r"missing\.csv"):
        render(missing, 5, tmp_path / "a.png")
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize(
    ("workspace", "start", "page"),
    [
        ("descent", Race(steps=50), ""),
        ("derivative", "sin(x)/x", ""),
        ("derivative", "x*exp(x)", "rules"),
        ("derivative", "x^3", "ways"),
        ("derivative", "x^2 - y^2", ""),
    ],
)
def test_every_workspace_and_page_can_be_pictured(tmp_path, workspace, start, page):
    out = tmp_path / "a.png"
    render_workspace(workspace, start, 20, out, (1280, 800), "dark", page)
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1280, 800)
    area = [picture.pixel(x, y) for x in range(400, 1280, 5) for y in range(160, 790, 5)]
    assert len(set(area)) > 8
    assert memory.settings().allKeys() == []


def test_what_a_workspace_cannot_open_is_an_error(tmp_path):
    with pytest.raises(FormulaError, match="column 5"):
        render_workspace("derivative", "2 + nonsense", 0, tmp_path / "a.png")
    with pytest.raises(SpecError, match="limit, rules, ways, plane"):
        render_workspace("derivative", "x", 0, tmp_path / "a.png", page="rule")
    with pytest.raises(SpecError, match="no pages"):
        render_workspace("descent", Race(steps=5), 0, tmp_path / "a.png", page="rules")


def test_a_picture_waits_until_every_view_in_sight_is_painted(tmp_path, monkeypatch):
    seen, grab = [], MainWindow.grab

    def grabbed(window, *arguments):
        shown = [dock for dock in window.train.docks.docks if not dock.visibleRegion().isEmpty()]
        seen.append({dock.objectName(): dock.wanted for dock in shown})
        assert all(dock.is_shown for dock in shown)
        wanted = frozenset().union(*(dock.wanted for dock in shown))
        assert wanted <= shown_in(window.train.session.snapshot)
        return grab(window, *arguments)

    monkeypatch.setattr(MainWindow, "grab", grabbed)
    render(Experiment(), 0, tmp_path / "a.png")
    assert {"task_view", "loss_curves", "histograms", "gradient_norms"} <= set(seen[-1])


def test_views_that_never_get_their_pictures_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "SETTLE_MS", 100)
    monkeypatch.setattr(TrainWorkspace, "is_settled", lambda workspace: False)
    with pytest.raises(PlaygroundError, match="not every view that is shown was painted"):
        render(Experiment(), 0, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_defect_in_the_training_thread_is_raised(tmp_path, monkeypatch):
    def broken(trainer, started_s):
        raise RuntimeError("in the thread")

    monkeypatch.setattr(Trainer, "_advance", broken)
    with pytest.raises(RuntimeError, match="in the thread"):
        render(Experiment(), 5, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
