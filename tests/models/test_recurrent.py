import numpy as np
import pytest

from playground.models.model import Batch, Signature
from playground.models.recurrent import RecurrentNetwork
from tests.models.sequences import SIGNATURES, SOURCE, TARGET, check_golden, drawn

CELLS = ("elman", "gru", "lstm")


def small(**settings):
    return RecurrentNetwork(**({"embedding": 3, "units": 4, "layers": 2} | settings))


@pytest.mark.parametrize("use", SIGNATURES)
@pytest.mark.parametrize("cell", CELLS)
def test_cells_are_pytorchs(cell, use):
    model = small(cell=cell)
    check_golden(
        f"{cell}/{use}",
        model.layout(SIGNATURES[use]),
        lambda arrays: model.forward(arrays, Batch(SOURCE, TARGET)).outputs,
    )


def test_without_attention_the_last_state_is_all_that_is_known():
    signature = SIGNATURES["translation"]
    layout, arrays = drawn(small(attention=False), signature)
    assert "attention" not in layout.layers
    result = small(attention=False).forward(arrays, Batch(SOURCE, TARGET))
    assert result.views == {}
    assert list(result.activations) == list(layout.layers)


def test_attention_is_shared_among_symbols_and_shown():
    _, arrays = drawn(small(), SIGNATURES["translation"])
    shares = small().forward(arrays, Batch(SOURCE, TARGET)).views["attention"]
    assert shares.shape == (3, 1, 5, 6)
    np.testing.assert_allclose(shares.sum(axis=-1), 1.0)
    np.testing.assert_array_equal(shares[SOURCE[:, None, None, :].repeat(5, 2) == 0], 0.0)


def test_forget_gates_start_open_and_states_are_turned_without_stretch():
    model = small(cell="lstm")
    layout = model.layout(SIGNATURES["classification"])
    arrays = layout.unpack(model.initial(layout, np.random.default_rng(0)))
    bias = arrays["encoder1.bias"].sum(axis=0)
    np.testing.assert_array_equal(bias, np.repeat([0.0, 1.0, 0.0, 0.0], 4))
    for gate in np.split(arrays["encoder2.weight"][4:], 4, axis=1):
        np.testing.assert_allclose(gate @ gate.T, np.eye(4), atol=1e-12)


def test_long_texts_are_refused_with_the_reason():
    long = Signature(129, 2, n_symbols=9)
    assert "at most 128 of them, and the texts have 129" in small().refuses(long)
    assert not small().refuses(Signature(128, 2, n_symbols=9))
