"""Whole networks against PyTorch: two training passes and an evaluation by running statistics."""

from pathlib import Path

import numpy as np
import pytest

from playground import autodiff as ad
from playground.models.convolutional import ConvolutionalNetwork, ConvolutionBlock
from playground.models.losses import CrossEntropy
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.models.model import Batch, Signature

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "networks.npz")
TOLERANCE = {np.float64: {"rtol": 1e-10, "atol": 1e-13}, np.float32: {"rtol": 1e-4, "atol": 1e-5}}

CASES = {
    "plain": (
        Signature(5, 3),
        MultilayerPerceptron(
            hidden=(
                HiddenLayer(units=6, activation="gelu"),
                HiddenLayer(units=4, activation="tanh"),
            )
        ),
    ),
    "residual": (
        Signature(5, 3),
        MultilayerPerceptron(
            hidden=(
                HiddenLayer(units=6, activation="relu", normalization="batch", residual=True),
                HiddenLayer(units=6, activation="tanh", normalization="layer", residual=True),
            )
        ),
    ),
    "convolutional": (
        Signature(63, 3, image_shape=(9, 7)),
        ConvolutionalNetwork(
            blocks=(
                ConvolutionBlock(channels=4, normalization="batch", pooling="max"),
                ConvolutionBlock(
                    channels=3, kernel_size=5, stride=2, normalization="layer", activation="tanh"
                ),
                ConvolutionBlock(
                    channels=5, kernel_size=1, activation="sigmoid", pooling="average"
                ),
            ),
            dense=(HiddenLayer(units=6, activation="tanh"),),
        ),
    ),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_outputs_gradients_and_running_statistics_are_pytorchs(case, dtype):
    signature, model = CASES[case]
    names = [segment.name for segment in model.layout(signature)]
    parameters = {name: GOLDEN[f"{case}/{name}"].astype(dtype) for name in names}
    running = {name: a.astype(dtype) for name, a in model.running(signature).items()}
    for moment in ("training1", "training2", "evaluation"):
        golden = {
            name.removeprefix(f"{case}/{moment}/"): GOLDEN[name]
            for name in GOLDEN
            if name.startswith(f"{case}/{moment}/")
        }
        targets = np.eye(3, dtype=dtype)[golden["classes"]]
        batch = Batch(
            golden["x"].astype(dtype),
            noise=None if moment == "evaluation" else {},
            running=running,
            image_shape=signature.image_shape,
        )

        def loss(parameters, batch=batch, targets=targets):
            result = model.forward(parameters, batch)
            return CrossEntropy()(result.outputs, targets), (result.outputs, result.running)

        (value, (outputs, running)), gradient = ad.value_and_grad(loss, has_aux=True)(parameters)
        directions = {name: golden.pop(f"direction/{name}").astype(dtype) for name in names}
        product = ad.hvp(lambda p, loss=loss: loss(p)[0], parameters, directions)
        found = {"loss": value, "outputs": outputs}
        found |= {f"product/{name}": array for name, array in product.items()}
        found |= {f"running/{name}": array for name, array in running.items()}
        found |= {f"gradient/{name}": array for name, array in gradient.items()}
        assert set(found) == set(golden) - {"x", "classes"}
        for name, array in found.items():
            assert np.asarray(array).dtype == dtype
            np.testing.assert_allclose(array, golden[name], err_msg=name, **TOLERANCE[dtype])
