"""Nested containers and their leaves."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from playground.autodiff import tree


class Pair(NamedTuple):
    a: int
    b: list[int]


@pytest.mark.parametrize(
    "nested",
    [1, [1, (2, 3)], {"b": [1], "a": {"c": 2}}, Pair(1, [2]), (), {"x": None, "y": 3}],
    ids=repr,
)
def test_round_trip(nested):
    leaves, structure = tree.flatten(nested)
    assert tree.unflatten(structure, leaves) == nested
    assert len(tree.paths(nested, "x")) == len(leaves)
    hash(structure)


def test_order_of_keys_does_not_matter():
    one, two = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert tree.flatten(one) == tree.flatten(two)


def test_paths_name_the_leaves():
    assert tree.paths({"b": [1, 2], "a": 3}, "state") == ["state.a", "state.b[0]", "state.b[1]"]
