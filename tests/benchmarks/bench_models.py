"""A training step of the digits' convolutional network and the dates' transformer, and Adam alone.

Ours is the trainer's whole loop on the preset; PyTorch repeats one batch in eager mode with its
fused Adam, through its own layers of the same sizes.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from playground import presets
from playground.autodiff import Spec, lower
from playground.autodiff.lanes import Team
from playground.optimizers import OPTIMIZERS, Moment, UpdateRule
from playground.optimizers.paths import plain_layout
from playground.training.threads import at_work, blas_threads
from playground.training.trainer import Trainer
from tests.benchmarks.bench_training import repeated
from tests.benchmarks.timing import seconds_a_call

ROUNDS = 5
WANTED = {"digits-cnn": 1.2, "dates": 0.7}
N_PARAMETERS = 1_000_000
ADAM_WANTED = {"default": "≥ 4", "fused": "≥ 0.17"}


def main() -> None:
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    print("ms a step, median of the rounds in which both take turns")
    print(f"{'preset':14}{'ours':>9}{'PyTorch':>10}{'ratio':>8}{'wanted':>8}")
    for name, make in {"digits-cnn": convolutional_step, "dates": transformer_step}.items():
        trainer = Trainer(quiet(name))
        ours, theirs, ratio = in_turns(trainer.run, repeated(make(trainer)))
        print(
            f"{name:14}{1e3 * ours:9.2f}{1e3 * theirs:10.2f}{ratio:7.2f}x{WANTED[name]:7.1f}x",
            flush=True,
        )
    print(f"\nAdam on {N_PARAMETERS:,} float32 parameters, ms an update")
    print(f"{'PyTorch':14}{'ours':>9}{'PyTorch':>10}{'ratio':>8}{'wanted':>8}")
    team = Team(blas_threads()) if blas_threads() > 1 else None
    with at_work(team):
        update = repeated(our_adam(team))
        for kind, wanted in ADAM_WANTED.items():
            ours, theirs, ratio = in_turns(update, repeated(torch_adam(is_fused=kind == "fused")))
            print(
                f"{kind:14}{1e3 * ours:9.2f}{1e3 * theirs:10.2f}{ratio:7.2f}x{wanted:>7}x",
                flush=True,
            )


def in_turns(ours: Callable[[int], Any], theirs: Callable[[int], Any]) -> tuple[float, ...]:
    """Return both times of a call, and the median over the rounds of theirs over ours."""
    rounds = [(seconds_a_call(ours), seconds_a_call(theirs)) for _ in range(ROUNDS)]
    first, second = (statistics.median(times) for times in zip(*rounds, strict=True))
    return first, second, statistics.median(b / a for a, b in rounds)


def quiet(name: str) -> Any:
    """Return a preset that is neither evaluated nor stopped while it is timed."""
    experiment = presets.load(name)
    training = experiment.training.model_copy(update={"evaluate_every": 10**9})
    stop = type(experiment.stop)()
    return experiment.model_copy(update={"training": training, "stop": stop})


def trained(model: Any, loss: Callable[[], Any], learning_rate: float) -> Callable[[], Any]:
    """Return PyTorch's training step."""
    import torch

    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
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

    step = trained(model, loss, 0.0015)

    def clipped() -> None:
        step()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)

    return clipped


def our_adam(team: Team | None) -> Callable[[], Any]:
    """Return our update of a flat θ."""
    rule = OPTIMIZERS["adam"]()
    assert isinstance(rule, UpdateRule)
    rng = np.random.default_rng(0)
    theta, gradient = rng.normal(size=(2, N_PARAMETERS)).astype("f")
    layout = plain_layout(N_PARAMETERS)
    state = rule.initial(theta, layout)

    def update(theta: Any, gradient: Any, state: Any, step: Any) -> dict[str, Any]:
        moved, after = rule.update(theta, gradient, state, Moment(step, 0.0, layout))
        return {"theta": moved, "state": after}

    specs = {
        "theta": Spec.of(theta),
        "gradient": Spec.of(gradient),
        "state": {name: Spec.of(array) for name, array in state.items()},
        "step": Spec((), np.float64),
    }
    program = lower(update, specs, donate={"theta": "theta", "state": "state"})
    bound = program.bind(team, theta=theta, state=state, gradient=gradient)
    bound.inputs["step"][()] = 10.0
    return bound.run


def torch_adam(*, is_fused: bool) -> Callable[[], Any]:
    """Return PyTorch's update of a flat θ."""
    import torch

    rng = np.random.default_rng(0)
    theta = torch.nn.Parameter(torch.tensor(rng.normal(size=N_PARAMETERS), dtype=torch.float32))
    theta.grad = torch.tensor(rng.normal(size=N_PARAMETERS), dtype=torch.float32)
    return torch.optim.Adam([theta], fused=is_fused).step


if __name__ == "__main__":
    main()
