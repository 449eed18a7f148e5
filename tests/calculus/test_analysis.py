import math

import numpy as np
import pytest
from hypothesis import given, settings

from playground.calculus.analysis import analyze
from playground.calculus.expressions import substitute, variable
from playground.calculus.formula import Formula, parse
from tests.calculus.expressions import EXPRESSIONS

PI = math.pi


def _points(text, lower, upper, *kinds):
    return [f.at for f in analyze(parse(text), lower, upper).of_kind(*kinds)]


@pytest.mark.parametrize(
    ("text", "lower", "upper", "kind", "points"),
    [
        ("x^4 - 2x^2", -2, 2, "minimum", [-1, 1]),
        ("x^4 - 2x^2", -2, 2, "maximum", [0]),
        ("x^4 - 2x^2", -2, 2, "inflection", [-1 / 3**0.5, 1 / 3**0.5]),
        ("x^4 - 2x^2", -2, 2, "root", [-(2**0.5), 0, 2**0.5]),
        ("x^3", -1, 2, "saddle", [0]),
        ("x^3", -1, 1, "saddle", [0]),
        ("x^3", -1, 2, "root", [0]),
        ("x^4", -1, 2, "minimum", [0]),
        ("x^4", -1, 2, "inflection", []),
        ("x^5 - x^4", -1, 1.5, "inflection", [0.6]),
        ("sin(20x)", -1, 1, "maximum", [(0.5 + 2 * k) * PI / 20 for k in range(-3, 3)]),
        ("sin(x)/x", -8, 8, "gap", [0]),
        ("sin(x)/x", -8, 8, "root", [-2 * PI, -PI, PI, 2 * PI]),
        ("sin(3x-1)/(3x-1)", -1, 1, "gap", [1 / 3]),
        ("(x^2-1)/(x-1)", -3, 3, "gap", [1]),
        ("(x^2-1)/(x-1)", -3, 3, "inflection", []),
        ("x^2*sin(1/x)", -1, 1, "gap", [0]),
        ("x sin(1/x)", -1, 1, "gap", [0]),
        ("sin(1/x)", -1, 1, "oscillation", [0]),
        ("abs(x)", -2, 3, "kink", [0]),
        ("|3x-1| + |x-1|", -2, 3, "kink", [1 / 3, 1]),
        ("relu(x)", -2, 2, "kink", [0]),
        ("relu(x)^2", -2, 2, "kink", []),
        ("leaky_relu(x)", -5, 5, "kink", [0]),
        ("elu(x)", -5, 5, "kink", []),
        ("gelu(x)", -5, 5, "minimum", [-0.7517915246935645]),
        ("if(x<0,-x,x^3)", -2, 2, "kink", [0]),
        ("if(x<0, x, x)", -2, 2, "kink", []),
        ("max(x, 1-x)", -2, 2, "kink", [0.5]),
        ("|sin(x)|", -7, 7, "kink", [k * PI for k in range(-2, 3)]),
        ("if(x<1/3,1,2)", -1, 3, "jump", [1 / 3]),
        ("if(x<0,1,2) + if(x>1,1,0)", -1, 3, "jump", [0, 1]),
        ("sign(x)", -1, 3, "jump", [0]),
        ("1/x", -3, 2, "pole", [0]),
        ("1/(x^2-2x+1)", -1, 3, "pole", [1]),
        ("x^(-2)", -1, 3, "pole", [0]),
        ("tan(x)", -5, 5, "pole", [-1.5 * PI, -0.5 * PI, 0.5 * PI, 1.5 * PI]),
        ("tan(x)", -5, 5, "inflection", [-PI, 0, PI]),
        ("exp(-1/x)", -2, 2, "pole", [0]),
        ("cbrt(x)", -1, 1, "vertical tangent", [0]),
        ("sqrt(x)", -1, 3, "edge", [0]),
        ("log(x)", -1, 4, "edge", [0]),
        ("log(x)", -1, 4, "root", [1]),
        ("asin(x)", -2, 2, "edge", [-1, 1]),
        ("x^x", -1, 2, "edge", [0]),
        ("x^x", -1, 2, "minimum", [math.exp(-1)]),
        ("exp(exp(x))", 0, 10, "edge", [math.log(math.log(np.finfo(float).max))]),
        ("(x-1)^2", -3, 3, "root", [1]),
        ("exp(-1/x^2)", -2, 3, "gap", [0]),
        ("if(x==0, 0, exp(-1/x^2))", -2, 3, "gap", []),
        ("1/(1-cos(x))", -7, 7, "pole", [-2 * PI, 0, 2 * PI]),
        ("1/(1-cos(x))", -7, 7, "maximum", []),
        ("sign(x) x^2", -1, 2, "saddle", [0]),
        ("abs(x) sin(x)", -3, 2, "saddle", [0]),
        ("if(x<1/3, x - (x-1/3)^2, x + (x-1/3)^2)", -1, 1, "inflection", [1 / 3]),
        ("abs(x)^3", -1, 2, "inflection", []),
        ("if(x<0,exp(x),1+x)", -1, 2, "inflection", []),
    ],
)
def test_points_are_found_where_they_are(text, lower, upper, kind, points):
    found = _points(text, lower, upper, kind)
    np.testing.assert_allclose(found, points, atol=1e-9 * (upper - lower), rtol=0)


@pytest.mark.parametrize(
    ("text", "kind", "points"),
    [
        ("asin(sin(x))", "kink", [-1.5 * PI, -0.5 * PI, 0.5 * PI, 1.5 * PI]),
        ("acos(cos(x))", "kink", [-PI, 0, PI]),
        ("log((x-pi/7)^2)", "pole", [PI / 7]),
        ("sqrt((x-1/3)^2)", "kink", [1 / 3]),
        ("sqrt(1+sin(x))", "kink", [-0.5 * PI, 1.5 * PI]),
    ],
)
def test_where_a_part_only_touches_zero_the_place_has_all_digits(text, kind, points):
    np.testing.assert_allclose(_points(text, -5, 5, kind), points, rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    ("text", "lower", "upper", "directions"),
    [
        ("x^2", -1, 2, [("falling", -1, 0), ("rising", 0, 2)]),
        ("x^3", -1, 1, [("rising", -1, 1)]),
        ("5", -1, 1, [("flat", -1, 1)]),
        ("sin(x)^2 + cos(x)^2", -3, 3, [("flat", -3, 3)]),
        ("relu(x)", -2, 2, [("flat", -2, 0), ("rising", 0, 2)]),
        ("if(x<1/3,1,2)", -1, 3, [("flat", -1, 3)]),
        ("1/x", -3, 2, [("falling", -3, 2)]),
        ("log(x)", -1, 4, [("undefined", -1, 0), ("rising", 0, 4)]),
        ("log(-x)", -1, 4, [("falling", -1, 0), ("undefined", 0, 4)]),
        ("sqrt(x^2-1)", -2, 2, [("falling", -2, -1), ("undefined", -1, 1), ("rising", 1, 2)]),
        ("sqrt(-1-x^2)", -2, 2, [("undefined", -2, 2)]),
        ("sin(x)/x", -4, 4, [("rising", -4, 0), ("falling", 0, 4)]),
        ("exp(x)", -30, 5, [("rising", -30, 5)]),
        ("if(x<0,-x,x^3)", -2, 2, [("falling", -2, 0), ("rising", 0, 2)]),
    ],
)
def test_the_interval_is_parted_by_the_sign_of_the_slope(text, lower, upper, directions):
    stretches = analyze(parse(text), lower, upper).stretches
    assert [s.direction for s in stretches] == [d for d, _, _ in directions]
    ends = [(s.lower, s.upper) for s in stretches]
    np.testing.assert_allclose(ends, [(a, b) for _, a, b in directions], atol=1e-8)


@pytest.mark.parametrize(
    ("text", "lower", "upper", "kind", "left", "right", "part"),
    [
        ("abs(x)", -1, 1, "kink", -1, 1, "slope is −1 on the left and 1 on the right"),
        ("abs(x)", -1, 1, "kink", -1, 1, "It is a local minimum."),
        ("-abs(2x)", -1, 1, "kink", 2, -2, "It is a local maximum."),
        ("if(x<0,-x,x^3)", -1, 1, "kink", -1, 0, "no derivative"),
        ("if(x<1/3,1,x)", -1, 1, "jump", 1, 1 / 3, "jumps at x = 0.333333 from 1 to 0.333333"),
        ("1/x", -1, 1, "pole", -math.inf, math.inf, "−∞ on the left and ∞ on the right"),
        ("sin(x)/x", -1, 1, "gap", 1, 1, "tends to 1 from both sides"),
        ("(1-cos(x))/x^2", -1, 1, "gap", 0.5, 0.5, "tends to 0.5"),
        ("sqrt(x)", -1, 1, "edge", math.nan, 0, "on the right only and tends to 0"),
        ("log(x)", -1, 1, "edge", math.nan, -math.inf, "tends to −∞"),
        ("exp(exp(x))", 0, 9, "edge", math.inf, math.nan, "too large for a number"),
        ("if(x==0, 5, x)", -1, 1, "jump", 0, 0, "f is 5 at x = 0, but tends to 0"),
        ("x^2-1", 0, 2, "root", 2, 2, "f is 0 at x = 1, where its slope is 2."),
        ("x^2-1", -1, 2, "minimum", 0, 0, "minimum of −1 at x = 0"),
    ],
)
def test_features_carry_their_numbers(text, lower, upper, kind, left, right, part):
    (feature,) = analyze(parse(text), lower, upper).of_kind(kind)
    np.testing.assert_allclose([feature.left, feature.right], [left, right], rtol=1e-6, atol=1e-9)
    assert part in feature.explanation
    assert feature.explanation.endswith(".")


@pytest.mark.parametrize(
    ("text", "kind", "value", "left", "right", "part"),
    [
        ("0^x", "jump", 1.0, math.nan, 0.0, "tends to 0 from the right; on the left it is not"),
        ("0^(-x)", "jump", 1.0, 0.0, math.nan, "tends to 0 from the left; on the right it is not"),
        ("0^(x^2)", "jump", 1.0, 0.0, 0.0, "but tends to 0 from both sides"),
        ("1/relu(x)", "edge", math.inf, math.nan, math.inf, "defined on the right only and tends"),
    ],
)
def test_where_it_is_divided_by_zero_on_a_whole_side_there_is_no_value_and_no_pole(
    text, kind, value, left, right, part
):
    (feature,) = analyze(parse(text), -2.0, 2.0).features
    assert (feature.kind, feature.at, feature.value) == (kind, 0.0, value)
    np.testing.assert_array_equal((feature.left, feature.right), (left, right))
    assert part in feature.explanation


def test_what_the_grid_cannot_resolve_is_said():
    assert not analyze(parse("sin(1/x)"), -1, 1).is_complete
    assert analyze(parse("sin(x)"), -1, 1).is_complete
    assert "grid of 2001 points" in analyze(parse("x"), -1, 1).accuracy


def test_features_come_in_order_and_samples_with_them():
    analysis = analyze(parse("x^3 - x"), -2, 2)
    positions = [f.at for f in analysis.features]
    assert positions == sorted(positions)
    np.testing.assert_allclose(analysis.slopes, 3 * analysis.x**2 - 1, atol=1e-13)
    np.testing.assert_allclose(analysis.curvatures, 6 * analysis.x, atol=1e-13)
    outside = analyze(parse("log(x)"), -1, 1)
    assert np.all(np.isnan(outside.slopes[outside.x < 0]))


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match="lower < upper"):
        analyze(parse("x"), 1, 1)


@given(EXPRESSIONS)
@settings(max_examples=60)
def test_any_formula_can_be_analyzed(expression):
    formula = Formula(substitute(expression, {"y": variable("x")}), ("x",))
    analysis = analyze(formula, -2.0, 3.0, n_samples=301)
    ends = [analysis.lower, *[s.upper for s in analysis.stretches]]
    assert [s.lower for s in analysis.stretches] == pytest.approx(ends[:-1], abs=1e-4)
    assert ends[-1] == pytest.approx(3.0, abs=1e-4)
    assert all(-2.0 <= f.at <= 3.0 for f in analysis.features)
