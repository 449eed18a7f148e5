"""What every model that reads texts must keep, whatever it is made of."""

import numpy as np
import pytest

from playground import autodiff as ad
from playground.declarations import live_values
from playground.models.model import Batch, Signature
from playground.models.recurrent import RecurrentNetwork
from playground.models.transformer import Transformer
from tests.models.sequences import SIGNATURES, SOURCE, TARGET, drawn, outputs_of, padded

MODELS = {
    "elman": RecurrentNetwork(cell="elman", embedding=3, units=4, layers=2),
    "gru": RecurrentNetwork(cell="gru", embedding=3, units=4),
    "lstm": RecurrentNetwork(cell="lstm", embedding=3, units=4),
    "plain": RecurrentNetwork(cell="gru", embedding=3, units=4, attention=False),
    "transformer": Transformer(width=6, heads=2, feed_forward=5),
    "waves": Transformer(width=6, heads=3, feed_forward=5, blocks=1, positions="sinusoidal"),
}

each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
each_use = pytest.mark.parametrize("use", SIGNATURES)


def tiny(model):
    sizes = {"embedding": 2, "units": 2} if "units" in model.model_fields_set else {}
    if isinstance(model, Transformer):
        sizes = {"width": 4, "heads": 2, "feed_forward": 3, "blocks": 1}
    return model.model_copy(update=sizes)


@each_model
@pytest.mark.parametrize("use", ["classification", "translation"])
def test_padding_changes_nothing(model, use):
    longer = Signature(9, SIGNATURES[use].n_outputs, n_symbols=9)
    if use == "translation":
        longer = Signature(9, 8, n_symbols=9, n_target_positions=7)
    _, arrays = drawn(model, longer)
    shorter = dict(arrays)
    for name, length in (("embedding", 6), ("target_embedding", 5)):
        if f"{name}.position_weight" in arrays:
            shorter[f"{name}.position_weight"] = arrays[f"{name}.position_weight"][:length]
    more = outputs_of(model, arrays, padded(SOURCE, 3), padded(TARGET, 2))
    if use == "translation":
        more = more[:, :5]
    np.testing.assert_allclose(more, outputs_of(model, shorter), rtol=1e-12, atol=1e-13)


@each_model
def test_what_is_written_depends_on_earlier_symbols_only(model):
    _, arrays = drawn(model, SIGNATURES["translation"])
    before = outputs_of(model, arrays)
    for position in range(5):
        changed = TARGET.copy()
        changed[:, position] = 5 + (TARGET[:, position] == 5)
        after = outputs_of(model, arrays, targets=changed)
        np.testing.assert_array_equal(after[:, : position + 1], before[:, : position + 1])
        if position < 4:
            assert not np.any(np.all(after[:, position + 1] == before[:, position + 1], axis=-1))


@each_model
def test_a_continuation_depends_on_the_text_up_to_it_only(model):
    _, arrays = drawn(model, SIGNATURES["continuation"])
    before = outputs_of(model, arrays)
    for position in range(6):
        changed = SOURCE.copy()
        changed[:, position] = 5 + (SOURCE[:, position] == 5)
        after = outputs_of(model, arrays, changed)
        np.testing.assert_array_equal(after[:, :position], before[:, :position])
        assert not np.any(np.all(after[:, position] == before[:, position], axis=-1))


@each_model
def test_what_is_written_depends_on_the_whole_source(model):
    _, arrays = drawn(model, SIGNATURES["translation"])
    before = outputs_of(model, arrays)
    for position in range(6):
        changed = SOURCE.copy()
        changed[0, position] = 5 + (SOURCE[0, position] == 5)
        after = outputs_of(model, arrays, changed)
        assert not np.any(np.all(after[0] == before[0], axis=-1))
        np.testing.assert_array_equal(after[1:], before[1:])


@each_model
@each_use
def test_texts_do_not_see_each_other(model, use):
    _, arrays = drawn(model, SIGNATURES[use])
    together = outputs_of(model, arrays)
    for i in range(3):
        alone = outputs_of(model, arrays, SOURCE[i : i + 1], TARGET[i : i + 1])
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-12, atol=1e-13)


@each_model
@each_use
def test_gradients_agree_with_differences(model, use):
    model = tiny(model)
    layout, arrays = drawn(model, SIGNATURES[use])
    theta = layout.pack(arrays)
    source, target = SOURCE[:2, :4], TARGET[:2, :3]
    signature = SIGNATURES[use]
    if isinstance(model, Transformer) and model.positions == "learned":
        # Fewer positions than in the golden numbers keep this fast.
        signature = Signature(
            4,
            signature.n_outputs,
            n_symbols=9,
            n_target_positions=3 if use == "translation" else 0,
            is_continuation=signature.is_continuation,
        )
        layout, arrays = drawn(model, signature)
        theta = layout.pack(arrays)

    def scalar(theta):
        outputs = model.forward(layout.unpack(theta), Batch(source, target)).outputs
        return ad.mean(ad.log_softmax(outputs)[..., 1])

    ad.check_gradients(scalar, theta, order=1, tolerance=1e-8)


@each_model
@each_use
def test_layers_are_those_of_the_layout(model, use):
    layout, arrays = drawn(model, SIGNATURES[use])
    result = model.forward(arrays, Batch(SOURCE, TARGET))
    assert list(result.activations) == list(layout.layers)
    assert all(len(values) == len(SOURCE) for values in result.activations.values())
    assert layout.size == layout.segments[-1].stop


@each_model
@each_use
def test_dropout_acts_in_training_only_and_is_live(model, use):
    model = model.model_copy(update={"dropout": 0.4})
    assert live_values(model) == {"dropout": 0.4}
    signature = SIGNATURES[use]
    _, arrays = drawn(model, signature)
    rng = np.random.default_rng(0)
    noise = {n.name: rng.random(n.shape) for n in model.noise(signature, len(SOURCE))}
    assert noise
    plain = outputs_of(model.model_copy(update={"dropout": 0.0}), arrays)
    np.testing.assert_array_equal(outputs_of(model, arrays), plain)
    for name, uniform in noise.items():
        kept = {key: np.zeros_like(value) for key, value in noise.items()}
        scaled = outputs_of(model, arrays, noise=kept)
        dropped = outputs_of(model, arrays, noise=kept | {name: uniform})
        assert not np.allclose(dropped, scaled), f"{name} does nothing"


@each_model
def test_only_texts_are_read(model):
    assert model.refuses(Signature(6, 3)) == "it reads text only"


@each_model
@each_use
def test_memory_estimate_covers_what_a_step_takes(model, use):
    signature = SIGNATURES[use]
    layout = model.layout(signature)
    n = 64
    specs = {
        "theta": ad.Spec((layout.size,), np.float64),
        "inputs": ad.Spec((n, 6), np.int64),
        "targets": ad.Spec((n, 5), np.int64),
    }

    def gradient(theta, inputs, targets):
        def scalar(theta):
            outputs = model.forward(layout.unpack(theta), Batch(inputs, targets)).outputs
            return ad.sum(ad.log_softmax(outputs))

        return {"gradient": ad.grad(scalar)(theta)}

    program = ad.lower(gradient, inputs=specs)
    needed = sum(buffer.nbytes for buffer in program.buffers if buffer.kind == "arena")
    assert needed <= model.peak_bytes(signature, n, 8) < 20 * needed
