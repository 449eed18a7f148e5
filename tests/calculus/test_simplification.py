import pickle

import numpy as np
import pytest

from playground.calculus.derivation import differentiate
from playground.calculus.expressions import from_rows, to_rows
from playground.calculus.formula import parse
from playground.calculus.simplification import BackgroundSimplifier, simplest
from tests.calculus.expressions import FORMULAS

# sympy needs more than its time for this one.
HARD = "(" + "+".join(f"sin({k}x)^{k % 5 + 2}/cos(x+{k})" for k in range(1, 30)) + ")^3"


@pytest.fixture(scope="module")
def simplifier():
    simplifier = BackgroundSimplifier(time_limit_s=600.0)
    yield simplifier
    simplifier.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x)^2 + cos(x)^2", "1"),
        ("(x^2 - 1)/(x - 1)", "x + 1"),
        ("exp(log(x^2 + 1))", "x^2 + 1"),
        ("(-x^3*sin(x) - 2x*(x*cos(x) - sin(x)))/x^4", "-sin(x)/x - 2cos(x)/x^2 + 2sin(x)/x^3"),
        ("(x cos(x) - sin(x))/x + sin(x)/x", "cos(x)"),
    ],
)
def test_sympy_finds_the_shortest_form(text, expected):
    assert simplest(parse(text).root) is parse(expected).root


@pytest.mark.parametrize("text", FORMULAS[::4])
def test_simpler_forms_have_the_same_values(text):
    root = differentiate(parse(text)).root
    formula, simpler = parse("x").with_root(root), parse("x").with_root(simplest(root))
    x = np.array([0.31, 0.77, 1.41, 2.3])
    np.testing.assert_allclose(simpler(x), formula(x), rtol=1e-9)
    assert simpler.n_operations <= formula.n_operations


def test_another_process_simplifies(simplifier):
    formula = parse("sin(x)^2 + cos(x)^2 + x")
    assert simplifier.poll() is None
    simplifier.submit(formula)
    assert simplifier.is_busy
    ended = simplifier.wait()
    assert (ended.outcome, ended.result.text) == ("simplified", "x + 1")
    assert ended.formula is formula
    assert simplifier.poll() is None
    simplifier.submit(parse("x + 1"))
    ended = simplifier.wait()
    assert (ended.outcome, ended.result) == ("unchanged", parse("x + 1"))


def test_the_newest_request_wins(simplifier):
    simplifier.submit(parse(HARD))
    simplifier.submit(parse("x/x^2"))
    assert simplifier.wait().result == parse("1/x")
    assert simplifier.wait() is None


def test_what_is_cancelled_gives_nothing(simplifier):
    simplifier.submit(parse(HARD))
    simplifier.cancel()
    assert not simplifier.is_busy
    assert simplifier.poll() is None


def test_a_process_that_cannot_be_started_leaves_nothing_behind(simplifier, monkeypatch):
    formula = parse("sin(x)^2 + cos(x)^2")
    simplifier.close()
    with monkeypatch.context() as broken:

        def refuse(self):
            raise OSError("no more processes")

        broken.setattr("multiprocessing.process.BaseProcess.start", refuse)
        with pytest.raises(OSError, match="no more processes"):
            simplifier.submit(formula)
    assert not simplifier.is_busy
    simplifier.close()
    simplifier.submit(formula)
    assert simplifier.wait().result.text == "1"


def test_a_process_that_was_ended_is_started_again(simplifier):
    formula = parse("sin(x)^2 + cos(x)^2")
    simplifier.submit(formula)
    simplifier.wait()
    simplifier._process.kill()
    simplifier._process.join()
    simplifier.submit(formula)
    assert simplifier.wait().result.text == "1"


def test_time_is_limited():
    simplifier = BackgroundSimplifier(time_limit_s=0.05)
    formula = parse(HARD)
    simplifier.submit(formula)
    ended = simplifier.wait()
    assert (ended.outcome, ended.result) == ("timed out", formula)
    assert "0.05 s" in ended.message
    simplifier.close()


def test_expressions_travel_as_plain_rows():
    root = parse("+".join(["x"] * 450)).root
    assert from_rows(to_rows(root)) is root
    assert pickle.loads(pickle.dumps(root)) is root
