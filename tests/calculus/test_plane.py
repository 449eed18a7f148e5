import math

import numpy as np
import pytest

from playground import autodiff as ad
from playground.calculus.formula import parse
from playground.calculus.plane import Plane

XY = ("x", "y")
TEXTS = ("(1 - x)^2 + 100(y - x^2)^2", "sin(x) cos(y) + exp(x y)", "x^y/(1 + y^2)", "|x| + 2y")


@pytest.mark.parametrize("text", TEXTS)
def test_gradient_and_hessian_are_those_of_the_engine(text):
    formula = parse(text, XY)
    here = Plane(formula).at((0.7, 1.3))
    theta = np.array([0.7, 1.3])
    f = lambda t: formula(t[0], t[1])  # noqa: E731
    np.testing.assert_allclose(here.value, f(theta), rtol=1e-14)
    np.testing.assert_allclose(here.gradient, ad.grad(f)(theta), rtol=1e-12)
    np.testing.assert_allclose(here.hessian, ad.hessian(f)(theta), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("text", TEXTS[:3])
def test_gradient_and_hessian_are_those_of_sympy(text):
    import sympy

    formula = parse(text, XY)
    x, y = sympy.symbols("x y", real=True)
    at = {x: sympy.Rational(7, 10), y: sympy.Rational(13, 10)}
    here = Plane(formula).at((0.7, 1.3))
    expected = sympy.hessian(formula.to_sympy(), (x, y)).subs(at).evalf()
    np.testing.assert_allclose(here.hessian, np.array(expected, float), rtol=1e-12)
    gradient = [float(formula.to_sympy().diff(v).subs(at)) for v in (x, y)]
    np.testing.assert_allclose(here.gradient, gradient, rtol=1e-13)


def test_eigenvectors_diagonalise_the_hessian():
    here = Plane(parse(TEXTS[0], XY)).at((-1.2, 1.0))
    v = here.eigenvectors
    np.testing.assert_allclose(v.T @ here.hessian @ v, np.diag(here.eigenvalues), atol=1e-9)
    np.testing.assert_allclose(v.T @ v, np.eye(2), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("x^2 + 3y^2", "valley"),
        ("-x^2 - y^2", "hill"),
        ("x^2 - y^2", "saddle"),
        ("(x + y)^2", "trough"),
        ("x + y", "flat"),
        ("sqrt(x - 5)", "undefined"),
    ],
)
def test_the_hessian_says_how_a_surface_bends(text, shape):
    assert Plane(parse(text, XY)).at((0.5, 0.25)).shape == shape


def test_the_steepest_direction_is_the_gradients():
    here = Plane(parse(TEXTS[1], XY)).at((0.4, -0.3))
    angles = np.linspace(0, 2 * math.pi, 721)
    slopes = [here.along(a)[0] for a in angles]
    steepest = math.atan2(here.gradient[1], here.gradient[0])
    assert max(slopes) == pytest.approx(here.steepness, rel=1e-4)
    assert here.along(steepest)[0] == pytest.approx(here.steepness, rel=1e-12)
    assert here.along(steepest + math.pi / 2)[0] == pytest.approx(0.0, abs=1e-12)
    # Along an eigenvector the curvature is the eigenvalue.
    first = here.eigenvectors[:, 0]
    curvature = here.along(math.atan2(first[1], first[0]))[1]
    assert curvature == pytest.approx(here.eigenvalues[0], rel=1e-12)


def test_taylor_polynomials_err_by_the_next_power():
    plane = Plane(parse(TEXTS[1], XY))
    here = plane.at((0.4, -0.3))
    distances = np.array([1e-1, 1e-2])
    x, y = 0.4 + 0.6 * distances, -0.3 + 0.8 * distances
    for order in (0, 1, 2):
        errors = np.abs(here.taylor(x, y, order) - plane.formula(x, y))
        assert math.log10(errors[0] / errors[1]) == pytest.approx(order + 1, abs=0.3)
    np.testing.assert_allclose(Plane(parse("x^2 + x y", XY)).at((1, 2)).taylor(3, 5), 24.0)


def test_slices_pass_through_the_point_with_their_tangents():
    plane = Plane(parse(TEXTS[0], XY))
    for axis, other in ((0, 1.0), (1, -1.2)):
        at = (-1.2, 1.0)[axis]
        curve = plane.slice((-1.2, 1.0), axis, np.linspace(-2, 2, 41))
        full = [curve.positions, other] if axis == 0 else [other, curve.positions]
        np.testing.assert_allclose(curve.values, plane.formula(*full), rtol=1e-14)
        i = np.argmin(np.abs(curve.positions - at))
        np.testing.assert_allclose(curve.tangent[i], curve.values[i], rtol=1e-12)
        slope = np.diff(curve.tangent)[0] / np.diff(curve.positions)[0]
        np.testing.assert_allclose(slope, curve.slopes[i], rtol=1e-9)


def test_grids_have_a_row_for_each_y():
    x, y, values = Plane(parse("x + 10y", XY)).grid((0, 2), (0, 1), (3, 2))
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == [0, 1]
    assert values.tolist() == [[0, 1, 2], [10, 11, 12]]


def test_one_variable_is_no_plane():
    with pytest.raises(ValueError, match="needs two variables, got x"):
        Plane(parse("x"))
