"""Settings that several schedules share."""

from __future__ import annotations

from typing import Any

from playground.declarations import declare


def steps_setting(default: int, label: str, help: str) -> Any:
    """Declare a number of steps."""
    return declare(
        default,
        ge=1,
        slider=(1, 100_000),
        scale="log",
        live=True,
        unit="steps",
        label=label,
        help=help,
    )


def gamma_setting(default: float, help: str) -> Any:
    """Declare a factor that lowers the rate again and again."""
    return declare(default, gt=0, le=1, slider=(0.01, 1.0), live=True, label="Factor γ", help=help)


def end_setting() -> Any:
    """Declare the factor at the end."""
    return declare(
        0.0, ge=0, le=1, slider=(0.0, 1.0), live=True, label="Ends at", help="The last factor."
    )
