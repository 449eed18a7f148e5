import numpy as np
import pytest

from playground.gui.plots.internal_figures import PAGES
from playground.gui.plots.internals import MomentPlot
from playground.gui.plots.layer_plots import BarsPlot


@pytest.fixture
def dock(desk, qtbot):
    dock = desk.docks["optimizer_view"]
    dock.show()
    dock.raise_()
    qtbot.waitUntil(lambda: dock.is_shown and desk.session.snapshot.optimizer is not None)
    return dock


def turn_to(dock, page):
    dock.page.menu().actions()[list(PAGES).index(page)].trigger()


def test_it_is_made_only_while_it_is_seen(desk, qtbot, train):
    assert desk.session.snapshot.optimizer is None
    train(desk)
    assert desk.session.run.optimizer_log == ()


def test_ratios_are_drawn_over_the_steps_with_the_rule_of_thumb(dock, desk, train):
    train(desk, 3)
    (plot,) = dock.small_plots
    log = desk.session.run.optimizer_log
    assert len(log) >= 4
    for index, curve in enumerate(plot.curves):
        assert list(curve.xData) == [view.step for view in log]
        expected = [np.log10(view.ratios[index]) for view in log]
        np.testing.assert_allclose(curve.yData, expected)
    assert set(plot.reference.yData) == {-3.0}
    names = [row.name for row in plot.overlay.rows]
    assert names == [*desk.session.run.layout.layers, "10⁻³, rule of thumb"]
    low, high = plot.view.viewRange()[1]
    assert low < -3.0 < high


def test_effective_rates_stand_beside_the_learning_rate(dock, desk, train):
    turn_to(dock, "rates")
    desk.session.set("optimizer", {"kind": "sgd", "learning_rate": 0.05})
    train(desk, 3)
    (plot,) = dock.small_plots
    newest = [curve.yData[-1] for curve in plot.curves]
    np.testing.assert_allclose(newest, np.log10(0.05), atol=1e-4)
    assert plot.reference.yData[-1] == pytest.approx(np.log10(0.05))


def test_each_slot_of_the_state_has_a_plot(dock, desk, train):
    train(desk, 3)
    turn_to(dock, "norms")
    assert [plot.figure.label for plot in dock.small_plots] == [
        "‖first moment‖",
        "‖second moment‖",
    ]
    turn_to(dock, "histograms")
    layers = desk.session.run.layout.layers
    assert all(isinstance(plot, BarsPlot) for plot in dock.small_plots)
    titles = [plot.caption.title for plot in dock.small_plots]
    assert titles == [f"{m} moment · {layer}" for m in ("first", "second") for layer in layers]


def test_the_state_of_another_optimizer_starts_anew(dock, desk, train):
    train(desk, 2)
    turn_to(dock, "norms")
    desk.session.set("optimizer.kind", "rmsprop")
    train(desk, 2)
    (plot,) = dock.small_plots
    assert plot.figure.label == "‖square average‖"
    changed_at = desk.session.run.edits[-1].step
    assert min(plot.figure.steps) >= changed_at


def test_bias_corrections_fall_to_one(dock, desk, train):
    train(desk, 4)
    turn_to(dock, "corrections")
    (plot,) = dock.small_plots
    assert plot.figure.names == ("1 ÷ (1 − β₁ᵗ)", "1 ÷ (1 − β₂ᵗ)")
    steps = plot.figure.steps
    beta = desk.session.experiment.optimizer.beta2
    np.testing.assert_allclose(plot.figure.values[:, 1], 1 / (1 - beta ** (steps + 1)))


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("corrections", "This optimizer corrects no bias."),
        ("norms", "This optimizer remembers nothing."),
        ("histograms", "This optimizer remembers nothing."),
    ],
)
def test_what_an_optimizer_does_not_have_is_said(dock, desk, train, page, message):
    desk.session.set("optimizer.kind", "sgd")
    train(desk, 2)
    turn_to(dock, page)
    assert dock.small_plots == []
    assert dock.canvas.plots()[0].overlay.message == message


def test_the_readout_follows_the_cursor(dock, desk, train):
    train(desk, 3)
    (plot,) = dock.small_plots
    assert isinstance(plot, MomentPlot)
    plot.cursor = plot.view.rect().center()
    plot.cursor.setX(plot.figure.steps[1])
    plot.show_readout()
    assert plot.overlay.heading.startswith("step")
    assert all(row.value for row in plot.overlay.rows[:-1])
