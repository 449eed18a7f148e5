import numpy as np
import pytest

from playground.declarations import with_value
from playground.presets import load
from playground.training.experiment import Experiment
from playground.training.trainer import Trainer
from playground.training.views import AttentionView, MapsView, OpaqueView

MODEL = frozenset({"model"})


def made(preset, **values):
    experiment = load(preset)
    for path, value in values.items():
        experiment = with_value(experiment, path.replace("__", "."), value)
    return Trainer(experiment)


def looked_at(trainer, row=None):
    trainer.look_at(row)
    return trainer.snapshot(MODEL).model


@pytest.fixture(scope="module")
def digits():
    block = {"channels": 3, "pooling": "max"}
    return made("digits-cnn", model__blocks=[block, block])


def convolved(picture, kernel, bias):
    """Return ReLU(picture * kernel + b) by its definition, zeros around the picture."""
    height, width, _ = picture.shape
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    result = np.zeros((height, width, kernel.shape[-1]))
    for i in range(height):
        for j in range(width):
            under = padded[i : i + 3, j : j + 3]
            result[i, j] = np.tensordot(under, kernel, 3) + bias
    return np.maximum(result, 0.0)


def test_feature_maps_are_those_of_the_picture(digits):
    view = looked_at(digits)
    prepared = digits.prepared
    assert isinstance(view, MapsView)
    assert (view.part, view.row) == ("validation", prepared.validation.rows[0])
    assert np.array_equal(view.picture, prepared.table.inputs[view.row].reshape(8, 8))
    assert view.true == prepared.table.targets[view.row]
    assert view.shares.sum() == pytest.approx(1.0, abs=1e-6)
    parameters = digits.parameters()
    first, second = view.blocks
    picture = prepared.validation.inputs[0].reshape(8, 8, 1)
    expected = convolved(picture, parameters["conv1.weight"], parameters["conv1.bias"])
    assert first.maps == pytest.approx(expected.transpose(2, 0, 1), rel=1e-4, abs=1e-5)
    pooled = expected.reshape(4, 2, 4, 2, 3).max(axis=(1, 3))
    expected = convolved(pooled, parameters["conv2.weight"], parameters["conv2.bias"])
    assert second.maps == pytest.approx(expected.transpose(2, 0, 1), rel=1e-4, abs=1e-4)
    kernel = parameters["conv2.weight"]
    assert second.filters[2] == pytest.approx(kernel[..., 2].mean(axis=-1), rel=1e-5)


def test_another_row_is_shown_although_no_step_was_done(digits):
    first = looked_at(digits)
    row = int(digits.prepared.train.rows[7])
    other = looked_at(digits, row)
    assert (other.part, other.row) == ("train", row)
    assert other.step == first.step
    assert not np.array_equal(other.blocks[0].maps, first.blocks[0].maps)
    assert looked_at(digits, 10**9).row == first.row


def test_views_neither_move_the_run_nor_grow_old(digits):
    before = digits.theta
    view = looked_at(digits)
    assert digits.snapshot(MODEL).model is view
    assert np.array_equal(digits.theta, before)
    digits.run(2)
    assert digits.snapshot(MODEL).model.step == 2


def test_attention_between_the_symbols_of_a_translation():
    trainer = made("dates", data__n_samples=300, model__blocks=1, model__width=8, model__heads=2)
    view = looked_at(trainer)
    table = trainer.prepared.table
    source, target = (
        vocabulary.decode(rows[[view.row]])[0]
        for vocabulary, rows in (
            (table.source_vocabulary, table.inputs),
            (table.target_vocabulary, table.targets),
        )
    )
    assert isinstance(view, AttentionView)
    maps = {m.name: m for m in view.maps}
    assert list(maps) == ["encoder1.attention", "decoder1.attention", "decoder1.cross_attention"]
    assert "".join(maps["encoder1.attention"].queries) == source
    assert "".join(maps["decoder1.cross_attention"].queries) == f"{target}⊣"
    assert "".join(maps["decoder1.cross_attention"].keys) == source
    assert "".join(maps["decoder1.attention"].keys) == f"⊢{target}"
    for shown in maps.values():
        assert shown.shares.shape == (2, len(shown.queries), len(shown.keys))
        assert shown.shares.sum(axis=-1) == pytest.approx(1.0, abs=1e-5)
    itself = maps["decoder1.attention"].shares
    assert not np.triu(itself, 1).any()  # nobody reads what is not written yet


def test_attention_within_a_sentence_and_within_a_text_that_goes_on():
    small = {"blocks": 1, "width": 8, "heads": 2, "feed_forward": 8, "kind": "transformer"}
    sentence = looked_at(made("sentiment", data__n_samples=200, model=small))
    (shown,) = sentence.maps
    assert shown.queries == shown.keys
    assert len(shown.keys) > 3
    (shown,) = looked_at(made("character-model", model=small)).maps
    assert shown.queries[:-1] == shown.keys[1:]


def test_other_models_have_no_picture_of_their_own():
    assert looked_at(Trainer(Experiment())) == OpaqueView(0)
