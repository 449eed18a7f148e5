"""Programs with donated and hoisted inputs against the same function run on plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import autodiff as ad
from playground.autodiff import plan

VECTOR, MATRIX, SCALAR = (6,), (2, 3), ()

# Each takes two operands of any shape in the pool and gives one node.
OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: ad.tanh(a),
    lambda a, b: ad.relu(a),
    lambda a, b: 1.5 * a,
    lambda a, b: -a,
    lambda a, b: a + fitted(b, a.shape),
    lambda a, b: fitted(b, a.shape) - a,
    lambda a, b: ad.tanh(a * fitted(b, a.shape)),
    lambda a, b: ad.where(a > fitted(b, a.shape), a, fitted(b, a.shape)),
    lambda a, b: ad.where(a > 0.1, 0.0, a),
    lambda a, b: ad.maximum(a, fitted(b, a.shape)),
    lambda a, b: ad.clip(a, -0.5, ad.sum(b)),
    lambda a, b: ad.transpose(fitted(a, MATRIX)) @ fitted(b, MATRIX) / 6.0,
    lambda a, b: ad.transpose(fitted(a, MATRIX)),
    lambda a, b: fitted(a, MATRIX) + ad.sum(fitted(b, MATRIX), axis=0),
    lambda a, b: fitted(a, MATRIX) - ad.max(fitted(b, MATRIX), axis=1, keepdims=True),
    lambda a, b: ad.concatenate([fitted(a, VECTOR)[2:], fitted(b, VECTOR)[:2]]),
    lambda a, b: ad.concatenate([ad.tanh(fitted(a, VECTOR))[:3], ad.tanh(fitted(b, VECTOR)[3:])]),
    lambda a, b: ad.concatenate(
        [ad.sum(fitted(a, MATRIX), axis=1), ad.tanh(fitted(b, VECTOR)[2:])]
    ),
    lambda a, b: ad.concatenate([fitted(a, MATRIX)[:, :1], fitted(b, MATRIX)[:, 1:]], axis=1),
    lambda a, b: fitted(a, VECTOR)[1:2] * fitted(b, VECTOR),
    lambda a, b: ad.mean(a),
    lambda a, b: ad.broadcast_to(fitted(a, MATRIX)[:, :1], MATRIX),
    lambda a, b: ad.softmax(fitted(a, MATRIX)),
    lambda a, b: ad.pad(fitted(a, VECTOR)[:4], (2,), (0,)),
    lambda a, b: ad.flip(fitted(a, MATRIX), 1),
    lambda a, b: ad.flip(a) - fitted(b, a.shape),
    lambda a, b: ad.cumsum(fitted(a, MATRIX), 0, reverse=True),
    lambda a, b: ad.sort(fitted(a, MATRIX)),
    lambda a, b: ad.prod(fitted(a, MATRIX), 1),
    lambda a, b: ad.conv2d(image(a), ad.reshape(fitted(b, VECTOR)[:4], (2, 2, 1, 1)), padding=1),
    lambda a, b: ad.max_pool(image(a), (1, 2), 1),
    lambda a, b: ad.average_pool(image(a), 2, 1),
]


def image(x: Any) -> Any:
    return ad.reshape(fitted(x, VECTOR), (1, 2, 3, 1))


def fitted(x: Any, shape: tuple[int, ...]) -> Any:
    """Return x in another shape, by views alone."""
    flat = ad.reshape(x, (-1,))
    size = int(np.prod(shape))
    if flat.shape[0] >= size:
        return ad.reshape(flat[:size], shape)
    return ad.broadcast_to(ad.reshape(flat[:1], ()), shape)


step = st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 10**6), st.integers(0, 10**6))
picks = st.lists(st.integers(0, 10**6), min_size=6, max_size=6)


def function_of(steps: list[tuple[int, int, int]], chosen: list[int]) -> Callable[..., Any]:
    """Return the function that a list of drawn numbers describes."""

    def f(a: Any, state: Any, x: Any, hyper: Any) -> dict[str, Any]:
        pool = [a, state["m"], state["s"], x, hyper]
        for which, i, j in steps:
            pool.append(OPERATIONS[which](pool[i % len(pool)], pool[j % len(pool)]))
        # Late nodes are the interesting ones.
        pick = [pool[-1 - i % len(pool)] for i in chosen]
        return {
            "a": fitted(pick[0], VECTOR),
            "state": {"m": fitted(pick[1], MATRIX), "s": fitted(pick[2], SCALAR)},
            "loss": ad.sum(pick[3]),
            "more": [pick[4], pick[5]],
        }

    return f


def check(f: Callable[..., Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {
        "a": rng.standard_normal(VECTOR),
        "state": {"m": rng.standard_normal(MATRIX), "s": np.array(rng.standard_normal())},
        "x": rng.standard_normal(MATRIX),
        "hyper": np.array(rng.standard_normal()),
    }
    specs = {
        "a": ad.Spec(VECTOR),
        "state": {"m": ad.Spec(MATRIX), "s": ad.Spec(SCALAR)},
        "x": ad.Spec(MATRIX),
        "hyper": ad.Spec(SCALAR),
    }
    program = ad.lower(f, specs, donate={"a": "a", "state": "state"}, hoist=("hyper",))
    bound = program.bind(
        a=values["a"].copy(), state={k: v.copy() for k, v in values["state"].items()}
    )
    bound.inputs["x"][...] = values["x"]
    for hyper in (values["hyper"], values["hyper"] + 1.0):
        bound.inputs["hyper"][...] = hyper
        bound.prepare()
        for _ in range(2):
            expected = f(values["a"], values["state"], values["x"], hyper)
            bound.run()
            for name in ("a", "loss"):
                np.testing.assert_allclose(
                    bound.outputs[name], expected[name], rtol=1e-9, atol=1e-12
                )
            for name in ("m", "s"):
                np.testing.assert_allclose(
                    bound.outputs["state"][name], expected["state"][name], rtol=1e-9, atol=1e-12
                )
            for got, want in zip(bound.outputs["more"], expected["more"], strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
            values["a"] = np.array(bound.outputs["a"])
            values["state"] = {k: np.array(v) for k, v in bound.outputs["state"].items()}
    assert bound.outputs["a"] is bound.inputs["a"]


@settings(max_examples=150)
@given(st.lists(step, max_size=14), picks, st.integers(0, 100))
def test_program_equals_plain_arrays(steps, chosen, seed):
    check(function_of(steps, chosen), seed)


@settings(max_examples=150)
@given(st.lists(step, max_size=14), picks, st.integers(0, 100))
def test_tiled_program_equals_plain_arrays(steps, chosen, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "TILED_SIZE", 3)
        patch.setattr(plan, "BLOCK_SIZE", 4)
        check(function_of(steps, chosen), seed)


@settings(max_examples=60)
@given(st.lists(step, min_size=2, max_size=10), st.integers(0, 100))
def test_compiled_derivatives_equal_interpreted_ones(steps, seed):
    build = function_of(steps, [0, 1, 2, 3, 4, 5])

    def loss(a: Any, m: Any) -> Any:
        results = build(a, {"m": m, "s": ad.sum(m)}, ad.tanh(m), np.float64(0.3))
        return ad.sum(results["a"]) + results["loss"] + ad.sum(ad.square(results["state"]["m"]))

    rng = np.random.default_rng(seed)
    a, m, da = (rng.standard_normal(shape) for shape in (VECTOR, MATRIX, VECTOR))
    gradient = ad.grad(loss, (0, 1))
    interpreted, compiled = gradient(a, m), ad.compile(gradient)(a, m)
    for expected, got in zip(interpreted, compiled, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-9)
    slope = ad.jvp(lambda a: loss(a, m), (a,), (da,))[1]
    np.testing.assert_allclose(slope, np.sum(interpreted[0] * da), rtol=1e-8, atol=1e-8)
    curvature = ad.hvp(lambda a: loss(a, m), a, da)
    by_reverse = ad.vjp(ad.grad(lambda a: loss(a, m)), a)[1](da)[0]
    np.testing.assert_allclose(curvature, by_reverse, rtol=1e-7, atol=1e-7)


def test_swapped_inputs():
    f = function_of([], [0, 0, 0, 0, 0, 0])

    def swap(a: Any, state: Any, x: Any, hyper: Any) -> dict[str, Any]:
        result = f(a, state, x, hyper)
        m = ad.reshape(a, MATRIX)
        return {**result, "a": ad.reshape(state["m"], VECTOR), "state": {"m": m, "s": state["s"]}}

    check(swap, 0)
