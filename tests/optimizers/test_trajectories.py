"""Every rule against PyTorch's path over 200 steps, through the same programs that train."""

from pathlib import Path

import numpy as np
import pytest

from playground.models.losses import MeanSquaredError
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.models.model import Signature
from playground.objectives.learning import Learning
from playground.objectives.penalties import Penalties
from playground.optimizers.optimizer import OPTIMIZERS, Moment, UpdateRule
from playground.optimizers.paths import plain_layout
from playground.optimizers.recipe import Recipe
from playground.training.encoded import Encoded
from playground.training.programs import Arrays, Programs, Rules

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")

SETTINGS = {
    "sgd": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02, "momentum": 0.85},
    "nesterov": {"learning_rate": 0.02, "momentum": 0.85},
    "rmsprop": {"learning_rate": 0.01, "decay": 0.95, "epsilon": 1e-6},
    "adam": {"learning_rate": 0.02, "beta1": 0.85, "beta2": 0.98, "epsilon": 1e-7},
}

N_STEPS = 200


def test_every_optimizer_has_a_reference():
    assert set(SETTINGS) == {cls.name() for cls in OPTIMIZERS if issubclass(cls, UpdateRule)}


def machinery(optimizer, dtype):
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=6), HiddenLayer(units=4)))
    signature = Signature(3, 1)
    layout = model.layout(signature)
    theta = layout.pack({s.name: GOLDEN[f"network/{s.name}"] for s in layout}, dtype)
    learning = Learning(model, MeanSquaredError(), Penalties(), layout)
    recipe = Recipe(optimizer)
    state = recipe.initial(theta, layout)
    rules = Rules(learning, recipe)
    like = Encoded(np.zeros((1, 3), dtype), np.zeros((1, 1), dtype), np.zeros(1))
    return theta, Programs(rules, signature, Arrays(theta, state, {}), like).step(5)


def train(optimizer, dtype):
    theta, bound = machinery(optimizer, dtype)
    path, losses = [theta.copy()], []
    for step in range(N_STEPS):
        rows = slice(5 * (step % 4), 5 * (step % 4) + 5)
        bound.inputs["inputs"][...] = GOLDEN["network/inputs"][rows]
        bound.inputs["targets"][...] = GOLDEN["network/targets"][rows]
        bound.inputs["step"][()] = step + 1
        bound.run()
        losses.append(bound.outputs["loss"].item())
        path.append(theta.copy())
    return np.array(path), np.array(losses)


@pytest.mark.parametrize("name", SETTINGS)
def test_float64_follows_pytorch(name):
    path, losses = train(OPTIMIZERS[name](**SETTINGS[name]), np.float64)
    np.testing.assert_allclose(
        path[::10], GOLDEN[f"trajectories/{name}/theta"], rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(losses, GOLDEN[f"trajectories/{name}/batch_loss"], rtol=1e-9)


@pytest.mark.parametrize("name", SETTINGS)
def test_float32_stays_near(name):
    path, _ = train(OPTIMIZERS[name](**SETTINGS[name]), np.float32)
    assert path.dtype == np.float32
    np.testing.assert_allclose(path[::10], GOLDEN[f"trajectories/{name}/theta"], atol=2e-3)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_zero_gradient_moves_nothing(name):
    optimizer = OPTIMIZERS[name]()
    theta, zero = np.linspace(-1, 1, 7), np.zeros(7)
    layout = plain_layout(7)
    state = optimizer.initial(theta, layout)
    moved, _ = optimizer.update(theta, zero, state, Moment(1.0, 0.0, layout))
    np.testing.assert_array_equal(moved, theta)


def alone_at(now, row):
    return Moment(now.step, now.loss[row], now.layout)


@pytest.mark.parametrize("name", SETTINGS)
def test_one_rule_moves_many_points(name):
    optimizer, rng = OPTIMIZERS[name](), np.random.default_rng(0)
    theta, gradient = rng.normal(size=(2, 4, 3))
    state = {slot: np.abs(rng.normal(size=(4, 3))) for slot in optimizer.SLOTS}
    now = Moment(3.0, rng.normal(size=4), plain_layout(3))
    moved, after = optimizer.update(theta, gradient, state, now)
    for row in range(4):
        own = {slot: array[row] for slot, array in state.items()}
        alone, own_after = optimizer.update(theta[row], gradient[row], own, alone_at(now, row))
        np.testing.assert_array_equal(moved[row], alone)
        for slot in optimizer.SLOTS:
            np.testing.assert_array_equal(after[slot][row], own_after[slot])
