import numpy as np
import pytest

from playground.models.attention import hidden_padding, multi_head
from playground.models.embedding import sinusoids
from playground.models.layout import Layout
from playground.models.model import Batch
from playground.models.transformer import Transformer
from tests.models.sequences import GOLDEN, SIGNATURES, SOURCE, TARGET, check_golden, close, drawn


def small(**settings):
    return Transformer(**({"width": 6, "heads": 2, "feed_forward": 5} | settings))


@pytest.mark.parametrize("use", SIGNATURES)
def test_blocks_are_pytorchs(use):
    model = small()
    check_golden(
        f"transformer/{use}",
        model.layout(SIGNATURES[use]),
        lambda arrays: model.forward(arrays, Batch(SOURCE, TARGET)).outputs,
    )


def test_multi_head_attention_is_pytorchs():
    shapes = {"in.weight": (6, 18), "in.bias": (18,), "out.weight": (6, 6), "out.bias": (6,)}
    layout = Layout((*name.split("."), shape, True) for name, shape in shapes.items())

    def attend(arrays):
        dtype = arrays["in.weight"].dtype
        joined = GOLDEN["multi_head/x"].astype(dtype) @ arrays["in.weight"] + arrays["in.bias"]
        hidden = hidden_padding(SOURCE, dtype)
        return multi_head(joined[..., :6], joined[..., 6:], 2, hidden)

    def outputs_of(arrays):
        return attend(arrays)[0] @ arrays["out.weight"] + arrays["out.bias"]

    check_golden("multi_head", layout, outputs_of)
    arrays = {name: GOLDEN[f"multi_head/parameter/{name}"] for name in shapes}
    close(attend(arrays)[1], GOLDEN["multi_head/shares"], 1e-12)


@pytest.mark.parametrize("use", SIGNATURES)
def test_attention_is_shown_and_reads_no_padding_and_no_future(use):
    _, arrays = drawn(small(), SIGNATURES[use])
    views = small().forward(arrays, Batch(SOURCE, TARGET)).views
    lengths = {"encoder": (6, 6), "decoder": (5, 5), "cross": (5, 6)}
    if use == "continuation":
        lengths["decoder"] = (6, 6)
    is_padding = (SOURCE == 0)[:, None, None, :]
    for name, shares in views.items():
        sort = "cross" if "cross" in name else name[:7]
        assert shares.shape == (3, 2, *lengths[sort])
        np.testing.assert_allclose(shares.sum(axis=-1), 1.0)
        if sort == "decoder":
            np.testing.assert_array_equal(np.triu(shares, 1), 0.0)
        else:
            np.testing.assert_array_equal(shares * is_padding, 0.0)
    expected = {"classification": 2, "continuation": 2, "translation": 6}
    assert len(views) == expected[use]


def test_sinusoids_are_the_papers():
    waves = sinusoids(7, 5)
    for position in range(7):
        for i in range(5):
            angle = position / 10_000 ** (2 * (i // 2) / 5)
            assert waves[position, i] == pytest.approx([np.sin, np.cos][i % 2](angle), abs=1e-14)


def test_fixed_positions_need_no_weights():
    signature = SIGNATURES["translation"]
    assert not any("position" in s.name for s in small(positions="sinusoidal").layout(signature))
    assert any("position" in s.name for s in small().layout(signature))


def test_an_architecture_that_cannot_do_the_task_is_refused_with_the_reason():
    fitting = {"classification": "encoder", "continuation": "decoder"}
    fitting["translation"] = "encoder_decoder"
    for use, signature in SIGNATURES.items():
        for architecture in fitting.values():
            refusal = small(architecture=architecture).refuses(signature)
            assert bool(refusal) == (architecture != fitting[use])
        assert not small().refuses(signature)
    assert "needs the architecture decoder, got encoder" in small(architecture="encoder").refuses(
        SIGNATURES["continuation"]
    )
    assert "width of 6 cannot be shared evenly by 4 heads" in small(heads=4).refuses(signature)


def test_matrices_side_by_side_are_drawn_for_their_own_fans():
    model = small(width=60, heads=1)
    layout = model.layout(SIGNATURES["translation"])
    arrays = layout.unpack(model.initial(layout, np.random.default_rng(0)))
    bound = np.sqrt(6 / 120)
    for name in ("encoder1.attention_weight", "decoder1.cross_memory_weight"):
        assert 0.98 * bound < np.abs(arrays[name]).max() <= bound
    assert np.all(arrays["encoder1.feed_norm_scale"] == 1.0)
