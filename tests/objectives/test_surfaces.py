"""Surfaces against their published minima and, written down once more, against sympy."""

import numpy as np
import pytest
import sympy as sp

from playground.declarations import settings_of, with_nodes, with_value
from playground.errors import FormulaError, SpecError
from playground.objectives.surface import SURFACES
from playground.optimizers import Objective, minimize
from playground.optimizers.paths import plain_layout

X, Y, A, B = sp.symbols("x y a b", real=True)

# Surjanovic & Bingham, Virtual Library of Simulation Experiments, and Jamil & Yang 2013.
PUBLISHED = {
    "ackley": [(0, 0, 0)],
    "beale": [(3, 0.5, 0)],
    "booth": [(1, 3, 0)],
    "easom": [(3.14159265, 3.14159265, -1)],
    "eggholder": [(512, 404.2319, -959.6407)],
    "goldstein_price": [(0, -1, 3)],
    "griewank": [(0, 0, 0)],
    "himmelblau": [
        (3, 2, 0),
        (-2.805118, 3.131312, 0),
        (-3.779310, -3.283186, 0),
        (3.584428, -1.848126, 0),
    ],
    "levy": [(1, 1, 0)],
    "matyas": [(0, 0, 0)],
    "mccormick": [(-0.54719, -1.54719, -1.9133)],
    "rastrigin": [(0, 0, 0)],
    "rosenbrock": [(1, 1, 0)],
    "six_hump_camel": [(0.0898, -0.7126, -1.0316), (-0.0898, 0.7126, -1.0316)],
    "styblinski_tang": [(-2.903534, -2.903534, -39.166165 * 2)],
    "three_hump_camel": [(0, 0, 0)],
}

ON_LINE = [(1, 2), (2, 3), (3, 5), (4, 7), (5, 9)]
U = X * sp.cos(B * sp.pi / 180) + Y * sp.sin(B * sp.pi / 180)
V = Y * sp.cos(B * sp.pi / 180) - X * sp.sin(B * sp.pi / 180)
W1, W2 = 1 + (X - 1) / 4, 1 + (Y - 1) / 4

# a is the condition number, b the angle.
FORMULAS = {
    "ackley": -20 * sp.exp(-0.2 * sp.sqrt((X**2 + Y**2) / 2))
    - sp.exp((sp.cos(2 * sp.pi * X) + sp.cos(2 * sp.pi * Y)) / 2)
    + sp.E
    + 20,
    "beale": (1.5 - X + X * Y) ** 2 + (2.25 - X + X * Y**2) ** 2 + (2.625 - X + X * Y**3) ** 2,
    "booth": (X + 2 * Y - 7) ** 2 + (2 * X + Y - 5) ** 2,
    "bowl": (X**2 + A * Y**2) / 2,
    "easom": -sp.cos(X) * sp.cos(Y) * sp.exp(-((X - sp.pi) ** 2) - (Y - sp.pi) ** 2),
    "eggholder": -(Y + 47) * sp.sin(sp.sqrt(sp.Abs(X / 2 + (Y + 47))))
    - X * sp.sin(sp.sqrt(sp.Abs(X - (Y + 47)))),
    "formula": X**2 + 3 * Y**2,
    "goldstein_price": (
        1 + (X + Y + 1) ** 2 * (19 - 14 * X + 3 * X**2 - 14 * Y + 6 * X * Y + 3 * Y**2)
    )
    * (30 + (2 * X - 3 * Y) ** 2 * (18 - 32 * X + 12 * X**2 + 48 * Y - 36 * X * Y + 27 * Y**2)),
    "griewank": (X**2 + Y**2) / 4000 - sp.cos(X) * sp.cos(Y / sp.sqrt(2)) + 1,
    "himmelblau": (X**2 + Y - 11) ** 2 + (X + Y**2 - 7) ** 2,
    "levy": sp.sin(sp.pi * W1) ** 2
    + (W1 - 1) ** 2 * (1 + 10 * sp.sin(sp.pi * W1 + 1) ** 2)
    + (W2 - 1) ** 2 * (1 + sp.sin(2 * sp.pi * W2) ** 2),
    "linear_regression": sum((X * at + Y - y) ** 2 for at, y in ON_LINE) / 5,
    "matyas": 0.26 * (X**2 + Y**2) - 0.48 * X * Y,
    "mccormick": sp.sin(X + Y) + (X - Y) ** 2 - 1.5 * X + 2.5 * Y + 1,
    "monkey_saddle": X**3 - 3 * X * Y**2,
    "noisy_bowl": (X**2 + A * Y**2) / 2,
    "plateau": 1 - sp.exp(-(X**2 + 2 * Y**2) / 4),
    "rastrigin": 20 + X**2 - 10 * sp.cos(2 * sp.pi * X) + Y**2 - 10 * sp.cos(2 * sp.pi * Y),
    "ravine": (U**2 + A * V**2) / 2,
    "rosenbrock": 100 * (Y - X**2) ** 2 + (X - 1) ** 2,
    "saddle": X**2 - Y**2,
    "six_hump_camel": (4 - 2.1 * X**2 + X**4 / 3) * X**2 + X * Y + (-4 + 4 * Y**2) * Y**2,
    "styblinski_tang": (X**4 - 16 * X**2 + 5 * X + Y**4 - 16 * Y**2 + 5 * Y) / 2,
    "three_hump_camel": 2 * X**2 - 1.05 * X**4 + X**6 / 6 + X * Y + Y**2,
}


def all_surfaces():
    return [pytest.param(kind(), id=kind.name()) for kind in SURFACES]


def points_in(surface, n):
    rng = np.random.default_rng(11)
    x0, x1, y0, y1 = surface.domain
    return np.column_stack([rng.uniform(x0, x1, n), rng.uniform(y0, y1, n)])


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_minima(name):
    surface = SURFACES[name]()
    lowest = surface.minima[0].value
    ours = [m for m in surface.minima if m.value < lowest + 1e-9]
    assert len(ours) == len(PUBLISHED[name])
    for x, y, value in PUBLISHED[name]:
        nearest = min(ours, key=lambda m: np.hypot(m.x - x, m.y - y))
        assert (nearest.x, nearest.y) == pytest.approx((x, y), abs=1e-4)
        assert nearest.value == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("surface", all_surfaces())
def test_minima_are_minima(surface):
    x, y = surface.domain.axes(201, 201)
    lowest = surface.grid(x, y[:, None]).min()
    for minimum in surface.minima:
        at = minimum.x, minimum.y
        assert surface.grid(*at) == pytest.approx(minimum.value, abs=1e-12, rel=1e-12)
        gradient, curvatures = surface.gradient_at(*at), np.linalg.eigvalsh(surface.hessian_at(*at))
        if minimum.is_on_edge:
            # Along the edge it is flat, and beyond the edge the surface falls.
            assert gradient[0] < 0
            gradient = gradient[1:]
        assert np.abs(gradient).max() < 1e-10 * max(1.0, curvatures.max())
        assert curvatures.min() > 0
    if surface.minima:
        assert surface.minima[0].value <= lowest
        values = [minimum.value for minimum in surface.minima]
        assert values == sorted(values)


@pytest.mark.parametrize("surface", all_surfaces())
def test_values_and_derivatives_against_sympy(surface):
    numbers = {A: getattr(surface, "condition", 0), B: getattr(surface, "angle", 0)}
    formula = FORMULAS[surface.kind].subs(numbers)
    gradient = [sp.diff(formula, v) for v in (X, Y)]
    hessian = [[sp.diff(g, v) for v in (X, Y)] for g in gradient]
    every = [formula, *gradient, *hessian[0], *hessian[1]]
    # Away from the kinks of |t|, where no point lies, its second derivative is zero.
    every = [e.replace(sp.DiracDelta, lambda *_: sp.Integer(0)) for e in every]
    theirs = sp.lambdify((X, Y), every, "numpy")
    points = points_in(surface, 12)
    grid = surface.grid(points[:, 0], points[:, 1])
    slopes = np.stack(surface.gradient_grid(points[:, 0], points[:, 1]), axis=-1)
    objective = Objective(surface.function(), plain_layout(2), fixed=_no_noise(surface))
    for point, value, slope in zip(points, grid, slopes, strict=True):
        wanted = np.array(theirs(*point), float)
        ours = surface.gradient_at(*point), surface.hessian_at(*point)
        got = np.concatenate([[value], ours[0], ours[1].ravel()])
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())
        np.testing.assert_allclose(slope, ours[0], rtol=1e-12, atol=1e-300)
        value_again, gradient_again = objective.value_and_gradient(point)
        assert value_again == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(gradient_again, ours[0], rtol=1e-10, atol=1e-12)


def _no_noise(surface):
    return {"noise": np.zeros(surface.N_NOISE)} if surface.N_NOISE else {}


@pytest.mark.parametrize("surface", [s for s in all_surfaces() if s.values[0].IS_SUM_OF_SQUARES])
def test_residuals_are_half_a_sum_of_squares(surface):
    objective = Objective(surface.function(), plain_layout(2))
    for point in points_in(surface, 5):
        residuals, jacobian = objective.residuals(point)
        assert residuals @ residuals / 2 == pytest.approx(objective.value(point), rel=1e-12)
        np.testing.assert_allclose(
            jacobian.T @ residuals, objective.gradient(point), rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("surface", all_surfaces())
def test_what_a_picture_needs(surface):
    x0, x1, y0, y1 = surface.domain
    assert x0 < surface.start[0] < x1
    assert y0 < surface.start[1] < y1
    assert surface.formula
    assert surface.SOURCE
    x, y = surface.domain.axes(40, 30)
    grid = surface.grid(x, y[:, None])
    assert grid.shape == (30, 40)
    levels = surface.levels(grid, 12)
    assert len(levels) == 12
    assert (np.diff(levels) > 0).all()
    assert surface.floor(grid.min()) <= levels[0] <= levels[-1] < grid.max()


@pytest.mark.parametrize("surface", all_surfaces())
def test_every_start_slopes(surface):
    assert np.linalg.norm(surface.gradient_at(*surface.start)) > 1e-3


def test_live_settings_may_be_nodes():
    """The graph reads them where they are used: a stand-in is seen."""
    for kind in SURFACES:
        for setting in settings_of(kind):
            if not setting.hints.live:
                continue
            surface = kind()
            changed = kind(**{setting.name: setting.default * 1.5})
            stand_in = with_nodes(surface, {setting.name: np.float64(setting.default * 1.5)})
            noise = np.array([0.3, -0.7]) if kind.N_NOISE else None
            theta = np.array([0.7, -1.3])
            assert stand_in.value(theta, noise) == changed.value(theta, noise)
            assert changed.value(theta, noise) != surface.value(theta, noise)


def test_noise_has_no_mean_and_moves_the_gradient():
    surface = SURFACES["noisy_bowl"](noise=2.0)
    theta, noise = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    both = [surface.value(theta, sign * noise) for sign in (1, -1)]
    assert np.mean(both) == pytest.approx(surface.value(theta))
    assert surface.grid(*theta) == surface.value(theta)
    path = minimize(surface.function(), surface.start, "sgd", 5, seed=1)
    assert len(set(np.diff(path.theta[:, 0]).tolist())) == 5


def test_distance_is_to_the_nearest():
    surface = SURFACES["himmelblau"]()
    distance = surface.distance(np.array([3.0, -3.0]), np.array([2.0, 3.0]))
    assert distance[0] == 0
    assert distance[1] == pytest.approx(np.hypot(3 - 2.805118087, 3 - 3.131312518), rel=1e-6)
    assert np.isnan(SURFACES["saddle"]().distance(0.0, 0.0))


def test_a_typed_formula():
    surface = SURFACES["formula"](expression="sin(x)*cos(y) + x^2/10", x_max=4.0)
    assert surface.domain == (-5.0, 4.0, -5.0, 5.0)
    assert r"\sin" in surface.formula
    theirs = sp.lambdify((X, Y), sp.sin(X) * sp.cos(Y) + X**2 / 10)
    points = points_in(surface, 20)
    np.testing.assert_allclose(surface.grid(*points.T), theirs(*points.T), rtol=1e-12)
    # Where cos y = ±1 and cos x · (±1) + x/5 = 0.
    assert len(surface.minima) >= 3
    for minimum in surface.minima:
        assert np.abs(surface.gradient_at(minimum.x, minimum.y)).max() < 1e-7
        assert np.linalg.eigvalsh(surface.hessian_at(minimum.x, minimum.y)).min() > 0
    for text in ("if(x < 0, -x, x^3) + abs(y)", "0", "x/y", "log(x) + y^2"):
        surface = SURFACES["formula"](expression=text)
        assert surface.grid(np.linspace(-1, 1, 5), np.zeros((3, 1))).shape == (3, 5)
        assert surface.gradient_at(1.0, 1.0).shape == (2,)
        assert isinstance(surface.minima, tuple)
    with pytest.raises(ValueError, match="undefined everywhere"):
        SURFACES["formula"](expression="sin(x)/0 + y")


@pytest.mark.parametrize(
    ("text", "n_minima"),
    [
        ("-exp(exp(x^2 + y^2))", 0),
        ("1e300*x*y", 0),
        ("1e308*(x^2 + y^2)", 1),
        ("exp(x^2 + y^2)", 1),
    ],
)
def test_minima_are_sought_beyond_all_doubles(text, n_minima):
    assert len(SURFACES["formula"](expression=text).minima) == n_minima


@pytest.mark.parametrize(
    ("text", "column"), [("x^2 + * y", 7), ("x + z", 5), ("", 1), ("sin(x", 6), ("x = y", 3)]
)
def test_a_formula_that_cannot_be_read_names_the_column(text, column):
    with pytest.raises(FormulaError) as caught:
        SURFACES["formula"].reading(text)
    assert caught.value.column == column
    with pytest.raises(SpecError, match=f"^expression: column {column}: "):
        with_value(SURFACES["formula"](), "expression", text)


def test_starts_on_kinks_have_a_gradient():
    assert (SURFACES["ackley"]().gradient_at(0.0, 0.0) == 0).all()
    assert np.isfinite(SURFACES["eggholder"]().gradient_at(47.0, 0.0)).all()
