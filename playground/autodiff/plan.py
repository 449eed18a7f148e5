"""Where every value lies: tiles of elementwise steps, and one arena reused as values die."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from playground.autodiff.primitives.elementwise import SPREAD_SIZE
from playground.autodiff.schedule import Ref, Step, Value
from playground.autodiff.shapes import Strided, size_of

TILED_SIZE = 1 << 16
"""Elementwise steps on more entries than this run block by block."""

BLOCK_SIZE = 1 << 16
"""Entries in a block: a few arrays of them fit the second-level cache."""

ALIGNMENT = 64


@dataclass(eq=False)
class Group:
    """Steps that run as one: a single step, or elementwise steps run block by block."""

    steps: list[Step]
    size: int = 0
    scratch: set[Value] = field(default_factory=set)

    @property
    def is_tiled(self) -> bool:
        return len(self.steps) > 1


def group(steps: Sequence[Step]) -> list[Group]:
    """Collect long elementwise steps of one size into groups.

    Steps in between that do not depend on an open group are moved before it.
    """
    if not any(_is_long(step) for step in steps):
        return [Group([step]) for step in steps]
    groups: list[Group] = []
    tile = Group([])
    members: set[Step] = set()
    for step in steps:
        depends = not members.isdisjoint(step.sources)
        if _is_long(step) and (not members or _joins(step, tile, members)):
            tile.size = step.out.size
        elif members and not depends:
            groups.append(Group([step]))
            continue
        else:
            if members:
                groups.append(tile)
            tile, members = Group([], step.out.size), set()
            if not _is_long(step):
                groups.append(Group([step]))
                continue
        tile.steps.append(step)
        members.add(step)
    return [*groups, tile] if members else groups


def _is_long(step: Step) -> bool:
    """Whether a step goes through many entries in memory order."""
    out = step.out
    if not step.op.elementwise or out.size <= TILED_SIZE:
        return False
    if out.home is not None and out.home[0] == "part" and not out.home[2].is_contiguous:
        return False
    for ref in step.inputs:
        layout = ref.layout
        if layout.shape == out.shape:
            if not layout.is_contiguous:
                return False
        elif ref.value.size != 1:
            return False
    return True


def _joins(step: Step, tile: Group, members: set[Step]) -> bool:
    """Whether a long step may run block by block together with others."""
    if step.out.size != tile.size:
        return False
    for ref in step.inputs:
        within = [w for w in ref.value.writers if w in members]
        if within and not (ref.is_whole and ref.value.steps == within):
            return False
    # Readers of what this step overwrites must have read the same block, nothing else.
    return all(
        ref.is_whole
        for reader in step.after
        if reader in members
        for ref in reader.inputs
        if ref.value.home == step.out.home
    )


class Arena:
    """Memory of which pieces are taken and given back; the smallest that fits is taken first.

    Attributes
    ----------
    nbytes
        How long it is.
    most_taken
        The most bytes that were taken at once: what no placement could do without.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self.most_taken = 0
        self._taken = 0
        self._free: list[tuple[int, int]] = []

    def take(self, nbytes: int) -> int:
        """Return the offset of a piece."""
        self._taken += nbytes
        self.most_taken = max(self.most_taken, self._taken)
        nbytes = _padded(nbytes)
        best = -1
        for i, (_, size) in enumerate(self._free):
            if size >= nbytes and (best < 0 or size < self._free[best][1]):
                best = i
        if best >= 0:
            offset, size = self._free[best]
            if size == nbytes:
                del self._free[best]
            else:
                self._free[best] = offset + nbytes, size - nbytes
            return offset
        return self._grown(nbytes)

    def _grown(self, nbytes: int) -> int:
        offset = self.nbytes
        if self._free and sum(self._free[-1]) == self.nbytes:
            offset = self._free.pop()[0]
        self.nbytes = offset + nbytes
        return offset

    def give_back(self, offset: int, nbytes: int) -> None:
        """Make a piece free, joined with free neighbours."""
        self._taken -= nbytes
        start, end = offset, offset + _padded(nbytes)
        kept = []
        for o, size in self._free:
            if o + size == start:
                start = o
            elif o == end:
                end = o + size
            else:
                kept.append((o, size))
        kept.append((start, end - start))
        self._free = sorted(kept)


def _padded(nbytes: int) -> int:
    return -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT


def allocate(groups: Sequence[Group], arena: Arena) -> None:
    """Give every value without a home a place in the arena."""
    order = [step for g in groups for step in g.steps]
    position = {step: i for i, step in enumerate(order)}
    for i, step in enumerate(order):
        for ref in step.inputs:
            ref.value.root.last = i
    for g in groups:
        if g.is_tiled:
            _find_scratch(g, position)
        _allocate_group(g, arena, position)


def _find_scratch(tile: Group, position: dict[Step, int]) -> None:
    """Mark the values that only this tile needs: one block of them is enough."""
    first, last = position[tile.steps[0]], position[tile.steps[-1]]
    for step in tile.steps:
        out = step.out
        if out.home is None and not out.parts and first <= out.last <= last:
            tile.scratch.add(out)


def _allocate_group(g: Group, arena: Arena, position: dict[Step, int]) -> None:
    """Place what a group computes; what dies within a tile is free after the whole tile."""
    block = BLOCK_SIZE if g.is_tiled else 0
    spare: list[tuple[int, int]] = []
    borrowed: list[tuple[int, int]] = []
    ended: list[tuple[int, int]] = []
    for step in g.steps:
        now = position[step]
        out = step.out.root
        if out.home is None and out.place is None:
            heir = _dying_operand(step, now, g) if out is step.out else None
            if heir is not None:
                out.place, heir.last = heir.place, -1
            elif out in g.scratch:
                nbytes = block * out.dtype.itemsize
                place = _from_spare(spare, nbytes)
                if place is None:
                    place = arena.take(nbytes), nbytes
                    borrowed.append(place)
                out.place = place
            else:
                out.place = arena.take(out.nbytes), out.nbytes
        for value in {ref.value.root for ref in step.inputs}:
            if value.home is None and value.last == now and not value.fixed:
                assert value.place is not None
                (spare if value in g.scratch else ended).append(value.place)
    for place in ended + borrowed:
        arena.give_back(*place)


def _from_spare(spare: list[tuple[int, int]], nbytes: int) -> tuple[int, int] | None:
    for i, place in enumerate(spare):
        if place[1] == nbytes:
            return spare.pop(i)
    return None


def _dying_operand(step: Step, now: int, g: Group) -> Value | None:
    """Return an operand whose memory the step can write its result over."""
    allowed = step.op.overwrites
    out = step.out
    # A one-element ufunc call in place takes numpy three times as long as one into other memory.
    if not step.op.elementwise or allowed == () or out.size == 1:
        return None
    # Such a step first copies the smaller operand to its output.
    if out.size <= SPREAD_SIZE and any(1 < size_of(r.layout.shape) < out.size for r in step.inputs):
        return None
    for i, ref in enumerate(step.inputs):
        value = ref.value
        if (
            value.home is None
            and value.last == now
            and not value.fixed
            and value.dtype == out.dtype
            and ref.layout.shape == out.shape
            and ref.is_whole
            and (value in g.scratch) == (out in g.scratch)
            and (allowed is None or i in allowed)
            and _is_read_once(step, i, allowed)
        ):
            return value
    return None


def _is_read_once(step: Step, which: int, allowed: tuple[int, ...] | None) -> bool:
    """Whether every input that shares the memory may be overwritten and is read entry by entry."""
    value = step.inputs[which].value
    return all(
        ref.value.root is not value
        or (
            ref.is_whole
            and ref.layout.shape == step.out.shape
            and (allowed is None or i in allowed)
        )
        for i, ref in enumerate(step.inputs)
    )


def absolute(ref: Ref) -> tuple[Value, Strided]:
    """Return a ref's root value and its layout within that."""
    value, layout = ref.value, ref.layout
    while value.home is not None and value.home[0] == "part":
        _, parent, box = value.home
        layout = Strided(layout.offset + box.offset, layout.shape, layout.strides)
        value = parent
    return value, layout
