"""The three objectives of the trajectories, moved by the programs that train and race."""

from pathlib import Path

import numpy as np

from playground import autodiff as ad
from playground.models.losses import MeanSquaredError
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.models.model import Signature
from playground.objectives.learning import Learning
from playground.objectives.penalties import Penalties
from playground.optimizers import Function
from playground.optimizers.paths import Paths
from playground.optimizers.recipe import Recipe
from playground.training.encoded import Encoded
from playground.training.programs import Arrays, Programs, Rules
from tests.optimizers.plane import rosenbrock

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "optimizers.npz")
N_STEPS = 200
SCALES = GOLDEN["quadratic/scales"]
MODEL = MultilayerPerceptron(hidden=(HiddenLayer(units=6), HiddenLayer(units=4)))
SIGNATURE = Signature(3, 1)
LAYOUT = MODEL.layout(SIGNATURE)


def quadratic(x):
    turned = x + 0.25 * ad.concatenate([x[5:], x[:5]])
    return 0.5 * ad.sum(SCALES * turned * turned)


PLAIN = {"quadratic": quadratic, "rosenbrock": rosenbrock}


def plain_gradient(objective):
    """Return loss and gradient of a plain objective in numpy, derived by hand."""

    def of_rosenbrock(x, step):
        inner = x[1] - x[0] ** 2
        gradient = [-400 * x[0] * inner - 2 * (1 - x[0]), 200 * inner]
        return 100 * inner**2 + (1 - x[0]) ** 2, np.array(gradient)

    def of_quadratic(x, step):
        scaled = SCALES * (x + 0.25 * np.roll(x, 1))
        loss = 0.5 * np.sum(scaled**2 / SCALES)
        return loss, scaled + 0.25 * np.roll(scaled, -1)

    return of_rosenbrock if objective == "rosenbrock" else of_quadratic


def plain_walk(objective, recipe, dtype=np.float64):
    """Return path, losses and the paths' final state after 200 steps."""
    paths = Paths(
        Function(PLAIN[objective]), recipe, GOLDEN[f"{objective}/start"].astype(dtype), seed=5
    )
    path, losses = [paths.theta.copy()], []
    for _ in range(N_STEPS):
        paths.step()
        losses.append(paths.loss.item())
        path.append(paths.theta.copy())
    return np.array(path), np.array(losses), paths.state


def rows_of(step):
    return slice(5 * (step % 4), 5 * (step % 4) + 5)


def network_start(dtype=np.float64):
    return LAYOUT.pack({s.name: GOLDEN[f"network/{s.name}"] for s in LAYOUT}, dtype)


def network_programs(recipe, dtype=np.float64):
    theta = network_start(dtype)
    state = recipe.initial(theta, LAYOUT)
    learning = Learning(MODEL, MeanSquaredError(), Penalties(), LAYOUT)
    like = Encoded(np.zeros((1, 3), dtype), np.zeros((1, 1), dtype), np.zeros(1))
    arrays = Arrays(theta, state, {})
    return theta, state, Programs(Rules(learning, recipe), SIGNATURE, arrays, like)


def network_step(bound, step):
    rows = rows_of(step)
    bound.inputs["inputs"][...] = GOLDEN["network/inputs"][rows]
    bound.inputs["targets"][...] = GOLDEN["network/targets"][rows]
    bound.inputs["step"][()] = step + 1
    bound.run()


def network_walk(recipe, dtype=np.float64):
    """Return path and losses of 200 steps on the network, five rows at a time."""
    theta, _, programs = network_programs(recipe, dtype)
    bound = programs.step(5)
    path, losses = [theta.copy()], []
    for step in range(N_STEPS):
        network_step(bound, step)
        losses.append(bound.outputs["loss"].item())
        path.append(theta.copy())
    return np.array(path), np.array(losses)


def walk(objective, optimizer, dtype=np.float64):
    if objective == "network":
        return network_walk(Recipe(optimizer), dtype)
    return plain_walk(objective, Recipe(optimizer), dtype)[:2]
