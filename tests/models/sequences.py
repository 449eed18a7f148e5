"""What the tests of models that read texts share: small texts, and PyTorch's numbers."""

from pathlib import Path

import numpy as np

from playground import autodiff as ad
from playground.models.model import Batch, Signature

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "sequences.npz")
SOURCE, TARGET = GOLDEN["source"], GOLDEN["target"]

SIGNATURES = {
    "classification": Signature(6, 3, n_symbols=9),
    "continuation": Signature(6, 9, n_symbols=9, n_target_positions=6, is_continuation=True),
    "translation": Signature(6, 8, n_symbols=9, n_target_positions=5),
}


def golden(case: str, what: str) -> dict[str, np.ndarray]:
    """Return a case's arrays of one sort by name."""
    start = f"{case}/{what}/"
    return {key.removeprefix(start): GOLDEN[key] for key in GOLDEN if key.startswith(start)}


def check_golden(case: str, layout, outputs_of) -> None:
    """Compare outputs, gradient and a Hessian's product with PyTorch's, in both precisions."""
    weights = GOLDEN[f"{case}/weights"]

    def scalar(theta):
        outputs = outputs_of(layout.unpack(theta))
        w = weights.astype(theta.dtype)
        return ad.sum(w * outputs) + 0.5 * ad.sum(ad.square(outputs))

    theta, gradient, direction, product = (
        layout.pack(golden(case, what))
        for what in ("parameter", "gradient", "direction", "product")
    )
    outputs = ad.compile(lambda t: outputs_of(layout.unpack(t)))
    slope = ad.compile(ad.grad(scalar))
    curved = ad.compile(lambda t, v: ad.hvp(scalar, t, v))
    close(outputs(theta), GOLDEN[f"{case}/outputs"], 1e-10)
    close(slope(theta), gradient, 1e-10)
    close(curved(theta, direction), product, 1e-10)
    single = theta.astype(np.float32)
    close(outputs(single), GOLDEN[f"{case}/outputs"], 1e-4)
    close(slope(single), gradient, 1e-4)


def close(got: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    """Check the largest error relative to the largest entry."""
    error = np.max(np.abs(got - expected)) / np.max(np.abs(expected))
    assert error < tolerance, f"relative error {error:.2g}"


def drawn(model, signature, seed=0):
    """Return a layout and first weights by name, all of them moved off their first values."""
    rng = np.random.default_rng(seed)
    layout = model.layout(signature)
    theta = model.initial(layout, rng)
    return layout, layout.unpack(theta + rng.normal(0, 0.1, theta.shape))


def outputs_of(model, arrays, inputs=SOURCE, targets=TARGET, noise=None):
    """Return what the model puts out for texts."""
    return np.asarray(model.forward(arrays, Batch(inputs, targets, noise)).outputs)


def padded(symbols: np.ndarray, n: int) -> np.ndarray:
    """Return texts with ``n`` more positions of padding."""
    return np.pad(symbols, ((0, 0), (0, n)))
