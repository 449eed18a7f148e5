"""From a graph to ordered steps on values: what is computed when, before anything has a place.

A :class:`Value` is an array that will need memory, a :class:`Ref` a way to look at one. View
operations only make new refs; everything else becomes a :class:`Step` that writes one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.graph import Array, Constant, Node, Primitive, ViewPrimitive, topological
from playground.autodiff.primitives.elementwise import copy
from playground.autodiff.primitives.indexing import Concatenate
from playground.autodiff.shapes import Shape, Strided, size_of


class Value:
    """An array that needs memory.

    Attributes
    ----------
    home : tuple or None
        Where it must lie: ``("input", i)``, ``("output", i)``, ``("constant", i)``,
        ``("part", value, layout)`` within a larger value, or None for anywhere.
    parts : list of Value
        Values that are computed in its memory.
    fixed : bool
        Whether it changes only when hoisted inputs do.
    """

    __slots__ = ("constant", "dtype", "fixed", "home", "last", "parts", "place", "shape", "steps")

    def __init__(self, shape: Shape, dtype: np.dtype[Any], fixed: bool) -> None:
        self.shape = shape
        self.dtype = dtype
        self.fixed = fixed
        self.home: tuple[Any, ...] | None = None
        self.steps: list[Step] = []
        self.parts: list[Value] = []
        self.constant: Array | None = None
        self.last = -1
        self.place: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        return size_of(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def writers(self) -> list[Step]:
        """The steps that compute it."""
        if not self.parts:
            return self.steps
        return self.steps + [writer for part in self.parts for writer in part.writers]

    @property
    def root(self) -> Value:
        """The value whose memory this one is part of, or itself."""
        value = self
        while value.home is not None and value.home[0] == "part":
            value = value.home[1]
        return value


class Ref:
    """A value looked at in some layout."""

    __slots__ = ("layout", "value")

    def __init__(self, value: Value, layout: Strided) -> None:
        self.value = value
        self.layout = layout

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the value's entries in their order, in any shape."""
        layout = self.layout
        return (
            layout.offset == 0
            and layout.is_contiguous
            and (size_of(layout.shape) == self.value.size)
        )


class Step:
    """One operation that writes one value."""

    __slots__ = ("after", "inputs", "op", "out", "params")

    def __init__(
        self, op: Primitive, inputs: list[Ref], out: Value, params: dict[str, Any]
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.out = out
        self.params = params
        self.after: list[Step] = []
        """Steps that must run earlier without being read: they read what this one overwrites."""
        out.steps.append(self)

    @property
    def sources(self) -> list[Step]:
        """The steps that must run earlier."""
        return [writer for ref in self.inputs for writer in ref.value.writers] + self.after


class Schedule:
    """The steps of a graph, in order, and the refs of its outputs.

    Parameters
    ----------
    outputs : sequence of Node
    inputs : dict
        Whether each input node is hoisted.
    """

    def __init__(self, outputs: Sequence[Node], inputs: dict[Node, bool]) -> None:
        self.steps: list[Step] = []
        self.constants: list[Value] = []
        self._refs: dict[Node, Ref] = {}
        for i, (node, hoisted) in enumerate(inputs.items()):
            value = Value(node.shape, node.dtype, hoisted)
            value.home = ("input", i)
            self._refs[node] = whole(value)
        for node in topological(outputs, done=inputs):
            self._refs[node] = self._ref(node)

    def __getitem__(self, node: Node) -> Ref:
        return self._refs[node]

    def _ref(self, node: Node) -> Ref:
        op = node.op
        if op is None:
            if not isinstance(node, Constant):
                raise ValueError(f"{node!r} belongs to another trace")
            return self._constant(node)
        refs = [self._refs[x] for x in node.inputs]
        if isinstance(op, ViewPrimitive):
            layout = op.view(refs[0].layout, **node.params)
            if layout is None:
                refs = [self.copied(refs[0])]
                layout = op.view(refs[0].layout, **node.params)
            assert layout is not None
            return Ref(refs[0].value, layout)
        refs = [ref if op.accepts(ref.layout) else self.copied(ref) for ref in refs]
        value = Value(node.shape, node.dtype, all(ref.value.fixed for ref in refs))
        self.steps.append(Step(op, refs, value, node.params))
        return whole(value)

    def copied(self, ref: Ref) -> Ref:
        """Return a copy in C order."""
        value = Value(ref.layout.shape, ref.value.dtype, ref.value.fixed)
        self.steps.append(Step(copy, [ref], value, {}))
        return whole(value)

    def _constant(self, node: Constant) -> Ref:
        # Repeated entries are kept once.
        strides = node.value.strides
        core = node.value[tuple(slice(0, 1) if s == 0 else slice(None) for s in strides)]
        # A copy, so that a later change of a captured array does not change the program.
        core = np.array(core, order="C")
        value = Value(core.shape, core.dtype, fixed=True)
        value.constant = core
        value.home = ("constant", len(self.constants))
        self.constants.append(value)
        steps = Strided.contiguous(core.shape).strides
        layout = tuple(0 if s == 0 else t for s, t in zip(strides, steps, strict=True))
        return Ref(value, Strided(0, node.shape, layout))


def whole(value: Value) -> Ref:
    """Return all of a value in its own shape."""
    return Ref(value, Strided.contiguous(value.shape))


def place_outputs(
    schedule: Schedule, outputs: Sequence[Node], donors: Sequence[Value | None]
) -> list[Ref]:
    """Give every output a home and order the steps so that donated inputs are overwritten last.

    ``donors`` names the input whose memory an output takes, or None. Returns the outputs' refs.
    """
    refs = []
    donated: list[tuple[Ref, Value]] = []
    for i, (node, donor) in enumerate(zip(outputs, donors, strict=True)):
        ref = schedule[node]
        if donor is None:
            if not _is_free(ref):
                ref = schedule.copied(ref)
            ref.value.home = ("output", i)
        elif ref.value is not donor or not ref.is_whole:
            donated.append((ref, donor))
            ref = whole(donor)
        refs.append(ref)
    # All copies exist before the first decision, so that each decision sees all readers.
    taken: set[Value] = set()
    for i, (ref, donor) in enumerate(donated):
        if not _is_free(ref) or ref.value.fixed or ref.value in taken:
            copied = schedule.copied(ref)
            copied.value.fixed = False
            donated[i] = copied, donor
        taken.add(donated[i][0].value)
    late = [pair for pair in donated if not _overwrite(schedule, pair[0].value.steps[0], pair[1])]
    for ref, donor in late:
        out = Value(donor.shape, donor.dtype, fixed=False)
        out.home = donor.home
        source = Ref(ref.value, Strided.contiguous(donor.shape))
        step = Step(copy, [source], out, {})
        step.after = _readers(schedule, donor)
        schedule.steps.append(step)
    return refs


def _readers(schedule: Schedule, value: Value) -> list[Step]:
    return [s for s in schedule.steps if any(ref.value is value for ref in s.inputs)]


def _is_free(ref: Ref) -> bool:
    """Whether a ref is all of a computed value that has no home yet."""
    return ref.is_whole and ref.value.home is None


def _overwrite(schedule: Schedule, writer: Step, donor: Value) -> bool:
    """Let ``writer`` write into a donated input, after all who read it; False if it cannot."""
    steps = schedule.steps
    if writer.op.name == "concatenate":
        return False
    readers = _readers(schedule, donor)
    if writer in readers and not _reads_in_place(writer, donor):
        return False
    others = [s for s in readers if s is not writer]
    position = {s: i for i, s in enumerate(steps)}
    if any(position[s] > position[writer] for s in others):
        later = _descendants(steps, writer)
        if any(s in later for s in others):
            return False
        steps[:] = [s for s in steps if s not in later] + [s for s in steps if s in later]
    writer.after += others
    writer.out.home = donor.home
    return True


def _reads_in_place(step: Step, donor: Value) -> bool:
    """Whether a step may overwrite an input of its own: entry by entry, each read first."""
    # One entry is faster computed elsewhere and copied: see plan._dying_operand.
    if not step.op.elementwise or step.out.size == 1:
        return False
    allowed = step.op.overwrites
    return all(
        ref.value is not donor
        or (
            ref.is_whole
            and ref.layout.shape == step.out.shape
            and (allowed is None or i in allowed)
        )
        for i, ref in enumerate(step.inputs)
    )


def _descendants(steps: Sequence[Step], first: Step) -> set[Step]:
    """Return ``first`` and every step that must come after it."""
    found = {first}
    for step in steps:
        if step not in found and any(source in found for source in step.sources):
            found.add(step)
    return found


def join_concatenations(schedule: Schedule) -> None:
    """Let the parts of concatenations be computed in place, and copy the others there."""
    expanded: dict[Step, list[Step]] = {}
    # From last to first: a concatenation within another gets its place before its parts do.
    for step in reversed(schedule.steps):
        if isinstance(step.op, Concatenate):
            expanded[step] = _place_parts(step)
    if expanded:
        schedule.steps[:] = _replaced(schedule.steps, expanded)
        for step in schedule.steps:
            step.after = _replaced(step.after, expanded)


def _replaced(steps: Sequence[Step], by: dict[Step, list[Step]]) -> list[Step]:
    return [s for step in steps for s in by.get(step, [step])]


def _place_parts(step: Step) -> list[Step]:
    """Place the parts of a concatenation within it; return the copies that are still needed."""
    out, axis = step.out, step.params["axis"]
    is_row_by_row = size_of(out.shape[:axis]) == 1
    strides = Strided.contiguous(out.shape).strides
    out.steps = []
    start = 0
    for ref in step.inputs:
        shape = ref.layout.shape
        box = Strided(start * strides[axis], shape, strides)
        start += shape[axis]
        if is_row_by_row and _is_free(ref) and ref.value.fixed == out.fixed:
            part = ref.value
            box = Strided.contiguous(part.shape, box.offset)
        else:
            part = Value(shape, out.dtype, out.fixed)
            out.steps.append(Step(copy, [ref], part, {}))
        part.home = ("part", out, box)
        out.parts.append(part)
    return out.steps
