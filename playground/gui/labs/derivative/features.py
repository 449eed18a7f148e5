"""What an analysis looks like: tinted stretches, marked points, and a list that explains them."""

from __future__ import annotations

import html
import math

from PySide6.QtCore import Qt, Signal, Slot

from playground.calculus.analysis import Analysis, Feature
from playground.gui.labs.derivative.drawing import Band, Spot
from playground.gui.labs.derivative.study import ROUGH
from playground.gui.plots.formats import number
from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.widgets.labels import Caption

SHAPES = {
    "minimum": "up",
    "maximum": "down",
    "saddle": "diamond",
    "inflection": "diamond",
    "root": "dot",
    "kink": "kink",
    "vertical tangent": "kink",
    "jump": "ring",
    "gap": "ring",
    "oscillation": "jump",
    "edge": "ring",
}

_LABELS = {"minimum": "min", "maximum": "max"}

MOST_LABELS = 12
"""With more marks in sight than that, labels would hide the curve."""

MOST_LISTED = 15


def color_of(kind: str) -> str:
    """Return the colour in which features of a kind are marked."""
    theme = current_theme()
    match kind:
        case "minimum" | "maximum":
            return theme.series[3]
        case "inflection" | "saddle":
            return theme.series[2]
        case "root":
            return theme.muted
    return theme.danger


def bands_of(analysis: Analysis) -> list[Band]:
    """Return the stretches of rising and falling, and of no value, as tints."""
    return [Band(s.lower, s.upper, direction_color(s.direction)) for s in analysis.stretches]


def direction_color(direction: str) -> str:
    """Return the tint of rising, falling, flat and undefined stretches."""
    theme = current_theme()
    return {
        "rising": theme.diverging[0],
        "falling": theme.diverging[2],
        "flat": theme.muted,
        "undefined": theme.disabled,
    }[direction]


def poles_of(analysis: Analysis) -> list[float]:
    """Return where f goes beyond all bounds."""
    return [f.at for f in analysis.of_kind("pole")]


def spots_of(analysis: Analysis) -> tuple[list[Spot], ...]:
    """Return the marks on f, on the zeros of f′ at extrema, and on those of f″ at inflections."""
    features = [f for f in analysis.features if f.kind not in ("root", "pole")]
    has_labels = len(features) <= MOST_LABELS
    on_f = [spot for feature in features for spot in _spots(feature, has_labels)]
    on_first = [
        Spot(f.at, 0.0, "dot", color_of(f.kind))
        for f in analysis.of_kind("minimum", "maximum", "saddle")
        if f.left == f.right
    ]
    on_second = [Spot(f.at, 0.0, "dot", color_of(f.kind)) for f in analysis.of_kind("inflection")]
    return on_f, on_first, on_second


def _spots(feature: Feature, has_label: bool) -> list[Spot]:
    kind, color = feature.kind, color_of(feature.kind)
    heights = [feature.value]
    if kind in ("jump", "edge"):
        heights = [y for y in (feature.left, feature.right) if math.isfinite(y)]
    label = _LABELS.get(kind, kind)
    if kind in _LABELS:
        label += f" ({number(feature.at, 3)}, {number(feature.value, 3)})"
    labels = [label if has_label else "", ""]
    return [
        Spot(feature.at, height, SHAPES[kind], color, text)
        for height, text in zip(heights, labels, strict=False)
    ]


class FeatureList(Caption):
    """Every feature in sight with its explanation; a click on its name puts the point there."""

    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAccessibleName("Extrema, inflections, kinks and jumps in sight")
        self._analysis: Analysis | None = None
        self.linkActivated.connect(self._on_link)
        theme_signals.changed.connect(self._restyle)

    def show_analysis(self, analysis: Analysis | None) -> None:
        """List what was found; where there is too much, breaks and what is near the middle."""
        self._analysis = analysis
        if analysis is None:
            self.setText("")
            return
        features = [f for f in analysis.features if f.kind != "root"]
        middle = (analysis.lower + analysis.upper) / 2
        nearest = sorted(features, key=lambda f: (f.kind not in ROUGH, abs(f.at - middle)))
        nearest = nearest[:MOST_LISTED]
        lines = [_line(f) for f in sorted(nearest, key=lambda f: f.at)]
        if len(features) > len(nearest):
            lines.append(f"… and {len(features) - len(nearest)} more")
        if all(stretch.direction == "undefined" for stretch in analysis.stretches):
            lines.append("f has no real value here.")
        if not analysis.is_complete:
            lines.append("Not everything: there is more than can be listed.")
        self.setText("".join(f"<p style='margin: 0 0 {scaled(7)}px 0'>{x}</p>" for x in lines))

    @Slot()
    def _restyle(self) -> None:
        self.show_analysis(self._analysis)

    @Slot(str)
    def _on_link(self, target: str) -> None:
        self.chosen.emit(float(target))


def _line(feature: Feature) -> str:
    name = f"{feature.kind} at x = {number(feature.at, 4)}"
    link = f"<a href='{feature.at!r}' style='color: {color_of(feature.kind)}'>{name}</a>"
    return f"{link}<br>{html.escape(feature.explanation)}"
