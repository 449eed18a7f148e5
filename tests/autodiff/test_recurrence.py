"""Recurrences, unrolled while they are traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad

N_UNITS = 4


def final_state(weights: Any, inputs: Any) -> Any:
    h: Any = np.zeros((2, N_UNITS))
    for t in range(inputs.shape[0]):
        h = ad.tanh(inputs[t] + h @ weights)
    return h


def by_hand(weights: np.ndarray, inputs: np.ndarray) -> tuple[float, np.ndarray]:
    """The sum of the final state and its gradient by backpropagation through time."""
    states = [np.zeros((2, N_UNITS))]
    for x in inputs:
        states.append(np.tanh(x + states[-1] @ weights))
    total, g = np.zeros_like(weights), np.ones_like(states[-1])
    for before, after in zip(states[-2::-1], states[:0:-1], strict=True):
        slope = g * (1.0 - after**2)
        total += before.T @ slope
        g = slope @ weights.T
    return states[-1].sum(), total


@pytest.mark.parametrize("n_steps", [1, 128])
def test_backpropagation_through_time(n_steps):
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((N_UNITS, N_UNITS)) / 2.0
    inputs = rng.standard_normal((n_steps, 2, N_UNITS))
    f = ad.compile(ad.value_and_grad(lambda w, x: ad.sum(final_state(w, x))))
    value, gradient = f(weights, inputs)
    expected, expected_gradient = by_hand(weights, inputs)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)


def test_program_grows_with_the_steps_and_no_faster():
    def n_instructions(n_steps: int) -> int:
        return ad.lower(
            lambda w, x: {"g": ad.grad(lambda v: ad.sum(final_state(v, x)))(w)},
            {"w": ad.Spec((N_UNITS, N_UNITS)), "x": ad.Spec((n_steps, 2, N_UNITS))},
        ).n_instructions

    few, twice, many = (n_instructions(n) for n in (32, 64, 128))
    assert many - twice == 2 * (twice - few)
