"""What decides a race: final loss against learning rate, and basins of attraction."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from playground.descent.basin import basins
from playground.descent.race import Race
from playground.descent.sweep import sweep


def test_the_rates_drawn_are_those_of_the_sweep(qtbot, workspace):
    rates = workspace.rates
    qtbot.waitUntil(lambda: rates.sweep is not None and rates.sweep.progress == 1)
    expected = list(sweep(workspace.session.race))[-1]
    x, y = rates.curves[2].getData()
    np.testing.assert_allclose(x, np.log10(expected.rates))
    is_known = np.isfinite(expected.curves[2].losses)
    np.testing.assert_array_equal(np.isfinite(y), is_known)
    np.testing.assert_allclose(
        y[is_known], np.log10(expected.curves[2].losses[is_known]), atol=1e-6
    )
    assert len(rates.plot.overlay.marks) == 2


def test_the_basins_are_mapped_once_they_are_looked_at(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    assert workspace.basins.map is None
    workspace.basins.raise_()
    dock = workspace.basins
    qtbot.waitUntil(lambda: dock.map is not None and dock.map.progress == 1)
    expected = list(basins(workspace.session.race, 0, resolutions=(200,)))[-1]
    np.testing.assert_array_equal(dock.map.which, expected.which)
    assert dock.image.image.shape == (200, 200, 3)
    colors = {tuple(c) for c in dock.image.image.reshape(-1, 3)[::97]}
    assert len(colors) > 10
    dock._on_colors("steps")
    dock.racer_choice._menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: dock.map.progress == 1 and dock._of == dock._wish())
    assert dock.racer == 1


def swept(qtbot, workspace):
    rates, session = workspace.rates, workspace.session
    qtbot.waitUntil(
        lambda: rates.sweep is not None and rates.sweep.progress == 1 and rates._of == session.race
    )
    return rates


def test_a_click_takes_the_rate_for_the_nearest_curve(qtbot, workspace):
    rates, session = swept(qtbot, workspace), workspace.session
    x, y = rates.curves[2].getData()
    i = 30
    scene = rates.plot.view.mapViewToScene(QPointF(x[i], y[i]))
    at = rates.canvas.mapFromScene(scene)
    qtbot.mouseClick(rates.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: session.race.racers[2].optimizer.learning_rate != 0.05)
    assert session.race.racers[2].optimizer.learning_rate == pytest.approx(10 ** x[i], rel=0.05)
    assert session.race.racers[:2] == Race().racers[:2]
    workspace.undo_action.trigger()
    assert session.race.racers[2].optimizer.learning_rate == 0.05


def test_rates_that_diverge_are_marked_above_the_curves(qtbot, workspace):
    rates = swept(qtbot, workspace)
    lost_x, lost_y = rates.lost.getData()
    expected = [np.log10(rates.sweep.rates[c.diverged]) for c in rates.sweep.curves]
    np.testing.assert_allclose(np.sort(lost_x), np.sort(np.concatenate(expected)))
    highest = max(np.nanmax(c.getData()[1]) for c in rates.curves)
    assert len(lost_y) > 10
    assert lost_y.min() > highest
    assert [m.name for m in rates.plot.overlay.marks] == ["2/λ at the start", "2/λ at the minimum"]


def test_basins_of_a_chosen_racer_follow_as_many_steps_as_chosen(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    dock = workspace.basins
    dock.raise_()
    qtbot.waitUntil(lambda: dock.map is not None)
    labels = [action.text() for action in dock.racer_choice._menu.actions()]
    assert labels == ["SGD", "Momentum", "Adam"]
    dock.racer_choice._menu.actions()[2].trigger()
    dock.steps_choice._menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: dock._of == dock._wish() and dock.map.progress == 1)
    race = workspace.session.race
    expected = list(basins(race, 2, steps=50, resolutions=(200,)))[-1]
    np.testing.assert_array_equal(dock.map.which, expected.which)


def test_basins_that_are_stopped_say_so(qtbot, workspace):
    # One that never rests, so that its map takes minutes.
    workspace.session.set("racers.0.optimizer.kind", "random_search")
    dock = workspace.basins
    dock.raise_()
    qtbot.waitUntil(lambda: dock.map is not None)
    dock.stop.trigger()
    assert dock.map.progress < 1
    assert any("stopped" in row.name for row in dock.key.rows)
