"""From a Python function to a program: trace, optimize, schedule, plan."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from playground.autodiff import plan, tree
from playground.autodiff.graph import Input, Node, as_node
from playground.autodiff.optimize import optimize
from playground.autodiff.plan import Arena, Group, absolute, allocate, group
from playground.autodiff.program import Buffer, Instruction, Program, Tile, View
from playground.autodiff.schedule import (
    Ref,
    Schedule,
    Step,
    Value,
    join_concatenations,
    place_outputs,
    whole,
)
from playground.autodiff.shapes import Strided


def lower(
    f: Callable[..., dict[str, Any]],
    inputs: Mapping[str, Any],
    donate: Mapping[str, str] | None = None,
    hoist: Sequence[str] = (),
) -> Program:
    """Compile a function of named arrays to a program.

    Parameters
    ----------
    f
        Called once, with a tree of nodes by keyword for each input; returns a dict of named
        outputs, each a tree of nodes.
    inputs
        A tree of :class:`Spec` for each input.
    donate
        Input name -> output name of the same nesting, shapes and dtypes: the output is written
        into the input's memory.
    hoist
        Inputs that change rarely. What depends on them and on constants alone is computed by
        :meth:`BoundProgram.prepare` instead of by every run.

    Returns
    -------
    Program
    """
    with _uncollected():
        return _lowered(f, inputs, donate or {}, hoist)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from searching a growing graph, which has no garbage, again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _lowered(
    f: Callable[..., dict[str, Any]],
    inputs: Mapping[str, Any],
    donate: Mapping[str, str],
    hoist: Sequence[str],
) -> Program:
    arguments = {name: _input_nodes(specs, name) for name, specs in inputs.items()}
    results = {name: tree.flatten(result) for name, result in f(**arguments).items()}
    outputs = [as_node(x) for leaves, _ in results.values() for x in leaves]
    hoisted = {
        node: name in hoist for name, nodes in arguments.items() for node in tree.flatten(nodes)[0]
    }
    donors = _donors(arguments, results, donate, hoist)
    builder = _Builder(hoisted, optimize(outputs), donors)
    views = iter(builder.output_views)
    return Program(
        buffers=tuple(builder.buffers),
        instructions=builder.instructions,
        preparation=builder.preparation,
        live_bytes=builder.live_bytes,
        inputs={name: tree.map_leaves(builder.input_view, t) for name, t in arguments.items()},
        outputs={
            name: tree.unflatten(structure, [next(views) for _ in leaves])
            for name, (leaves, structure) in results.items()
        },
    )


def _input_nodes(specs: Any, name: str) -> Any:
    leaves, structure = tree.flatten(specs)
    paths = tree.paths(specs, name)
    nodes = [Input(s.shape, s.dtype, path) for s, path in zip(leaves, paths, strict=True)]
    return tree.unflatten(structure, nodes)


def _donors(
    arguments: Mapping[str, Any],
    results: Mapping[str, tuple[list[Any], Any]],
    donate: Mapping[str, str],
    hoist: Sequence[str],
) -> list[Node | None]:
    """Return the input whose memory each output takes, or None."""
    by_output: dict[str, list[Node | None]] = {}
    for source, target in donate.items():
        if source not in arguments or target not in results:
            raise ValueError(f"donate: no input {source} or no output {target}")
        if source in hoist:
            raise ValueError(f"donate: {source} is hoisted, so a run must not overwrite it")
        leaves, structure = tree.flatten(arguments[source])
        got, got_structure = results[target]
        if structure != got_structure:
            raise ValueError(f"donate: {target} is not nested as {source}")
        for leaf, out, path in zip(leaves, got, tree.paths(arguments[source], source), strict=True):
            out = as_node(out)
            if (leaf.shape, leaf.dtype) != (out.shape, out.dtype):
                raise ValueError(
                    f"donate: {path} is {leaf.dtype}{list(leaf.shape)}, "
                    f"but its output {out.dtype}{list(out.shape)}"
                )
        by_output[target] = list(leaves)
    return [
        donor
        for name, (leaves, _) in results.items()
        for donor in by_output.get(name, [None] * len(leaves))
    ]


class _Builder:
    """Places everything and writes the program down."""

    def __init__(
        self, inputs: dict[Node, bool], outputs: Sequence[Node], donors: Sequence[Node | None]
    ) -> None:
        schedule = Schedule(outputs, inputs)
        self._schedule = schedule
        values = [None if node is None else schedule[node].value for node in donors]
        refs = place_outputs(schedule, outputs, values)
        join_concatenations(schedule)
        fixed = [step for step in schedule.steps if step.out.fixed]
        groups = group([step for step in schedule.steps if not step.out.fixed])
        arena = Arena()
        kept = Arena()
        for step in fixed:
            root = step.out.root
            if root.home is None and root.place is None:
                root.place = kept.take(root.nbytes), root.nbytes
        allocate(groups, arena)

        self.buffers: list[Buffer] = []
        self._numbers: dict[Any, int] = {}
        for i, node in enumerate(inputs):
            self._add(("input", i), schedule[node].value, getattr(node, "name", ""))
        for i, value in enumerate(schedule.constants):
            self._add(("constant", i), value)
        for i, (ref, donor) in enumerate(zip(refs, donors, strict=True)):
            if donor is None:
                self._add(("output", i), ref.value)
        self._numbers["arena"] = len(self.buffers)
        self.buffers.append(Buffer("arena", arena.nbytes))
        self._numbers["kept"] = len(self.buffers)
        self.buffers.append(Buffer("kept", kept.nbytes))

        self.live_bytes = arena.most_taken
        self.preparation = tuple(self._instruction(step) for step in fixed)
        self.instructions = tuple(self._group(g) for g in groups)
        self.output_views = [self._view(ref) for ref in refs]

    def input_view(self, node: Node) -> View:
        """Return the view of an input."""
        return self._view(self._schedule[node])

    def _add(self, home: tuple[str, int], value: Value, name: str = "") -> None:
        self._numbers[home] = len(self.buffers)
        kind: Any = home[0]
        self.buffers.append(Buffer(kind, value.nbytes, name, value.constant))

    def _group(self, g: Group) -> Instruction | Tile:
        if not g.is_tiled:
            return self._instruction(g.steps[0])
        instructions = tuple(self._instruction(step, g) for step in g.steps)
        return Tile(instructions, g.size, plan.BLOCK_SIZE)

    def _instruction(self, step: Step, tile: Group | None = None) -> Instruction:
        inputs = tuple([self._view(ref, tile) for ref in step.inputs])
        home = step.out.home
        out = whole(step.out)
        if home is not None and home[0] == "part":
            box = home[2]
            out = Ref(step.out, Strided(0, box.shape, box.strides))
        return Instruction(step.op.name, inputs, self._view(out, tile), step.params)

    def _view(self, ref: Ref, tile: Group | None = None) -> View:
        value, layout = absolute(ref)
        if tile is not None:
            layout = _flat(ref, layout, tile)
        itemsize = value.dtype.itemsize
        if value.home is not None:
            buffer, start = self._numbers[value.home], 0
        else:
            assert value.place is not None
            buffer = self._numbers["kept" if value.fixed else "arena"]
            start = value.place[0]
        strides = tuple([s * itemsize for s in layout.strides])
        return View(buffer, start + layout.offset * itemsize, layout.shape, strides, value.dtype)


def _flat(ref: Ref, layout: Strided, tile: Group) -> Strided:
    """Return the layout in a tile: all entries in a row, one block of scratch, or a scalar."""
    if ref.value in tile.scratch:
        return Strided.contiguous((plan.BLOCK_SIZE,))
    shape = (tile.size,) if ref.value.size != 1 else ()
    return Strided.contiguous(shape, layout.offset)
