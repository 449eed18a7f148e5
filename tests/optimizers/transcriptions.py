"""Update rules as their papers write them, in plain numpy on one vector.

Each takes a start, a function ``loss_and_gradient(theta, step)`` and a number of steps, and returns
the path with the start, shape (steps + 1, n). Nothing here is shared with the program.
"""

from itertools import pairwise

import numpy as np


def signsgd(start, loss_and_gradient, steps, *, learning_rate, momentum=0.0):
    """Bernstein et al. 2018, algorithms 1 (SignSGD) and 2 (Signum)."""
    x, m, path = start.copy(), np.zeros_like(start), [start]
    for k in range(steps):
        _, g = loss_and_gradient(x, k)
        m = momentum * m + (1 - momentum) * g
        x = x - learning_rate * np.sign(m)
        path.append(x)
    return np.array(path)


def lion(start, loss_and_gradient, steps, *, learning_rate, beta1, beta2, weight_decay):
    """Chen et al. 2023, algorithm 2."""
    theta, m, path = start.copy(), np.zeros_like(start), [start]
    for t in range(steps):
        _, g = loss_and_gradient(theta, t)
        c = beta1 * m + (1 - beta1) * g
        theta = theta - learning_rate * (np.sign(c) + weight_decay * theta)
        m = beta2 * m + (1 - beta2) * g
        path.append(theta)
    return np.array(path)


def adabelief(start, loss_and_gradient, steps, *, learning_rate, beta1, beta2, epsilon):
    """Zhuang et al. 2020, algorithm 2."""
    theta, path = start.copy(), [start]
    m, s = np.zeros_like(start), np.zeros_like(start)
    for t in range(1, steps + 1):
        _, g = loss_and_gradient(theta, t - 1)
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m) ** 2 + epsilon
        m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
        theta = theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon)
        path.append(theta)
    return np.array(path)


def adan(
    start, loss_and_gradient, steps, *, learning_rate, beta1, beta2, beta3, epsilon, weight_decay
):
    """Xie et al. 2022, algorithm 1 without its restart condition; its betas are 1 - ours."""
    b1, b2, b3 = 1 - beta1, 1 - beta2, 1 - beta3
    theta, path = start.copy(), [start]
    _, before = loss_and_gradient(theta, 0)
    m, v, n = before, np.zeros_like(start), before**2
    for k in range(steps):
        _, g = loss_and_gradient(theta, k)
        m = (1 - b1) * m + b1 * g
        v = (1 - b2) * v + b2 * (g - before)
        n = (1 - b3) * n + b3 * (g + (1 - b2) * (g - before)) ** 2
        eta = learning_rate / (np.sqrt(n) + epsilon)
        theta = (theta - eta * (m + (1 - b2) * v)) / (1 + weight_decay * learning_rate)
        before = g
        path.append(theta)
    return np.array(path)


def lamb(
    start,
    loss_and_gradient,
    steps,
    *,
    learning_rate,
    beta1,
    beta2,
    epsilon,
    weight_decay,
    spans=(slice(None),),
):
    """You et al. 2020, algorithm 2, φ the identity, a layer for each of ``spans``."""
    x, path = start.copy(), [start]
    m, v = np.zeros_like(start), np.zeros_like(start)
    for t in range(1, steps + 1):
        _, g = loss_and_gradient(x, t - 1)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        r = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        x = x.copy()
        for span in spans:
            u = r[span] + weight_decay * x[span]
            x[span] -= learning_rate * np.linalg.norm(x[span]) / np.linalg.norm(u) * u
        path.append(x)
    return np.array(path)


def polyak_step(x, loss_and_gradient, step, *, least_loss, caution, largest):
    """One step of Loizou et al. 2021, eq. 3 (SPS_max), on one function Polyak's 1987 step."""
    f, g = loss_and_gradient(x, step)
    return x - min((f - least_loss) / (caution * (g @ g)), largest) * g


def network_loss_and_gradient(theta, inputs, targets, widths=(3, 6, 4, 1)):
    """Mean squared error of a tanh network and its gradient, back-propagated by hand."""
    weights, biases, start = [], [], 0
    for n_in, n_out in pairwise(widths):
        weights.append(theta[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
        biases.append(theta[start : start + n_out])
        start += n_out
    layers = [inputs]
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        z = layers[-1] @ w + b
        layers.append(z if i == len(weights) - 1 else np.tanh(z))
    error = layers[-1] - targets
    delta, parts = 2 * error / error.size, []
    for i in reversed(range(len(weights))):
        parts += [delta.sum(axis=0), (layers[i].T @ delta).ravel()]
        delta = (delta @ weights[i].T) * (1 - layers[i] ** 2)
    return np.mean(error**2), np.concatenate(parts[::-1])


def adaptive_clipping(gradient, weight, factor, epsilon=1e-3):
    """Brock et al. 2021, eq. 3, for weights of shape (inputs, neurons) or a vector as a whole."""
    axis = tuple(range(weight.ndim - 1)) or None
    longest = factor * np.maximum(np.sqrt(np.sum(weight**2, axis=axis, keepdims=True)), epsilon)
    length = np.sqrt(np.sum(gradient**2, axis=axis, keepdims=True))
    return np.where(length > longest, gradient * longest / np.maximum(length, 1e-6), gradient)


def lookahead(start, inner_step, steps, *, k, alpha):
    """Zhang et al. 2019, algorithm 1, around any ``inner_step(theta, step) -> theta``."""
    phi, path, t = start.copy(), [start], 0
    while t < steps:
        theta = phi.copy()
        for _ in range(k):
            theta = inner_step(theta, t)
            t += 1
            path.append(theta)
        phi = phi + alpha * (theta - phi)
        path[-1] = phi
    return np.array(path)[: steps + 1]


def sam(start, loss_and_gradient, steps, *, learning_rate, rho):
    """Foret et al. 2021, algorithm 1 with p = 2, around gradient descent."""
    w, path = start.copy(), [start]
    for t in range(steps):
        _, g = loss_and_gradient(w, t)
        _, g = loss_and_gradient(w + rho * g / np.linalg.norm(g), t)
        w = w - learning_rate * g
        path.append(w)
    return np.array(path)
