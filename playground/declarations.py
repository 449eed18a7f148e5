"""What every room shares: settings declared once, kinds resolved by name, edits by path.

A setting is declared where it is used, as a field of a frozen model::

    learning_rate: float = declare(0.03, gt=0, slider=(1e-5, 10), scale="log", live=True,
                                   help="Length of a step along the negative gradient.")

The form in the panel, ``--set`` on the command line, the validation and the listings are all made
from that declaration through :func:`settings_of`. A *kind* (one optimizer, one data set, one loss)
is a model with a ``kind`` literal, registered in a :class:`Registry` which finds it by name.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import annotated_types
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from playground.errors import SpecError

Form = Literal["number", "integer", "switch", "choice", "text", "path", "kind", "group", "list"]
Scale = Literal["linear", "log"]


class Declared(BaseModel):
    """A frozen set of declared settings; unknown keys, NaN and infinities are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


class Kind(Declared):
    """A declared model that is chosen by name; the class docstring's first line is its summary."""

    kind: str

    @classmethod
    def name(cls) -> str:
        """Return the name under which the kind is chosen."""
        return str(cls.model_fields["kind"].default)

    @classmethod
    def label(cls) -> str:
        """Return the name as people read it."""
        return getattr(cls, "LABEL", None) or cls.name().replace("_", " ").capitalize()

    @classmethod
    def summary(cls) -> str:
        """Return one line that says what the kind is."""
        return (cls.__doc__ or "").strip().splitlines()[0]


KindT = TypeVar("KindT", bound=Kind)
DeclaredT = TypeVar("DeclaredT", bound=Declared)


class Registry(Generic[KindT]):
    """The kinds of one noun, found by name; importing the package's files registers them.

    Parameters
    ----------
    noun
        What one entry is called in messages, for example ``"optimizer"``.
    package
        Import name of the package whose modules hold the kinds; imported at the first look-up.
    """

    def __init__(self, noun: str, package: str) -> None:
        self.noun = noun
        self._package = package
        self._kinds: dict[str, type[KindT]] = {}
        self._complete = False

    def register(self, kind: type[KindT]) -> type[KindT]:
        """Add a class to the registry (a decorator)."""
        name = kind.name()
        if name in self._kinds:
            raise ValueError(f"{self.noun} {name!r} is declared twice")
        self._kinds[name] = kind
        return kind

    def names(self) -> tuple[str, ...]:
        """Return all names in the order of declaration."""
        self._discover()
        return tuple(self._kinds)

    def __iter__(self) -> Iterator[type[KindT]]:
        self._discover()
        return iter(tuple(self._kinds.values()))

    def __getitem__(self, name: str) -> type[KindT]:
        self._discover()
        if name not in self._kinds:
            raise SpecError(f"unknown {self.noun} {name!r}{suggest(name, self._kinds)}")
        return self._kinds[name]

    def resolve(self, value: object) -> object:
        """Turn a name or a mapping with ``kind`` into the kind that it names."""
        if isinstance(value, str):
            value = {"kind": value}
        if not isinstance(value, Mapping):
            return value
        if "kind" not in value:
            raise ValueError(f"needs a 'kind': one of {', '.join(self.names())}")
        name = value["kind"]
        if not isinstance(name, str) or name not in self.names():
            raise ValueError(f"unknown {self.noun} {name!r}{suggest(str(name), self._kinds)}")
        return self._kinds[name].model_validate(dict(value))

    def _discover(self) -> None:
        if self._complete:
            return
        # Set first: a module that is being imported may look up another kind.
        self._complete = True
        package = importlib.import_module(self._package)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{self._package}.{module}")


def chosen_from(registry: Registry[Any]) -> Any:
    """Return the annotation metadata of a field that holds one kind of ``registry``.

    Use it as ``optimizer: Annotated[SerializeAsAny[Optimizer], chosen_from(OPTIMIZERS)]``.
    """
    return _Chosen(registry, BeforeValidator(registry.resolve))


@dataclass(frozen=True)
class _Chosen:
    registry: Registry[Any]
    validator: BeforeValidator

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return self.validator.__get_pydantic_core_schema__(source, handler)


def named_in(registry: Registry[Any]) -> Any:
    """Return the annotation metadata of a text field that names one kind without settings.

    Use it as ``activation: Annotated[str, named_in(ACTIVATIONS)]``.
    """
    return _Named(registry)


@dataclass(frozen=True)
class _Named:
    registry: Registry[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return AfterValidator(self._check).__get_pydantic_core_schema__(source, handler)

    def _check(self, name: str) -> str:
        if name not in self.registry.names():
            raise ValueError(
                f"unknown {self.registry.noun} {name!r}{suggest(name, self.registry.names())}"
            )
        return name


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
    ``path``, ``kind`` (one entry of ``registry``; a ``choice`` from a registry has it too), ``group`` (a nested ``item``) or ``list``
    (of ``item``, between ``min_length`` and ``max_length`` entries; ``item`` is None for a list of
    plain texts).
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
        if isinstance(entry, _Chosen):
            return {"form": "kind", "registry": entry.registry}
        if isinstance(entry, _Named):
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


def suggest(name: str, allowed: Iterator[str] | Sequence[str] | Mapping[str, Any]) -> str:
    """Return the tail of a message about an unknown name: the nearest one and all that exist."""
    names = list(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (one of: {', '.join(names)})"


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
        elif setting.hints.live and setting.form == "number":
            if not (setting.hints.zero_is_off and value == 0):
                values[path] = value
    return values


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
