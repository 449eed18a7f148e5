"""Dropout: in training, a part of what a layer hands on is left out at random."""

from __future__ import annotations

from typing import Any

from playground import autodiff as ad


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
