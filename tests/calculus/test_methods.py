import math

import numpy as np
import pytest
from hypothesis import given, settings

from playground.calculus.expressions import substitute, variable
from playground.calculus.formula import Formula, parse
from playground.calculus.local import local_facts, reference
from playground.calculus.methods import Methods
from tests.calculus.expressions import EXPRESSIONS


@pytest.mark.parametrize(
    ("text", "at", "kind", "part"),
    [
        ("sin(x)/x", 0.0, "removable gap", "tends to 1 from both sides"),
        ("(x^2-1)/(x-1)", 1.0, "removable gap", "tends to 2 "),
        ("x^2*sin(1/x)", 0.0, "removable gap", "tends to 0 "),
        ("abs(x)", 0.0, "kink", "-1 on the left and 1 on the right"),
        ("relu(x)", 0.0, "kink", "0 on the left and 1 on the right"),
        ("if(x<0,-x,x^3)", 0.0, "kink", "-1 on the left and 0 on the right"),
        ("abs(3x-6)", 2.0, "kink", "-3 on the left and 3 on the right"),
        ("cbrt(x)", 0.0, "vertical tangent", "grows without bound"),
        ("sqrt(x)", 0.0, "edge", "defined on the right only and tends to 0"),
        ("log(x)", 0.0, "edge", "defined on the right only and tends to -inf"),
        ("x^x", 0.0, "edge", "tends to 1"),
        ("asin(x)", 1.0, "edge", "defined on the left only and tends to 1.5708"),
        ("1/x", 0.0, "pole", "-inf on the left and inf on the right"),
        ("1/x^2", 0.0, "pole", "inf on the left and inf on the right"),
        ("log(x)", -1.0, "undefined", "no real value"),
        ("sin(1/x)", 0.0, "oscillation", "oscillates"),
        ("if(x<0,1,2)", 0.0, "jump", "from 1 to 2"),
        ("if(x==0,5,x)", 0.0, "jump", "f is 5 at x = 0, but tends to 0"),
        ("sign(x)", 0.0, "jump", "from -1 to 1"),
        ("exp(-1/x^2)", 0.0, "removable gap", "not defined at x = 0, but tends to 0"),
        ("if(x==0, 0, exp(-1/x^2))", 0.0, "smooth", "slope 0"),
        ("1/exp(1000x)", 1.0, "smooth", "slope 0"),
        # The double nearest to a break stands for it.
        ("tan(x)", math.pi / 2, "pole", "inf on the left and -inf on the right"),
        ("1/sin(x)", math.pi, "pole", "inf on the left and -inf on the right"),
        ("abs(sin(x))", math.pi, "kink", "-1 on the left and 1 on the right"),
        ("max(sin(x),cos(x))", math.pi / 4, "kink", "-0.707107 on the left"),
        ("acos(cos(x))", math.pi, "kink", "1 on the left and -1 on the right"),
        ("asin(sin(x))", math.pi / 2, "kink", "1 on the left and -1 on the right"),
        ("abs(x-1/3)", 1 / 3, "kink", "-1 on the left and 1 on the right"),
        ("tan(x)", math.nextafter(math.nextafter(math.pi / 2, 0), 0), "smooth", "slope"),
        # Limits that are approached slowly.
        ("1/log(x)", 0.0, "edge", "tends to 0 there"),
        ("2 - x^0.001", 0.0, "edge", "tends to 2 there"),
        ("1/log(abs(x))", 0.0, "removable gap", "tends to 0 from both sides"),
        ("0^x", 0.0, "jump", "f is 1 at x = 0, but tends to 0 from the right; on the left it is"),
        ("0^(-x)", 0.0, "jump", "tends to 0 from the left; on the right it is not defined"),
        ("0^x", -1.0, "undefined", "no real value"),
        ("1/relu(x)", 0.0, "edge", "on the right only and tends to inf there"),
        ("log(-log(x))", 0.0, "edge", "tends to inf there"),
        ("1/log(x)^2", 0.0, "edge", "no limit is seen there"),
        ("sin(log(x))", 0.0, "edge", "no limit is seen there"),
        ("x^3", 2.0, "smooth", "slope 12"),
    ],
)
def test_a_point_is_recognised(text, at, kind, part):
    facts = local_facts(parse(text), at)
    assert facts.kind == kind
    assert part in facts.explanation


def test_slopes_and_curvatures_of_a_gap_are_those_of_its_extension():
    facts = local_facts(parse("sin(x)/x"), 0.0)
    assert math.isnan(facts.value)
    assert (facts.left.slope, facts.right.slope) == (0.0, 0.0)
    assert facts.left.curvature == pytest.approx(-1 / 3, rel=1e-12)
    assert facts.has_slope
    assert facts.has_curvature
    square = local_facts(parse("relu(x)^2"), 0.0)
    assert (square.left.curvature, square.right.curvature) == (0.0, 2.0)
    assert square.has_slope
    assert not square.has_curvature


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_references_have_fifty_digits(order):
    from mpmath import mp

    with mp.workdps(60):
        expected = mp.diff(lambda t: mp.exp(mp.sin(t)) / (1 + t**2), mp.mpf(0.75), order)
        got = reference(parse("exp(sin(x))/(1 + x^2)"), 0.75, order)
        assert abs(got - expected) < mp.mpf(10) ** (-49 if order < 3 else -40) * abs(expected)


def test_every_method_gives_both_derivatives():
    ways = Methods(parse("sin(x) exp(x)")).at(1.0)
    assert ways.references[0].startswith("3.7560492270947275483471395040")
    first, second = (2.718281828459045 * (np.sin(1) + np.cos(1)), 2 * np.e * np.cos(1))
    for estimate in ways.estimates:
        expected = first if estimate.order == 1 else second
        bound = 1e-14 if math.isnan(estimate.h) or estimate.h < 1e-20 else 1e-2
        assert estimate.value == pytest.approx(expected, rel=bound)
        assert estimate.error <= bound * abs(expected)
        assert estimate.error >= 0.0
        assert estimate.time_s > 0.0
        assert estimate.note == ""
    assert [e.method for e in ways.estimates[:6]] == [
        *("symbolic", "forward difference", "central difference"),
        *("complex step", "forward mode", "reverse mode"),
    ]
    errors = {e.method: e.error for e in ways.estimates[:6]}
    assert errors["forward difference"] > errors["central difference"] > errors["complex step"]


def test_the_error_is_that_of_the_double_not_of_its_rounded_reference():
    third = Methods(parse("x^2/3")).at(0.5)
    symbolic = third.estimates[0]
    # 1/3 is not a double; the nearest is 1.85e-17 away.
    assert symbolic.error == pytest.approx(1.85e-17, rel=1e-2)


def test_a_step_can_be_chosen():
    ways = Methods(parse("exp(x)")).at(0.0, h=0.5)
    forward = ways.estimates[1]
    assert forward.h == 0.5
    assert forward.value == (math.exp(0.5) - 1) / 0.5


def test_a_step_that_is_lost_beside_the_point_is_named():
    ways = Methods(parse("x^2")).at(1.0, h=1e-20)
    notes = {(e.method, e.order): e.note for e in ways.estimates if math.isnan(e.value)}
    lost = {("forward difference", k) for k in (1, 2)} | {("central difference", k) for k in (1, 2)}
    assert notes.keys() == lost | {("complex step", 2)}
    assert set(notes.values()) == {"h is lost: the double nearest to a + h is a"}


def test_the_complex_step_says_why_it_cannot():
    ways = Methods(parse("abs(x) + relu(x)")).at(1.0)
    step = ways.estimates[3]
    assert math.isnan(step.value)
    assert step.note == "not analytic: abs, relu cannot be continued to complex numbers"
    assert ways.estimates[5].value == 2.0


def test_at_a_kink_there_is_nothing_to_compare_with():
    ways = Methods(parse("abs(x)")).at(0.0)
    assert ways.references == (None, None)
    values = {e.method: e.value for e in ways.estimates[:6]}
    assert values["forward difference"] == 1.0
    assert values["central difference"] == 0.0
    assert values["reverse mode"] == 0.0
    assert all(math.isnan(e.error) for e in ways.estimates)
    assert Methods(parse("abs(x)")).error_against_h(0.0) == ()


def test_at_a_removable_gap_only_what_avoids_it_has_a_value():
    ways = Methods(parse("sin(x)/x")).at(0.0)
    assert float(ways.references[0]) == 0.0
    assert float(ways.references[1]) == pytest.approx(-1 / 3, rel=1e-15)
    by_method = {e.method: e for e in ways.estimates[:6]}
    assert by_method["central difference"].value == 0.0
    assert by_method["reverse mode"].note.startswith("0/0")
    # Beside the gap everything is smooth.
    near = Methods(parse("sin(x)/x")).at(0.5)
    assert all(e.error < 1e-5 for e in near.estimates)


def test_errors_against_the_step_have_two_branches():
    forward, central, step = Methods(parse("exp(x)")).error_against_h(1.0)
    assert forward.h[0] == 1.0
    assert forward.h[-1] == pytest.approx(1e-16)
    for curve, power in ((forward, 1), (central, 2)):
        large = (curve.h < 1e-2) & (curve.h > (1e-5 if power == 1 else 1e-3))
        np.testing.assert_allclose(curve.error[large], curve.truncation[large], rtol=0.05)
        small = (curve.h < 1e-12) & (curve.h > 1e-15)
        assert np.median(curve.error[small] / curve.rounding[small]) < 10
        assert np.median(curve.error[small] / curve.rounding[small]) > 1e-3
        assert abs(math.log10(curve.best_h / curve.optimum_h)) < 2
        assert curve.best_error == np.nanmin(curve.error)
    assert forward.optimum_h == pytest.approx(2 * math.sqrt(2.22e-16 / 2), rel=0.01)
    assert central.optimum_h == pytest.approx((1.5 * 2.22e-16) ** (1 / 3), rel=0.01)
    assert np.all(step.error[step.h < 1e-9] < 1e-15)
    assert len(Methods(parse("abs(x)")).error_against_h(1.0)) == 2


def test_overflow_is_no_warning():
    ways = Methods(parse("exp(exp(x)) + if(x<2,1,x)/relu(x-30)")).at(20.0)
    assert not any(math.isfinite(e.error) for e in ways.estimates)


@given(EXPRESSIONS)
@settings(max_examples=40)
def test_any_formula_has_its_ways(expression):
    formula = Formula(substitute(expression, {"y": variable("x")}), ("x",))
    for at in (0.0, 0.7312):
        ways = Methods(formula).at(at)
        assert len(ways.estimates) == 12
        assert all(e.error >= 0.0 or math.isnan(e.error) for e in ways.estimates)
    for curve in Methods(formula).error_against_h(0.7312):
        assert curve.h.shape == curve.error.shape == curve.rounding.shape
