"""The six generators against a loop over samples, as ``src/dataset.ts`` writes them."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from playground.data import DATASETS, Table

Sample = tuple[float, float, float]


def circle(rng: np.random.Generator, n: int, noise: float) -> list[Sample]:
    samples = []
    for i in range(n):
        r = rng.uniform(0, 2.5) if i < n / 2 else rng.uniform(3.5, 5)
        angle = rng.uniform(0, 2 * math.pi)
        x, y = r * math.sin(angle), r * math.cos(angle)
        noise_x = rng.uniform(-5, 5) * noise
        noise_y = rng.uniform(-5, 5) * noise
        samples.append((x, y, 1 if math.hypot(x + noise_x, y + noise_y) < 2.5 else -1))
    return samples


def xor(rng: np.random.Generator, n: int, noise: float) -> list[Sample]:
    samples = []
    for _ in range(n):
        x, y = rng.uniform(-5, 5), rng.uniform(-5, 5)
        x += 0.3 if x > 0 else -0.3
        y += 0.3 if y > 0 else -0.3
        noise_x = rng.uniform(-5, 5) * noise
        noise_y = rng.uniform(-5, 5) * noise
        samples.append((x, y, 1 if (x + noise_x) * (y + noise_y) >= 0 else -1))
    return samples


def gaussians(rng: np.random.Generator, n: int, noise: float) -> list[Sample]:
    samples = []
    for i in range(n):
        centre, label = (2, 1) if i < n / 2 else (-2, -1)
        deviation = math.sqrt(0.5 + noise / 0.5 * 3.5)
        samples.append((rng.normal(centre, deviation), rng.normal(centre, deviation), label))
    return samples


def spiral(rng: np.random.Generator, n: int, noise: float) -> list[Sample]:
    samples = []
    for delta, label, count in ((0.0, 1, n - n // 2), (math.pi, -1, n // 2)):
        for i in range(count):
            r = i / count * 5
            t = 1.75 * i / count * 2 * math.pi + delta
            x = r * math.sin(t) + rng.uniform(-1, 1) * noise
            y = r * math.cos(t) + rng.uniform(-1, 1) * noise
            samples.append((x, y, label))
    return samples


def surface(height: Callable[[float, float], float]) -> Callable[..., list[Sample]]:
    def generate(rng: np.random.Generator, n: int, noise: float) -> list[Sample]:
        samples = []
        for _ in range(n):
            x, y = rng.uniform(-6, 6), rng.uniform(-6, 6)
            noise_x = rng.uniform(-6, 6) * noise
            noise_y = rng.uniform(-6, 6) * noise
            samples.append((x, y, height(x + noise_x, y + noise_y)))
        return samples

    return generate


def hills(x: float, y: float) -> float:
    label = 0.0
    bumps = [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]
    for cx, cy, sign in bumps:
        new = sign * min(1, max(0, 1 - math.dist((x, y), (cx, cy)) / 2))
        if abs(new) > abs(label):
            label = new
    return label


LOOPS = {
    "circle": circle,
    "xor": xor,
    "gaussians": gaussians,
    "spiral": spiral,
    "regression_plane": surface(lambda x, y: (x + y) / 10),
    "regression_gaussians": surface(hills),
}


def load(name: str, seed: int = 3, **settings: float) -> Table:
    return DATASETS[name](**settings).load(np.random.default_rng(seed))


@pytest.mark.parametrize("n_samples", [300, 301])
@pytest.mark.parametrize("noise_percent", [0, 25, 80])
@pytest.mark.parametrize("name", LOOPS)
def test_samples_are_those_of_the_original(name: str, noise_percent: int, n_samples: int) -> None:
    table = load(name, n_samples=n_samples, noise=noise_percent)
    expected = np.array(LOOPS[name](np.random.default_rng(3), n_samples, noise_percent / 100))
    np.testing.assert_allclose(table.inputs, expected[:, :2], rtol=1e-12, atol=1e-12)
    targets = 2 * table.targets - 1 if table.task.is_classification else table.targets
    np.testing.assert_allclose(targets, expected[:, 2], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", LOOPS)
def test_default_size_is_the_original_one(name: str) -> None:
    table = load(name)
    assert len(table.targets) == (500 if table.task.is_classification else 1200)


def test_noise_changes_labels_but_not_points_of_the_circle() -> None:
    plain, noisy = load("circle"), load("circle", noise=50)
    np.testing.assert_array_equal(plain.inputs, noisy.inputs)
    assert 20 < np.sum(plain.targets != noisy.targets) < 250
