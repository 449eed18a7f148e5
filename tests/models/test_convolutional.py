import math

import numpy as np
import pytest
from scipy.signal import correlate2d

from playground.declarations import live_values
from playground.models.convolutional import ConvolutionalNetwork, ConvolutionBlock
from playground.models.mlp import HiddenLayer
from playground.models.model import Batch, Signature

SHAPE = (6, 5)
SIGNATURE = Signature(30, 3, image_shape=SHAPE)


def network(*blocks, **values):
    return ConvolutionalNetwork(blocks=blocks, **values)


def passed(model, images, noise=None, signature=SIGNATURE, seed=0):
    layout = model.layout(signature)
    arrays = layout.unpack(model.initial(layout, np.random.default_rng(seed)))
    batch = Batch(
        images.reshape(len(images), -1),
        noise=noise,
        running=model.running(signature),
        image_shape=signature.image_shape,
    )
    return arrays, model.forward(arrays, batch)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5, 7])
def test_maps_are_correlations_that_keep_the_size(kernel_size, stride):
    rng = np.random.default_rng(1)
    images = rng.normal(size=(2, *SHAPE))
    model = network(ConvolutionBlock(channels=2, kernel_size=kernel_size, stride=stride))
    arrays, result = passed(model, images)
    maps = result.views["conv1.maps"]
    before, after = (kernel_size - 1) // 2, kernel_size // 2
    assert maps.shape == (2, math.ceil(6 / stride), math.ceil(5 / stride), 2)
    for image, found in zip(images, maps, strict=True):
        padded = np.pad(image, (before, after))
        for channel in range(2):
            kernel = arrays["conv1.weight"][:, :, 0, channel]
            expected = correlate2d(padded, kernel, mode="valid")[::stride, ::stride]
            np.testing.assert_allclose(found[..., channel], np.maximum(expected, 0), atol=1e-12)


def test_views_and_activations_are_named_and_shaped():
    model = network(
        ConvolutionBlock(channels=4, pooling="max"),
        ConvolutionBlock(channels=7, pooling="average"),
        dense=(HiddenLayer(units=8),),
    )
    _, result = passed(model, np.random.default_rng(0).normal(size=(3, *SHAPE)))
    assert {k: v.shape for k, v in result.views.items()} == {
        "conv1.maps": (3, 6, 5, 4),
        "conv2.maps": (3, 3, 2, 7),
    }
    assert {k: v.shape for k, v in result.activations.items()} == {
        "conv1": (3, 3, 2, 4),
        "conv2": (3, 1, 1, 7),
        "dense1": (3, 8),
        "output": (3, 3),
    }
    assert list(result.activations) == list(model.layout(SIGNATURE).layers)


def test_dropout_follows_the_pooling_and_keeps_the_mean():
    block = ConvolutionBlock(channels=2, pooling="max", dropout=0.25)
    model = network(block, dense=(HiddenLayer(units=4, dropout=0.5),))
    shapes = {n.name: n.shape for n in model.noise(SIGNATURE, 5)}
    assert shapes == {"conv1": (5, 3, 2, 2), "dense1": (5, 4)}
    assert live_values(model) == {"blocks.0.dropout": 0.25, "dense.0.dropout": 0.5}
    images = np.random.default_rng(3).normal(size=(5, *SHAPE))
    rng = np.random.default_rng(2)
    noise = {name: rng.random(shape) for name, shape in shapes.items()}
    _, trained = passed(model, images, noise)
    _, evaluated = passed(model, images)
    expected = np.where(noise["conv1"] < 0.75, evaluated.activations["conv1"] / 0.75, 0)
    np.testing.assert_allclose(trained.activations["conv1"], expected)


def test_what_it_cannot_read_is_refused():
    model = network(*[ConvolutionBlock(pooling="max")] * 3)
    assert model.refuses(Signature(30, 3)) == "it reads pictures only"
    text = Signature(30, 3, image_shape=SHAPE, n_symbols=5)
    assert model.refuses(text) == "it reads pictures only"
    assert model.refuses(SIGNATURE) == "conv3 reads 1×1 pixels, too few for its pooling"
    assert model.refuses(Signature(64, 3, image_shape=(8, 8))) == ""


def test_memory_estimate_grows_with_the_batch():
    model = ConvolutionalNetwork()
    small, large = (model.peak_bytes(SIGNATURE, n, 4) for n in (1, 1000))
    assert small > 4 * model.layout(SIGNATURE).size
    # At the least, the feature maps and their adjoints.
    assert large - small > 4 * 999 * 2 * (6 * 5 * 16 + 3 * 2 * 32)
