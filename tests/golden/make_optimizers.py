"""Make optimizers.npz: PyTorch's paths of 200 steps in float64 on three objectives.

Run by hand where PyTorch is installed (``python tests/golden/make_optimizers.py``); the tests only
read the file. Under ``kind/number/objective`` stand every twentieth θ (``theta``) and the loss
before every tenth step (``loss``), under ``kind/number/settings`` our settings as JSON.

Where PyTorch's definition is not the paper's, the setting that makes them equal is chosen:

- Adafactor: ε₁ = 1e-30 for PyTorch's default 2e-16. PyTorch puts ε₁ beside the final quotient, the
  paper into the squared gradients; of that size neither is seen.
- Muon: PyTorch iterates in bfloat16, whose three digits no other program meets to 1e-9. The same
  code runs here in float64.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

OUT = Path(__file__).with_name("optimizers.npz")
N_STEPS = 200
Numbers = dict[str, np.ndarray]
Make = Callable[[list[torch.Tensor]], optim.Optimizer]

# PyTorch keeps the step lengths of ASGD and the momentum's product of NAdam in this type.
torch.set_default_dtype(torch.float64)
# The same code in float64: the copy is what the in-place operations after it rely on.
torch.Tensor.bfloat16 = lambda self: self.clone()


def case(cls: Any, torch_settings: dict[str, Any], **ours: Any) -> tuple[dict[str, Any], Make]:
    return ours, lambda parameters: cls(parameters, **torch_settings)


def with_betas(cls: Any, *, lr: float, b1: float, b2: float, eps: float, **more: Any) -> Any:
    ours = {"learning_rate": lr, "beta1": b1, "beta2": b2, "epsilon": eps}
    renamed = {"momentum_decay": more.get("momentum_decay"), "weight_decay": more.get("decay")}
    ours |= {name: value for name, value in renamed.items() if value is not None}
    given = {("weight_decay" if k == "decay" else k): v for k, v in more.items()}
    return case(cls, {"lr": lr, "betas": (b1, b2), "eps": eps} | given, **ours)


CASES: dict[str, list[tuple[dict[str, Any], Make]]] = {
    "sgd": [
        case(optim.SGD, {"lr": 1e-3}, learning_rate=1e-3),
        case(
            optim.SGD,
            {"lr": 5e-4, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.02},
            learning_rate=5e-4,
            momentum=0.8,
            dampening=0.3,
            weight_decay=0.02,
        ),
        case(
            optim.SGD,
            {"lr": 3e-4, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
            learning_rate=3e-4,
            momentum=0.9,
            nesterov=True,
            weight_decay=0.1,
        ),
    ],
    "momentum": [
        case(optim.SGD, {"lr": 5e-4, "momentum": 0.85}, learning_rate=5e-4, momentum=0.85),
        case(optim.SGD, {"lr": 1e-4, "momentum": 0.98}, learning_rate=1e-4, momentum=0.98),
    ],
    "nesterov": [
        case(
            optim.SGD,
            {"lr": rate, "momentum": beta, "nesterov": True},
            learning_rate=rate,
            momentum=beta,
        )
        for rate, beta in ((5e-4, 0.85), (1e-4, 0.95))
    ],
    "asgd": [
        case(
            optim.ASGD,
            {"lr": 1e-3, "lambd": 1e-4, "alpha": 0.75, "t0": 0},
            learning_rate=1e-3,
        ),
        case(
            optim.ASGD,
            {"lr": 1e-3, "lambd": 0.05, "alpha": 0.5, "t0": 60},
            learning_rate=1e-3,
            weight_decay=0.05,
            power=0.5,
            start=60,
        ),
    ],
    "adagrad": [
        case(optim.Adagrad, {"lr": 0.1}, learning_rate=0.1),
        case(
            optim.Adagrad,
            {"lr": 0.2, "lr_decay": 0.01, "initial_accumulator_value": 0.3, "eps": 1e-6},
            learning_rate=0.2,
            rate_decay=0.01,
            first_sum=0.3,
            epsilon=1e-6,
        ),
    ],
    "adadelta": [
        case(optim.Adadelta, {"lr": 1.0, "rho": 0.95, "eps": 1e-6}),
        case(
            optim.Adadelta,
            {"lr": 0.3, "rho": 0.9, "eps": 1e-5},
            learning_rate=0.3,
            decay=0.9,
            epsilon=1e-5,
        ),
    ],
    "rmsprop": [
        case(
            optim.RMSprop,
            {"lr": 0.004, "alpha": 0.95, "eps": 1e-6},
            learning_rate=0.004,
            decay=0.95,
            epsilon=1e-6,
        ),
        case(
            optim.RMSprop,
            {"lr": 0.003, "alpha": 0.9, "momentum": 0.8, "centered": True, "eps": 1e-3},
            learning_rate=0.003,
            decay=0.9,
            momentum=0.8,
            centered=True,
            epsilon=1e-3,
        ),
        case(
            optim.RMSprop,
            {"lr": 0.002, "alpha": 0.99, "momentum": 0.9},
            learning_rate=0.002,
            decay=0.99,
            momentum=0.9,
        ),
    ],
    "rprop": [
        case(optim.Rprop, {"lr": 0.1}),
        case(
            optim.Rprop,
            {"lr": 0.01, "etas": (0.6, 1.1), "step_sizes": (1e-4, 0.3)},
            first_step=0.01,
            shrink=0.6,
            growth=1.1,
            shortest=1e-4,
            longest=0.3,
        ),
    ],
    "adam": [
        with_betas(optim.Adam, lr=0.02, b1=0.85, b2=0.98, eps=1e-7),
        with_betas(optim.Adam, lr=0.003, b1=0.0, b2=0.5, eps=1e-3),
    ],
    "amsgrad": [
        with_betas(optim.Adam, lr=0.02, b1=0.85, b2=0.9, eps=1e-7, amsgrad=True),
        with_betas(optim.Adam, lr=0.1, b1=0.9, b2=0.5, eps=1e-8, amsgrad=True),
    ],
    "adamw": [
        with_betas(optim.AdamW, lr=0.02, b1=0.85, b2=0.98, eps=1e-7, decay=0.01),
        with_betas(optim.AdamW, lr=0.01, b1=0.9, b2=0.999, eps=1e-8, decay=0.5),
    ],
    "adamax": [
        with_betas(optim.Adamax, lr=0.02, b1=0.9, b2=0.999, eps=1e-8),
        with_betas(optim.Adamax, lr=0.003, b1=0.7, b2=0.95, eps=1e-4),
    ],
    "nadam": [
        with_betas(optim.NAdam, lr=0.02, b1=0.9, b2=0.999, eps=1e-8, momentum_decay=0.004),
        with_betas(optim.NAdam, lr=0.005, b1=0.8, b2=0.95, eps=1e-5, momentum_decay=0.1),
    ],
    "radam": [
        with_betas(optim.RAdam, lr=1e-4, b1=0.9, b2=0.999, eps=1e-8),
        with_betas(optim.RAdam, lr=1e-4, b1=0.8, b2=0.95, eps=1e-5),
        with_betas(optim.RAdam, lr=1e-4, b1=0.8, b2=0.6, eps=1e-5),
    ],
    "adafactor": [
        case(optim.Adafactor, {"eps": (1e-30, 1e-3)}),
        case(
            optim.Adafactor,
            {"lr": 0.003, "beta2_decay": -0.6, "eps": (1e-30, 0.05), "d": 1.5},
            learning_rate=0.003,
            decay_power=0.6,
            epsilon2=0.05,
            threshold=1.5,
        ),
    ],
}

SCALES = np.geomspace(1.0, 1000.0, 6)


def quadratic(x: torch.Tensor) -> torch.Tensor:
    """½ Σ s (rotated x)², with curvatures from 1 to 1000."""
    turned = x + 0.25 * torch.roll(x, 1)
    return 0.5 * (torch.tensor(SCALES) * turned * turned).sum()


def rosenbrock(x: torch.Tensor) -> torch.Tensor:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def plain_path(f: Any, start: np.ndarray, make: Make) -> Numbers:
    x = torch.tensor(start, requires_grad=True)
    optimizer = make([x])
    path, losses = [x.detach().numpy().copy()], []
    for _ in range(N_STEPS):
        optimizer.zero_grad()
        loss = f(x)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        path.append(x.detach().numpy().copy())
    numbers = {"theta": np.array(path)[::20], "loss": np.array(losses)[::10]}
    average = optimizer.state[x].get("ax")
    return numbers if average is None else numbers | {"average": average.numpy().copy()}


def network() -> tuple[nn.Sequential, Numbers]:
    """Return a 3-6-4-1 tanh network with seeded weights and a fixed set of 20 rows."""
    rng = np.random.default_rng(2)
    net = nn.Sequential(
        nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1)
    ).double()
    numbers: Numbers = {
        "network/inputs": rng.normal(size=(20, 3)),
        "network/targets": rng.normal(size=(20, 1)),
    }
    names = ["hidden1", "hidden2", "output"]
    for name, layer in zip(names, [net[0], net[2], net[4]], strict=True):
        weight = rng.normal(0, 0.6, (layer.in_features, layer.out_features))
        bias = rng.normal(0, 0.3, layer.out_features)
        numbers[f"network/{name}.weight"] = weight
        numbers[f"network/{name}.bias"] = bias
        layer.weight.data = torch.tensor(weight.T.copy())
        layer.bias.data = torch.tensor(bias)
    return net, numbers


def flat(net: nn.Sequential) -> np.ndarray:
    """Return θ in our order: weight of shape (fan_in, fan_out), then bias, layer by layer."""
    parts = []
    for layer in (net[0], net[2], net[4]):
        parts += [layer.weight.data.T.numpy().ravel(), layer.bias.data.numpy()]
    return np.concatenate(parts).copy()


def network_path(make: Callable[[nn.Sequential], list[optim.Optimizer]]) -> Numbers:
    """200 steps on the mean squared error of 5 rows at a time, in order."""
    net, data = network()
    inputs, targets = (torch.tensor(data[f"network/{k}"]) for k in ("inputs", "targets"))
    optimizers = make(net)
    path, losses = [flat(net)], []
    for step in range(N_STEPS):
        rows = slice(5 * (step % 4), 5 * (step % 4) + 5)
        net.zero_grad()
        loss = F.mse_loss(net(inputs[rows]), targets[rows])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses.append(float(loss.detach()))
        path.append(flat(net))
    return {"theta": np.array(path)[::20], "loss": np.array(losses)[::10]}


def muon(**settings: Any) -> Callable[[nn.Sequential], list[optim.Optimizer]]:
    """Return Muon for the hidden matrices and AdamW for the rest, as its author uses them."""
    rate = settings.pop("adam_rate")

    def make(net: nn.Sequential) -> list[optim.Optimizer]:
        hidden = [net[0].weight, net[2].weight]
        others = [net[0].bias, net[2].bias, net[4].weight, net[4].bias]
        decay = settings["weight_decay"]
        adam = optim.AdamW(others, lr=rate, betas=(0.9, 0.95), eps=1e-10, weight_decay=decay)
        return [optim.Muon(hidden, **settings), adam]

    return make


MUON: list[tuple[dict[str, Any], Any]] = [
    (
        {"learning_rate": 0.02},
        muon(lr=0.02, momentum=0.95, weight_decay=0.0, adam_rate=3e-4),
    ),
    (
        {
            "learning_rate": 0.05,
            "momentum": 0.8,
            "nesterov": False,
            "iterations": 3,
            "weight_decay": 0.1,
            "adam_rate": 0.01,
        },
        muon(lr=0.05, momentum=0.8, nesterov=False, ns_steps=3, weight_decay=0.1, adam_rate=0.01),
    ),
]


def numbers() -> Iterator[tuple[str, np.ndarray]]:
    yield from network()[1].items()
    yield "quadratic/scales", SCALES
    starts = {"quadratic": np.linspace(1.0, -1.5, 6), "rosenbrock": np.array([-1.2, 1.0])}
    for name, start in starts.items():
        yield f"{name}/start", start
    for kind, cases in CASES.items():
        for i, (ours, make) in enumerate(cases):
            yield f"{kind}/{i}/settings", np.array(json.dumps(ours))
            paths = {
                "quadratic": plain_path(quadratic, starts["quadratic"], make),
                "rosenbrock": plain_path(rosenbrock, starts["rosenbrock"], make),
                "network": network_path(lambda net, make=make: [make(list(net.parameters()))]),
            }
            for objective, path in paths.items():
                for what, array in path.items():
                    yield f"{kind}/{i}/{objective}/{what}", array
    for i, (ours, make_all) in enumerate(MUON):
        yield f"muon/{i}/settings", np.array(json.dumps(ours))
        for what, array in network_path(make_all).items():
            yield f"muon/{i}/network/{what}", array


if __name__ == "__main__":
    arrays = dict(numbers())
    np.savez_compressed(OUT, **arrays)
    print(f"{OUT.name}: {len(arrays)} arrays with PyTorch {torch.__version__}")
