import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from playground import autodiff as ad
from playground.calculus.formula import Formula, parse
from playground.calculus.trace import trace
from tests.calculus.expressions import EXPRESSIONS, FORMULAS, is_tame


@pytest.mark.parametrize("text", FORMULAS)
def test_both_modes_end_at_the_derivative(text):
    formula = parse(text)
    for at in (0.37, 1.83):
        whole = trace(formula, at)
        expected = ad.grad(formula)(at)
        (x,) = [n for n in whole.nodes if n.operation == "variable"]
        assert whole.nodes[whole.output].value == pytest.approx(formula(at), rel=1e-14)
        assert whole.nodes[whole.output].tangent == pytest.approx(expected, rel=1e-11)
        assert x.adjoint == pytest.approx(expected, rel=1e-11)


@given(EXPRESSIONS)
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
def test_any_formula_can_be_traced_along_any_direction(expression):
    formula, point, direction = Formula(expression, ("x", "y")), (0.7312, 1.1934), (0.6, -0.8)
    assume(is_tame(expression, *point))
    whole = trace(formula, point, direction)
    with np.errstate(all="ignore"):
        _, expected = ad.jvp(formula, point, direction)
        gradient = ad.grad(formula, (0, 1))(*point)
    if np.isfinite(expected) and np.all(np.isfinite(gradient)):
        tangent = whole.nodes[whole.output].tangent
        assert tangent == pytest.approx(expected, rel=1e-9, abs=1e-9 * (1 + abs(expected)))
        adjoints = {n.name: n.adjoint for n in whole.nodes if n.operation == "variable"}
        for name, slope in zip("xy", gradient, strict=True):
            assert adjoints.get(name, 0.0) == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_nodes_and_steps_of_a_small_formula():
    whole = trace(parse("sin(x^2) x"), 1.0)
    assert [(n.name, n.symbol) for n in whole.nodes] == [
        *(("x", "x"), ("2", "2"), ("v1", "^"), ("v2", "sin"), ("v3", "×"))
    ]
    assert whole.edges == ((0, 2), (1, 2), (2, 3), (3, 4), (0, 4))
    assert [s.node for s in whole.forward] == [0, 2, 3, 4]
    assert [s.node for s in whole.reverse] == [4, 3, 2, 0]
    sine = whole.nodes[3]
    assert sine.partials == (math.cos(1.0),)
    assert sine.partials_latex == (r"\cos\left(v_{1}\right)",)
    assert whole.nodes[2].partials_latex[0] == "2 x"
    assert whole.forward[1].equations == (r"\dot {v_{1}} = 2 x \, \dot {x} = 2 \cdot 1 = 2",)
    assert whole.reverse[0].equations[1] == (
        r"\bar {x} \; {+}{=} \; \bar {v_{3}} \, v_{2} = 1 \cdot 0.841471 = 0.841471"
    )


def test_what_is_known_grows_step_by_step():
    whole = trace(parse("sin(x^2) x"), 1.0)
    assert whole.known_after("forward", 0) == {}
    assert whole.known_after("forward", 2) == {0: 1.0, 2: 2.0}
    assert whole.known_after("reverse", 0) == {4: 1.0}
    # x is used twice: first the product brings its share, at last the square.
    assert whole.known_after("reverse", 1)[0] == math.sin(1.0)
    after = whole.known_after("reverse", 3)[0]
    assert after == pytest.approx(math.sin(1) + 2 * math.cos(1), rel=1e-15)
    assert after == whole.nodes[0].adjoint


def test_a_branch_not_taken_gets_and_gives_nothing():
    whole = trace(parse("if(x > 0, sqrt(x), -2x) + 3"), -1.0)
    root = next(n for n in whole.nodes if n.symbol == "√")
    assert math.isnan(root.value)
    assert root.adjoint == 0.0
    assert whole.nodes[whole.output].tangent == -2.0


def test_constants_are_marked():
    whole = trace(parse("2pi x"), 1.0)
    assert [n.name for n in whole.nodes if n.is_constant] == ["2", "π", "v1"]
    assert trace(parse("3"), 1.0).reverse == trace(parse("3"), 1.0).reverse


def test_a_point_must_have_a_number_for_each_variable():
    with pytest.raises(ValueError, match="needs 2 numbers, got 1"):
        trace(parse("x y", ("x", "y")), 1.0)


@pytest.mark.parametrize("text", FORMULAS[7::4])
def test_what_is_typeset_can_be_typeset(text):
    import ziamath

    from playground.calculus.derivation import derive

    formula = parse(text)
    whole = trace(formula, 0.37)
    step = derive(formula)
    equations = [e for s in (*whole.forward, *whole.reverse) for e in s.equations]
    for source in (formula.to_latex(), step.to_latex(), step.rule.statement, *equations):
        assert ziamath.Latex(source).svg().startswith("<svg")
