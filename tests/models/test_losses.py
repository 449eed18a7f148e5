from pathlib import Path

import numpy as np
import pytest

from playground.autodiff import compile, hvp, value_and_grad
from playground.models.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    MeanSquaredError,
    SequenceCrossEntropy,
    default_loss,
)
from playground.tasks import Task

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")

CASES = {
    "mean_squared_error": (LOSSES["mean_squared_error"](), Task.REGRESSION, "one", "real"),
    "half_mean_squared_error": (
        LOSSES["half_mean_squared_error"](),
        Task.REGRESSION,
        "one",
        "real",
    ),
    "mean_absolute_error": (LOSSES["mean_absolute_error"](), Task.REGRESSION, "one", "real"),
    "huber": (Huber(delta=1.7), Task.REGRESSION, "one", "real"),
    "binary_cross_entropy": (BinaryCrossEntropy(positive_weight=2.5), Task.BINARY, "one", "bits"),
    "cross_entropy": (CrossEntropy(), Task.MULTICLASS, "many", "classes"),
    "binary_cross_entropy/smoothed": (
        BinaryCrossEntropy(positive_weight=2.5, label_smoothing=0.3),
        Task.BINARY,
        "one",
        "bits",
    ),
    "cross_entropy/smoothed": (
        CrossEntropy(label_smoothing=0.2),
        Task.MULTICLASS,
        "many",
        "classes",
    ),
    "sequence_cross_entropy/smoothed": (
        SequenceCrossEntropy(label_smoothing=0.2),
        Task.SEQUENCE,
        "texts",
        "symbols",
    ),
    "hinge/binary": (Hinge(), Task.BINARY, "one", "bits"),
    "hinge/multiclass": (Hinge(), Task.MULTICLASS, "many", "classes"),
}


def test_every_loss_has_a_case():
    names = {name.partition("/")[0] for name in CASES}
    assert names == set(LOSSES.names())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("f8", 1e-10, 1e-16), ("f4", 1e-4, 1e-7)])
def test_values_gradients_and_products_are_pytorchs(case, dtype, rtol, atol):
    loss, task, outputs, targets = CASES[case]
    outputs, targets = GOLDEN[f"losses/{outputs}"].astype(dtype), GOLDEN[f"losses/{targets}"]
    encoded = loss.encode(targets[:, 0] if task is Task.REGRESSION else targets, task, 5)
    encoded = encoded.astype(dtype) if encoded.dtype.kind == "f" else encoded
    direction = GOLDEN[f"losses/{case}/direction"].astype(dtype)
    value, gradient = value_and_grad(lambda z: loss(z, encoded))(outputs)
    product = hvp(lambda z: loss(z, encoded), outputs, direction)
    for name, found in {"value": value, "gradient": gradient, "product": product}.items():
        assert found.dtype == dtype
        expected = GOLDEN[f"losses/{case}/{name}"]
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=name)


@pytest.mark.parametrize("case", [case for case in CASES if case.endswith("smoothed")])
def test_what_is_shown_is_not_smoothed(case):
    loss = CASES[case][0]
    assert loss.unsmoothed() == loss.model_copy(update={"label_smoothing": 0.0})


@pytest.mark.parametrize("loss", tuple(LOSSES), ids=lambda loss: loss.name())
@pytest.mark.parametrize("task", list(Task))
def test_encoded_targets_are_decided_as_themselves(loss, task):
    if task not in loss.TASKS or not task.is_classification:
        pytest.skip("not a classification by this loss")
    n_classes = 2 if task is Task.BINARY else 4
    classes = np.arange(20) % n_classes
    encoded = loss().encode(classes, task, n_classes)
    assert encoded.shape == (20, loss().n_outputs(task, n_classes))
    np.testing.assert_array_equal(loss().decide(encoded * 5 - (encoded == 0) * 5), classes)


def test_probabilities_sum_to_one_and_agree_with_the_decision():
    rng = np.random.default_rng(0)
    for loss, n_outputs in (
        (BinaryCrossEntropy(), 1),
        (Hinge(), 1),
        (CrossEntropy(), 6),
        (MeanSquaredError(), 6),
    ):
        outputs = rng.normal(0, 3, (50, n_outputs))
        shares = loss.probabilities(outputs)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        np.testing.assert_array_equal(
            shares.argmax(axis=1)[np.ptp(shares, axis=1) > 0],
            loss.decide(outputs)[np.ptp(shares, axis=1) > 0],
        )


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_the_cross_entropy_of_symbols_is_pytorchs_without_padding(dtype, tolerance):
    golden = np.load(Path(__file__).parents[1] / "golden" / "texts.npz")
    targets = SequenceCrossEntropy().encode(golden["targets"], Task.SEQUENCE, 0)

    def loss(z):
        return SequenceCrossEntropy()(z, targets)

    z, direction = golden["outputs"].astype(dtype), golden["direction"].astype(dtype)
    for got, name in (
        *zip(compile(value_and_grad(loss))(z), ("value", "gradient"), strict=True),
        (compile(lambda z, v: hvp(loss, z, v))(z, direction), "product"),
    ):
        assert got.dtype == dtype
        scale = np.abs(golden[name]).max()
        np.testing.assert_allclose(got, golden[name], rtol=0, atol=tolerance * scale)


def test_texts_of_padding_alone_have_no_loss():
    outputs = np.random.default_rng(0).normal(size=(2, 3, 5))
    outputs[0, 1] = np.nan
    value, gradient = value_and_grad(lambda z: SequenceCrossEntropy()(z, np.zeros((2, 3), int)))(
        outputs
    )
    assert value == 0
    assert not gradient[1].any()


def test_each_task_has_a_default_that_can_do_it():
    for task in Task:
        assert task in default_loss(task).TASKS
