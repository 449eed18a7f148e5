"""Nested tuples, lists and dictionaries of arrays, seen as a flat list of leaves.

Dictionaries are read in the order of their keys sorted, so equal dictionaries flatten equally.
None has no leaves; anything else is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

Tree: TypeAlias = Any
Structure: TypeAlias = Any
"""A hashable description of the nesting; equal for trees that differ in their leaves only."""

LEAF = "*"


def flatten(tree: Tree) -> tuple[list[Any], Structure]:
    """Return the leaves and the structure that :func:`unflatten` needs."""
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Tree, leaves: list[Any]) -> Structure:
    if isinstance(tree, dict):
        keys = tuple(sorted(tree))
        return dict, keys, tuple(_flatten(tree[k], leaves) for k in keys)
    if isinstance(tree, (tuple, list)):
        return type(tree), None, tuple(_flatten(child, leaves) for child in tree)
    if tree is None:
        return None
    leaves.append(tree)
    return LEAF


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Tree:
    """Return the tree of a structure with these leaves."""
    return _unflatten(structure, iter(leaves))


def _unflatten(structure: Structure, leaves: Iterator[Any]) -> Tree:
    if structure is None:
        return None
    if structure == LEAF:
        return next(leaves)
    kind, keys, children = structure
    values = [_unflatten(child, leaves) for child in children]
    if kind is dict:
        return dict(zip(keys, values, strict=True))
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def map_leaves(function: Callable[..., Any], tree: Tree) -> Tree:
    """Return the tree with ``function`` applied to every leaf."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def paths(tree: Tree, root: str) -> list[str]:
    """Return a name for every leaf, such as ``state.m`` or ``x[0]``, in the order of leaves."""
    if isinstance(tree, dict):
        return [p for k in sorted(tree) for p in paths(tree[k], f"{root}.{k}")]
    if isinstance(tree, (tuple, list)):
        return [p for i, child in enumerate(tree) for p in paths(child, f"{root}[{i}]")]
    return [] if tree is None else [root]
