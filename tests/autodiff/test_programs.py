"""Compiled programs: memory given and shared, donation, hoisting, and nothing allocated."""

from __future__ import annotations

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff import plan
from playground.autodiff.program import Tile

N = 12


def momentum_step(theta: Any, state: Any, x: Any, hyper: Any) -> dict[str, Any]:
    def loss(theta: Any) -> Any:
        h = ad.tanh(x @ theta[:9].reshape(3, 3) + theta[9:])
        return ad.mean(ad.softplus(h) + ad.log_softmax(h) ** 2 + ad.where(h > 0, h, 0.0))

    value, g = ad.value_and_grad(loss)(theta)
    v = hyper["momentum"] * state["v"] + g
    theta = theta - hyper["rate"] / (1.0 + state["t"]) * v
    return {"theta": theta, "state": {"v": v, "t": state["t"] + 1.0}, "loss": value, "g": g}


def lowered(n_samples: int = 4) -> ad.Program:
    vector, number = ad.Spec((N,), "float32"), ad.Spec((), "float64")
    return ad.lower(
        momentum_step,
        inputs={
            "theta": vector,
            "state": {"v": vector, "t": number},
            "x": ad.Spec((n_samples, 3), "float32"),
            "hyper": {"rate": number, "momentum": number},
        },
        donate={"theta": "theta", "state": "state"},
        hoist=("hyper",),
    )


def filled(bound: Any, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    bound.inputs["theta"][:] = rng.standard_normal(N)
    bound.inputs["x"][:] = rng.standard_normal(bound.inputs["x"].shape)
    bound.inputs["hyper"]["rate"][...] = 0.1
    bound.inputs["hyper"]["momentum"][...] = 0.9
    return bound


def test_training_step_equals_plain_numpy():
    bound = filled(lowered().bind())
    arrays = {
        "theta": bound.inputs["theta"].copy(),
        "state": {"v": np.zeros(N, "f"), "t": 0.0},
    }
    hyper = {"rate": 0.1, "momentum": 0.9}
    for _ in range(3):
        bound.run()
        expected = momentum_step(**arrays, x=bound.inputs["x"], hyper=hyper)
        state = {"v": expected["state"]["v"], "t": float(expected["state"]["t"])}
        arrays = {"theta": expected["theta"], "state": state}
        np.testing.assert_allclose(bound.outputs["theta"], expected["theta"], rtol=1e-5)
        np.testing.assert_allclose(bound.outputs["g"], expected["g"], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(bound.outputs["loss"], expected["loss"], rtol=1e-5)
    assert bound.outputs["state"]["t"] == 3.0
    assert bound.outputs["theta"] is bound.inputs["theta"]


def test_programs_share_the_arrays_they_are_given():
    theta, state = np.ones(N, "f"), {"v": np.zeros(N, "f"), "t": np.zeros(())}
    first = lowered(4).bind(theta=theta, state=state)
    second = lowered(7).bind(theta=theta, state=state)
    for bound in (first, second):
        x = np.random.default_rng(1).standard_normal(bound.inputs["x"].shape)
        bound.inputs["x"][:] = x
        bound.inputs["hyper"]["rate"][...] = 0.1
    assert first.inputs["theta"] is theta
    first.run()
    moved = theta.copy()
    assert not np.array_equal(moved, np.ones(N))
    second.run()
    assert not np.array_equal(theta, moved)
    assert state["t"] == 2.0


def test_hoisted_inputs_act_after_prepare():
    program = lowered()
    assert program.preparation
    assert all(
        "hyper" not in program.buffers[v.buffer].name for v in _read_in_run(program) if v.shape
    )
    bound = filled(program.bind())
    bound.run()
    bound.inputs["hyper"]["rate"][...] = 0.0
    bound.inputs["hyper"]["momentum"][...] = 0.0
    bound.prepare()
    before = bound.inputs["theta"].copy()
    bound.run()
    np.testing.assert_array_equal(bound.outputs["theta"], before)


def _read_in_run(program: ad.Program) -> list[Any]:
    return [view for instruction in program.instructions for view in instruction.inputs]


def test_outputs_have_memory_of_their_own():
    bound = filled(lowered().bind())
    bound.run()
    arrays = [bound.outputs["loss"], bound.outputs["g"], bound.outputs["theta"]]
    arrays += [bound.inputs["x"], bound.inputs["state"]["v"]]
    for i, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[:i])


def test_output_may_be_an_input_a_constant_or_a_view():
    x = np.arange(6.0).reshape(2, 3)
    outputs = ad.compile(
        lambda x: [x, x.T, x[0], np.ones(2), 3.0, ad.broadcast_to(x[:, :1], (2, 2))]
    )(x)
    for got, expected in zip(
        outputs, [x, x.T, x[0], np.ones(2), 3.0, [[0.0, 0.0], [3.0, 3.0]]], strict=True
    ):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("n_samples", [4, 3000])
def test_run_allocates_nothing(n_samples):
    bound = filled(lowered(n_samples).bind())
    bound.run()
    tracemalloc.start()
    try:
        bound.run()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            bound.run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # numpy's iterators come and go, about a kilobyte; an array of 3000 samples would be more.
    assert peak - before < 1500


def test_no_warning_when_numbers_overflow():
    bound = ad.lower(lambda x: {"y": ad.exp(x) / (x - x)}, {"x": ad.Spec((2,))}).bind()
    bound.inputs["x"][:] = [1000.0, 1.0]
    bound.run()
    assert not np.isfinite(bound.outputs["y"]).any()


def test_program_is_plain_data():
    program = pickle.loads(pickle.dumps(lowered()))
    bound, again = filled(program.bind()), filled(lowered().bind())
    bound.run()
    again.run()
    np.testing.assert_array_equal(bound.outputs["theta"], again.outputs["theta"])
    assert "matmul" in program.describe()
    assert repr(program).startswith("<Program of ")
    assert program.n_instructions > 20


def test_memory_is_reused():
    def chain(x: Any) -> dict[str, Any]:
        for _ in range(20):
            x = ad.tanh(x.reshape(10, 10) @ x.reshape(10, 10)).reshape(100)
        return {"y": x}

    program = ad.lower(chain, {"x": ad.Spec((100,))})
    assert program.arena_bytes <= 2 * 832


def test_large_elementwise_work_is_tiled_without_full_size_temporaries():
    n = 5 * plan.BLOCK_SIZE + 3
    vector, number = ad.Spec((n,), "float32"), ad.Spec(())

    def adam(theta: Any, m: Any, v: Any, g: Any, rate: Any) -> dict[str, Any]:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * ad.square(g)
        return {"theta": theta - rate * m / (ad.sqrt(v) + 1e-8), "m": m, "v": v}

    inputs = {"theta": vector, "m": vector, "v": vector, "g": vector, "rate": number}
    program = ad.lower(adam, inputs, donate={"theta": "theta", "m": "m", "v": "v"})
    assert any(isinstance(step, Tile) for step in program.instructions)
    assert program.arena_bytes < n * 4
    rng = np.random.default_rng(0)
    arrays = {k: rng.random(n).astype("f") for k in ("theta", "m", "v", "g")}
    expected = adam(**arrays, rate=0.1)
    bound = program.bind(**{k: a.copy() for k, a in arrays.items()})
    bound.inputs["rate"][...] = 0.1
    bound.run()
    for name in ("theta", "m", "v"):
        np.testing.assert_allclose(bound.outputs[name], expected[name], rtol=1e-5)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"theta": np.ones(N)}, r"theta: must be float32 of shape \(12,\), got float64"),
        ({"theta": np.ones(2, "f")}, r"got float32 of shape \(2,\)"),
        ({"theta": np.ones(2 * N, "f")[::2]}, "C-contiguous"),
        ({"theta": [1.0] * N}, "not nested"),
        ({"nothing": np.ones(1)}, "nothing: must be one of theta, state, x, hyper"),
        ({"state": {"v": np.zeros(N, "f")}}, "state: is not nested"),
    ],
    ids=["dtype", "shape", "strides", "list", "name", "nesting"],
)
def test_bind_refuses_what_does_not_fit(arrays, message):
    with pytest.raises(ValueError, match=message):
        lowered().bind(**arrays)


def test_donation_must_fit():
    spec = {"x": ad.Spec((3,))}
    with pytest.raises(ValueError, match=r"x is float64\[3\], but its output float64\[\]"):
        ad.lower(lambda x: {"y": ad.sum(x)}, spec, donate={"x": "y"})
    with pytest.raises(ValueError, match="no output z"):
        ad.lower(lambda x: {"y": x}, spec, donate={"x": "z"})
    with pytest.raises(ValueError, match="hoisted"):
        ad.lower(lambda x: {"y": x}, spec, donate={"x": "y"}, hoist=("x",))


def test_compiled_function_returns_copies_and_caches():
    traced = []

    def f(x: Any, y: Any) -> Any:
        traced.append(x.shape)
        return {"sum": x + y["z"]}

    g = ad.compile(f)
    first = g(np.ones(3), {"z": 1.0})["sum"]
    second = g(np.zeros(3), {"z": 5.0})["sum"]
    np.testing.assert_array_equal(first, [2.0] * 3)
    np.testing.assert_array_equal(second, [5.0] * 3)
    assert traced == [(3,)]
    g(np.ones(4), {"z": 1.0})
    g(np.ones(3, "f"), {"z": 1.0})
    assert traced == [(3,), (4,), (3,)]
    assert ad.grad(lambda x: ad.sum(g(x, {"z": 2.0})["sum"] ** 2))(np.ones(2)).tolist() == [
        6.0,
        6.0,
    ]


def test_compiled_function_in_threads():
    f = ad.compile(lambda x: ad.sum(ad.tanh(x) ** 2))
    xs = [np.full(50, i / 10.0) for i in range(40)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(f, xs))
    np.testing.assert_allclose(got, [50 * np.tanh(i / 10.0) ** 2 for i in range(40)])


def test_bound_programs_in_threads():
    program = lowered()

    def final(seed: int) -> Any:
        bound = filled(program.bind(), seed)
        for _ in range(50):
            bound.run()
        return bound.outputs["theta"].copy()

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(final, range(8)))
    for seed, theta in enumerate(together):
        np.testing.assert_array_equal(theta, final(seed))
