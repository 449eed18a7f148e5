"""Make torch.npz: reference numbers from PyTorch in float64.

Run by hand where PyTorch is installed (``python tests/golden/make_torch.py``); the tests only read
the file. Every array stands under ``group/name/what``.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).with_name("torch.npz")
Numbers = dict[str, np.ndarray]

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": lambda x: x,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "sine": torch.sin,
}


def activations() -> Numbers:
    """Values, slopes and second derivatives on a grid with the kink at 0 and far tails."""
    grid = np.concatenate([np.linspace(-6, 6, 49), [-90.0, -30.0, 18.0]])
    numbers: Numbers = {"activations/x": grid}
    for name, function in ACTIVATIONS.items():
        x = torch.tensor(grid, requires_grad=True)
        y = function(x)
        (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        numbers[f"activations/{name}/y"] = y.detach().numpy()
        numbers[f"activations/{name}/slope"] = slope.detach().numpy()
        numbers[f"activations/{name}/curvature"] = product(slope, torch.ones_like(x), x)
    return numbers


def product(slope: torch.Tensor, direction: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """Return the derivative of slope · direction by x, zero where none depends on it."""
    total = (slope * direction).sum()
    if not total.requires_grad:
        return np.zeros(x.shape)
    (found,) = torch.autograd.grad(total, x, allow_unused=True)
    return np.zeros(x.shape) if found is None else found.numpy(force=True)


def losses() -> Numbers:
    """Mean losses, gradients and Hessian-vector products by the outputs, far logits among them."""
    rng = np.random.default_rng(1)
    one = rng.normal(0, 3, (12, 1))
    one[:4, 0] = [800.0, -800.0, 40.0, -40.0]
    many = rng.normal(0, 3, (12, 5))
    many[0] = [900.0, 0.0, -900.0, 3.0, 2.0]
    real = rng.normal(0, 2, (12, 1))
    real[0] = one[0]  # a difference of exactly 0
    bits = rng.integers(0, 2, 12)
    classes = rng.integers(0, 5, 12)
    texts = rng.normal(0, 3, (3, 4, 5))
    symbols = np.array([[1, 3, 2, 0], [4, 2, 0, 0], [3, 3, 1, 2]])
    symbol = torch.tensor(symbols.ravel())
    numbers: Numbers = {
        "losses/texts": texts,
        "losses/symbols": symbols,
        "losses/one": one,
        "losses/many": many,
        "losses/real": real,
        "losses/bits": bits,
        "losses/classes": classes,
    }
    target, bit, number = torch.tensor(real), torch.tensor(bits), torch.tensor(classes)
    weight = torch.tensor([2.5], dtype=torch.float64)
    bit_column = bit[:, None].double()
    cases: dict[str, tuple[np.ndarray, Callable[[torch.Tensor], torch.Tensor]]] = {
        "mean_squared_error": (one, lambda z: F.mse_loss(z, target)),
        "half_mean_squared_error": (one, lambda z: 0.5 * F.mse_loss(z, target)),
        "mean_absolute_error": (one, lambda z: F.l1_loss(z, target)),
        "huber": (one, lambda z: F.huber_loss(z, target, delta=1.7)),
        "binary_cross_entropy": (
            one,
            lambda z: F.binary_cross_entropy_with_logits(z, bit_column, pos_weight=weight),
        ),
        "cross_entropy": (many, lambda z: F.cross_entropy(z, number)),
        "binary_cross_entropy/smoothed": (
            one,
            lambda z: F.binary_cross_entropy_with_logits(
                z, 0.7 * bit_column + 0.15, pos_weight=weight
            ),
        ),
        "cross_entropy/smoothed": (many, lambda z: F.cross_entropy(z, number, label_smoothing=0.2)),
        "sequence_cross_entropy/smoothed": (
            texts,
            lambda z: F.cross_entropy(
                z.reshape(-1, 5), symbol, ignore_index=0, label_smoothing=0.2
            ),
        ),
        "hinge/binary": (one, lambda z: torch.clamp(1 - (2 * bit_column - 1) * z, min=0).mean()),
        "hinge/multiclass": (many, lambda z: F.multi_margin_loss(z, number)),
    }
    for name, (outputs, loss) in cases.items():
        z = torch.tensor(outputs, requires_grad=True)
        value = loss(z)
        (gradient,) = torch.autograd.grad(value, z, create_graph=True)
        direction = np.random.default_rng(8).normal(size=outputs.shape)
        numbers[f"losses/{name}/value"] = value.detach().numpy()
        numbers[f"losses/{name}/gradient"] = gradient.detach().numpy()
        numbers[f"losses/{name}/direction"] = direction
        # PyTorch lacks the second derivative of this one, which is piecewise linear.
        is_straight = name == "hinge/multiclass"
        numbers[f"losses/{name}/product"] = (
            np.zeros(z.shape) if is_straight else product(gradient, torch.tensor(direction), z)
        )
    return numbers


def clipping() -> Numbers:
    """A gradient clipped by value and by norm."""
    gradient = np.random.default_rng(3).normal(0, 4, 30)
    by_value = torch.tensor(gradient).clamp(-2.0, 2.0)
    parameter = torch.zeros(30, dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.tensor(gradient)
    # clip_grad_norm_ divides by norm + 1e-6; the definition (Pascanu et al. 2013) does not.
    norm = torch.linalg.vector_norm(parameter.grad)
    by_norm = parameter.grad * (3.0 / norm)
    return {
        "clipping/gradient": gradient,
        "clipping/by_value": by_value.numpy(),
        "clipping/by_norm": by_norm.numpy(),
    }


if __name__ == "__main__":
    numbers = activations() | losses() | clipping()
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT.name}: {len(numbers)} arrays with PyTorch {torch.__version__}")
