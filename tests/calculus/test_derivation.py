import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from playground import autodiff as ad
from playground.calculus.derivation import derive, differentiate, simplified
from playground.calculus.formula import Formula, parse
from playground.calculus.operations import FUNCTIONS
from playground.calculus.symbolic import from_sympy
from tests.calculus.expressions import EXPRESSIONS, FORMULAS, is_tame

POINTS = np.array([0.23, 0.71, 1.37, 2.45])


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_agree_with_sympy(text, order):
    import sympy

    formula = parse(text)
    x = sympy.Symbol("x", real=True)
    expected = sympy.diff(formula.to_sympy(), x, order)
    ours = differentiate(formula, order=order)
    for point in POINTS:
        value = complex(expected.subs(x, sympy.Float(point, 40)).doit())
        # Differences of large parts cancel: sympy is asked for 40 digits, ours has 16.
        np.testing.assert_allclose(float(ours.precise(point)), value.real, rtol=1e-10)
        np.testing.assert_allclose(ours(point), value.real, rtol=1e-8)


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.derivative])
def test_every_function_has_the_derivative_that_mpmath_measures(name):
    formula = parse(f"{name}(x)")
    for point in (0.3, 0.8) if name != "acosh" else (1.3, 2.8):
        from mpmath import mp

        with mp.workdps(30):
            measured = mp.diff(lambda t: formula.precise(t, digits=60), point)
        np.testing.assert_allclose(differentiate(formula)(point), float(measured), rtol=1e-13)


@given(EXPRESSIONS)
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
def test_derivatives_agree_with_the_engine(expression):
    formula = Formula(expression, ("x", "y"))
    x, y = 0.7312, 1.1934
    assume(is_tame(expression, x, y))
    derivative = differentiate(formula, "y")
    ours, beside = (float(derivative.precise(x, t)) for t in (y, y + 1e-12))
    assume(abs(ours - beside) <= 1e-7 * (1 + abs(ours)))
    with np.errstate(all="ignore"):
        expected = ad.grad(formula, 1)(x, y)
    if np.isfinite(expected):
        assert ours == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(EXPRESSIONS)
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
def test_light_simplification_keeps_the_value(expression):
    # An infinity on the way has no sign of its own: 1/(-x · 0) and -1/(x · 0) are both right.
    assume(is_tame(expression, 0.7312, 1.1934))
    formula = Formula(expression, ("x", "y"))
    before, after = (float(f.precise(0.7312, 1.1934)) for f in (formula, simplified(formula)))
    if np.isfinite(before):
        assert after == pytest.approx(before, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("text", "rule", "substeps", "result"),
    [
        ("3", "constant", [], "0"),
        ("pi^2", "constant", [], "0"),
        ("x", "variable", [], "1"),
        ("5x", "constant factor", ["variable"], "5"),
        ("x/4", "constant factor", ["variable"], "1/4"),
        ("-x^2", "constant factor", ["power"], "-2*x"),
        ("x^3 + 2x - 1", "sum", ["power", "constant factor", "constant"], "3*x^2 + 2"),
        ("x sin(x)", "product", ["variable", "function"], "sin(x) + x*cos(x)"),
        ("sin(x)/x", "quotient", ["function", "variable"], "(cos(x)*x - sin(x))/x^2"),
        ("1/x", "reciprocal", ["variable"], "-1/x^2"),
        ("x^2.5", "power", [], "2.5*x^1.5"),
        ("(2x+1)^3", "chain", ["power", "sum"], "6*(2*x + 1)^2"),
        ("2^x", "exponential", [], "2^x*log(2)"),
        ("2^(-x)", "chain", ["exponential", "constant factor"], "-2^(-x)*log(2)"),
        ("x^x", "general power", ["variable"], "x^x*(log(x) + 1)"),
        ("sin(x^2)", "chain", ["function", "power"], "2*x*cos(x^2)"),
        ("exp(-x)", "chain", ["function", "constant factor"], "-exp(-x)"),
        ("if(x<0,-x,x^3)", "branches", ["constant factor", "power"], "if(x < 0, -1, 3*x^2)"),
        ("max(x, 1)", "branches", ["variable", "constant"], "if(x > 1, 1, 0)"),
        ("x^2 sin(1/x)", "product", ["power", "chain"], "2*x*sin(1/x) - cos(1/x)"),
        ("x/sqrt(x+1)", "quotient", ["variable", "chain"], "(sqrt(x+1)-x/(2sqrt(x+1)))/(x+1)"),
        ("0.1x^2", "constant factor", ["power"], "0.2*x"),
    ],
)
def test_steps_name_their_rules(text, rule, substeps, result):
    step = derive(parse(text))
    assert step.rule.name == rule
    assert [s.rule.name for s in step.substeps] == substeps
    assert step.result == simplified(parse(result))


def test_the_outer_step_of_a_chain_is_about_the_outer_function():
    outer, inner = derive(parse("sin(x^2)")).substeps
    assert str(outer) == "d/du (sin(u)) = cos(u)"
    assert str(inner) == "d/dx (x^2) = 2*x"
    assert outer.rule.statement == r"\left(\sin\left(u\right)\right)' = \cos\left(u\right)"


def test_equations_are_latex():
    assert derive(parse("x^2")).to_latex() == (
        r"\frac{\mathrm{d}}{\mathrm{d} x}\left(x^{2}\right) = 2 x"
    )
    assert r"\partial y" in derive(parse("x y", ("x", "y")), "y").to_latex()


@pytest.mark.parametrize(
    "text", ["9^999999 x", "(9^99999 x)^99999", "1e14^40 x", "x^1e20", "1/(1/(-x))"]
)
def test_numbers_too_large_to_write_are_left_as_they_are(text):
    formula = parse(text)
    assert differentiate(simplified(formula)).n_operations < 12


def test_partial_derivatives():
    formula = parse("x^2 y + sin(x y)", ("x", "y"))
    assert differentiate(formula, "y").text == "x^2 + x*cos(x*y)"
    with pytest.raises(ValueError, match="must be one of x, y, got z"):
        differentiate(formula, "z")


def test_long_and_deep_formulas_are_no_trouble():
    long = parse("+".join(["x"] * 450))
    assert differentiate(long).text == "450"
    deep = parse("sin(" * 55 + "x" + ")" * 55)
    second = differentiate(deep, order=2)
    assert np.isfinite(second(0.5))
    assert second.to_latex() == r"\text{(89,210 operations, too long to show)}"
    assert differentiate(parse("x*" * 400 + "x"))(1.0) == 401.0


@pytest.mark.parametrize("text", FORMULAS)
def test_the_way_to_sympy_and_back_keeps_the_value(text):
    formula = parse(text)
    back = from_sympy(formula.to_sympy())
    assert back is not None
    np.testing.assert_allclose(formula.with_root(back)(POINTS), formula(POINTS), rtol=1e-11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqrt(x)^2", "x"),
        ("sqrt(x)^3/sqrt(x)^4", "sqrt(x)/x"),
        ("sqrt(-x)^2", "-x"),
        ("sqrt(2)*sqrt(2)*x", "2*x"),
        ("sqrt(x+1)^-2", "1/(x + 1)"),
        ("x + 0.5x + 2 - x", "0.5*x + 2"),
        ("2*3*x/4", "3*x/2"),
        ("x/x^3", "1/x^2"),
        ("-(-x)", "x"),
        ("3 - (x - 4)", "7 - x"),
        ("sin(x)*x*3", "3*x*sin(x)"),
        ("x^2^1", "x^2"),
        ("(x^2)^3", "x^6"),
        ("if(x<0, x+x, 2x)", "2*x"),
    ],
)
def test_what_light_simplification_tidies_up(text, expected):
    assert simplified(parse(text)).text == expected
