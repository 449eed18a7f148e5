"""The derivation unfolds, and the graph is walked one node at a time."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from playground.calculus.formula import parse
from playground.gui.labs.derivative.graph_layout import layered
from playground.gui.labs.derivative.steps_dock import StepView
from playground.gui.widgets.mathematics import Mathematics
from tests.gui.labs.mouse import retype


@pytest.fixture
def rules(qtbot, derivative):
    derivative.toolbar.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: derivative.page.steps.root is not None)
    return derivative.page


def root_of(qtbot, derivative, rules):
    """Return the first step of the present formula once it is typeset."""
    qtbot.waitUntil(lambda: rules.steps.root.step is derivative.study.step)
    return rules.steps.root


def test_the_derivative_is_typeset_and_its_steps_unfold(qtbot, derivative, rules):
    retype(qtbot, derivative.header.line, "x^2*sin(x)")
    root = root_of(qtbot, derivative, rules)
    assert isinstance(rules.steps.answer, Mathematics)
    assert rules.steps.answer.formula is not None
    answer = derivative.study.step.result
    x = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(answer(x), 2 * x * np.sin(x) + x**2 * np.cos(x), atol=1e-12)
    assert rules.steps.answer.latex.endswith(answer.to_latex())
    assert root.step.rule.name == "product"
    assert [child.step.rule.name for child in root.children_] == ["power", "function"]
    assert all(child.isVisible() for child in root.children_)
    qtbot.mouseClick(root.arrow, Qt.MouseButton.LeftButton)
    assert not any(child.isVisible() for child in root.children_)


def test_everything_unfolds_and_folds_at_once(qtbot, derivative, rules):
    retype(qtbot, derivative.header.line, "exp(sin(3x))")
    root_of(qtbot, derivative, rules)
    rules.steps.unfold()
    views = rules.steps.root.findChildren(StepView)
    assert len(views) >= 4
    assert all(view.isVisible() for view in views)
    rules.steps.fold()
    assert not any(view.isVisible() for view in views)


def test_a_derivative_too_long_to_be_typeset_is_a_text(qtbot, derivative, rules):
    long = "+".join(f"sin({k}x)*exp(-{k}x^2)/(1+x^{k})" for k in range(2, 7))
    derivative.study.set(formula=long)
    qtbot.waitUntil(lambda: not isinstance(rules.steps.answer, Mathematics))
    assert str(derivative.study.step.result) in rules.steps.answer.text()


def test_sympy_finds_a_shorter_form_in_the_background_and_is_stopped_by_a_keystroke(
    qtbot, derivative, rules
):
    rules.steps.simplifier.time_limit_s = 600.0
    derivative.study.set(formula="(x^2 - 1)/(x - 1)")
    qtbot.waitUntil(lambda: rules.steps.simpler is not None)
    assert rules.steps.simpler.latex.endswith("= 1")
    assert "sympy" in rules.steps.remark.text()
    derivative.study.set(formula="(x^2 - 4)/(x - 2)")
    root_of(qtbot, derivative, rules)
    # Now, rather than in a moment: the answer could be there before anybody sees it busy.
    rules.steps._simplify()
    assert rules.steps.simplifier.is_busy
    retype(qtbot, derivative.header.line, "x")
    assert not rules.steps.simplifier.is_busy
    qtbot.waitUntil(rules.is_settled)
    assert rules.steps.simpler is None
    rules.steps.simplifies.trigger()
    derivative.study.set(formula="(x^2 - 9)/(x - 3)")
    qtbot.waitUntil(rules.is_settled)
    assert not rules.steps.simplifier.is_busy


def test_a_large_graph_shows_the_present_step_at_a_size_that_can_be_read(derivative, rules):
    derivative.study.set(formula="+".join(f"sin({k}x)/(1+x^{k})" for k in range(2, 12)))
    view = rules.graph.graph
    for _ in range(30):
        rules.graph.step(1)
        view.grab()
        box = view.box(view.moment.step.node)
        shown = (box.center() - view._middle) * view._zoom
        assert abs(shown.x()) <= view.width() / 2
        assert abs(shown.y()) <= view.height() / 2
        assert view._zoom >= 0.7


def test_dual_numbers_go_forward_node_by_node(qtbot, derivative, rules):
    derivative.study.set(formula="x*sin(x)", point=2.0)
    actions, graph = derivative.window().actions_, rules.graph
    assert not actions["step_back"].isEnabled()
    slopes = {"x": 1.0, "v1": np.cos(2.0), "v2": np.sin(2.0) + 2 * np.cos(2.0)}
    for count, (name, slope) in enumerate(slopes.items(), start=1):
        actions["step"].trigger()
        moment = graph.graph.moment
        node = graph.trace.nodes[moment.step.node]
        assert node.name == name
        assert moment.known[node.id] == pytest.approx(slope)
        assert len(moment.known) == count
        assert node.name in graph.caption.text()
    assert not actions["step"].isEnabled()
    assert graph.equations[0].formula is not None
    actions["step_back"].trigger()
    assert len(graph.graph.moment.known) == 2
    actions["reset"].trigger()
    assert graph.n_steps == 0


def test_adjoints_go_back_and_add_up(derivative, rules):
    derivative.study.set(formula="x*sin(x)", point=2.0)
    graph = rules.graph
    graph.choice.choose("reverse")
    graph.choice.chosen.emit("reverse")
    x = next(node.id for node in graph.trace.nodes if node.name == "x")
    graph.step(1)
    assert graph.graph.moment.known[x] == pytest.approx(np.sin(2.0))
    graph.step(1)
    assert graph.graph.moment.known[x] == pytest.approx(np.sin(2.0) + 2.0 * np.cos(2.0))


def test_play_walks_to_the_end_and_begins_anew(qtbot, derivative, rules):
    derivative.study.set(formula="x^2", point=3.0)
    assert rules.tick()
    while rules.tick():
        pass
    assert rules.graph.n_steps == len(rules.graph.steps)
    assert rules.tick()
    assert rules.graph.n_steps == 0


def test_the_graph_fits_and_is_zoomed_by_the_wheel_and_shown_again(qtbot, derivative, rules):
    derivative.study.set(formula="sin(3x)/x*exp(-x^2)")
    view = rules.graph.graph
    view.grab()
    zoom = view._zoom
    corners = [view.box(node.id) for node in rules.graph.trace.nodes]
    for box in corners:
        for corner in (box.topLeft(), box.bottomRight()):
            shown = (corner - view._middle) * view._zoom
            assert abs(shown.x()) <= view.width() / 2
            assert abs(shown.y()) <= view.height() / 2
    view._zoom_by(2.0, view.rect().center().toPointF())
    assert view._zoom == pytest.approx(2 * zoom)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    view.grab()
    assert view._zoom == zoom


def test_no_two_nodes_of_a_layer_share_a_place_and_operands_stand_left():
    from playground.calculus.trace import trace

    for text in ("x^3/3 - x", "sin(3x)/x*exp(-x^2)", "if(x < 0, -x, x^3)", "x*x + x*sin(x*x)"):
        nodes = trace(parse(text), 0.5).nodes
        places = layered([node.inputs for node in nodes])
        assert len({tuple(place) for place in places.tolist()}) == len(nodes)
        for node in nodes:
            assert all(places[source][0] < places[node.id][0] for source in node.inputs)


def test_the_graph_follows_the_point_and_the_formula(qtbot, derivative, rules):
    derivative.study.set(point=0.25)
    values = {node.name: node.value for node in rules.graph.graph.trace.nodes}
    assert values["x"] == 0.25
    retype(qtbot, derivative.header.line, "cos(x)")
    assert rules.graph.graph.trace.nodes[-1].value == pytest.approx(np.cos(0.25))
