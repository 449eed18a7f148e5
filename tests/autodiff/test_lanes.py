import itertools
import threading

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff import Spec, lanes, lower, plan, value_and_grad
from playground.autodiff.lanes import Cut, Section, row_ranges
from playground.autodiff.team import Team


@pytest.fixture
def short(monkeypatch):
    """Cut operations of any length, so that small programs have lanes."""
    monkeypatch.setattr(lanes, "LEAST_WORK", 1)
    monkeypatch.setattr(lanes, "LEAST_PART", 1)
    monkeypatch.setattr(lanes, "ROW_STEP", 2)
    monkeypatch.setattr(plan, "TILED_SIZE", 200)
    monkeypatch.setattr(plan, "BLOCK_SIZE", 64)


SIZES = (6, 24, 30, 3)
N_SAMPLES = 37


def step(theta, velocity, x, y):
    def loss(theta):
        start, h = 0, x
        for n, m in itertools.pairwise(SIZES):
            weight = theta[start : start + n * m].reshape(n, m)
            bias = theta[start + n * m : start + n * m + m]
            h = ad.relu(h @ weight + bias) if m != SIZES[-1] else h @ weight + bias
            start += n * m + m
        return ad.mean(ad.square(h - y))

    value, gradient = value_and_grad(loss)(theta)
    velocity = 0.9 * velocity + gradient * ad.tanh(gradient)
    return {"theta": theta - 0.1 * velocity, "velocity": velocity, "loss": value}


def bound_with(team):
    n = sum(a * b + b for a, b in itertools.pairwise(SIZES))
    specs = {
        "theta": Spec((n,), "float64"),
        "velocity": Spec((n,), "float64"),
        "x": Spec((N_SAMPLES, SIZES[0]), "float64"),
        "y": Spec((N_SAMPLES, SIZES[-1]), "float64"),
    }
    donate = {"theta": "theta", "velocity": "velocity"}
    bound = lower(step, inputs=specs, donate=donate).bind(team)
    rng = np.random.default_rng(0)
    for name, spec in specs.items():
        bound.inputs[name][...] = rng.normal(size=spec.shape) * 0.3
    return bound


def trained(team):
    bound = bound_with(team)
    losses = []
    for _ in range(20):
        bound.run()
        losses.append(bound.outputs["loss"].item())
    return bound.inputs["theta"].copy(), losses


def sections(bound):
    return [arguments[0] for function, arguments in bound._calls if function == bound_team(bound)]


def bound_team(bound):
    return next(f for f, _ in bound._calls if getattr(f, "__func__", None) is Team.run)


@pytest.mark.parametrize("n_lanes", [2, 3, 5])
@pytest.mark.usefixtures("short")
def test_lanes_compute_what_one_thread_does(n_lanes):
    theta, losses = trained(None)
    team = Team(n_lanes)
    idle = trained(team)
    team.start()
    try:
        busy = trained(team)
    finally:
        team.stop()
    np.testing.assert_allclose(idle[0], theta, rtol=1e-12)
    np.testing.assert_allclose(idle[1], losses, rtol=1e-12)
    # Scheduling changes nothing, to the last bit.
    np.testing.assert_array_equal(busy[0], idle[0])
    assert busy[1] == idle[1]


@pytest.mark.usefixtures("short")
def test_corresponding_rows_stay_in_their_lane():
    lanes_of = sections(bound_with(Team(2)))
    assert len(lanes_of) > 3
    # A layer's product, bias and activation wait once, not three times.
    assert any(len(lane) >= 3 for lane in lanes_of[0])


def convolutional_step(image, kernel, target):
    def loss(image, kernel):
        maps = ad.relu(ad.conv2d(image, kernel, padding=1))
        return ad.sum(ad.square(ad.max_pool(maps, 2) - target))

    return {"all": value_and_grad(loss, (0, 1))(image, kernel)}


@pytest.mark.parametrize("n_lanes", [2, 3])
@pytest.mark.usefixtures("short")
def test_convolutions_in_lanes(n_lanes):
    shapes = {"image": (13, 6, 4, 5), "kernel": (3, 3, 5, 4), "target": (13, 3, 2, 4)}
    program = lower(convolutional_step, {name: Spec(shape) for name, shape in shapes.items()})
    results = []
    for team, is_busy in ((None, False), (Team(n_lanes), False), (Team(n_lanes), True)):
        bound = program.bind(team)
        rng = np.random.default_rng(1)
        for name, shape in shapes.items():
            bound.inputs[name][...] = rng.normal(size=shape)
        if is_busy:
            team.start()
        try:
            for _ in range(3):
                bound.run()
        finally:
            if is_busy:
                team.stop()
        value, gradients = bound.outputs["all"]
        results.append([value.copy(), *map(np.copy, gradients)])
        assert team is None or len(sections(bound)) >= 2
    for alone, idle, busy in zip(*results, strict=True):
        np.testing.assert_allclose(idle, alone, rtol=1e-12)
        np.testing.assert_array_equal(busy, idle)


@pytest.mark.usefixtures("short")
def test_attention_in_lanes():
    def attention(q, k, v):
        weights = ad.softmax(q @ k.transpose(0, 2, 1))
        return {"out": weights @ v, "g": ad.grad(lambda q: ad.sum(ad.softmax(q @ k[0].T) ** 2))(q)}

    program = lower(attention, {name: Spec((9, 4, 5)) for name in "qkv"})
    outputs = []
    for team in (None, Team(2)):
        bound = program.bind(team)
        rng = np.random.default_rng(2)
        for array in bound.inputs.values():
            array[...] = rng.normal(size=array.shape)
        bound.run()
        outputs.append([bound.outputs["out"].copy(), bound.outputs["g"].copy()])
    # Products, exponentials, sums and quotients go by samples, several of them in one hand-over.
    assert max(len(lane) for lanes_of in sections(bound) for lane in lanes_of) >= 5
    for alone, cut in zip(*outputs, strict=True):
        np.testing.assert_allclose(cut, alone, rtol=1e-12, atol=1e-15)


@pytest.mark.usefixtures("short")
def test_an_error_in_a_lane_is_raised_where_the_program_runs():
    def broken():
        raise RuntimeError("in a lane")

    team = Team(2)
    team.start()
    try:
        with pytest.raises(RuntimeError, match="in a lane"):
            team.run([[], [(broken, ())]])
        team.run([[], []])  # and the team goes on
    finally:
        team.stop()


def test_stopping_ends_the_threads():
    before = threading.active_count()
    team = Team(4)
    team.start()
    assert threading.active_count() == before + 3
    team.stop()
    assert threading.active_count() == before


@pytest.mark.parametrize("n_rows", [32, 37, 256, 1000])
@pytest.mark.parametrize("n_lanes", [1, 2, 3, 7])
def test_ranges_cover_all_rows_once(n_rows, n_lanes):
    rows = [i for part in row_ranges(n_rows, n_lanes) for i in range(n_rows)[part]]
    assert rows == list(range(n_rows))


def made(op, out, *arrays, **params):
    found = lanes.cut(ad.graph.PRIMITIVES[op], out, list(arrays), params, 2)
    assert found is not None
    return found


@pytest.mark.usefixtures("short")
def test_a_section_goes_on_while_lanes_keep_to_themselves():
    x, y, z = np.zeros((3, 40, 6))
    weight = np.zeros((6, 6))
    section = Section(2)
    section.add(made("matmul", y, x, weight))
    # The same rows again, in place, and seen as one long row of entries.
    assert section.admits(made("tanh", y, y))
    assert section.admits(made("add", z, y, x))
    assert section.admits(Cut([[], []], [y.reshape(2, -1)], [y.reshape(2, -1)], 1))
    # Rows that another lane computes, as a factor or by another division.
    assert not section.admits(made("matmul", np.zeros((40, 6)), np.zeros((40, 40)), y))
    assert not section.admits(made("tanh", np.zeros((32, 6)), y[8:]))
    # What all lanes read must not be written.
    assert not section.admits(made("tanh", np.lib.stride_tricks.as_strided(weight, (40, 6)), x))
    section.add(made("tanh", z, y))
    assert not section.admits(made("matmul", np.zeros((40, 6)), x, z[:6]))


@pytest.mark.usefixtures("short")
def test_what_every_lane_reads_and_one_writes_is_not_cut():
    y = np.zeros((40, 6))
    assert lanes.cut(ad.graph.PRIMITIVES["add"], y, [y, np.zeros((1, 6))], {}, 2) is not None
    assert lanes.cut(ad.graph.PRIMITIVES["add"], y, [y, y[:1]], {}, 2) is None


@pytest.mark.usefixtures("short")
def test_columns_between_each_other_do_not_meet():
    both = np.zeros((40, 8))
    left, right = [both[:, :4]] * 2, [both[:, 4:]] * 2
    section = Section(2)
    section.add(Cut([[], []], [[both[:20, :4], both[20:, :4]]], [], 1))
    assert section.admits(Cut([[], []], [], [right], 1))
    assert not section.admits(Cut([[], []], [], [left], 1))


@pytest.mark.usefixtures("short")
def test_a_section_with_little_work_is_done_in_one_piece(monkeypatch):
    alone = trained(None)
    monkeypatch.setattr(lanes, "LEAST_WORK", 10**9)
    bound = bound_with(Team(2))
    assert not any(getattr(f, "__func__", None) is Team.run for f, _ in bound._calls)
    theta, losses = trained(Team(2))
    np.testing.assert_array_equal(theta, alone[0])
    assert losses == alone[1]


def test_small_programs_have_no_lanes():
    assert not any(getattr(f, "__func__", None) is Team.run for f, _ in bound_with(Team(2))._calls)


def test_threads_end_although_a_lane_was_begun_and_not_waited_for():
    """As when Ctrl+C comes between the two."""
    team, is_free = Team(2), threading.Event()
    team.start()
    (worker,) = team._workers
    worker.begin([(is_free.wait, ())])
    while not worker._go.locked():  # until it is at work
        pass
    worker.begin([])
    ending = threading.Thread(target=team.stop)
    ending.start()
    while team._workers and worker._lane is not None:
        pass
    is_free.set()
    ending.join()
    assert not worker._thread.is_alive()
