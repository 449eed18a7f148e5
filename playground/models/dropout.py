"""Dropout: in training, a part of what a layer hands on is left out at random."""

from __future__ import annotations

from typing import Any

from playground import autodiff as ad
from playground.declarations import declare


def declare_rate(of_what: str, *, advanced: bool = False) -> Any:
    """Declare a dropout rate that is live and off at zero; ``of_what`` says what is left out."""
    return declare(
        0.0,
        ge=0,
        lt=1,
        slider=(0, 0.9),
        live=True,
        zero_is_off=True,
        advanced=advanced,
        help=f"Share of {of_what} that is switched off at random in each training step, the rest "
        "being scaled up (Srivastava et al. 2014).",
    )


def dropout(x: Any, rate: Any, uniform: Any) -> Any:
    """Switch off a share ``rate`` of x and scale the rest up, so that its mean stays.

    Parameters
    ----------
    x
        Any shape.
    rate
        Share on [0, 1).
    uniform
        Uniform numbers on [0, 1) of the shape of ``x`` (Srivastava et al. 2014).
    """
    keep = 1.0 - rate
    return ad.where(uniform < keep, x / keep, 0.0)
