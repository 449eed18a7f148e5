"""Settings by dotted path: read, replaced, and the live ones made graph nodes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from playground.declarations.kinds import Declared
from playground.declarations.settings import Setting, settings_of
from playground.declarations.validation import validate
from playground.errors import SpecError

DeclaredT = TypeVar("DeclaredT", bound=Declared)


def value_at(declared: Declared, path: str) -> Any:
    """Return the value at a dotted path such as ``model.hidden.0.units``.

    Raises
    ------
    SpecError
        Where the path leads nowhere; the nearest existing path is named.
    """
    value: Any = declared
    parts = path.split(".")
    for depth, part in enumerate(parts):
        found = _child(value, part)
        if found is _NOWHERE:
            done = ".".join(parts[:depth])
            raise SpecError(f"{path}: no such setting{_nearest(declared, path, done)}")
        value = found
    return value


_NOWHERE = object()


def _child(value: Any, part: str) -> Any:
    if isinstance(value, Declared) and part in type(value).model_fields:
        return getattr(value, part)
    if isinstance(value, tuple) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return _NOWHERE


def _nearest(declared: Declared, path: str, done: str) -> str:
    every = list(paths_of(declared))
    near = difflib.get_close_matches(path, every, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    inside = [p for p in every if p.startswith(f"{done}.")] if done else every
    return f" (some of: {', '.join(inside[:8])})"


def paths_of(declared: Declared, prefix: str = "") -> Iterator[str]:
    """Yield the dotted path of every setting, nested ones and list entries included."""
    for name in type(declared).model_fields:
        path = f"{prefix}{name}"
        yield path
        value = getattr(declared, name)
        if isinstance(value, Declared):
            yield from paths_of(value, f"{path}.")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Declared):
                    yield f"{path}.{index}"
                    yield from paths_of(item, f"{path}.{index}.")


def setting_at(declared: Declared, path: str) -> Setting:
    """Return the declaration of the setting at a dotted path; see :func:`value_at` for errors."""
    parent_path, _, name = path.rpartition(".")
    value_at(declared, path)
    parent = value_at(declared, parent_path) if parent_path else declared
    if isinstance(parent, Declared):
        if name == "kind":
            return setting_at(declared, parent_path)
        return next(s for s in settings_of(parent) if s.name == name)
    return setting_at(declared, parent_path)


def with_value(declared: DeclaredT, path: str, value: object) -> DeclaredT:
    """Return a copy with the value at ``path`` replaced, validated like a new one.

    Replacing a ``kind`` starts that part anew from its defaults.

    Raises
    ------
    SpecError
        Where the path leads nowhere or the value is refused.
    """
    value_at(declared, path)
    parts = path.split(".")
    if parts[-1] == "kind":
        parts, value = parts[:-1], {"kind": value}
    values = declared.model_dump(mode="json")  # lists, so that an entry can be replaced
    spot: Any = values
    for part in parts[:-1]:
        spot = spot[int(part)] if isinstance(spot, list) else spot[part]
    last: Any = int(parts[-1]) if isinstance(spot, list) else parts[-1]
    spot[last] = value.model_dump(mode="json") if isinstance(value, Declared) else value
    return validate(type(declared), values)


def is_on(value: object) -> bool:
    """Whether a setting whose zero switches it off is on; a graph node always is."""
    return not (isinstance(value, int | float) and value == 0)


def switched_on(declared: Declared) -> tuple[str, ...]:
    """Return the labels of the mechanisms in a group that are on: switches, and not zero."""
    return tuple(
        setting.label
        for setting in settings_of(declared)
        if (setting.hints.zero_is_off or setting.form == "switch")
        and is_on(getattr(declared, setting.name))
    )


def live_values(declared: Declared, prefix: str = "") -> dict[str, float]:
    """Return every live number by its dotted path, those that are switched off left out."""
    values: dict[str, float] = {}
    for setting in settings_of(declared):
        value = getattr(declared, setting.name)
        path = f"{prefix}{setting.name}"
        if isinstance(value, Declared):
            values |= live_values(value, f"{path}.")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Declared):
                    values |= live_values(item, f"{path}.{index}.")
        elif _is_live_number(setting) and (is_on(value) or not setting.hints.zero_is_off):
            values[path] = value
    return values


def _is_live_number(setting: Setting) -> bool:
    return setting.hints.live and setting.form == "number"


def with_nodes(declared: DeclaredT, nodes: Mapping[str, Any], prefix: str = "") -> DeclaredT:
    """Return an unvalidated copy whose live numbers are the graph nodes at their paths.

    A rule that reads ``self.learning_rate`` then builds a graph in which it is an input.
    """
    changes: dict[str, Any] = {}
    for name in type(declared).model_fields:
        value = getattr(declared, name)
        path = f"{prefix}{name}"
        if path in nodes:
            changes[name] = nodes[path]
        elif isinstance(value, Declared):
            changes[name] = with_nodes(value, nodes, f"{path}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], Declared):
            changes[name] = tuple(
                with_nodes(item, nodes, f"{path}.{index}.") for index, item in enumerate(value)
            )
    return declared.model_copy(update=changes)
