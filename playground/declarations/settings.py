"""One setting: its bounds, and what a form needs to show it."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import Field
from pydantic.fields import FieldInfo

from playground.declarations.kinds import Chosen, Declared, Named, Registry
from playground.declarations.symbols import SYMBOL

Form = Literal["number", "integer", "switch", "choice", "text", "path", "kind", "group", "list"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Hints:
    """What a form needs beyond type and bounds."""

    help: str
    slider: tuple[float, float] | None = None
    scale: Scale = "linear"
    unit: str = ""
    live: bool = False
    label: str = ""
    advanced: bool = False
    zero_is_off: bool = False


def declare(
    default: Any = ...,
    *,
    help: str,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    slider: tuple[float, float] | None = None,
    scale: Scale = "linear",
    unit: str = "",
    live: bool = False,
    label: str = "",
    advanced: bool = False,
    zero_is_off: bool = False,
    default_factory: Callable[[], Any] | None = None,
) -> Any:
    """Declare one setting.

    Parameters
    ----------
    default, default_factory
        The value when nothing is given.
    help
        One line: what it means.
    gt, ge, lt, le
        Hard bounds; a value outside is refused.
    min_length, max_length
        Hard bounds on the number of entries of a list.
    slider
        Comfortable range of a slider within the bounds. On a log scale a lower bound of zero makes
        the slider's leftmost stop exactly zero.
    scale
        ``"linear"`` or ``"log"``.
    unit
        Unit shown behind the value.
    live
        Whether a change acts at the next step; otherwise it restarts the run.
    label
        Name in a form when the field's own name reads badly.
    advanced
        Whether a form may fold it away at first.
    zero_is_off
        Whether zero switches the mechanism off, so that programs leave it out.
    """
    hints = Hints(help, slider, scale, unit, live, label, advanced, zero_is_off)
    bounds: dict[str, Any] = {
        "gt": gt,
        "ge": ge,
        "lt": lt,
        "le": le,
        "min_length": min_length,
        "max_length": max_length,
    }
    given = {key: value for key, value in bounds.items() if value is not None}
    extra: Any = {"hints": hints}
    if default_factory is not None:
        return Field(
            default_factory=default_factory, description=help, json_schema_extra=extra, **given
        )
    return Field(default, description=help, json_schema_extra=extra, **given)


@dataclass(frozen=True)
class Setting:
    """One declared setting, ready for a form, a listing or a message.

    ``form`` is ``number``, ``integer``, ``switch``, ``choice`` (of ``choices``), ``text``,
    ``path``, ``kind`` (one entry of ``registry``), ``group`` (a nested ``item``) or ``list`` (of
    ``item``, between ``min_length`` and ``max_length`` entries; ``item`` is None for a list of
    plain texts). A ``choice`` that names kinds has their ``registry`` too.
    """

    name: str
    form: Form
    default: Any
    hints: Hints
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    min_length: int = 0
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    registry: Registry[Any] | None = None
    item: type[Declared] | None = None
    optional: bool = False

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.hints.label or self.name.replace("_", " ").capitalize()

    @property
    def symbol(self) -> str:
        """The letter that stands for it in formulas, its label's last word: ``Momentum β``."""
        last = self.label.split()[-1]
        return last if SYMBOL.fullmatch(last) else ""

    @property
    def zero_stop(self) -> bool:
        """Whether the slider of a log scale has a leftmost stop at exactly zero."""
        return self.hints.scale == "log" and self.minimum == 0 and not self.exclusive_minimum

    @property
    def bounds_text(self) -> str:
        """The hard bounds as text, for example ``> 0`` or ``0 … 1``; empty without bounds."""
        low, high = _number(self.minimum), _number(self.maximum)
        at_least = f"{'>' if self.exclusive_minimum else '≥'} {low}" if low else ""
        at_most = f"{'<' if self.exclusive_maximum else '≤'} {high}" if high else ""
        return " and ".join(text for text in (at_least, at_most) if text)


def settings_of(declared: type[Declared] | Declared) -> tuple[Setting, ...]:
    """Describe every setting of a declared model, ``kind`` left out, in declaration order."""
    cls = declared if isinstance(declared, type) else type(declared)
    return tuple(_setting(name, info) for name, info in cls.model_fields.items() if name != "kind")


def _setting(name: str, info: FieldInfo) -> Setting:
    extra = info.json_schema_extra
    hints = extra["hints"] if isinstance(extra, dict) else Hints(info.description or "")
    assert isinstance(hints, Hints)
    facts: dict[str, Any] = {}
    annotation = info.annotation
    arguments = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) in (Union, types.UnionType) and len(arguments) == 1:
        facts["optional"] = True
        annotation = arguments[0]
    metadata = list(info.metadata)
    while get_origin(annotation) is Annotated:
        metadata += list(get_args(annotation)[1:])
        annotation = get_args(annotation)[0]
    default = info.get_default(call_default_factory=True) if not info.is_required() else None
    facts |= _bounds(metadata) | _form(annotation, metadata)
    return Setting(name=name, default=default, hints=hints, **facts)


def _bounds(metadata: Sequence[object]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for entry in metadata:
        match entry:
            case annotated_types.Gt(gt=bound):
                facts |= {"minimum": bound, "exclusive_minimum": True}
            case annotated_types.Ge(ge=bound):
                facts |= {"minimum": bound}
            case annotated_types.Lt(lt=bound):
                facts |= {"maximum": bound, "exclusive_maximum": True}
            case annotated_types.Le(le=bound):
                facts |= {"maximum": bound}
            case annotated_types.MinLen(min_length=bound):
                facts |= {"min_length": bound}
            case annotated_types.MaxLen(max_length=bound):
                facts |= {"max_length": bound}
    return facts


def _form(annotation: Any, metadata: Sequence[object]) -> dict[str, Any]:
    for entry in metadata:
        if isinstance(entry, Chosen):
            return {"form": "kind", "registry": entry.registry}
        if isinstance(entry, Named):
            names = entry.registry.names()
            return {"form": "choice", "choices": names, "registry": entry.registry}
    if get_origin(annotation) is Literal:
        return {"form": "choice", "choices": tuple(str(a) for a in get_args(annotation))}
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        declared = isinstance(item, type) and issubclass(item, Declared)
        return {"form": "list", "item": item if declared else None}
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return {"form": "group", "item": annotation}
    plain: dict[Any, Form] = {
        bool: "switch",
        int: "integer",
        float: "number",
        str: "text",
        Path: "path",
    }
    if annotation not in plain:
        raise TypeError(f"no form for a setting of type {annotation!r}")
    return {"form": plain[annotation]}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
