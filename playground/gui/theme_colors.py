"""The two sets of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Theme:
    """Colours as hex strings.

    Attributes
    ----------
    background, surface, raised, field
        The window behind everything, panels and plots, buttons, boxes to type into.
    border, text, muted, disabled
        Thin lines; words, secondary words, and words of controls that cannot be used now.
    accent, on_accent, danger, warning, success
        What is chosen or running and the words on it; what went wrong, needs care, went well.
    series
        Colour-blind-safe hues (Okabe & Ito 2008), told apart on this background.
    train, validation, test
        The three parts of the data, the same in every plot.
    diverging
        Blue for positive, neutral at zero, orange for negative, as in TensorFlow Playground.
    classes
        One colour a class; two classes are orange and blue.
    """

    name: Literal["light", "dark"]
    background: str
    surface: str
    raised: str
    hover: str
    field: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_soft: str
    on_accent: str
    danger: str
    danger_soft: str
    warning: str
    warning_soft: str
    success: str
    tooltip: str
    tooltip_text: str
    plot_background: str
    grid: str
    train: str
    validation: str
    test: str
    series: tuple[str, ...]
    diverging: tuple[str, str, str]
    classes: tuple[str, ...]


LIGHT = Theme(
    name="light",
    background="#f3f4f6",
    surface="#ffffff",
    raised="#ffffff",
    hover="#eceef2",
    field="#ffffff",
    border="#dcdfe5",
    text="#1c2128",
    muted="#5c6675",
    disabled="#a6aebb",
    accent="#0b62c4",
    accent_soft="#e2edfa",
    on_accent="#ffffff",
    danger="#b3261e",
    danger_soft="#fbeae9",
    warning="#8a5300",
    warning_soft="#fdf3e0",
    success="#0b7a5b",
    tooltip="#1f242c",
    tooltip_text="#f3f4f6",
    plot_background="#ffffff",
    grid="#e8eaee",
    train="#0072b2",
    validation="#d55e00",
    test="#009e73",
    series=(
        "#0072b2",
        "#d55e00",
        "#009e73",
        "#cc79a7",
        "#e69f00",
        "#56b4e9",
        "#8c7b00",
        "#5b6470",
    ),
    diverging=("#0877bd", "#e8eaeb", "#f59322"),
    classes=(
        "#f59322",
        "#0877bd",
        "#009e73",
        "#cc79a7",
        "#b9461a",
        "#56b4e9",
        "#c9b800",
        "#5a3fa0",
        "#7a1f4b",
        "#7f8a99",
    ),
)

DARK = Theme(
    name="dark",
    background="#14161a",
    surface="#1b1e24",
    raised="#262a32",
    hover="#2b303a",
    field="#14161a",
    border="#30353f",
    text="#e7e9ed",
    muted="#9aa4b3",
    disabled="#5c6573",
    accent="#5aa9f8",
    accent_soft="#1f3349",
    on_accent="#0c1117",
    danger="#ff8a80",
    danger_soft="#3a2020",
    warning="#f2b84b",
    warning_soft="#352a17",
    success="#4cc9a0",
    tooltip="#323843",
    tooltip_text="#f3f4f6",
    plot_background="#1b1e24",
    grid="#2a2f38",
    train="#56b4e9",
    validation="#f08a3c",
    test="#2fc79a",
    series=(
        "#56b4e9",
        "#f08a3c",
        "#2fc79a",
        "#e39ac4",
        "#f0c14b",
        "#8fb3ff",
        "#f0e442",
        "#aab4c2",
    ),
    diverging=("#2f9be6", "#2b3038", "#f59322"),
    classes=(
        "#f59322",
        "#2f9be6",
        "#2fc79a",
        "#e39ac4",
        "#e2603a",
        "#8fd3ff",
        "#f0e442",
        "#a48cf0",
        "#c9587f",
        "#aab4c2",
    ),
)
