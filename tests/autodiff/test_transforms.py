"""Derivatives of functions: nested, of several arguments, by every mode."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.graph import Constant, Input, Node, as_node
from playground.autodiff.interpreter import interpret
from playground.autodiff.propagation import pull_back, push_forward


def rosenbrock(x: Any) -> Any:
    return ad.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    n = x.size
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i + 1, i + 1] += 200.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
    return h


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_gradient_of_a_scalar_is_a_number():
    assert ad.grad(lambda x: x**3)(2.0) == 12.0
    assert ad.grad(lambda x: x**3)(2) == 12.0


def test_grad_nests_to_any_order():
    f: Any = ad.sin
    for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        f = ad.grad(f)
        assert f(0.7) == pytest.approx(expected(0.7), rel=1e-14)
        assert ad.compile(f)(0.7) == pytest.approx(expected(0.7), rel=1e-14)


def test_inner_derivative_sees_its_own_argument_only():
    # d/dx [x · d/dy (x y)] = d/dx x² = 2 x; taking y for x would give another number.
    assert ad.grad(lambda x: x * ad.grad(lambda y: x * y)(x))(3.0) == 6.0
    assert (
        ad.jvp(lambda x: x * ad.jvp(lambda y: x * y, (1.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 6.0
    )
    assert ad.grad(lambda x: x * ad.grad(lambda y: x * y)(1.0))(3.0) == 6.0


def test_hessian_equals_the_formula(rng):
    x = rng.standard_normal(5)
    np.testing.assert_allclose(ad.hessian(rosenbrock)(x), rosenbrock_hessian(x), rtol=1e-12)
    np.testing.assert_allclose(ad.compile(ad.hessian(rosenbrock))(x), rosenbrock_hessian(x))


def test_hessian_vector_product(rng):
    x, v = rng.standard_normal(6), rng.standard_normal(6)
    expected = rosenbrock_hessian(x) @ v
    np.testing.assert_allclose(ad.hvp(rosenbrock, x, v), expected, rtol=1e-12)
    np.testing.assert_allclose(ad.compile(lambda x, v: ad.hvp(rosenbrock, x, v))(x, v), expected)
    _, back = ad.vjp(ad.grad(rosenbrock), x)
    np.testing.assert_allclose(back(v)[0], expected, rtol=1e-12)


def test_jacobian_by_rows_and_by_columns(rng):
    a = rng.standard_normal((2, 5))
    for f, matrix in ((lambda x: ad.tanh(a @ x), a), (lambda x: ad.tanh(a.T @ x), a.T)):
        x = rng.standard_normal(matrix.shape[1])
        expected = (1.0 - np.tanh(matrix @ x) ** 2)[:, None] * matrix
        np.testing.assert_allclose(ad.jacobian(f)(x), expected, rtol=1e-12)


def test_jacobian_shapes_and_nests(rng):
    x = {"a": rng.standard_normal((2, 3)), "b": np.float64(2.0)}
    jacobian = ad.jacobian(lambda t: [t["a"] * t["b"], ad.sum(t["a"])])(x)
    assert jacobian[0]["a"].shape == (2, 3, 2, 3)
    assert jacobian[1]["b"].shape == ()
    np.testing.assert_allclose(jacobian[0]["b"], x["a"])
    np.testing.assert_allclose(jacobian[0]["a"].reshape(6, 6), 2.0 * np.eye(6))
    np.testing.assert_array_equal(jacobian[1]["a"], np.ones((2, 3)))


def test_derivative_through_a_hessian(rng):
    x = rng.standard_normal(3)
    trace = lambda x: ad.sum(ad.hessian(rosenbrock)(x) * np.eye(3))  # noqa: E731
    # tr H = Σ 1200 x_i² - 400 x_{i+1} + …
    expected = [2400.0 * x[0], 2400.0 * x[1] - 400.0, -400.0]
    np.testing.assert_allclose(ad.grad(trace)(x), expected, rtol=1e-12)


def test_forward_and_reverse_mode_are_adjoint(rng):
    def f(a: Any, b: Any) -> Any:
        return {"y": ad.softmax(a @ b), "z": [ad.logsumexp(b, 0), ad.max(a)]}

    a, b, da, db = (rng.standard_normal((3, 3)) for _ in range(4))
    value, back = ad.vjp(f, a, b)
    same, tangent = ad.jvp(f, (a, b), (da, db))
    np.testing.assert_allclose(value["y"], same["y"])
    g = {"y": rng.standard_normal((3, 3)), "z": [rng.standard_normal(3), np.float64(0.3)]}
    ga, gb = back(g)
    forward = np.sum(g["y"] * tangent["y"]) + g["z"][0] @ tangent["z"][0] + 0.3 * tangent["z"][1]
    assert np.sum(ga * da) + np.sum(gb * db) == pytest.approx(forward)


def test_gradients_of_nested_and_several_arguments(rng):
    parameters = {"layers": [(rng.standard_normal((2, 3)), np.zeros(3))], "scale": np.float64(2.0)}

    def f(p: Any, x: Any, power: float = 1.0) -> Any:
        (w, b), *_ = p["layers"]
        return p["scale"] * ad.sum(x @ w + b) ** power

    x = rng.standard_normal((4, 2))
    gradient = ad.grad(f)(parameters, x)
    assert isinstance(gradient["layers"][0], tuple)
    np.testing.assert_allclose(gradient["layers"][0][0], 2.0 * np.tile(x.sum(0)[:, None], (1, 3)))
    value, (first, second) = ad.value_and_grad(f, argnums=(0, 1))(parameters, x, power=2.0)
    total = np.sum(x @ parameters["layers"][0][0])
    assert value == pytest.approx(2.0 * total**2)
    assert first["scale"] == pytest.approx(total**2)
    assert second.shape == x.shape


def test_auxiliary_outputs_are_not_differentiated():
    (value, more), g = ad.value_and_grad(lambda x: (x**2, {"y": 3.0 * x}), has_aux=True)(2.0)
    assert (value, more["y"], g) == (4.0, 6.0, 4.0)


def test_unused_and_integer_arguments():
    np.testing.assert_array_equal(ad.grad(lambda x, y: y)(np.ones(2), 3.0), np.zeros(2))
    picked = ad.grad(lambda x, i: ad.sum(x[i]))(np.ones(4), np.array([1, 1, 3]))
    np.testing.assert_array_equal(picked, [0.0, 2.0, 0.0, 1.0])


def test_slices_of_one_array_meet_in_one_concatenation():
    def loss(theta: Any) -> Any:
        w, b, rest = theta[:6].reshape(2, 3), theta[6:9], theta[10:]
        x = np.ones((4, 2))
        return ad.sum(ad.tanh(x @ w + b)) + ad.sum(w**2) + ad.sum(ad.exp(rest))

    program = ad.lower(
        lambda theta: {"g": ad.grad(loss)(theta), "hv": ad.hvp(loss, theta, np.ones(12))},
        {"theta": ad.Spec((12,))},
    )
    assert "pad" not in {i.operation for i in program.instructions}
    ad.check_gradients(loss, np.linspace(-1.0, 1.0, 12))


def test_overlapping_slices_add_up():
    weights = np.arange(1.0, 4.0)
    g = ad.grad(lambda x: ad.sum(x[:3] * weights) + ad.sum(x[1:4] * weights) + ad.sum(x))(
        np.zeros(5)
    )
    np.testing.assert_array_equal(g, [2.0, 4.0, 6.0, 4.0, 1.0])
    rows = ad.grad(lambda x: ad.sum(x[:1]) + 2.0 * ad.sum(x[:, 1:]))(np.zeros((2, 3)))
    np.testing.assert_array_equal(rows, [[1.0, 3.0, 3.0], [0.0, 2.0, 2.0]])


def test_float32_stays_float32():
    x = np.ones(3, "float32")
    value, g = ad.value_and_grad(lambda x: ad.mean(x**2) * 0.5)(x)
    assert value.dtype == g.dtype == "float32"
    assert ad.hessian(lambda x: ad.sum(x**3))(x).dtype == "float32"


def test_functions_on_plain_arrays_compute_at_once(rng):
    x = rng.standard_normal((2, 3))
    np.testing.assert_array_equal(ad.tanh(x), np.tanh(x))
    assert float(ad.exp(0.0)) == 1.0
    assert isinstance(ad.sum(x, 0), np.ndarray)


def test_evaluation_over_other_number_types():
    def slope(x: Any) -> Any:
        return ad.grad(lambda y: ad.sum(ad.log(y) * ad.sigmoid(y)))(x)

    with mpmath.workdps(40):
        point = mpmath.mpf("0.3")
        exact = mpmath.diff(lambda x: mpmath.log(x) / (1 + mpmath.exp(-x)), point)
        got = ad.evaluate(slope, np.array([point], object))[0]
        assert abs(got - exact) < mpmath.mpf(10) ** -35
    step = 1e-30
    by_step = ad.evaluate(lambda x: ad.sum(ad.exp(x) * ad.sin(x)), np.array([0.5 + 1j * step])).imag
    assert by_step / step == pytest.approx(np.exp(0.5) * (np.sin(0.5) + np.cos(0.5)), rel=1e-14)


def test_loop_is_unrolled():
    def newton(a: Any) -> Any:
        x = a
        for _ in range(30):
            x = 0.5 * (x + a / x)
        return x

    assert ad.grad(newton)(2.0) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-12)


def layered() -> tuple[list[Node], list[Node]]:
    """Return [x, y, z] with y = sin(x), z = x y, and the output y z² + x, computed from all."""
    start = Input((), np.float64)
    y = ad.sin(start)
    z = start * y
    return [start, y, z], [y * z**2 + start]


def test_one_of_several_ends_may_be_computed_from_another():
    """As torch.autograd.grad: what is upstream of another end still has its total derivative."""
    nodes, outputs = layered()
    one = Constant(np.ones(()))
    together = pull_back(outputs, [one], nodes)
    alone = [pull_back(outputs, [one], [node])[0] for node in nodes]
    x = 0.7
    y, z = np.sin(x), x * np.sin(x)
    of_y = z**2 + 2 * y * z * x
    expected = [1 + 2 * y * z * y + of_y * np.cos(x), of_y, 2 * y * z]
    for results in (together, alone):
        numbers = interpret([as_node(g) for g in results], {nodes[0]: np.array(x)})
        np.testing.assert_allclose(numbers, expected, rtol=1e-14)


def test_the_modes_stay_transposed_where_ends_depend_on_each_other(rng):
    nodes, outputs = layered()
    seed, tangents = np.array(1.7), [np.array(t) for t in rng.standard_normal(3)]
    back = pull_back(outputs, [Constant(seed)], nodes)
    ahead = push_forward(outputs, nodes, [Constant(t) for t in tangents])
    *gradients, derivative = interpret(
        [as_node(g) for g in [*back, *ahead]], {nodes[0]: np.array(0.7)}
    )
    assert sum(g * t for g, t in zip(gradients, tangents, strict=True)) == pytest.approx(
        seed * derivative, rel=1e-13
    )
