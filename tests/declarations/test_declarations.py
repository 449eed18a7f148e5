from typing import Annotated, Literal

import pytest
from pydantic import SerializeAsAny

from playground.declarations import (
    Declared,
    Kind,
    Registry,
    chosen_from,
    declare,
    is_on,
    live_values,
    named_in,
    paths_of,
    setting_at,
    settings_of,
    validate,
    value_at,
    with_nodes,
    with_value,
)
from playground.errors import SpecError


class Shape(Kind):
    pass


SHAPES: Registry[Shape] = Registry("shape", "tests.declarations")
SHAPES._complete = True  # its kinds are all in this file


@SHAPES.register
class Circle(Shape):
    """Round."""

    kind: Literal["circle"] = "circle"
    radius: float = declare(1.0, gt=0, slider=(0.1, 10), scale="log", live=True, help="Its radius.")


@SHAPES.register
class Square(Shape):
    """Not round."""

    LABEL = "A square"
    kind: Literal["square"] = "square"


class Item(Declared):
    count: int = declare(3, ge=1, le=9, help="How many.")
    share: float = declare(0.0, ge=0, lt=1, live=True, zero_is_off=True, help="Which part.")


class Thing(Declared):
    shape: Annotated[SerializeAsAny[Shape], chosen_from(SHAPES)] = declare(
        default_factory=Circle, live=True, help="Its shape."
    )
    items: tuple[Item, ...] = declare((Item(), Item(share=0.5)), max_length=3, help="What it has.")
    name: Annotated[str, named_in(SHAPES)] = declare("square", help="What it is called after.")
    mode: Literal["slow", "fast"] = declare("slow", help="How.")
    is_open: bool = declare(False, help="Whether.")
    limit: float | None = declare(None, ge=0, help="At most.")


THING = Thing()


def test_settings_tell_a_form_all_it_needs():
    by_name = {s.name: s for s in settings_of(Thing)}
    assert {name: s.form for name, s in by_name.items()} == {
        "shape": "kind",
        "items": "list",
        "name": "choice",
        "mode": "choice",
        "is_open": "switch",
        "limit": "number",
    }
    assert by_name["shape"].registry is SHAPES
    assert by_name["items"].item is Item
    assert by_name["items"].max_length == 3
    assert by_name["name"].choices == ("circle", "square")
    assert by_name["limit"].optional
    radius = setting_at(THING, "shape.radius")
    assert (radius.minimum, radius.exclusive_minimum, radius.bounds_text) == (0, True, "> 0")
    assert radius.hints.scale == "log"
    assert not radius.zero_stop
    assert setting_at(THING, "items.1.share").bounds_text == "≥ 0 and < 1"


def test_kinds_have_names_labels_and_summaries():
    assert [cls.name() for cls in SHAPES] == ["circle", "square"]
    assert (Circle.label(), Square.label()) == ("Circle", "A square")
    assert Circle.summary() == "Round."


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("shape.radius", -1, "shape.radius: must be > 0, got -1"),
        ("shape.radius", float("nan"), "shape.radius: must be a finite number, got nan"),
        ("shape.radius", "wide", "shape.radius: must be a valid number"),
        ("shape.radios", 1, "shape.radios: no such setting; did you mean 'shape.radius'?"),
        ("shape.kind", "squore", "shape: unknown shape 'squore'; did you mean 'square'?"),
        ("shape", {"radius": 1}, "shape: needs a 'kind': one of circle, square"),
        ("shape", {"kind": "circle", "radios": 1}, r"unknown setting; did you mean 'radius'\?"),
        ("items.0.count", 10, "items.0.count: must be ≤ 9, got 10"),
        ("items.2.count", 1, "items.2.count: no such setting"),
        ("items", [{}] * 4, "items: takes at most 3 entries"),
        ("items", [{"cound": 1}], "items.0.cound: unknown setting; did you mean 'count'"),
        ("name", "circel", "name: unknown shape 'circel'; did you mean 'circle'?"),
        ("mode", "medium", "mode: must be 'slow' or 'fast', got 'medium'"),
        ("is_open", "perhaps", "is_open: must be a valid boolean"),
    ],
)
def test_refusals_name_the_place_what_is_allowed_and_what_came(path, value, message):
    with pytest.raises(SpecError) as refused:
        with_value(THING, path, value)
    import re

    assert re.search(
        message.replace("(", r"\(") if "\\" not in message else message, str(refused.value)
    )


def test_every_path_reads_and_writes_back():
    for path in paths_of(THING):
        value = value_at(THING, path)
        if not path.endswith("kind"):
            assert with_value(THING, path, value) == THING


def test_values_change_in_one_place_only():
    changed = with_value(THING, "items.1.count", 7)
    assert [item.count for item in changed.items] == [3, 7]
    assert with_value(changed, "items.1.count", 3) == THING
    assert THING.items[1].count == 3


def test_another_kind_starts_from_its_defaults():
    wide = with_value(THING, "shape.radius", 5.0)
    assert with_value(wide, "shape.kind", "square").shape == Square()
    assert with_value(wide, "shape.kind", "circle").shape == Circle()


def test_dumped_values_validate_to_the_same():
    thing = with_value(with_value(THING, "shape.radius", 1 / 3), "limit", 0.1)
    assert validate(Thing, thing.model_dump(mode="json")) == thing
    assert validate(Thing, thing.model_dump()) == thing


def test_several_mistakes_are_all_told():
    with pytest.raises(SpecError) as refused:
        validate(Thing, {"mode": "x", "items": [{"count": 0}], "colour": 1}, where="file.toml")
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("file.toml.") for line in lines)


def test_live_numbers_are_found_and_replaced_by_nodes():
    assert live_values(THING) == {"shape.radius": 1.0, "items.1.share": 0.5}
    node = object()
    replaced = with_nodes(THING, {"shape.radius": node, "items.1.share": node})
    assert replaced.shape.radius is node
    assert replaced.items[1].share is node
    assert (replaced.items[0].share, THING.items[1].share) == (0.0, 0.5)
    assert is_on(node)
    assert is_on(0.5)
    assert not is_on(0.0)


def test_two_kinds_of_one_name_are_a_defect():
    with pytest.raises(ValueError, match="'circle' is declared twice"):
        SHAPES.register(Circle)


def test_kinds_are_frozen():
    with pytest.raises(Exception, match="frozen"):
        THING.mode = "fast"
