"""Settings that several rules share."""

from __future__ import annotations

from typing import Any

from playground.declarations import declare


def beta_setting(default: float, label: str, of: str, *, zero_is_off: bool = False) -> Any:
    """Declare the share of an average that is kept from one step to the next."""
    off = "; 0 is off" if zero_is_off else ""
    return declare(
        default,
        ge=0,
        lt=1,
        slider=(0.0, 0.9999 if default > 0.98 else 0.999),
        live=True,
        zero_is_off=zero_is_off,
        label=label,
        help=f"Share of the {of} that is kept from one step to the next{off}.",
    )


def epsilon_setting(default: float = 1e-8, help: str = "") -> Any:
    """Declare what keeps a quotient finite."""
    return declare(
        default,
        ge=0,
        slider=(1e-12, 1e-1),
        scale="log",
        live=True,
        label="ε",
        help=help or "Added to the root of the second moment; keeps a step finite.",
    )


def decay_setting(default: float, help: str) -> Any:
    """Declare an optimizer's own weight decay, which acts on all of θ as in its paper."""
    return declare(
        default,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Weight decay λ",
        help=f"{help}; acts on all of θ, biases included; 0 is off.",
    )
