import threading

import numpy as np
import pytest

from playground.data.sets.bundled import Iris
from playground.data.sets.planar import Blobs
from playground.declarations import validate
from playground.errors import SpecError
from playground.models.losses import CrossEntropy
from playground.optimizers.optimizer import OPTIMIZERS
from playground.training import Experiment, Trainer, run
from playground.training.control import Control
from tests.training.runs import assert_same, experiment

EDITS = [
    (7, "optimizer.learning_rate", 0.02),
    (7, "training.batch_size", 19),
    (20, "model.hidden.0.dropout", 0.3),
    (31, "penalties.l2", 0.01),
    (33, "clipping.norm", 0.5),
    (40, "optimizer", {"kind": "momentum"}),
    (52, "optimizer.momentum", 0.5),
    (60, "model.hidden.0.dropout", 0.0),
    (70, "penalties.l1", 0.001),
]


def edited(first, steps, edits=EDITS):
    trainer = Trainer(first)
    for step, path, value in edits:
        trainer.run(step - trainer.step)
        trainer.edit(path, value)
    trainer.run(steps - trainer.step)
    return trainer


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_same_seeds_and_edits_give_the_same_numbers(precision):
    first = experiment(training__precision=precision)
    a = edited(first, 100)
    assert_same(a, edited(first, 100))
    assert_same(a, run(first, a.edits, steps=100))


def test_pauses_leave_no_trace():
    whole, parts = Trainer(experiment()), Trainer(experiment())
    whole.run(90)
    for steps in (1, 5, 24, 25, 35):
        parts.run(steps)
    assert_same(whole, parts)


def test_a_resumed_run_goes_on_bit_for_bit():
    whole = edited(experiment(training__batch_size=23), 130)
    for stop in (3, 45, 65, 100):
        half = edited(experiment(training__batch_size=23), stop, [e for e in EDITS if e[0] <= stop])
        checkpoint = half.checkpoint()
        half.run(10)  # must not reach into the checkpoint
        resumed = Trainer.resume(checkpoint)
        for step, path, value in (e for e in EDITS if e[0] > stop):
            resumed.run(step - resumed.step)
            resumed.edit(path, value)
        resumed.run(130 - resumed.step)
        assert_same(whole, resumed)


NORMALIZED = {
    "model__hidden": [
        {"units": 6, "normalization": "batch", "residual": True, "dropout": 0.1},
        {"units": 6, "normalization": "batch", "residual": True},
    ],
    # 250 samples: the last batch of an epoch holds one.
    "training__batch_size": 83,
}


def assert_same_running(a, b):
    assert a.running().keys() == b.running().keys()
    for name, array in a.running().items():
        np.testing.assert_array_equal(array, b.running()[name], err_msg=name)


def test_running_statistics_are_repeated_and_resumed_bit_for_bit():
    whole = Trainer(experiment(**NORMALIZED))
    whole.run(20)
    whole.edit("training.batch_size", 30)
    whole.edit("optimizer", {"kind": "momentum"})
    whole.run(20)
    whole.edit("parameters.hidden1.scale.2", 1.5)
    whole.run(23)
    again = run(experiment(**NORMALIZED), whole.edits, steps=63)
    assert_same(whole, again)
    assert_same_running(whole, again)
    for stop in (0, 7, 40, 63):
        half = Trainer(experiment(**NORMALIZED))
        half.repeat([e for e in whole.edits if e.step < stop], stop)
        checkpoint = half.checkpoint()
        half.run(3)
        resumed = Trainer.resume(checkpoint)
        resumed.repeat([e for e in whole.edits if e.step >= stop], 63)
        assert_same(whole, resumed)
        assert_same_running(whole, resumed)


def test_evaluation_and_pictures_leave_running_statistics_alone():
    plain, watched = Trainer(experiment(**NORMALIZED)), Trainer(experiment(**NORMALIZED))
    control = Control(period_s=0.0)
    control.wanted = frozenset({"weights", "gradients", "activations", "task"})
    plain.run(10)
    watched.run(10, control=control)
    watched.scores()
    assert_same_running(plain, watched)


def test_running_statistics_are_those_of_the_batches():
    trainer = Trainer(experiment(**NORMALIZED, training__precision="float64"))
    mean, variance = np.zeros(6), np.ones(6)
    order = Trainer(experiment(**NORMALIZED))._machine.cursor
    for _ in range(4):
        x = trainer.prepared.train.inputs[order.next(83)] @ trainer.parameters()["hidden1.weight"]
        trainer.run(1)
        spread = x.var(axis=0, ddof=1) if len(x) > 1 else np.zeros(6)
        mean, variance = 0.9 * mean + 0.1 * x.mean(axis=0), 0.9 * variance + 0.1 * spread
        np.testing.assert_allclose(trainer.running()["hidden1.mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(trainer.running()["hidden1.variance"], variance, rtol=1e-12)


def test_feature_maps_are_those_of_the_present_weights():
    values = {
        "data": {"kind": "digits"},
        "loss": {"kind": "cross_entropy"},
        "model": {"kind": "convolutional", "blocks": [{"channels": 3, "normalization": "batch"}]},
    }
    trainer = Trainer(validate(Experiment, values))
    trainer.run(5)
    bound = trainer._machine.programs.views(2)
    images = trainer.prepared.train.inputs[:2]
    bound.inputs["inputs"][...] = images
    bound.run()
    maps = bound.outputs["views"]["conv1.maps"]
    assert maps.shape == (2, 8, 8, 3)
    weights, running = trainer.parameters(), trainer.running()
    padded = np.pad(images.reshape(2, 8, 8), ((0, 0), (1, 1), (1, 1)))
    # The map's top left pixel: the kernel on the padded picture's corner.
    corner = np.tensordot(padded[:, :3, :3], weights["conv1.weight"][:, :, 0], 2)
    scaled = (corner - running["conv1.mean"]) / np.sqrt(running["conv1.variance"] + 1e-5)
    expected = np.maximum(scaled * weights["conv1.scale"] + weights["conv1.bias"], 0)
    np.testing.assert_allclose(maps[:, 0, 0], expected, rtol=1e-4, atol=1e-5)


def test_a_watched_run_is_the_unwatched_one():
    plain, watched = Trainer(experiment()), Trainer(experiment())
    control = Control(period_s=0.0)
    control.wanted = frozenset({"weights", "gradients", "activations", "task"})
    plain.run(60)
    watched.run(60, control=control)
    assert_same(plain, watched)
    snapshot = control.mailbox.take()
    assert snapshot.step == 60
    assert set(snapshot.histograms) == {"weights", "gradients", "activations"}
    assert snapshot.task.values.shape[:2] == (100, 100)


def test_rows_are_theta_after_that_many_updates():
    trainer = Trainer(experiment(training__shuffle=False, training__batch_size=400))
    start = trainer.theta
    trainer.run(3)
    history = trainer.history
    assert len(history) == 4
    assert trainer.step == 3
    # Full batch without dropout: the batch loss of a row is its training loss.
    again = Trainer(experiment(training__shuffle=False, training__batch_size=400))
    np.testing.assert_array_equal(again.theta, start)
    assert history["batch_loss"][0] == pytest.approx(history["train_loss"][0], rel=1e-6)
    assert np.isnan(history["batch_loss"][-1])
    assert np.isfinite(history["batch_loss"][:-1]).all()


def test_gradient_norms_are_those_of_central_differences():
    base = experiment(training__precision="float64", training__batch_size=10**4, penalties__l2=0.1)
    trainer = Trainer(base)
    theta, layout = trainer.theta, trainer.layout
    trainer.run(1)

    def loss(theta):
        probe = Trainer(base, initial=layout.unpack(theta), prepared=trainer.prepared)
        weights = sum(
            float(np.sum(np.square(a))) for n, a in probe.parameters().items() if "weight" in n
        )
        return probe.history["train_loss"][0] + 0.05 * weights

    for layer in layout.layers:
        gradient = []
        for i in range(layout.span(layer).start, layout.span(layer).stop):
            h = np.zeros_like(theta)
            h[i] = 1e-5
            gradient.append((loss(theta + h) - loss(theta - h)) / 2e-5)
        recorded = trainer.history.last(f"gradient_norm/{layer}")[1]
        assert recorded == pytest.approx(np.linalg.norm(gradient), rel=1e-6)


def test_an_edit_reaches_a_run_in_another_thread():
    trainer, control = Trainer(experiment()), Control()
    thread = threading.Thread(target=trainer.run, kwargs={"control": control})
    thread.start()
    try:
        trainer.edit("optimizer.learning_rate", 0.5)
        applied = threading.Event()
        while not trainer.edits and thread.is_alive():  # applied before the loop's next step
            applied.wait(0.001)
    finally:
        control.interrupt()
        thread.join()
    assert trainer.edits[0].new == 0.5
    assert trainer.ending is None


def test_seeds_are_separate():
    base = Trainer(experiment())
    data = Trainer(experiment(seeds__data=1))
    weights = Trainer(experiment(seeds__weights=1))
    batches = Trainer(experiment(seeds__batches=1))
    np.testing.assert_array_equal(base.theta, data.theta)
    np.testing.assert_array_equal(base.theta, batches.theta)
    assert not np.array_equal(base.theta, weights.theta)
    np.testing.assert_array_equal(base.prepared.train.inputs, weights.prepared.train.inputs)
    assert not np.array_equal(base.prepared.train.inputs, data.prepared.train.inputs)
    base.run(5), batches.run(5)
    assert not np.array_equal(base.theta, batches.theta)


def test_dropout_does_not_change_the_order_of_batches():
    a, b = Trainer(experiment()), Trainer(experiment(model__hidden__0__dropout=0.5))
    a.run(5), b.run(5)
    orders = [t._machine.cursor.next(32).tolist() for t in (a, b)]
    assert orders[0] == orders[1]


def test_the_loss_must_fit_the_task():
    with pytest.raises(
        SpecError, match=r"loss.kind: must be one of .*cross_entropy.*got binary_cr"
    ):
        Trainer(Experiment(data=Blobs(n_classes=4)))


def test_too_large_a_model_is_refused_with_its_estimate():
    huge = experiment(
        model__hidden=[{"units": 4096}] * 20, training__batch_size=100_000, data__n_samples=10_000
    )
    trainer = Experiment.model_validate(huge)
    from playground.training import problem

    whole = problem.physical_memory_bytes
    problem.physical_memory_bytes = lambda: 10**8
    try:
        with pytest.raises(SpecError, match=r"model: must need at most .* got an estimate of"):
            Trainer(trainer)
    finally:
        problem.physical_memory_bytes = whole


def test_initial_weights_are_taken_and_checked():
    trainer = Trainer(experiment())
    given = {name: np.full(a.shape, 0.25) for name, a in trainer.parameters().items()}
    assert (Trainer(experiment(), initial=given).theta == 0.25).all()
    with pytest.raises(SpecError, match="initial: needs exactly"):
        Trainer(experiment(), initial={"output.weight": given["output.weight"]})


def test_scores_are_those_of_predictions():
    trainer = Trainer(
        Experiment(
            data=Iris(), loss=CrossEntropy(), optimizer=OPTIMIZERS["adam"](learning_rate=0.01)
        )
    )
    trainer.run(200)
    for part in ("train", "validation"):
        outputs = trainer.predict(part)
        classes = trainer.prepared.part(part).targets
        assert trainer.history.last(f"{part}_accuracy")[1] == np.mean(outputs.argmax(1) == classes)
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        expected = -np.mean(log_shares[np.arange(len(classes)), classes])
        assert trainer.history.last(f"{part}_loss")[1] == pytest.approx(expected, rel=1e-5)
    assert trainer.history.last("validation_accuracy")[1] > 0.9


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "hinge", "mean_squared_error"])
def test_accuracy_of_two_classes_is_that_of_the_sign(loss):
    trainer = Trainer(
        experiment(data__kind="gaussians", loss__kind=loss, optimizer__learning_rate=0.1)
    )
    trainer.run(100)
    classes = trainer.prepared.validation.targets
    decided = (trainer.predict("validation")[:, 0] > 0).astype(int)
    assert trainer.history.last("validation_accuracy")[1] == np.mean(decided == classes) > 0.95
    positive = trainer.history.sparse("validation_accuracy")[1]
    assert ((positive >= 0) & (positive <= 1)).all()


def test_a_slow_run_is_interrupted_at_once():
    trainer, control = Trainer(experiment()), Control()
    control.steps_per_s = 1e-3
    thread = threading.Thread(target=trainer.run, kwargs={"control": control})
    thread.start()
    control.interrupt()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert trainer.step <= 1
