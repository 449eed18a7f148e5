"""The two modes of differentiation: cotangents pulled back, tangents pushed forward.

Both take a graph and return a graph. Everything in :mod:`playground.autodiff.transforms` is a way
to call them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from playground.autodiff.graph import Constant, Node, Value, as_node
from playground.autodiff.primitives.indexing import concatenate
from playground.autodiff.primitives.shaping import broadcast_to, zeros_like


def pull_back(
    outputs: Sequence[Node], cotangents: Sequence[Value], wrt: Sequence[Node]
) -> list[Value]:
    """Return the cotangents of ``wrt`` from those of ``outputs``: the reverse mode.

    Where one of ``wrt`` is computed from another, the other's cotangent is its total one: what
    goes through the first is part of it.
    """
    found = adjoints(outputs, cotangents, wrt)
    return [found[x] if x in found else zeros_like(x) for x in wrt]


def adjoints(
    outputs: Sequence[Node], cotangents: Sequence[Value], wrt: Sequence[Node]
) -> dict[Node, Value]:
    """Return the cotangent of every node between ``wrt`` and ``outputs`` that has one.

    Nodes are visited from last to first. Each hands its cotangent to its inputs by its VJP rule;
    an input used in several places adds up what it is handed.
    """
    handed: dict[Node, list[Value]] = {node: [] for node in between(outputs, wrt)}
    for node, g in zip(outputs, cotangents, strict=True):
        if node in handed:
            handed[node].append(g)
    totals: dict[Node, Value] = {}
    for node in reversed(handed):
        parts = handed[node]
        if not parts:
            continue
        g = totals[node] = as_node(_total(parts))
        if node.op is None:
            continue
        for argument, x in enumerate(node.inputs):
            if x in handed:
                part = node.op.vjp(argument, g, node, *node.inputs, **node.params)
                if part is not None:
                    handed[x].append(part)
    return totals


def push_forward(
    outputs: Sequence[Node], wrt: Sequence[Node], tangents: Sequence[Value]
) -> list[Value]:
    """Return the tangents of ``outputs`` from those of ``wrt``: the forward mode.

    It is the transpose of :func:`pull_back`: where one of ``wrt`` is computed from another, its
    own tangent is added to what comes from there.
    """
    known: dict[Node, Value | None] = dict(zip(wrt, tangents, strict=True))
    for node in between(outputs, wrt):
        inward = [known.get(x) for x in node.inputs]
        if node.op is None or all(t is None for t in inward):
            continue
        moved, own = node.op.jvp(inward, node, *node.inputs, **node.params), known.get(node)
        known[node] = moved if own is None else own if moved is None else own + moved
    result = [known.get(node) for node in outputs]
    return [zeros_like(x) if t is None else t for t, x in zip(result, outputs, strict=True)]


def between(outputs: Sequence[Node], wrt: Sequence[Node]) -> list[Node]:
    """Return the nodes on the ways from ``wrt`` to ``outputs`` in topological order."""
    if not wrt:
        return []
    on_a_way = set(wrt)
    first = min(node.index for node in wrt)
    seen: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        # What is older than all of ``wrt`` cannot depend on it.
        if node.index >= first and node not in seen:
            seen.add(node)
            stack.extend(node.inputs)
    path = []
    for node in sorted(seen, key=lambda n: n.index):
        if node in on_a_way or any(x in on_a_way for x in node.inputs):
            on_a_way.add(node)
            path.append(node)
    return path


def _total(parts: list[Value]) -> Value:
    """Return the sum of cotangents; slices of one array meet in a concatenation."""
    if len(parts) == 1:
        return parts[0]
    dense = [p for p in parts if not _is_strip(p)]
    strips = [p for p in parts if _is_strip(p)]
    if len(strips) > 1:
        dense += _joined(strips)
    else:
        dense += strips
    total = dense[0]
    for part in dense[1:]:
        total = total + part
    return total


def _is_strip(part: Value) -> bool:
    """Whether a cotangent is zero but for a range along one axis."""
    if not isinstance(part, Node) or part.op is None or part.op.name != "pad":
        return False
    return _strip_axis(part) is not None


def _strip_axis(part: Node) -> int | None:
    sides = zip(part.params["before"], part.params["after"], strict=True)
    axes = [a for a, side in enumerate(sides) if any(side)]
    return axes[0] if len(axes) == 1 else None


def _joined(strips: list[Node]) -> list[Value]:
    """Return strips as few sums: equal ranges added, disjoint ones concatenated."""
    groups: dict[tuple[int, int, int], list[Value]] = {}
    for strip in strips:
        axis = _strip_axis(strip)
        assert axis is not None
        start = strip.params["before"][axis]
        stop = strip.shape[axis] - strip.params["after"][axis]
        groups.setdefault((axis, start, stop), []).append(strip.inputs[0])
    rows: list[list[tuple[int, int, int, Value]]] = []
    for (axis, start, stop), parts in sorted(groups.items(), key=lambda item: item[0]):
        entry = (axis, start, stop, _total(parts))
        for row in rows:
            if row[-1][0] == axis and row[-1][2] <= start:
                row.append(entry)
                break
        else:
            rows.append([entry])
    return [_concatenated(row, strips[0]) for row in rows]


def _concatenated(row: list[tuple[int, int, int, Value]], like: Node) -> Value:
    """Return disjoint ranges along one axis as one array, with zeros in the gaps."""
    axis = row[0][0]
    pieces: list[Value] = []
    end = 0
    for _, start, stop, part in row:
        if start > end:
            pieces.append(_zeros(like, axis, start - end))
        pieces.append(part)
        end = stop
    if end < like.shape[axis]:
        pieces.append(_zeros(like, axis, like.shape[axis] - end))
    return concatenate(pieces, axis)


def _zeros(like: Node, axis: int, n: int) -> Value:
    shape = (*like.shape[:axis], n, *like.shape[axis + 1 :])
    return as_node(broadcast_to(Constant(np.zeros((), like.dtype)), shape))
