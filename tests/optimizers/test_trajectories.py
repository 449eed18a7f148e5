"""Every rule over 200 steps, through the programs that train and race.

Those that PyTorch has follow its path; the others a transcription of their paper.
"""

import json

import numpy as np
import pytest

from playground.optimizers.optimizer import OPTIMIZERS, UpdateRule
from playground.optimizers.recipe import Recipe
from tests.optimizers import transcriptions
from tests.optimizers.walks import (
    GOLDEN,
    LAYOUT,
    N_STEPS,
    network_start,
    plain_gradient,
    plain_walk,
    rows_of,
    walk,
)

FROM_TORCH = sorted({tuple(key.split("/")[:3]) for key in GOLDEN.files if key.endswith("/theta")})

ADAM = {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-6}
TRANSCRIBED = {
    "signsgd": [{"learning_rate": 0.003}, {"learning_rate": 0.01, "momentum": 0.9}],
    "lion": [
        {"learning_rate": 0.003, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
        {"learning_rate": 0.01, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.1},
    ],
    "adabelief": [
        {"learning_rate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        {"learning_rate": 0.005, **ADAM},
    ],
    "adan": [
        {
            "learning_rate": 0.01,
            "beta1": 0.98,
            "beta2": 0.92,
            "beta3": 0.99,
            "epsilon": 1e-8,
            "weight_decay": decay,
        }
        for decay in (0.0, 0.1)
    ],
    "lamb": [
        {"learning_rate": 0.01, "weight_decay": 0.01, **ADAM},
        {"learning_rate": 0.003, "weight_decay": 0.5, **ADAM},
    ],
}
POLYAK = [
    {"least_loss": 0.0, "caution": 1.0, "largest": 1.0},
    {"least_loss": -0.5, "caution": 0.7, "largest": 0.3},
]

CASES = [
    (kind, settings, objective)
    for kind, cases in TRANSCRIBED.items()
    for settings in cases
    for objective in ("quadratic", "rosenbrock", "network")
]


def test_every_rule_has_a_reference():
    known = {kind for kind, _, _ in FROM_TORCH} | set(TRANSCRIBED) | {"polyak_step"}
    assert {cls.name() for cls in OPTIMIZERS if issubclass(cls, UpdateRule)} <= known


def settings_of(kind, number):
    return json.loads(str(GOLDEN[f"{kind}/{number}/settings"]))


@pytest.mark.parametrize(("kind", "number", "objective"), FROM_TORCH)
def test_float64_follows_pytorch(kind, number, objective):
    path, losses = walk(objective, OPTIMIZERS[kind](**settings_of(kind, number)))
    expected = GOLDEN[f"{kind}/{number}/{objective}/theta"]
    np.testing.assert_allclose(path[::20], expected, rtol=1e-9, atol=1e-12)
    expected = GOLDEN[f"{kind}/{number}/{objective}/loss"]
    np.testing.assert_allclose(losses[::10], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("number", [0, 1])
def test_the_mean_of_averaged_sgd_is_pytorchs(number):
    optimizer = OPTIMIZERS["asgd"](**settings_of("asgd", number))
    state = plain_walk("rosenbrock", Recipe(optimizer))[2]
    expected = GOLDEN[f"asgd/{number}/rosenbrock/average"]
    np.testing.assert_allclose(state["average"], expected, rtol=1e-9)


@pytest.mark.parametrize(("kind", "settings", "objective"), CASES)
def test_float64_follows_the_paper(kind, settings, objective):
    start, loss_and_gradient, more = network_start(), on_the_network, {}
    if objective != "network":
        start, loss_and_gradient = GOLDEN[f"{objective}/start"], plain_gradient(objective)
    elif kind == "lamb":
        more = {"spans": [slice(s.start, s.stop) for s in LAYOUT]}
    rule = getattr(transcriptions, kind)
    expected = rule(start, loss_and_gradient, N_STEPS, **settings, **more)
    path, losses = walk(objective, OPTIMIZERS[kind](**settings))
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)
    of_start, _ = loss_and_gradient(start, 0)
    np.testing.assert_allclose(losses[0], of_start, rtol=1e-12)


@pytest.mark.parametrize("settings", POLYAK)
@pytest.mark.parametrize("objective", ["quadratic", "rosenbrock", "network"])
def test_each_polyak_step_is_the_papers(objective, settings):
    """Its path magnifies rounding, so each step is compared from where the path stands."""
    loss_and_gradient = on_the_network if objective == "network" else plain_gradient(objective)
    path, _ = walk(objective, OPTIMIZERS["polyak_step"](**settings))
    for step in range(N_STEPS):
        expected = transcriptions.polyak_step(path[step], loss_and_gradient, step, **settings)
        np.testing.assert_allclose(path[step + 1], expected, rtol=1e-9, atol=1e-12)


def on_the_network(theta, step):
    rows = rows_of(step)
    inputs, targets = GOLDEN["network/inputs"][rows], GOLDEN["network/targets"][rows]
    return transcriptions.network_loss_and_gradient(theta, inputs, targets)


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in FROM_TORCH}))
def test_float32_stays_near(kind):
    path, _ = walk("network", OPTIMIZERS[kind](**settings_of(kind, 0)), np.float32)
    assert path.dtype == np.float32
    expected = GOLDEN[f"{kind}/0/network/theta"]
    np.testing.assert_allclose(path[::20], expected, atol=2e-3)
