"""``playground list``: all that can be chosen, with its settings."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.messages import show_json

if TYPE_CHECKING:
    from playground.declarations import Declared, Registry, Setting


class Noun(StrEnum):
    """What can be listed."""

    DATASETS = "datasets"
    OPTIMIZERS = "optimizers"
    ACTIVATIONS = "activations"
    INITIALIZERS = "initializers"
    LOSSES = "losses"
    SCHEDULES = "schedules"
    MODELS = "models"
    SURFACES = "surfaces"
    PRESETS = "presets"
    RACES = "races"


def list_kinds(
    noun: Annotated[Noun, typer.Argument(help="What to list.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="With every setting, its bounds and its help.")
    ] = False,
) -> None:
    """List all that can be chosen, with its settings."""
    match noun:
        case Noun.PRESETS:
            entries = _presets()
        case Noun.RACES:
            entries = _races()
        case _:
            entries = _kinds(_registry(noun))
    if as_json:
        show_json(entries)
        return
    width = max(len(entry["name"]) for entry in entries)
    for entry in entries:
        typer.echo(f"{entry['name']:<{width}}  {entry['summary']}")


def _registry(noun: Noun) -> Registry[Any]:
    from playground.data.source import DATASETS
    from playground.models.activations import ACTIVATIONS
    from playground.models.initializers import INITIALIZERS
    from playground.models.losses import LOSSES
    from playground.models.model import MODELS
    from playground.objectives.surface import SURFACES
    from playground.optimizers.optimizer import OPTIMIZERS
    from playground.optimizers.schedule import SCHEDULES

    registries: dict[Noun, Registry[Any]] = {
        Noun.DATASETS: DATASETS,
        Noun.OPTIMIZERS: OPTIMIZERS,
        Noun.ACTIVATIONS: ACTIVATIONS,
        Noun.INITIALIZERS: INITIALIZERS,
        Noun.LOSSES: LOSSES,
        Noun.SCHEDULES: SCHEDULES,
        Noun.MODELS: MODELS,
        Noun.SURFACES: SURFACES,
    }
    return registries[noun]


def _presets() -> list[dict[str, Any]]:
    from playground import presets

    return [
        {"name": name, "summary": presets.load(name).title, "file": str(presets.path(name))}
        for name in presets.names()
    ]


def _races() -> list[dict[str, Any]]:
    from playground import presets

    return [
        {
            "name": name,
            "summary": presets.load_race(name).title,
            "file": str(presets.race_path(name)),
        }
        for name in presets.race_names()
    ]


def _kinds(registry: Registry[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": kind.name(),
            "label": kind.label(),
            "summary": kind.summary(),
            "settings": _settings(kind),
        }
        | _facts(kind)
        for kind in registry
    ]


def _facts(kind: type[Any]) -> dict[str, Any]:
    """Return what a kind of this noun has beside its settings."""
    from playground.objectives.surface import Surface

    if not issubclass(kind, Surface):
        return {}
    surface = kind()
    return {
        "formula": surface.formula,
        "source": surface.SOURCE,
        "domain": list(surface.domain),
        "start": list(surface.start),
        "minima": [asdict(minimum) for minimum in surface.minima],
    }


def _settings(declared: type[Declared]) -> list[dict[str, Any]]:
    from playground.declarations import settings_of

    return [_described(setting) for setting in settings_of(declared)]


def _described(setting: Setting) -> dict[str, Any]:
    from pydantic_core import to_jsonable_python

    hints = setting.hints
    facts: dict[str, Any] = {
        "name": setting.name,
        "label": setting.label,
        "help": hints.help,
        "type": setting.form,
        "default": to_jsonable_python(setting.default),
        "bounds": setting.bounds_text,
        "minimum": setting.minimum,
        "maximum": setting.maximum,
        "slider": hints.slider,
        "scale": hints.scale,
        "unit": hints.unit,
        "live": hints.live,
    }
    if setting.registry is not None:
        facts["choices"] = setting.registry.names()
    elif setting.choices:
        facts["choices"] = setting.choices
    if setting.item is not None:
        facts["settings"] = _settings(setting.item)
    return facts
