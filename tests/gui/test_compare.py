import csv

import numpy as np
import pytest
from PySide6.QtCore import Qt

from playground import presets
from playground.comparison import Comparison, parse_sweep
from playground.errors import SpecError
from playground.gui import theme
from playground.gui.comparison.dialog import CompareDialog
from playground.gui.comparison.setup import KIND
from playground.optimizers.notation import optimizer_text, parse_optimizers
from playground.storage.comparisons import write_settings
from playground.training import Trainer

RUN_MS = 120_000


@pytest.fixture
def dialog(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    return window.findChild(CompareDialog)


def row_of(dialog, kind):
    table = dialog.setup.table
    return next(r for r in range(table.rowCount()) if table.item(r, 0).data(KIND) == kind)


def tick(dialog, **settings):
    table = dialog.setup.table
    for row in range(table.rowCount()):
        kind = table.item(row, 0).data(KIND)
        is_wanted = kind in settings
        state = Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked
        table.item(row, 0).setCheckState(state)
        if is_wanted:
            table.item(row, 1).setText(settings[kind])


def run(dialog, qtbot, steps=30, seeds=1):
    dialog.setup.steps.setValue(steps)
    dialog.setup.seeds.setValue(seeds)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert dialog.is_running
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=RUN_MS)


def test_it_opens_with_the_experiments_own_optimizer(dialog, window):
    comparison = dialog.setup.comparison()
    own = window.train.session.experiment.optimizer
    assert own in comparison.optimizers
    assert {o.name() for o in comparison.optimizers} == {"sgd", "momentum", own.name()}


def test_what_cannot_train_this_is_barred_with_its_reason(dialog):
    item = dialog.setup.table.item(row_of(dialog, "nelder_mead"), 0)
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "same loss at every step" in item.toolTip()


def test_curves_and_table_are_the_runs(dialog, qtbot, window):
    tick(dialog, sgd="learning_rate=0.1", adam="")
    run(dialog, qtbot, steps=30, seeds=2)
    results = dialog.results
    assert len(results.curves) == 4
    assert [s.label for s in dialog.curves.shown] == list(results.comparison.labels)
    # The mean over the seeds, at the last step, is that of two trainers.
    for shown in dialog.curves.shown:
        losses = []
        for job in results.comparison.jobs:
            if job.optimizer == shown.label:
                trainer = Trainer(job.experiment)
                trainer.run(30)
                losses.append(trainer.scores()["validation_loss"])
        assert shown.mean[-1] == pytest.approx(np.mean(losses))
        assert shown.curve.yData[-1] == pytest.approx(np.log10(np.mean(losses)))
    assert dialog.summary.rowCount() == 2
    assert dialog.runs.item(0, 2).text() == "finished"
    dialog.axis.setCurrentIndex(1)
    assert dialog.curves.plot.x_axis.labelText == "evaluations"
    dialog.log_y.setChecked(False)
    shown = dialog.curves.shown[0]
    assert shown.curve.yData == pytest.approx(shown.mean)
    theme.set_theme("dark")
    color = theme.current_theme().series[0]
    assert dialog.curves.shown[0].curve.opts["pen"].color().name() == color


def test_a_swept_value_is_taken(dialog, qtbot, window, tmp_path):
    tick(dialog, adam="")
    dialog.setup.is_swept.setChecked(True)
    dialog.setup.sweep.setText("learning_rate=1e-6..0.1:2")
    run(dialog, qtbot, steps=200)
    assert [r.is_best for r in dialog.results.rows()] == [False, True]
    assert dialog.sweep.shown[0].x == pytest.approx([1e-6, 0.1])
    assert dialog.sweep.shown[0].dots.getData()[0] == pytest.approx([-1.0])
    folder = tmp_path / "out"
    dialog.export(folder)
    assert {path.name for path in folder.iterdir()} == {
        *("curves.csv", "summary.csv", "compare.toml"),
        *("curves.png", "curves.svg", "sweep.png", "sweep.svg"),
    }
    with (folder / "summary.csv").open() as file:
        assert [row["value"] for row in csv.DictReader(file)] == ["1e-06", "0.1"]
    assert dialog.take_button.text() == "Use adam · 0.1"
    qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
    optimizer = window.train.session.experiment.optimizer
    assert (optimizer.name(), optimizer.learning_rate) == ("adam", 0.1)


def test_a_saved_comparison_is_opened_with_its_experiment(dialog, window, tmp_path):
    optimizers = parse_optimizers("adam(beta1=0.8), sgd, adam(learning_rate=0.02)")
    sweep = parse_sweep("momentum=0.0..0.9:4")
    saved = Comparison(presets.load("xor"), optimizers, 123, 4, sweep)
    write_settings(tmp_path / "compare.toml", saved)
    dialog.open_file(tmp_path / "compare.toml")
    assert window.train.session.experiment == saved.experiment
    shown = dialog.setup.comparison()
    assert {optimizer_text(o) for o in shown.optimizers} == {optimizer_text(o) for o in optimizers}
    assert (shown.steps, shown.seeds, shown.sweep) == (123, 4, sweep)
    assert shown.experiment == saved.experiment
    (tmp_path / "compare.toml").write_text("format = 1\n")
    dialog.open_file(tmp_path / "compare.toml")
    assert "compare.toml: optimizers: is missing" in dialog.note.text()
    assert dialog.setup.comparison() == shown


def test_what_is_shown_is_taken_while_another_comparison_goes_on(dialog, qtbot, window):
    tick(dialog, sgd="learning_rate=0.25")
    run(dialog, qtbot)
    tick(dialog, adam="")
    dialog.setup.steps.setValue(10_000_000)
    dialog.start()
    theme.set_theme("dark")
    dialog.log_x.setChecked(True)
    assert [s.label for s in dialog.curves.shown] == ["sgd(learning_rate=0.25)"]
    dialog.take()
    optimizer = window.train.session.experiment.optimizer
    assert (optimizer.name(), optimizer.learning_rate) == ("sgd", 0.25)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=RUN_MS)


def test_what_the_experiment_refuses_is_said(dialog, qtbot, window, monkeypatch):
    tick(dialog, sgd="")
    run(dialog, qtbot)
    assert "±" not in dialog.summary.item(0, 2).text()

    def refuse(path, value):
        raise SpecError(f"{path}: not now")

    monkeypatch.setattr(window.train.session, "set", refuse)
    dialog.summary.selectRow(0)
    qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
    assert dialog.note.text() == "optimizer: not now"


def test_mistakes_are_named_and_nothing_starts(dialog, qtbot):
    tick(dialog, adam="beta1=2")
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert not dialog.is_running
    assert dialog.note.text() == "Adam: adam.beta1: must be < 1, got 2"
    tick(dialog)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert dialog.note.text() == "Tick at least one optimizer."
    tick(dialog, sgd="")
    dialog.setup.is_swept.setChecked(True)
    dialog.setup.sweep.setText("learning_rate=1")
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert "must be SETTING=LOW..HIGH:COUNT" in dialog.note.text()


def test_one_kind_with_two_settings(dialog):
    tick(dialog, adam="beta1=0.5")
    dialog.setup.table.setCurrentCell(row_of(dialog, "adam"), 0)
    dialog.setup.add_another()
    row = dialog.setup.table.currentRow()
    dialog.setup.table.item(row, 1).setText("beta1=0.7")
    assert [o.beta1 for o in dialog.setup.comparison().optimizers] == [0.5, 0.7]


def test_cancelling_keeps_the_window(dialog, qtbot):
    tick(dialog, sgd="")
    dialog.setup.steps.setValue(10_000_000)
    dialog.setup.seeds.setValue(1)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.runs.item(0, 2).text() == "running", timeout=RUN_MS)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=RUN_MS)
    assert dialog.runs.item(0, 2).text() == "stopped"
    assert dialog.setup.isEnabled()


@pytest.mark.parametrize("what", ["dialog", "window"])
def test_closing_ends_the_processes(dialog, window, what):
    tick(dialog, sgd="")
    dialog.setup.steps.setValue(10_000_000)
    dialog.start()
    thread = dialog._thread
    {"dialog": dialog, "window": window}[what].close()
    assert thread.isFinished()


def test_it_opens_while_another_experiment_is_loaded(qtbot, window):
    session = window.train.session
    session.load(presets.load("digits-cnn"))
    window.actions_["compare"].trigger()
    assert window.findChild(CompareDialog).setup.table.rowCount()
    qtbot.waitUntil(lambda: session.state == "ready")
