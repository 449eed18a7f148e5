"""Compiled programs as plain data: what to compute, and where every array lies.

Nothing here computes. A backend (:mod:`playground.autodiff.numpy_backend`) binds a program to
memory and to functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.autodiff.tree import Tree

if TYPE_CHECKING:
    from playground.autodiff.numpy_backend import BoundProgram
    from playground.autodiff.team import Team


@dataclass(frozen=True)
class Spec:
    """Shape and dtype of an input array."""

    shape: tuple[int, ...]
    dtype: Any = "float64"

    @classmethod
    def of(cls, array: Any) -> Spec:
        """Return the spec of an array or number."""
        array = np.asarray(array)
        return cls(array.shape, array.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """A piece of memory.

    ``arena`` memory is shared by values that do not live at the same time; ``kept`` memory holds
    what :meth:`prepare` computes.
    """

    kind: Literal["input", "output", "constant", "arena", "kept"]
    nbytes: int
    name: str = ""
    value: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """An array within a buffer; offset and strides in bytes."""

    buffer: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.buffer}+{self.offset}:{self.dtype}{list(self.shape)}"


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One operation by name, on views."""

    operation: str
    inputs: tuple[View, ...]
    output: View
    params: dict[str, Any]

    def __str__(self) -> str:
        inputs = ", ".join(map(str, self.inputs))
        params = "".join(f", {k}={v}" for k, v in self.params.items())
        return f"{self.output} = {self.operation}({inputs}{params})"


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Elementwise instructions to be run block by block, so that a block stays in the cache.

    All views are flat: of ``size`` entries, of ``block`` entries (scratch, reused by every block)
    or of one.
    """

    instructions: tuple[Instruction, ...]
    size: int
    block: int

    def __str__(self) -> str:
        lines = "".join(f"\n  {instruction}" for instruction in self.instructions)
        return f"in blocks of {self.block} of {self.size}:{lines}"


Step: TypeAlias = Instruction | Tile


@dataclass(frozen=True, eq=False)
class Program:
    """What :func:`playground.autodiff.lower` returns.

    Attributes
    ----------
    buffers : tuple of Buffer
        Views refer to them by position.
    instructions : tuple of Instruction or Tile
        What every run executes, in this order.
    preparation : tuple of Instruction
        What depends on hoisted inputs only, executed when these change.
    live_bytes : int
        The most bytes of values within a run that are needed at the same time.
    inputs, outputs : dict
        Trees of views by name. A donated output is a view of its input's buffer.
    """

    buffers: tuple[Buffer, ...]
    instructions: tuple[Step, ...]
    preparation: tuple[Step, ...]
    live_bytes: int
    inputs: dict[str, Tree]
    outputs: dict[str, Tree]

    @property
    def n_instructions(self) -> int:
        """Number of operations in one run."""
        return sum(1 for _ in flat(self.instructions))

    @property
    def arena_bytes(self) -> int:
        """Bytes of memory shared by the values within a run."""
        return sum(b.nbytes for b in self.buffers if b.kind == "arena")

    def describe(self) -> str:
        """Return a readable listing."""
        lines = [
            f"{i}: {b.kind} {b.name} ({b.nbytes} bytes)".replace("  ", " ")
            for i, b in enumerate(self.buffers)
        ]
        prepare = [f"prepare {step}" for step in self.preparation]
        return "\n".join([*lines, *prepare, *map(str, self.instructions)])

    def __repr__(self) -> str:
        return (
            f"<Program of {self.n_instructions} instructions, "
            f"{len(self.preparation)} prepared, {self.arena_bytes} arena bytes>"
        )

    def bind(self, team: Team | None = None, /, **arrays: Tree) -> BoundProgram:
        """Return the program bound to numpy and to memory.

        Parameters
        ----------
        team
            Threads that do long operations side by side; without it one thread does all.
        **arrays
            Trees of arrays for some of the inputs, of their shapes and dtypes and C-contiguous:
            these are used, not copied, so that several programs can share them. Memory for the
            other inputs is made, and zero.

        Raises
        ------
        ValueError, TypeError
            Where an array does not fit.
        """
        from playground.autodiff.numpy_backend import BoundProgram

        return BoundProgram(self, arrays, team)


def flat(steps: tuple[Step, ...]) -> Iterator[Instruction]:
    """Yield the single instructions of steps."""
    for step in steps:
        if isinstance(step, Tile):
            yield from step.instructions
        else:
            yield step
