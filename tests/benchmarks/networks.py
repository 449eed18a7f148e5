"""The five networks of the benchmarks, as trainers on made-up data and as PyTorch loops."""

from __future__ import annotations

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

N_SAMPLES = 4096


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
    """Return random rows with random classes, half for training."""
    rng = np.random.default_rng(0)
    n_classes = max(2, network.sizes[-1])
    inputs = rng.normal(size=(N_SAMPLES, network.sizes[0]))
    targets = rng.integers(0, n_classes, N_SAMPLES)
    names = tuple(f"x{i}" for i in range(network.sizes[0]))
    task = Task.BINARY if n_classes == 2 else Task.MULTICLASS
    table = Table(inputs, targets, task, names, class_names=tuple(map(str, range(n_classes))))
    half = N_SAMPLES // 2
    rows = np.arange(N_SAMPLES)
    parts = [Part(inputs[r], targets[r], r) for r in (rows[:half], rows[half:], rows[:0])]
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
    for fan_in, fan_out in zip(network.sizes, network.sizes[1:], strict=False):
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
