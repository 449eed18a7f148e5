"""A network of 2-3-2 units written out in numpy, with derivatives by complex steps."""

import numpy as np

from playground.models.losses import MeanSquaredError
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.models.model import Signature
from playground.objectives.learning import Learning
from playground.objectives.penalties import Penalties
from playground.optimizers import Objective

N_SAMPLES, N_INPUTS, N_UNITS, N_OUTPUTS = 9, 2, 3, 2
SPLIT = (N_INPUTS + 1) * N_UNITS
"""Where the first layer's parameters end."""

_RNG = np.random.default_rng(7)
X = _RNG.normal(size=(N_SAMPLES, N_INPUTS))
Y = _RNG.normal(size=(N_SAMPLES, N_OUTPUTS))
THETA = 0.7 * _RNG.normal(size=SPLIT + (N_UNITS + 1) * N_OUTPUTS)
L2 = 0.05


def layers(theta):
    """Return both layers' matrices, weights above the bias."""
    return theta[:SPLIT].reshape(-1, N_UNITS), theta[SPLIT:].reshape(-1, N_OUTPUTS)


def forward(theta):
    """Return the inputs of both layers with a one at the end, and the outputs."""
    first, second = layers(theta)
    a0 = np.column_stack([X, np.ones(N_SAMPLES)])
    a1 = np.column_stack([np.tanh(a0 @ first), np.ones(N_SAMPLES)])
    return a0, a1, a1 @ second


def sample_losses(theta):
    return np.sum((forward(theta)[2] - Y) ** 2, axis=1) / N_OUTPUTS


def decay_mask():
    first, second = np.ones((N_INPUTS + 1, N_UNITS)), np.ones((N_UNITS + 1, N_OUTPUTS))
    first[-1] = second[-1] = 0.0
    return np.concatenate([first.ravel(), second.ravel()])


def value(theta):
    return np.mean(sample_losses(theta)) + 0.5 * L2 * np.sum(decay_mask() * theta**2)


def derivative(f, theta):
    """Return df/dθ by complex steps, with θ's axis last."""
    columns = [np.imag(f(theta + 1e-30j * e)) / 1e-30 for e in np.eye(theta.size)]
    return np.stack(columns, axis=-1)


def gauss_newton(theta):
    """Return the Gauss-Newton matrix, which is the Fisher matrix, with the penalty's part."""
    jacobian = derivative(lambda t: forward(t)[2], theta)  # (samples, outputs, n)
    total = np.einsum("sok,sol->kl", jacobian, jacobian)
    return total * 2 / N_OUTPUTS / N_SAMPLES + L2 * np.diag(decay_mask())


def learning(loss=None):
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=N_UNITS),))
    layout = model.layout(Signature(N_INPUTS, N_OUTPUTS))
    return Learning(model, loss or MeanSquaredError(), Penalties(l2=L2), layout)


def objective(dtype=np.float64, loss=None, targets=Y):
    whole = learning(loss)
    fixed = {
        "inputs": X.astype(dtype),
        "targets": targets.astype(dtype),
        "noise": {},
        "running": {},
        "live": {path: np.array(number) for path, number in whole.live().items()},
    }
    function = whole.function(Signature(N_INPUTS, N_OUTPUTS))
    return Objective(function, whole.layout, dtype=dtype, fixed=fixed)
