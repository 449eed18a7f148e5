import random

import numpy as np
import pytest
from hypothesis import given, settings

from playground import autodiff as ad
from playground.calculus.formula import parse
from playground.calculus.grammar import MAX_DEPTH
from playground.calculus.operations import ALIASES, FUNCTIONS
from playground.calculus.printing import to_text
from playground.calculus.tokens import MAX_LENGTH
from playground.errors import FormulaError
from tests.calculus.expressions import EXPRESSIONS, FORMULAS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("-x^2", "-(x^2)"),
        ("2^-x^2", "2^(-(x^2))"),
        ("2^3^x", "2^(3^x)"),
        ("x**2", "x^2"),
        ("2x", "2*x"),
        ("3sin(x)", "3*sin(x)"),
        ("(x+1)(x-1)", "(x+1)*(x-1)"),
        ("x(x+1)", "x*(x+1)"),
        ("1/2x", "(1/2)*x"),
        ("2x^2", "2*(x^2)"),
        ("-2x", "-(2*x)"),
        ("2*-x", "2*(-x)"),
        ("1-x-x", "(1-x)-x"),
        ("x/2/3", "(x/2)/3"),
        ("2pix", "(2*pi)*x"),
        ("||x|-1|", "abs(abs(x)-1)"),
        ("|x||x|", "abs(x)*abs(x)"),
        ("2|x|", "2*abs(x)"),
        ("√x²", "sqrt(x)^2"),
        ("√(x)x", "sqrt(x)*x"),
        ("x²·3−π", "x^2*3-pi"),
        ("x⁻".replace("⁻", "^−") + "1", "x^(-1)"),
        ("ln(x)", "log(x)"),
        ("arctan(x)", "atan(x)"),
        ("e^x", "exp(x)"),
        ("2e x", "2*e*x"),
        ("2e3x", "2000*x"),
        ("min(x,1,2)", "min(min(x,1),2)"),
        ("if(0<x<1,1,2)", "if((0<x) and (x<1),1,2)"),
        ("if(x<1 or x>2 and x>3,1,2)", "if(x<1 or (x>2 and x>3),1,2)"),
        ("if(not x<1 and x≥0,1,2)", "if((not (x<1)) and x>=0,1,2)"),
    ],
)
def test_a_spelling_means_what_its_parentheses_say(typed, meant):
    assert parse(typed).root is parse(meant).root


def test_two_variables_side_by_side_are_a_product():
    formula = parse("x y + xy", ("x", "y"))
    assert formula(3.0, 5.0) == 30.0


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "is empty"),
        ("x +", 4, "expected a number, x, a function or '(', got the end"),
        ("sin()", 5, "got ')'"),
        ("sin x", 5, "expected '(' after sin, as in sin(x), got 'x'"),
        ("x)", 2, "expected an operator or the end, got ')'"),
        ("(x", 3, "expected an operator or ')', got the end"),
        ("|x", 3, "'|'"),
        ("2 3", 3, "expected an operator, got '3'"),
        ("x + $", 5, "'$' has no meaning"),
        ("x + sim(x)", 5, "unknown name 'sim'; did you mean sin?"),
        ("x < 1", 1, "got a comparison"),
        ("1 + (x < 1)", 5, "got a comparison"),
        ("if(x, 1, 2)", 4, "expected a comparison such as x < 0"),
        ("x + if(x<0, 1)", 5, "if(condition, a, b), got 2"),
        ("sin(x, x)", 1, "1 argument(s), got 2"),
        ("1e999", 1, "too large"),
        ("y", 1, "unknown name 'y'"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, f"at most {MAX_LENGTH} characters"),
        ("(" * 200 + "x" + ")" * 200, MAX_DEPTH + 1, "nested deeper"),
        ("-" * 200 + "x", MAX_DEPTH + 1, "nested deeper"),
        ("x^" * 200 + "x", None, "nested deeper"),
        ("__import__(1)", 1, "unknown name '__import__'"),
    ],
)
def test_a_mistake_names_its_column(text, column, part):
    with pytest.raises(FormulaError, match="^column ") as caught:
        parse(text)
    assert part in str(caught.value)
    assert column is None or caught.value.column == column


def test_a_hundred_thousand_random_strings_give_an_answer_or_a_formula_error():
    rng = random.Random(5)
    words = [*FUNCTIONS, *ALIASES, *"xy01 29.eE+-*/^(),<>=|·−²π√\n\0é'\"_[]{}:;", "pi", "**", "<="]
    n_answers, columns = 0, []
    for _ in range(100_000):
        text = "".join(rng.choices(words, k=rng.randrange(1, 12)))
        try:
            formula = parse(text, ("x", "y"))
        except FormulaError as error:
            columns.append((error.column, len(text) + 1))
        else:
            n_answers += 1
            assert parse(to_text(formula.root), ("x", "y")).root is formula.root
    assert all(1 <= column <= last for column, last in columns)
    assert n_answers > 1000


@given(EXPRESSIONS)
@settings(max_examples=300)
def test_an_expression_survives_being_typed(expression):
    text = to_text(expression)
    if len(text) <= MAX_LENGTH:
        assert parse(text, ("x", "y")).root is expression


@pytest.mark.parametrize("text", FORMULAS)
def test_all_number_types_agree(text):
    formula = parse(text)
    points = np.random.default_rng(0).uniform(0.1, 2.9, 20)
    values = formula(points)
    np.testing.assert_allclose(values, [float(formula.precise(x)) for x in points], rtol=1e-12)
    np.testing.assert_allclose(values, [formula(x) for x in points], rtol=1e-13)
    np.testing.assert_allclose(values, ad.evaluate(formula, points), rtol=1e-12)
    if not formula.non_analytic:
        np.testing.assert_allclose(values, formula.at_complex(points).real, rtol=1e-12)
        np.testing.assert_allclose(formula.at_complex(points).imag, 0.0, atol=1e-300)


@pytest.mark.parametrize("text", FORMULAS)
def test_values_agree_with_sympy(text):
    import sympy

    formula = parse(text)
    expression = formula.to_sympy()
    for point in np.random.default_rng(1).uniform(0.1, 2.9, 5):
        expected = complex(expression.subs(sympy.Symbol("x", real=True), sympy.Float(point, 40)))
        np.testing.assert_allclose(formula(point), expected.real, rtol=1e-12)


def test_where_there_is_no_real_value_the_result_is_nan_without_a_warning():
    for text in ("sqrt(-x)", "log(-x)", "(-x)^(1/3)", "asin(1 + x)", "acosh(-x)"):
        assert np.isnan(parse(text)(1.0))
        assert str(parse(text).precise(1.0)) == "nan"
    assert parse("cbrt(-x)")(8.0) == -2.0
    assert parse("1/x")(0.0) == np.inf
    assert parse("exp(x)")(1000.0) == np.inf


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("1/0", 1, "1/0"),
        ("0/0", 1, "0/0"),
        ("x/0", 1, "x/0"),
        ("0*x/0", 1, "0*x/0"),
        ("x + 2 log(-1)", 7, "log(-1)"),
        ("log(0)", 1, "log(0)"),
        ("0^-1", 1, "0^(-1)"),
        ("(-8)^(1/3) x", 1, "(-8)^(1/3)"),
        ("max(x, asin(2))", 8, "asin(2)"),
        ("1/(x/x - 1)", 1, "1/(x/x - 1)"),
        ("1/sin(0)", 1, "1/sin(0)"),
        ("if(x < 0, 1/0, log(-1))", 11, "1/0"),
        ("if(1 < 2, 1/0, x)", 11, "1/0"),
        ("if(1/0 < x, 1, 2)", 4, "1/0"),
    ],
)
def test_a_formula_without_a_value_anywhere_is_refused(text, column, part):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    expected = f"column {column}: {part} has no value, so the formula is undefined everywhere"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("if(x < 0, 1/0, x)", 2.0, 2.0),
        ("if(1 > 2, 1/0, x)", 2.0, 2.0),
        ("1/if(1 < 2, 4, x)", 2.0, 0.25),
        ("1/x", 0.0, np.inf),
        ("sqrt(-x^2)", 0.0, 0.0),
        # What is too large or too small for a double is a number all the same.
        ("exp(1000)", 0.0, np.inf),
        ("x/exp(-1000)", 1.0, np.inf),
        ("1/exp(1000)", 0.0, 0.0),
        ("x + log(10^400)", 0.0, np.inf),
    ],
)
def test_a_formula_with_a_value_somewhere_is_none_of_those(text, at, value):
    assert parse(text)(at) == value


def test_a_precise_value_beyond_the_doubles_is_infinite():
    assert str(parse("exp(exp(exp(x)))").precise(3.0)) == "+inf"
    assert str(parse("sin(exp(exp(exp(x))))").precise(3.0)) == "nan"


def test_a_constant_has_the_shape_of_its_argument():
    assert parse("3")(np.zeros(4)).tolist() == [3.0] * 4
    assert ad.evaluate(parse("3"), np.zeros(4)).tolist() == [3.0] * 4
    assert ad.grad(parse("3"))(1.0) == 0.0


@pytest.mark.parametrize(
    ("text", "at", "slope", "curvature"),
    [
        ("if(x > 0, sqrt(x), 2x)", 0.0, 2.0, 0.0),
        ("if(x > 0, sqrt(x), 2x)", -1.0, 2.0, 0.0),
        ("if(x == 0, 1, sin(x)/x)", 0.0, 0.0, 0.0),
        ("if(x < 0, log(-x), if(x < 1, x^2, 1/(x - 1)))", 0.0, 0.0, 2.0),
        ("if(x < 0, 1/x, exp(x))", 0.0, 1.0, 1.0),
        ("if(x >= 0 and x < 1, x^3, 1/x)", 0.0, 0.0, 0.0),
    ],
)
def test_a_branch_not_taken_spoils_no_derivative(text, at, slope, curvature):
    formula = parse(text)
    with np.errstate(all="ignore"):
        assert ad.grad(formula)(at) == slope
        assert ad.jvp(formula, (at,), (1.0,))[1] == slope
        assert ad.grad(ad.grad(formula))(at) == curvature
        assert ad.jvp(ad.grad(formula), (at,), (1.0,))[1] == curvature


def test_single_precision_stays_single():
    x = np.linspace(0.5, 1.5, 4, dtype=np.float32)
    assert ad.evaluate(parse("2x + sin(x)/pi"), x).dtype == np.float32


def test_a_formula_is_a_function_of_one_vector_too():
    from playground.optimizers.minimization import minimize

    formula = parse("(x - 1)^2 + 3(y + 2)^2", ("x", "y"))
    points = np.array([[1.0, -2.0], [0.0, 0.0], [2.0, 1.0]])
    assert formula.of_vector(points).tolist() == [0.0, 13.0, 28.0]
    slopes = ad.grad(lambda t: ad.sum(formula.of_vector(t)))(points)
    np.testing.assert_allclose(slopes, (points - [1, -2]) * [2, 6])
    path = minimize(formula.of_vector, points[1], "damped_newton", 30)
    np.testing.assert_allclose(path.theta[-1], [1.0, -2.0], atol=1e-6)
    with pytest.raises(ValueError, match="needs shape"):
        formula.of_vector(np.zeros(3))


def test_equal_meanings_are_equal_formulas():
    assert parse("x*x") == parse("x · x")
    assert parse("x*x") != parse("x^2")
    assert parse("x*x + x*x").n_operations == 3


def test_threads_do_not_share_the_precision_they_work_in():
    from concurrent.futures import ThreadPoolExecutor

    formula = parse("erf(sin(x)) + log1p(exp(-x)) cbrt(x)")
    expected = {digits: str(formula.precise(0.7, digits=digits)) for digits in (20, 50, 90)}
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            (digits, pool.submit(lambda d=digits: str(formula.precise(0.7, digits=d))))
            for digits in list(expected) * 40
        ]
    assert all(job.result() == expected[digits] for digits, job in jobs)
