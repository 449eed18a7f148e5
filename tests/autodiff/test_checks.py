"""The checker finds wrong derivatives and passes right ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.primitives.elementwise import Elementwise, tanh


def network(parameters: Any, x: Any) -> Any:
    h = ad.tanh(x @ parameters["weight"] + parameters["bias"])
    return ad.sum(ad.square(h), axis=1)


def test_third_order_of_a_network():
    rng = np.random.default_rng(3)
    parameters = {"weight": rng.standard_normal((2, 4)), "bias": np.zeros(4)}
    report = ad.check_gradients(network, parameters, rng.standard_normal((3, 2)), order=3)
    assert report.passed
    assert report.worst.error < 1e-8
    assert {c.order for c in report.comparisons} == {1, 2, 3}
    assert {c.argument for c in report.comparisons} == {"[0].bias", "[0].weight", "[1]"}
    assert {c.reference for c in report.comparisons} == {"central difference", "complex step"}


def test_kinked_functions_have_no_complex_step():
    report = ad.check_gradients(lambda x: ad.relu(x) * x, np.array([0.5, -0.5]))
    assert {c.reference for c in report.comparisons} == {"central difference"}


@pytest.mark.parametrize(
    "rule", [lambda g, y, x: g * (1.0 - y), lambda g, y, x: g * y * np.nan], ids=["wrong", "nan"]
)
def test_wrong_rule_is_found(rule, monkeypatch):
    assert isinstance(tanh, Elementwise)
    monkeypatch.setattr(tanh, "rules", (rule,))
    with pytest.raises(ad.GradientError, match="order 1, argument .*(reverse|forward) "):
        ad.check_gradients(tanh, np.array([0.3, 2.0]), order=1)
    report = ad.check_gradients(tanh, np.array([0.3, 2.0]), order=1, throw=False)
    assert not report.passed


def test_worst_element_is_named():
    def wrong_at_two(x: Any) -> Any:
        return ad.sum(ad.concatenate([x[:2], ad.stop_gradient(x[2:3]), x[3:]]) ** 2)

    with pytest.raises(ad.GradientError) as caught:
        ad.check_gradients(wrong_at_two, np.arange(1.0, 6.0), order=1)
    assert caught.value.report.worst.index == (2,)
