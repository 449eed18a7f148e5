"""One update of a million float32 parameters by each first-order rule, against PyTorch's."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from playground.autodiff import Spec, lower
from playground.models.layout import Layout
from playground.optimizers.optimizer import OPTIMIZERS, Moment, UpdateRule
from playground.optimizers.recipe import Recipe
from playground.training.threads import at_work, team_for
from tests.benchmarks.timing import seconds_a_call

SIDE = 1000
N = SIDE * SIDE
ROUNDS = 3
PEERS: dict[str, Callable[[list[torch.Tensor]], torch.optim.Optimizer]] = {
    "adadelta": torch.optim.Adadelta,
    "adafactor": torch.optim.Adafactor,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW,
    "amsgrad": lambda p: torch.optim.Adam(p, amsgrad=True),
    "asgd": torch.optim.ASGD,
    "momentum": lambda p: torch.optim.SGD(p, momentum=0.9),
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "rmsprop": torch.optim.RMSprop,
    "rprop": torch.optim.Rprop,
    "sgd": torch.optim.SGD,
}
DEFAULT_WANTED, FUSED_WANTED = 4.0, 1 / 6


def main() -> None:
    print(f"ms an update of {N:,} float32 parameters, median of {ROUNDS} rounds; × is PyTorch's")
    print("default over ours; 'fused' is PyTorch's fused kernel.")
    for cls in OPTIMIZERS:
        if issubclass(cls, UpdateRule):
            print(_line(cls), flush=True)


def _line(cls: type[UpdateRule]) -> str:
    own, team = _own(cls)
    name = cls.name()
    runs = {"ours": own}
    if name in PEERS:
        runs["PyTorch"] = _peer(PEERS[name])
    if name == "adam":
        runs["fused"] = _peer(lambda p: torch.optim.Adam(p, fused=True))
    rounds: dict[str, list[float]] = {what: [] for what in runs}
    for _ in range(ROUNDS):
        for what, run in runs.items():
            if what == "ours":
                with at_work(team):
                    rounds[what].append(seconds_a_call(run))
            else:
                rounds[what].append(seconds_a_call(run))
    times = {what: 1e3 * statistics.median(taken) for what, taken in rounds.items()}
    line = f"{name:14}" + "".join(f"{what:>10}{ms:8.2f}" for what, ms in times.items())
    if "PyTorch" in times:
        line += f"{times['PyTorch'] / times['ours']:8.1f}x"
    if "fused" in times:
        line += f" (wanted {DEFAULT_WANTED:g}x), {times['fused'] / times['ours']:.2f}x of the fused"
        line += f" kernel's speed (wanted {FUSED_WANTED:.2f}x)"
    return line


def _own(cls: type[UpdateRule]) -> tuple[Callable[[int], None], Any]:
    recipe, layout = Recipe(cls()), Layout([("hidden", "weight", (SIDE, SIDE), True)])
    theta = np.random.default_rng(0).normal(size=N).astype(np.float32)
    state = recipe.initial(theta, layout)

    def update(
        theta: Any, gradient: Any, loss: Any, state: Any, step: Any, live: Any
    ) -> dict[str, Any]:
        rule: Any = recipe.with_nodes(live).optimizer
        moved, after = rule.update(theta, gradient, state, Moment(step, loss, layout))
        return {"theta": moved, "state": after}

    scalar = Spec((), np.float64)
    specs = {
        "theta": Spec.of(theta),
        "gradient": Spec.of(theta),
        "state": {name: Spec.of(array) for name, array in state.items()},
        "loss": Spec((), np.float32),
        "step": scalar,
        "live": dict.fromkeys(recipe.live(), scalar),
    }
    program = lower(update, specs, donate={"theta": "theta", "state": "state"}, hoist=("live",))
    team = team_for(N, 1)
    bound = program.bind(team, theta=theta, state=state)
    for path, value in recipe.live().items():
        bound.inputs["live"][path][()] = value
    bound.prepare()
    bound.inputs["gradient"][...] = np.random.default_rng(1).normal(size=N)

    def run(n: int) -> None:
        for step in range(n):
            bound.inputs["step"][()] = step + 10
            bound.run()

    return run, team


def _peer(make: Callable[[list[torch.Tensor]], torch.optim.Optimizer]) -> Callable[[int], None]:
    theta = torch.randn(SIDE, SIDE, requires_grad=True)
    theta.grad = torch.randn(SIDE, SIDE)
    optimizer = make([theta])

    def run(n: int) -> None:
        for _ in range(n):
            optimizer.step()

    return run


if __name__ == "__main__":
    main()
