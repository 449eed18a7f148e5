"""Make schedules.npz: the rates of PyTorch's learning-rate schedulers, step by step.

Run by hand where PyTorch is installed (``python tests/golden/make_schedules.py``); the tests only
read the file. The whole rate is 1, so that the numbers are factors.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler as torch_schedules
from torch.optim.lr_scheduler import LRScheduler

OUT = Path(__file__).with_name("schedules.npz")
N_STEPS = 300

Optimizer = torch.optim.Optimizer


def inverse_square_root(step: int) -> float:
    """Return eq. 3 of Vaswani et al. 2017 with 40 steps of warm-up, over its greatest value."""
    number = step + 1e-300
    return min(number**-0.5, number * 40**-1.5) * 40**0.5


def after_warmup(optimizer: Optimizer, schedule: LRScheduler) -> LRScheduler:
    """Return a warm-up of 30 steps from a fifth of the rate, then the schedule."""
    warmup = torch_schedules.LinearLR(optimizer, start_factor=0.2, total_iters=30)
    return torch_schedules.SequentialLR(optimizer, [warmup, schedule], milestones=[30])


SCHEDULES: dict[str, Callable[[Optimizer], LRScheduler]] = {
    "step": lambda o: torch_schedules.StepLR(o, 40, gamma=0.3),
    "multi_step": lambda o: torch_schedules.MultiStepLR(o, [30, 31, 170], gamma=0.25),
    "exponential": lambda o: torch_schedules.ExponentialLR(o, gamma=0.97),
    "polynomial": lambda o: torch_schedules.PolynomialLR(o, total_iters=120, power=2.5),
    "inverse_square_root": lambda o: torch_schedules.LambdaLR(o, inverse_square_root),
    "cosine": lambda o: torch_schedules.CosineAnnealingLR(o, T_max=N_STEPS, eta_min=0.05),
    "cosine_restarts": lambda o: torch_schedules.CosineAnnealingWarmRestarts(
        o, T_0=17, T_mult=2, eta_min=0.1
    ),
    "cosine_restarts/equal": lambda o: torch_schedules.CosineAnnealingWarmRestarts(o, T_0=23),
    "one_cycle": lambda o: torch_schedules.OneCycleLR(
        o, max_lr=1.0, total_steps=N_STEPS, pct_start=0.37, div_factor=10.0, final_div_factor=50.0
    ),
    "one_cycle/linear": lambda o: torch_schedules.OneCycleLR(
        o, max_lr=1.0, total_steps=N_STEPS, anneal_strategy="linear"
    ),
    "cyclical": lambda o: torch_schedules.CyclicLR(
        o, base_lr=0.2, max_lr=1.0, step_size_up=20, step_size_down=35, cycle_momentum=False
    ),
    "cyclical/half": lambda o: torch_schedules.CyclicLR(
        o, 0.1, 1.0, step_size_up=20, mode="triangular2", cycle_momentum=False
    ),
    "cyclical/exponential": lambda o: torch_schedules.CyclicLR(
        o, 0.1, 1.0, step_size_up=20, mode="exp_range", gamma=0.99, cycle_momentum=False
    ),
    "constant/warmup": lambda o: torch_schedules.LinearLR(o, start_factor=0.2, total_iters=30),
    "step/warmup": lambda o: after_warmup(o, torch_schedules.StepLR(o, 40, gamma=0.3)),
    "exponential/warmup": lambda o: after_warmup(o, torch_schedules.ExponentialLR(o, gamma=0.97)),
}


def an_optimizer() -> Optimizer:
    """Return one whose whole rate is 1."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def rates() -> dict[str, np.ndarray]:
    """Return the rate of each of the first steps."""
    numbers = {}
    for name, make in SCHEDULES.items():
        optimizer = an_optimizer()
        schedule = make(optimizer)
        seen = []
        for _ in range(N_STEPS):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        numbers[name] = np.array(seen, np.float64)
    return numbers


def plateau() -> dict[str, np.ndarray]:
    """Return losses with plateaus and the rate after each of them."""
    rng = np.random.default_rng(4)
    steps = np.arange(200)
    losses = np.exp(-steps / 30) + 0.2 + 0.03 * rng.normal(size=200)
    optimizer = an_optimizer()
    schedule = torch_schedules.ReduceLROnPlateau(
        optimizer, factor=0.4, patience=4, threshold=1e-2, cooldown=3, min_lr=1e-3
    )
    seen = []
    for loss in losses:
        schedule.step(loss)
        seen.append(optimizer.param_groups[0]["lr"])
    return {"plateau/losses": losses, "plateau/rates": np.array(seen)}


def cycled() -> dict[str, np.ndarray]:
    """Return the momentum that OneCycleLR cycles, and paths of rules on which it does.

    The function is ½ Σ (1, 10) x², from (1, -1).
    """
    rules: dict[str, Callable[[list[torch.Tensor]], Optimizer]] = {
        "sgd": lambda x: torch.optim.SGD(x, lr=0.1, momentum=0.5),
        "adam": lambda x: torch.optim.Adam(x, lr=0.1, betas=(0.9, 0.99)),
    }
    numbers = {}
    for name, make in rules.items():
        x = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
        optimizer = make([x])
        schedule = torch_schedules.OneCycleLR(
            optimizer,
            max_lr=0.05,
            total_steps=100,
            base_momentum=0.7,
            max_momentum=0.97,
        )
        path, momenta = [x.detach().numpy().copy()], []
        for _ in range(100):
            group = optimizer.param_groups[0]
            momenta.append(group["momentum"] if name == "sgd" else group["betas"][0])
            optimizer.zero_grad()
            (0.5 * torch.tensor([1.0, 10.0]) * x**2).sum().backward()
            optimizer.step()
            path.append(x.detach().numpy().copy())
            if len(path) <= 100:
                schedule.step()
        numbers[f"cycled/{name}/momentum"] = np.array(momenta)
        numbers[f"cycled/{name}/theta"] = np.array(path)
    return numbers


if __name__ == "__main__":
    with warnings.catch_warnings():
        # SequentialLR itself calls what PyTorch warns of.
        warnings.simplefilter("ignore")
        numbers = rates() | plateau() | cycled()
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT.name}: {len(numbers)} arrays with PyTorch {torch.__version__}")
