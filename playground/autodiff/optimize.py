"""Graph to graph, same meaning, less work.

One pass from inputs to outputs rewrites each node over its rewritten inputs: composed primitives
are expanded, operations on constants are done now, a rule for the operation may replace the node,
and equal nodes become one. What no output needs is never visited.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.graph import Constant, Node, Primitive, topological
from playground.autodiff.primitives.elementwise import Alias, copy
from playground.autodiff.primitives.shaping import BroadcastTo, broadcast_to, reshape
from playground.autodiff.shapes import broadcast_shapes
from playground.autodiff.simplify import RULES, broadcast_source


def optimize(outputs: Sequence[Node]) -> list[Node]:
    """Return equivalent outputs."""
    rewriter = _Rewriter()
    rewriter.rewrite(outputs)
    return [rewriter.done[node] for node in outputs]


class _Rewriter:
    """Rewritten nodes by their originals, and one node for each distinct computation."""

    def __init__(self) -> None:
        self.done: dict[Node, Node] = {}
        self.distinct: dict[Any, Node] = {}

    def rewrite(self, outputs: Sequence[Node]) -> None:
        for node in topological(outputs, done=self.done):
            self.done[node] = self._rewritten(node)

    def _rewritten(self, node: Node) -> Node:
        op = node.op
        if op is None:
            return self._constant(node) if isinstance(node, Constant) else node
        done = self.done
        inputs = tuple([done[x] for x in node.inputs])
        if isinstance(op, Alias) and op is not copy:
            return inputs[0]
        key = (op, tuple(node.params.values()), *[id(x) for x in _in_order(op, inputs)])
        known = self.distinct.get(key)
        if known is not None:
            return known
        node = Node(op, inputs, node.params, node.shape, node.dtype)
        replacement = _replacement(node)
        if replacement is None:
            done[node] = node
        else:
            # What a rule made is rewritten in turn, down to nodes that are finished.
            self.rewrite([replacement])
            node = done[replacement]
        self.distinct[key] = node
        return node

    def _constant(self, node: Constant) -> Node:
        value = node.value
        content = value.tobytes() if value.nbytes <= _COMPARED_BYTES else id(node)
        constant = self.distinct.setdefault((value.dtype, value.shape, content), node)
        self.done[constant] = constant
        return constant


_COMPARED_BYTES = 256


def _in_order(op: Primitive, inputs: tuple[Node, ...]) -> Sequence[Node]:
    return sorted(inputs, key=id) if op.commutative else inputs


def _replacement(node: Node) -> Node | None:
    """Return what the node is simplified to in one step, or None where it stays."""
    assert node.op is not None
    folded = _folded(node)
    if folded is not None:
        return folded
    expanded = node.op.expand(*node.inputs, **node.params)
    if expanded is not None:
        return expanded
    for rule in RULES.get(node.op.name, ()):
        simpler = rule(node)
        if simpler is not None:
            return simpler
    return _without_broadcast(node) if node.op.elementwise else None


def _folded(node: Node) -> Node | None:
    """Return the constant that an operation on constants gives."""
    if isinstance(node.op, BroadcastTo):
        return None
    for x in node.inputs:
        if not isinstance(x, Constant):
            return None
    assert node.op is not None
    values = [x.value for x in node.inputs if isinstance(x, Constant)]
    with np.errstate(all="ignore"):
        value = np.asarray(node.op.evaluate(*values, **node.params))
    return Constant(value.astype(node.dtype, copy=False))


def _without_broadcast(node: Node) -> Node | None:
    """Let numpy broadcast inside of the operation instead of before it."""
    bare = [_unexpanded(x, node.size) for x in node.inputs]
    if all(b is x for b, x in zip(bare, node.inputs, strict=True)):
        return None
    assert node.op is not None
    shape = broadcast_shapes(node.op.name, *[b.shape for b in bare])
    return broadcast_to(Node(node.op, tuple(bare), node.params, shape, node.dtype), node.shape)


def _unexpanded(operand: Node, size: int) -> Node:
    """Return what an operand repeats; one entry as a scalar, which the rules for scalars know."""
    source = broadcast_source(operand)
    return reshape(source, ()) if source.size == 1 < size else source
