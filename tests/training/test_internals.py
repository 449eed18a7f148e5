"""What the optimizer's view says, against the numbers that training itself makes."""

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.optimizers import OPTIMIZERS
from playground.training import Trainer

WANTED = frozenset({"optimizer"})


def trainer_of(preset="default", **optimizer):
    return Trainer(with_value(presets.load(preset), "optimizer", optimizer))


def weights_of(trainer, theta):
    layout = trainer.layout
    arrays = layout.unpack(theta)
    return [arrays[f"{layer}.weight"] for layer in layout.layers]


def test_it_is_the_update_that_comes_next():
    trainer = trainer_of(kind="adam", learning_rate=0.01)
    trainer.run(12)
    view = trainer.snapshot(WANTED).optimizer
    before = trainer.theta
    trainer.run(1)
    after = weights_of(trainer, trainer.theta)
    pairs = zip(weights_of(trainer, before), after, strict=True)
    ratios = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in pairs]
    assert view.step == 12
    assert view.layers == trainer.layout.layers
    np.testing.assert_allclose(view.ratios, ratios, rtol=1e-5)


@pytest.mark.parametrize("kind", OPTIMIZERS.names())
def test_looking_changes_nothing(kind):
    # Five points in one batch, on which every optimizer can run.
    preset = "linear-regression"
    seen, unseen = trainer_of(preset, kind=kind), trainer_of(preset, kind=kind)
    assert seen.experiment.training.batch_size >= len(seen.prepared.train)
    for _ in range(3):
        gradient = seen.snapshot(frozenset({"gradients"})).histograms["gradients"]
        seen.snapshot(WANTED)
        again = seen.snapshot(frozenset({"gradients"})).histograms["gradients"]
        np.testing.assert_array_equal(gradient.layers[0].counts, again.layers[0].counts)
        seen.run(3)
        unseen.run(3)
    np.testing.assert_array_equal(seen.theta, unseen.theta)
    np.testing.assert_array_equal(seen.history["batch_loss"], unseen.history["batch_loss"])


def test_gradient_descent_goes_as_far_as_its_rate_says():
    trainer = trainer_of(kind="sgd", learning_rate=0.03)
    trainer.edit("schedule", {"kind": "step", "every": 3, "gamma": 0.5})
    trainer.run(4)
    view = trainer.snapshot(WANTED).optimizer
    assert view.learning_rate == 0.015
    np.testing.assert_allclose(view.effective_rates, 0.015, rtol=1e-4)


def test_bias_corrections_are_those_of_the_coming_step():
    trainer = trainer_of(kind="adam", beta1=0.8, beta2=0.95)
    trainer.run(4)
    corrections = trainer.snapshot(WANTED).optimizer.corrections
    assert corrections == pytest.approx({"β₁": 1 - 0.8**5, "β₂": 1 - 0.95**5})
    assert OPTIMIZERS["momentum"]().corrections(5) == {}


def test_slots_are_counted_by_layer():
    trainer = trainer_of(kind="adam")
    trainer.run(9)
    slots = {slot.name: slot for slot in trainer.snapshot(WANTED).optimizer.slots}
    assert set(slots) == {"first_moment", "second_moment"}
    state = trainer.checkpoint().position.state
    layout = trainer.layout
    for name, slot in slots.items():
        parts = [state[name][layout.span(layer)] for layer in layout.layers]
        np.testing.assert_allclose(slot.norms, [np.linalg.norm(p) for p in parts], rtol=1e-5)
        assert [h.size for h in slot.histograms] == [p.size for p in parts]


def test_an_array_of_another_shape_is_shown_whole():
    trainer = trainer_of("linear-regression", kind="lbfgs")
    trainer.edit("training.batch_size", 1000)
    trainer.run(4)
    state = trainer.checkpoint().position.state
    slots = {slot.name: slot for slot in trainer.snapshot(WANTED).optimizer.slots}
    assert set(slots) == set(state)
    for name, array in state.items():
        if array.shape != (trainer.layout.size,):
            assert slots[name].norms.shape == (1,)
            assert slots[name].histograms[0].size == array.size


def test_moments_are_logged_and_an_edit_makes_a_new_one():
    trainer = trainer_of(kind="sgd", learning_rate=0.01)
    first = trainer.snapshot(WANTED).optimizer
    assert trainer.snapshot(WANTED).optimizer is first
    trainer.edit("optimizer.learning_rate", 0.02)
    trainer.apply_edits()
    second = trainer.snapshot(WANTED).optimizer
    np.testing.assert_allclose(second.ratios, 2 * first.ratios, rtol=1e-4)
    trainer.run(5)
    trainer.snapshot(WANTED)
    assert [moment.step for moment in trainer.optimizer_log] == [0, 5]
