import numpy as np
import pytest

from playground import autodiff as ad
from playground.calculus.analysis import analyze
from playground.calculus.gallery import gallery, surfaces
from playground.models.activations import ACTIVATIONS
from playground.models.losses import LOSSES

EXAMPLES = [(group, e) for group, examples in gallery().items() for e in examples]
IDS = [f"{group}-{e.title}" for group, e in EXAMPLES]
BY_KIND = {(group, e.kind): e for group, e in EXAMPLES if e.kind}


@pytest.mark.parametrize(("group", "example"), EXAMPLES, ids=IDS)
def test_every_example_can_be_shown(group, example):
    analysis = analyze(example.formula, *example.interval)
    assert np.isfinite(analysis.values).mean() > 0.5
    assert example.latex
    assert example.derivative.to_latex()
    assert example.remark.endswith(".")


def test_every_activation_is_in_the_gallery():
    x = np.linspace(-3, 3, 101)
    for kind in ACTIVATIONS:
        example = BY_KIND["Activations", kind.name()]
        np.testing.assert_allclose(example.formula(x), kind()(x), rtol=1e-14)
        slopes = ad.grad(lambda t, kind=kind: ad.sum(kind()(t)))(x)
        np.testing.assert_allclose(example.derivative(x), slopes, rtol=1e-12, atol=1e-15)


# Each as (outputs, targets) of one sample, from the argument of its example.
SAMPLES = {
    "mean_squared_error": lambda x: ([[x]], [[0.0]]),
    "half_mean_squared_error": lambda x: ([[x]], [[0.0]]),
    "mean_absolute_error": lambda x: ([[x]], [[0.0]]),
    "huber": lambda x: ([[x]], [[0.0]]),
    "binary_cross_entropy": lambda x: ([[x]], [[1.0]]),
    "cross_entropy": lambda x: ([[x, 0.0, 0.0]], [[1.0, 0.0, 0.0]]),
    "hinge": lambda x: ([[x]], [[1.0]]),
}


def test_every_loss_is_in_the_gallery():
    # The loss of a text is that of its symbols, which is the cross-entropy.
    names = {kind.name() for kind in LOSSES} - {"sequence_cross_entropy"}
    assert names == set(SAMPLES)
    for name in names:
        example = BY_KIND["Losses", name]
        for x in (-2.3, -0.4, 0.7, 1.9):
            outputs, targets = map(np.array, SAMPLES[name](x))
            expected = float(LOSSES[name]()(outputs, targets))
            assert example.formula(x) == pytest.approx(expected, rel=1e-13)


def test_titles_are_distinct_within_a_group():
    for examples in (*gallery().values(), *surfaces().values()):
        titles = [e.title for e in examples]
        assert len(titles) == len(set(titles))


def test_surfaces_have_two_variables():
    for (example,) in zip(*surfaces().values(), strict=True):
        grid = np.linspace(*example.interval, 5)
        assert example.formula(grid[None, :], grid[:, None]).shape == (5, 5)
