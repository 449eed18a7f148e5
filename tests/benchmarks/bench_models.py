"""A training step of the digits' convolutional network and of the dates' transformer.

Ours takes the preset's mini-batches one after the other; PyTorch repeats one batch in eager mode
with its fused Adam, through its own layers of the same sizes. Neither evaluates in between.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from playground import presets
from playground.training.threads import at_work
from playground.training.trainer import Trainer
from tests.benchmarks.bench_training import repeated
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 5
WANTED = {"digits-cnn": 1.2, "dates": 0.7}


def main() -> None:
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    print("ms a step, median of the rounds in which both take turns")
    print(f"{'preset':14}{'ours':>9}{'PyTorch':>10}{'ratio':>8}{'wanted':>8}")
    for name, make in {"digits-cnn": convolutional_step, "dates": transformer_step}.items():
        trainer = Trainer(presets.load(name))
        machine = trainer._machine
        with at_work(machine.team):
            ours, theirs, ratio = in_turns(repeated(machine.move), repeated(make(trainer)))
        print(
            f"{name:14}{1e3 * ours:9.2f}{1e3 * theirs:10.2f}{ratio:7.2f}x{WANTED[name]:7.1f}x",
            flush=True,
        )


def in_turns(ours: Callable[[int], Any], theirs: Callable[[int], Any]) -> tuple[float, ...]:
    """Return both times of a call, and the median over the rounds of theirs over ours."""
    rounds = [(seconds_a_call(ours), seconds_a_call(theirs)) for _ in range(ROUNDS)]
    first, second = (statistics.median(times) for times in zip(*rounds, strict=True))
    return first, second, statistics.median(b / a for a, b in rounds)


def trained(
    model: Any, loss: Callable[[], Any], learning_rate: float, clip: float | None = None
) -> Callable[[], Any]:
    """Return PyTorch's training step."""
    import torch

    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()

    return step


def convolutional_step(trainer: Trainer) -> Callable[[], Any]:
    """Return PyTorch's step of the same network on a batch of the same digits."""
    import torch
    from torch import nn

    part = trainer.prepared.train
    pixels = torch.tensor(part.inputs[:64].reshape(-1, 1, 8, 8), dtype=torch.float32)
    classes = torch.tensor(part.targets[:64].astype(np.int64))
    layers: list[nn.Module] = []
    sizes = [(1, 32, False, 0.0), (32, 32, True, 0.3), (32, 64, True, 0.3)]
    for before, after, is_pooled, rate in sizes:
        layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
        layers += [nn.ReLU()] + [nn.MaxPool2d(2)] * is_pooled + [nn.Dropout(rate)] * (rate > 0)
    layers += [nn.Flatten(), nn.Linear(64 * 4, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)]
    model = nn.Sequential(*layers)
    loss_of = nn.CrossEntropyLoss()
    return trained(model, lambda: loss_of(model(pixels), classes), 0.005)


def transformer_step(trainer: Trainer) -> Callable[[], Any]:
    """Return PyTorch's step of the same transformer on a batch of the same dates."""
    import torch
    from torch import nn

    table, part = trainer.prepared.table, trainer.prepared.train
    source = torch.tensor(part.inputs[:64].astype(np.int64))
    target = torch.tensor(part.targets[:64].astype(np.int64))
    written = torch.cat([torch.ones(64, 1, dtype=torch.long), target[:, :-1]], dim=1)
    assert table.source_vocabulary is not None
    assert table.target_vocabulary is not None
    width, n_out = 64, len(table.target_vocabulary)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.read = nn.Embedding(len(table.source_vocabulary), width)
            self.wrote = nn.Embedding(n_out, width)
            self.places = nn.Parameter(torch.zeros(source.shape[1], width))
            self.target_places = nn.Parameter(torch.zeros(target.shape[1], width))
            self.body = nn.Transformer(
                width, 4, 2, 2, 128, dropout=0.0, activation="gelu", batch_first=True,
                norm_first=True,
            )  # fmt: skip
            self.out = nn.Linear(width, n_out)
            self.mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])

        def forward(self) -> Any:
            is_padding = source == 0
            hidden = torch.zeros(is_padding.shape).masked_fill(is_padding, float("-inf"))
            x = self.body(
                self.read(source) + self.places,
                self.wrote(written) + self.target_places,
                tgt_mask=self.mask,
                src_key_padding_mask=hidden,
                memory_key_padding_mask=hidden,
            )
            return self.out(x)

    model = Model()
    loss_of = nn.CrossEntropyLoss(ignore_index=0)

    def loss() -> Any:
        return loss_of(model().reshape(-1, n_out), target.reshape(-1))

    return trained(model, loss, 0.0015, clip=0.5)


if __name__ == "__main__":
    main()
