"""Streams are reached again, and say whether anything was drawn."""

import numpy as np
import pytest

from playground.randomness import Stream, generator


def test_a_counter_is_reached_again():
    stream = Stream(3, "test")
    first = stream.at(5).standard_normal(4)
    stream.at(6).random(100)
    np.testing.assert_array_equal(stream.at(5).standard_normal(4), first)
    np.testing.assert_array_equal(generator(3, "test", 5).standard_normal(4), first)


DRAWS = {
    "one": lambda rng: rng.random(),
    "three normal": lambda rng: rng.standard_normal(3),
    "half a word": lambda rng: rng.integers(0, 10, dtype=np.int32),
    "a block": lambda rng: rng.random(4),
    "many blocks": lambda rng: rng.random(1000),
    "an order": lambda rng: rng.permutation(3),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_it_knows_what_was_drawn(draw):
    stream = Stream(0, "test")
    rng = stream.at(0)
    assert not stream.was_drawn
    draw(rng)
    assert stream.was_drawn
    stream.at(0)
    assert not stream.was_drawn
