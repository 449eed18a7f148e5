"""Curvature of a network, and the methods that live on it, against plain numpy."""

import math

import numpy as np
import pytest
import scipy.linalg

from playground.models.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    HalfMeanSquaredError,
    MeanSquaredError,
)
from playground.optimizers import OPTIMIZERS, Method, minimize
from playground.optimizers.hessian_free import conjugate_gradients
from playground.optimizers.natural_gradient import solved
from tests.optimizers import tiny_network as net

THETA = net.THETA
N = THETA.size


def walk(optimizer, n_steps, seed=0, dtype=np.float64):
    """Return the points of a path over the tiny network, and the last state."""
    objective = net.objective(dtype)
    theta = THETA.astype(dtype)
    state = optimizer.initial(theta, objective.layout)
    path = [theta]
    for k in range(n_steps):
        path.append(optimizer.step(objective, path[-1], state, np.random.default_rng([seed, k])))
    return np.array(path), state


def test_value_gradient_and_products_against_dense_matrices():
    objective = net.objective()
    gradient = net.derivative(net.value, THETA)
    np.testing.assert_allclose(objective.value(THETA), net.value(THETA), rtol=1e-12)
    np.testing.assert_allclose(objective.gradient(THETA), gradient, rtol=1e-10)
    step = 1e-5
    hessian = np.stack(
        [
            net.derivative(net.value, THETA + step * e)
            - net.derivative(net.value, THETA - step * e)
            for e in np.eye(N)
        ]
    ) / (2 * step)
    np.testing.assert_allclose(objective.hessian(THETA), hessian, atol=1e-8)
    v = np.random.default_rng(1).normal(size=N)
    np.testing.assert_allclose(objective.hessian_product(THETA, v), hessian @ v, atol=1e-7)
    np.testing.assert_allclose(
        objective.gauss_newton_product(THETA, v), net.gauss_newton(THETA) @ v, rtol=1e-10
    )


def test_sample_gradients_are_those_of_the_samples():
    samples = net.objective().sample_gradients(THETA)
    np.testing.assert_allclose(samples, net.derivative(net.sample_losses, THETA), atol=1e-12)


LOSSES = {
    "mean_squared_error": MeanSquaredError(),
    "half_mean_squared_error": HalfMeanSquaredError(),
    "binary_cross_entropy": BinaryCrossEntropy(),
    "cross_entropy": CrossEntropy(),
}


@pytest.mark.parametrize("name", LOSSES)
def test_drawn_targets_make_the_fisher_matrix_the_hessian_of_the_loss(name):
    """E[d dᵀ] over the model's own targets, with d the loss's derivative by the outputs."""
    loss, rng = LOSSES[name], np.random.default_rng(3)
    z = np.array([0.3, -0.8, 1.1])[: 1 if name.startswith("binary") else 3]
    drawn = loss.draw(np.tile(z, (200_000, 1)), rng)
    if name.endswith("squared_error"):
        scale = (2.0 if name.startswith("mean") else 1.0) / z.size
        d, hessian = scale * (z - drawn), scale * np.eye(z.size)
    elif name == "cross_entropy":
        p = np.exp(z) / np.exp(z).sum()
        d, hessian = p - drawn, np.diag(p) - np.outer(p, p)
    else:
        p = 1 / (1 + np.exp(-z))
        d, hessian = p - drawn, np.diag(p * (1 - p))
    np.testing.assert_allclose(d.T @ d / len(d), hessian, atol=0.01)


# --- natural gradient ------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["full", "layers", "diagonal"])
def test_natural_gradient_is_a_dense_solve(part):
    optimizer = OPTIMIZERS["natural_gradient"](fisher=part, learning_rate=0.3, damping=0.02)
    path, _ = walk(optimizer, 3)
    theta = THETA
    for point in path[1:]:
        samples = net.derivative(net.sample_losses, theta)
        fisher = samples.T @ samples / net.N_SAMPLES
        if part == "diagonal":
            fisher = np.diag(np.diag(fisher))
        elif part == "layers":
            fisher[: net.SPLIT, net.SPLIT :] = fisher[net.SPLIT :, : net.SPLIT] = 0.0
        gradient = net.derivative(net.value, theta)
        theta = theta - 0.3 * np.linalg.solve(fisher + 0.02 * np.eye(N), gradient)
        np.testing.assert_allclose(point, theta, rtol=1e-8)


def test_few_samples_and_many_give_the_same_solution():
    rng = np.random.default_rng(0)
    for m, n in ((4, 9), (9, 4), (5, 5)):
        samples, g = rng.normal(size=(m, n)), rng.normal(size=n)
        dense = np.linalg.solve(samples.T @ samples / m + 0.1 * np.eye(n), g)
        np.testing.assert_allclose(solved(samples, g, 0.1), dense, rtol=1e-9)


# --- K-FAC -----------------------------------------------------------------------------------


def kfac_by_hand(n_steps, damping, memory, seed=0):
    """Martens & Grosse 2015, algorithm 2, with dense matrices and block-diagonal inverse.

    T₁ = 5, T₃ = 1, γ = √λ; the exact Fisher matrix from the network's Jacobian.
    """
    theta, last = THETA.copy(), np.zeros(N)
    factors, path = {}, [THETA]
    for k in range(1, n_steps + 1):
        rng = np.random.default_rng([seed, k - 1])
        a0, a1, outputs = net.forward(theta)
        targets = outputs + math.sqrt(net.N_OUTPUTS / 2) * rng.standard_normal(outputs.shape)
        d1 = 2 * (outputs - targets) / net.N_OUTPUTS
        d0 = (d1 @ net.layers(theta)[1][:-1].T) * (1 - a1[:, :-1] ** 2)
        epsilon = min(1 - 1 / k, memory)
        gradient, proposal = net.derivative(net.value, theta), np.empty(N)
        for span, a, d in ((slice(0, net.SPLIT), a0, d0), (slice(net.SPLIT, N), a1, d1)):
            new = [x.T @ x / net.N_SAMPLES for x in (a, d)]
            old = factors.get(span.start, new)
            factors[span.start] = [
                epsilon * o + (1 - epsilon) * n for o, n in zip(old, new, strict=True)
            ]
            big_a, big_g = factors[span.start]
            pi = math.sqrt(np.trace(big_a) / len(big_a) / (np.trace(big_g) / len(big_g)))
            gamma = math.sqrt(damping)
            block = np.kron(
                big_a + pi * gamma * np.eye(len(big_a)), big_g + gamma / pi * np.eye(len(big_g))
            )
            proposal[span] = -np.linalg.solve(block, gradient[span])
        quadratic = net.gauss_newton(theta) + damping * np.eye(N)
        basis = np.stack([proposal, last]) if last.any() else proposal[None]
        shares = -np.linalg.solve(basis @ quadratic @ basis.T, basis @ gradient)
        last = shares @ basis
        if k % 5 == 0:
            change = gradient @ last + 0.5 * last @ quadratic @ last
            ratio = (net.value(theta + last) - net.value(theta)) / change
            if ratio > 0.75:
                damping *= (19 / 20) ** 5
            elif ratio < 0.25:
                damping /= (19 / 20) ** 5
        theta = theta + last
        path.append(theta)
    return np.array(path), damping


def test_kfac_is_the_papers_algorithm():
    optimizer = OPTIMIZERS["kfac"](first_damping=2.0, memory=0.8)
    path, state = walk(optimizer, 12)
    by_hand, damping = kfac_by_hand(12, 2.0, 0.8)
    np.testing.assert_allclose(path, by_hand, rtol=1e-7, atol=1e-9)
    assert state["damping"] == pytest.approx(damping)
    assert state["damping"] != 2.0
    assert net.value(path[-1]) < 0.8 * net.value(THETA)


# --- Shampoo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_shampoo_is_the_papers_algorithm(momentum):
    """Gupta, Koren & Singer 2018, algorithm 1 for matrices; algorithm 2 with k = 1 for biases."""
    optimizer = OPTIMIZERS["shampoo"](learning_rate=0.2, epsilon=0.01, momentum=momentum)
    path, _ = walk(optimizer, 6)
    objective, theta = net.objective(), THETA.copy()
    sums = {s.name: [0.01 * np.eye(n) for n in s.shape] for s in objective.layout}
    average = {s.name: np.zeros(s.shape) for s in objective.layout}
    for point in path[1:]:
        gradients = objective.layout.unpack(net.derivative(net.value, theta))
        weights = objective.layout.unpack(theta.copy())
        for name, g in gradients.items():
            if g.ndim == 1:
                sums[name][0] += np.outer(g, g)
                direction = scipy.linalg.fractional_matrix_power(sums[name][0], -0.5) @ g
            else:
                sums[name][0] += g @ g.T
                sums[name][1] += g.T @ g
                left, right = (
                    scipy.linalg.fractional_matrix_power(total, -0.25) for total in sums[name]
                )
                direction = left @ g @ right
            average[name] = momentum * average[name] + direction
            weights[name] = weights[name] - 0.2 * average[name]
        theta = objective.layout.pack(weights)
        np.testing.assert_allclose(point, theta, rtol=1e-7, atol=1e-10)


def test_long_axes_keep_diagonals():
    optimizer = OPTIMIZERS["shampoo"](longest_axis=2, learning_rate=0.2, momentum=0.0)
    path, state = walk(optimizer, 1)
    objective = net.objective()
    g = objective.layout.unpack(net.derivative(net.value, THETA))["hidden1.weight"]
    rows = 1e-4 * np.eye(2) + g @ g.T
    columns = 1e-4 + np.sum(g**2, axis=0)
    step = scipy.linalg.fractional_matrix_power(rows, -0.25) @ g * columns**-0.25
    moved = objective.layout.unpack(path[1] - THETA)["hidden1.weight"]
    np.testing.assert_allclose(moved, -0.2 * step, rtol=1e-7)
    assert state["sum.hidden1.weight.1"].shape == (3,)


# --- Hessian-free ----------------------------------------------------------------------------


def test_conjugate_gradients_solve():
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(12, 12)))
    matrix, b = basis @ np.diag(np.geomspace(1, 50, 12)) @ basis.T, rng.normal(size=12)
    iterates = conjugate_gradients(lambda v: matrix @ v, b, rng.normal(size=12), 12)
    x, height = iterates[-1]
    np.testing.assert_allclose(x, np.linalg.solve(matrix, b), rtol=1e-6)
    np.testing.assert_allclose(height, 0.5 * x @ matrix @ x - b @ x)
    heights = [height for _, height in iterates]
    assert heights == sorted(heights, reverse=True)
    assert len(iterates) < 12


@pytest.mark.parametrize("matrix", ["gauss_newton", "hessian"])
def test_a_hessian_free_step_solves_the_damped_system(matrix):
    optimizer = OPTIMIZERS["hessian_free"](matrix=matrix, first_damping=5.0, most_iterations=1000)
    path, state = walk(optimizer, 1)
    objective, gradient = net.objective(), net.derivative(net.value, THETA)
    curvature = net.gauss_newton(THETA) if matrix == "gauss_newton" else objective.hessian(THETA)
    step = -np.linalg.solve(curvature + 5.0 * np.eye(N), gradient)
    np.testing.assert_allclose(path[1] - THETA, step, rtol=0.02, atol=1e-3 * np.abs(step).max())
    ratio = (net.value(THETA + step) - net.value(THETA)) / (0.5 * gradient @ step)
    assert ratio > 0.75
    assert state["damping"] == pytest.approx(5.0 * 2 / 3)


def test_hessian_free_trusts_less_where_the_model_fails():
    optimizer = OPTIMIZERS["hessian_free"](matrix="hessian", first_damping=1e-3)
    path = minimize(lambda x: (x[0] ** 2 - 1.0) ** 2 * (1.0 + x[0] ** 2), [0.1], optimizer, 30)
    assert abs(path.theta[-1, 0]) == pytest.approx(1.0, abs=1e-6)
    assert (np.diff(path.loss) <= 0).all()


# --- all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["natural_gradient", "kfac", "shampoo", "hessian_free"])
def test_single_precision_follows_double(kind):
    settings = {"kfac": {"first_damping": 2.0}}.get(kind, {})
    single, _ = walk(OPTIMIZERS[kind](**settings), 4, dtype=np.float32)
    double, _ = walk(OPTIMIZERS[kind](**settings), 4)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=5e-3)


METHODS = [cls.name() for cls in OPTIMIZERS if issubclass(cls, Method) and cls.REQUIRES]


@pytest.mark.parametrize("kind", METHODS)
def test_what_is_not_finite_moves_nothing_and_stays_out_of_the_state(kind):
    optimizer = OPTIMIZERS[kind]()
    targets = net.Y.copy()
    targets[0, 0] = np.inf
    objective = net.objective(targets=targets)
    state = optimizer.initial(THETA, objective.layout)
    with np.errstate(all="ignore"):
        moved = optimizer.step(objective, THETA, state, np.random.default_rng(0))
    np.testing.assert_array_equal(moved, THETA)
    assert all(np.isfinite(array).all() for array in state.values())
