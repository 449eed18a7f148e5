"""Every method's value and error, and the errors against h."""

import math

import numpy as np
import pytest

from playground.gui.labs.derivative.ways_dock import error_text
from tests.gui.labs.mouse import drag, retype


@pytest.fixture
def ways(qtbot, derivative):
    derivative.toolbar.tabs.setCurrentIndex(2)
    settle(qtbot, derivative)
    return derivative.page


def settle(qtbot, derivative):
    study, table = derivative.study, derivative.page.table

    def is_there():
        known = table.ways
        return (
            known is not None
            and known.at == study.situation.point
            and table.table.rowCount() == 6
            and derivative.page.asker._ways.formula == study.formula
            and any(e.h == study.situation.step for e in known.estimates)
        )

    qtbot.waitUntil(is_there)


def texts(table, row):
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_every_method_gives_the_slope_with_its_error(qtbot, derivative, ways):
    derivative.study.set(formula="exp(x)", point=1.0, step=1e-4)
    settle(qtbot, derivative)
    rows = {texts(ways.table.table, row)[0]: texts(ways.table.table, row) for row in range(6)}
    assert list(rows) == [
        "Symbolic",
        "Forward difference",
        "Central difference",
        "Complex step",
        "Forward mode",
        "Reverse mode",
    ]
    for name in ("Symbolic", "Complex step", "Forward mode", "Reverse mode"):
        assert rows[name][1] == "2.71828182846"
    forward = (math.exp(1.0 + 1e-4) - math.e) / 1e-4
    assert float(rows["Forward difference"][1]) == pytest.approx(forward, rel=1e-9)
    assert rows["Forward difference"][2] == error_text(forward - math.e)
    assert "2.7182818284590452353602874713526624977572470937" in ways.table.truth.text()


def test_what_is_true_has_the_sign_of_the_table_and_an_ellipsis_where_it_is_cut(
    qtbot, derivative, ways
):
    derivative.study.set(formula="-exp(x)", point=1.0)
    settle(qtbot, derivative)
    truth = ways.table.truth
    qtbot.waitUntil(lambda: "−2.71828182845904523" in truth.text())
    assert truth.shown() == truth.text()
    truth.setFixedWidth(200)
    assert truth.shown().endswith("…")
    assert truth.toolTip() == truth.text()


def test_what_is_not_analytic_says_so(qtbot, derivative, ways):
    derivative.study.set(formula="abs(x)", point=1.0)
    settle(qtbot, derivative)
    qtbot.waitUntil(lambda: texts(ways.table.table, 3)[1] == "–")
    assert "analytic" in ways.table.table.item(3, 1).toolTip()
    assert "analytic" in ways.table.note.text()


def test_the_error_curves_are_the_errors_and_their_best_step_is_marked(qtbot, derivative, ways):
    derivative.study.set(formula="sin(x)", point=1.0)
    qtbot.waitUntil(lambda: ways.asker._needs_curves is False)
    settle(qtbot, derivative)
    errors = ways.errors
    forward = errors.curves[0]
    assert forward.method == "forward difference"
    x, y = errors.lines[0].getData()
    large = forward.h > 1e-7
    h = forward.h[large]
    expected = np.abs((np.sin(1 + h) - np.sin(1)) / ((1 + h) - 1) - np.cos(1))
    np.testing.assert_allclose(x, np.log10(forward.h))
    np.testing.assert_allclose(10 ** y[large], expected, rtol=1e-3)
    # The best step balances h/2 |f''| and 2 eps |f| / h: about the root of epsilon.
    spot = errors.best.spots[0]
    balanced = 2 * math.sqrt(np.finfo(float).eps * math.sin(1.0) / math.sin(1.0))
    assert 10**spot.x == pytest.approx(balanced, rel=0.5)
    assert abs(spot.y + 8) < 1.0
    assert "best h" in errors.plot.overlay.rows[0].value


def test_dragging_the_line_sets_h(qtbot, derivative, ways):
    derivative.study.set(step=1e-4)
    y = np.mean(ways.errors.plot.view.state["viewRange"][1])
    drag(ways.errors.canvas, ways.errors.plot.view, (-4.0, y), (-8.0, y))
    assert math.log10(derivative.study.situation.step) == pytest.approx(-8.0, abs=0.1)
    field = derivative.point_panel.fields["step"]
    assert field.value == derivative.study.situation.step


def test_without_a_derivative_there_are_no_curves(qtbot, derivative, ways):
    derivative.study.set(formula="abs(x)", point=0.0)
    qtbot.waitUntil(lambda: bool(ways.errors.plot.overlay.message))
    assert ways.errors.curves == ()
    qtbot.waitUntil(lambda: "kink" in ways.table.truth.text())


def test_the_panel_knows_a_kink_on_this_page_too(qtbot, derivative, ways):
    retype(qtbot, derivative.header.line, "abs(x)")
    derivative.study.set(point=0.0)
    panel = derivative.point_panel
    qtbot.waitUntil(lambda: "kink" in panel.corner.text())
    assert panel.readouts["slope"].text() == "–"
    assert "kink at x = 0" in panel.features.text()


def test_a_keystroke_asks_anew_and_the_tables_are_exported(qtbot, derivative, ways):
    retype(qtbot, derivative.header.line, "x^5")
    derivative.study.set(point=1.0)
    settle(qtbot, derivative)
    tables = ways.tables()
    assert tables["methods"]["value"][0] == 5.0
    assert list(tables["errors"])[:2] == ["h", "forward_difference"]


def test_nothing_is_computed_while_another_page_is_shown(qtbot, derivative, ways):
    derivative.toolbar.tabs.setCurrentIndex(0)
    ticket = ways.asker._ticket
    derivative.study.set(point=0.125)
    assert ways.asker._ticket == ticket
    derivative.toolbar.tabs.setCurrentIndex(2)
    settle(qtbot, derivative)
    assert ways.table.ways.at == 0.125
