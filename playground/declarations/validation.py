"""Values from outside become declared models; every complaint names its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from playground.declarations.kinds import Declared, suggest
from playground.declarations.settings import settings_of
from playground.errors import SpecError

DeclaredT = TypeVar("DeclaredT", bound=Declared)


def validate(cls: type[DeclaredT], values: object, where: str = "") -> DeclaredT:
    """Return ``cls`` made from plain values; every complaint names its path.

    Raises
    ------
    SpecError
        One line per wrong value: where, what is allowed, what came.
    """
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        raise SpecError(_explain(error, cls, values, where)) from None


def _explain(error: ValidationError, cls: type[Declared], values: object, where: str) -> str:
    lines = []
    for item in error.errors(include_url=False):
        location = [str(part) for part in item["loc"]]
        path = ".".join([where, *location] if where else location)
        lines.append(f"{path or cls.__name__}: {_complaint(item, cls, values)}")
    return "\n".join(dict.fromkeys(lines))


_COMPLAINTS = {
    "greater_than": "must be > {gt:g}",
    "greater_than_equal": "must be ≥ {ge:g}",
    "less_than": "must be < {lt:g}",
    "less_than_equal": "must be ≤ {le:g}",
    "missing": "is missing",
    "finite_number": "must be a finite number",
    "too_short": "needs at least {min_length} entries",
    "too_long": "takes at most {max_length} entries",
    "literal_error": "must be {expected}",
}


def _complaint(item: Any, cls: type[Declared], values: object) -> str:
    context = item.get("ctx", {})
    if item["type"] == "extra_forbidden":
        owner = _owner(cls, item["loc"][:-1], values)
        names = [n for n in owner.model_fields if n != "kind"] if owner else []
        return "unknown setting" + (suggest(str(item["loc"][-1]), names) if names else "")
    if item["type"] == "missing":
        return "is missing"
    text = _COMPLAINTS.get(item["type"], "").format(**context)
    if not text:
        message = str(item["msg"])
        text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        if item["type"] in ("value_error", "assertion_error"):
            return text
        text = text.replace("Input should be", "must be")
    return f"{text}, got {_short(item['input'])}"


def _owner(cls: type[Declared], location: Sequence[Any], values: Any) -> type[Declared] | None:
    """Return the model that the part of ``values`` at ``location`` was read as."""
    for part in location:
        values = values[part] if isinstance(values, Mapping | list | tuple) else None
        if isinstance(part, int):
            continue
        setting = next((s for s in settings_of(cls) if s.name == part), None)
        if setting is None:
            return None
        item = setting.item
        if setting.registry is not None and isinstance(values, Mapping):
            item = setting.registry[values["kind"]]
        if item is None:
            return None
        cls = item
    return cls


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
