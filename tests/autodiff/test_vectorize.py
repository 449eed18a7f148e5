"""vmap against a loop over the points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.vectorize import _RULES
from tests.autodiff.cases import CASES, Case

EACH = [(case, shapes) for case in CASES for shapes in case.shapes]
EACH_ID = [f"{case.name}-{shapes}-{i}".replace(" ", "") for i, (case, shapes) in enumerate(EACH)]


def looped(f: Any, n: int, in_axes: tuple[int | None, ...], *args: Any) -> Any:
    rows = [
        [x if a is None else np.take(x, i, a) for x, a in zip(args, in_axes, strict=True)]
        for i in range(n)
    ]
    return np.stack([f(*row) for row in rows])


@pytest.mark.parametrize(("case", "shapes"), EACH, ids=EACH_ID)
def test_every_primitive_equals_a_loop(case: Case, shapes: tuple[tuple[int, ...], ...]):
    rng = np.random.default_rng(5)
    for which in range(2 ** len(shapes) - 1):
        axes = tuple(None if which >> i & 1 else 0 for i in range(len(shapes)))
        args = [
            rng.uniform(case.low, case.high, s if a is None else (3, *s))
            for s, a in zip(shapes, axes, strict=True)
        ]
        got = ad.compile(ad.vmap(case.function, axes))(*args)
        np.testing.assert_allclose(
            got, looped(case.reference, 3, axes, *args), rtol=1e-11, atol=1e-12
        )


def mlp(theta: Any, x: Any) -> Any:
    hidden = ad.tanh(x @ theta[:6].reshape(2, 3) + theta[6:9])
    return ad.sum(hidden * theta[9:12])


@pytest.mark.parametrize(
    "f",
    [mlp, ad.grad(mlp), ad.grad(mlp, 1), lambda t, x: ad.hvp(lambda s: mlp(s, x), t, t)],
    ids=["value", "gradient", "slope", "curvature"],
)
def test_points_chains_and_both(f):
    rng = np.random.default_rng(0)
    thetas, xs = rng.standard_normal((4, 12)), rng.standard_normal((4, 2))
    for axes in ((None, 0), (0, None), (0, 0)):
        theta = thetas[0] if axes[0] is None else thetas
        x = xs[0] if axes[1] is None else xs
        expected = looped(f, 4, axes, theta, x)
        np.testing.assert_allclose(ad.vmap(f, axes)(theta, x), expected, rtol=1e-12)
        np.testing.assert_allclose(ad.compile(ad.vmap(f, axes))(theta, x), expected, rtol=1e-12)


def test_derivative_of_a_mapped_function_and_nested_maps():
    rng = np.random.default_rng(1)
    theta, xs = rng.standard_normal(12), rng.standard_normal((5, 2))
    total = ad.grad(lambda t: ad.sum(ad.vmap(mlp, (None, 0))(t, xs)))(theta)
    np.testing.assert_allclose(total, sum(ad.grad(mlp)(theta, x) for x in xs), rtol=1e-12)
    table = ad.vmap(ad.vmap(lambda a, b: a * b + a, (None, 0)), (0, None))
    a, b = rng.standard_normal(3), rng.standard_normal(4)
    np.testing.assert_allclose(table(a, b), a[:, None] * b + a[:, None])


def test_grid_is_one_program_without_a_loop():
    theta = np.linspace(-1.0, 1.0, 12)
    axis = np.linspace(-2.0, 2.0, 40)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    program = ad.lower(
        lambda xs: {"z": ad.vmap(lambda x: mlp(theta, x))(xs)}, {"xs": ad.Spec(grid.shape)}
    )
    assert program.n_instructions < 12
    bound = program.bind(xs=grid.copy())
    bound.run()
    np.testing.assert_allclose(bound.outputs["z"], [mlp(theta, x) for x in grid], rtol=1e-12)


def test_nests_axes_and_results():
    data = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(3.0)}

    def f(t: Any, shared: Any) -> Any:
        return [ad.sum(t["a"]) * t["b"] + shared, np.ones(2), t["b"]]

    in_columns = {"a": data["a"], "b": data["b"][None]}
    out, ones, b = ad.vmap(lambda t, s: f({"a": t["a"], "b": t["b"][0]}, s), (1, None))(
        in_columns, 1.0
    )
    np.testing.assert_array_equal(out, data["a"].sum(0) * data["b"] + 1.0)
    np.testing.assert_array_equal(ones, np.ones((3, 2)))
    np.testing.assert_array_equal(b, data["b"])


def test_indices_for_every_point():
    table, rows = np.arange(12.0).reshape(4, 3), np.array([[0, 3], [1, 1], [2, 0]])
    np.testing.assert_array_equal(ad.vmap(lambda i: ad.take(table, i))(rows), table[rows])
    columns = ad.vmap(lambda i: ad.take(table, i, 1))(rows % 3)
    np.testing.assert_array_equal(columns, [table[:, i] for i in rows % 3])
    each = ad.grad(lambda t: ad.sum(ad.vmap(lambda i: ad.take(t, i))(rows) ** 2))(table)
    expected = np.zeros_like(table)
    np.add.at(expected, rows, 2.0 * table[rows])
    np.testing.assert_array_equal(each, expected)


def test_rules_name_operations_that_exist():
    assert set(_RULES) <= {case.name for case in CASES} | {"argsort", "argmax", "is_first"}


@pytest.mark.parametrize(
    ("in_axes", "args", "message"),
    [
        ((0, 0), (np.ones(3), np.ones(4)), r"one number of points, got \{3, 4\}"),
        (None, (np.ones(3), np.ones(4)), "one number of points"),
        ((0,), (np.ones(3), np.ones(4)), "1 axes for 2 arguments"),
        (1, (np.ones(3), np.ones(3)), r"no axis 1 in shape \(3,\)"),
    ],
    ids=["sizes", "none", "count", "axis"],
)
def test_refusals(in_axes, args, message):
    with pytest.raises(ad.ShapeError, match=message):
        ad.vmap(lambda a, b: a + b, in_axes)(*args)
