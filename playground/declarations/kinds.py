"""Declared models, and kinds that are found by name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from playground.errors import SpecError


class Declared(BaseModel):
    """A frozen set of declared settings; unknown keys, NaN and infinities are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


class Kind(Declared):
    """A declared model that is chosen by name; the class docstring's first line is its summary."""

    LABEL: ClassVar[str] = ""
    """The name as people read it, where it is not the kind's own with spaces."""

    kind: str = ""

    @classmethod
    def name(cls) -> str:
        """Return the name under which the kind is chosen."""
        return str(cls.model_fields["kind"].default)

    @classmethod
    def label(cls) -> str:
        """Return the name as people read it."""
        return cls.LABEL or cls.name().replace("_", " ").capitalize()

    @classmethod
    def group(cls) -> str:
        """Return the heading under which it stands in a long list; empty without any."""
        return ""

    @classmethod
    def summary(cls) -> str:
        """Return one line that says what the kind is."""
        return (cls.__doc__ or "").strip().splitlines()[0]


KindT = TypeVar("KindT", bound=Kind)


class Registry(Generic[KindT]):
    """The kinds of one noun, found by name; importing the package's files registers them.

    Parameters
    ----------
    noun
        What one entry is called in messages, for example ``"optimizer"``.
    package
        Import name of the module that holds the kinds, or of a package all of whose modules may;
        imported at the first look-up.
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
        within = getattr(package, "__path__", ())  # a module has none
        for module in sorted(m.name for m in pkgutil.iter_modules(within)):
            importlib.import_module(f"{self._package}.{module}")


def chosen_from(registry: Registry[Any]) -> Any:
    """Return the annotation metadata of a field that holds one kind of ``registry``.

    Use it as ``optimizer: Annotated[SerializeAsAny[Optimizer], chosen_from(OPTIMIZERS)]``.
    """
    return Chosen(registry, BeforeValidator(registry.resolve))


@dataclass(frozen=True)
class Chosen:
    """Marks a field that holds one kind of a registry, and reads it."""

    registry: Registry[Any]
    validator: BeforeValidator

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return self.validator.__get_pydantic_core_schema__(source, handler)


def named_in(registry: Registry[Any]) -> Any:
    """Return the annotation metadata of a text field that names one kind without settings.

    Use it as ``activation: Annotated[str, named_in(ACTIVATIONS)]``.
    """
    return Named(registry)


@dataclass(frozen=True)
class Named:
    """Marks a text field that names a kind of a registry, and checks it."""

    registry: Registry[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return AfterValidator(self._check).__get_pydantic_core_schema__(source, handler)

    def _check(self, name: str) -> str:
        if name not in self.registry.names():
            raise ValueError(
                f"unknown {self.registry.noun} {name!r}{suggest(name, self.registry.names())}"
            )
        return name


def suggest(name: str, allowed: Iterable[str]) -> str:
    """Return the tail of a message about an unknown name: the nearest one and all that exist."""
    names = list(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (one of: {', '.join(names)})"
