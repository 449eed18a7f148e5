"""The five networks of the benchmarks, as trainers on made-up data and as PyTorch loops."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.data.table import Part, Prepared, Table
from playground.models.losses import BinaryCrossEntropy, CrossEntropy
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.optimizers.adaptive import Adam
from playground.tasks import Task
from playground.training import Experiment, Trainer
from playground.training.experiment import Training

N_TRAIN, N_VALIDATION = 1024, 32


@dataclass(frozen=True)
class Network:
    sizes: tuple[int, ...]
    batch_size: int

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch_size}"


NETWORKS = (
    Network((2, 4, 2, 1), 10),
    Network((2, 8, 8, 1), 32),
    Network((64, 32, 10), 64),
    Network((784, 256, 128, 10), 128),
    Network((784, 512, 512, 10), 256),
)


def prepared(network: Network) -> Prepared:
    """Return random rows with random classes.

    They are few: the evaluation at the end of a run is not what is measured.
    """
    rng = np.random.default_rng(0)
    n_classes = max(2, network.sizes[-1])
    rows = np.arange(N_TRAIN + N_VALIDATION)
    inputs = rng.normal(size=(len(rows), network.sizes[0]))
    targets = rng.integers(0, n_classes, len(rows))
    names = tuple(f"x{i}" for i in range(network.sizes[0]))
    task = Task.BINARY if n_classes == 2 else Task.MULTICLASS
    table = Table(inputs, targets, task, names, class_names=tuple(map(str, range(n_classes))))
    split = (rows[:N_TRAIN], rows[N_TRAIN:], rows[:0])
    parts = [Part(inputs[r], targets[r], r) for r in split]
    return Prepared(table, *parts, features=lambda raw: raw, feature_names=names)


def experiment(network: Network) -> Experiment:
    """Return the network's training with Adam in float32, without evaluation in between."""
    is_binary = network.sizes[-1] == 1
    return Experiment(
        model=MultilayerPerceptron(
            hidden=tuple(HiddenLayer(units=n, activation="relu") for n in network.sizes[1:-1])
        ),
        loss=BinaryCrossEntropy() if is_binary else CrossEntropy(),
        optimizer=Adam(),
        training=Training(batch_size=network.batch_size, evaluate_every=10**9),
    )


def trainer(network: Network) -> Trainer:
    """Return a trainer on made-up data."""
    return Trainer(experiment(network), prepared=prepared(network))


def torch_step(network: Network) -> Callable[[], Any]:
    """Return PyTorch's eager step on one fixed batch, with its fused Adam and all cores."""
    import torch
    from torch import nn

    torch.set_num_threads(os.cpu_count() or 1)
    rng = np.random.default_rng(0)
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(network.sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    inputs = torch.tensor(
        rng.normal(size=(network.batch_size, network.sizes[0])), dtype=torch.float32
    )
    if network.sizes[-1] == 1:
        loss_of: Any = nn.BCEWithLogitsLoss()
        targets = torch.tensor(rng.integers(0, 2, (network.batch_size, 1)), dtype=torch.float32)
    else:
        loss_of = nn.CrossEntropyLoss()
        targets = torch.tensor(rng.integers(0, network.sizes[-1], network.batch_size))
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def jax_step(network: Network) -> Callable[[], Any]:
    """Return JAX's jitted Adam step on one fixed batch, its arrays donated, called once a step."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    weights = [
        (jnp.asarray(rng.normal(0, 0.1, (n, m)), jnp.float32), jnp.zeros(m, jnp.float32))
        for n, m in itertools.pairwise(network.sizes)
    ]
    x = jnp.asarray(rng.normal(size=(network.batch_size, network.sizes[0])), jnp.float32)
    n_outputs = network.sizes[-1]
    classes = jnp.asarray(rng.integers(0, max(2, n_outputs), network.batch_size))

    def loss_of(weights: Any) -> Any:
        h = x
        for w, b in weights[:-1]:
            h = jax.nn.relu(h @ w + b)
        z = h @ weights[-1][0] + weights[-1][1]
        if n_outputs == 1:
            return jnp.mean(jax.nn.softplus(z[:, 0]) - classes * z[:, 0])
        return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(classes)), classes])

    def adam(weights: Any, m: Any, v: Any, t: Any) -> Any:
        loss, g = jax.value_and_grad(loss_of)(weights)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate, scale = 0.001 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * m / (jnp.sqrt(scale * v) + 1e-8), weights, m, v
        )
        return weights, m, v, t + 1, loss

    jitted = jax.jit(adam, donate_argnums=(0, 1, 2))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [weights, zeros, jax.tree.map(jnp.zeros_like, weights), jnp.asarray(1.0)]

    def step() -> Any:
        *state[:], loss = jitted(*state)
        return loss.block_until_ready()

    return step
