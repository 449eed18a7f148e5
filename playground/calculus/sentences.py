"""What is said of a point of a curve, in one sentence with its numbers."""

from __future__ import annotations

import math


def of_point(kind: str, at: float, value: float, slope: float, curvature: float) -> str:
    """Return the sentence on a root, extremum, saddle or inflection."""
    where = f"x = {_n(at)}"
    match kind:
        case "root":
            return f"f is 0 at {where}, where its slope is {_n(slope)}."
        case "minimum":
            return (
                f"f has a local minimum of {_n(value)} at {where}: f′ turns from negative to "
                f"positive, f″ is {_n(curvature)}."
            )
        case "maximum":
            return (
                f"f has a local maximum of {_n(value)} at {where}: f′ turns from positive to "
                f"negative, f″ is {_n(curvature)}."
            )
        case "saddle":
            return (
                f"f has a horizontal tangent at {where} but no extremum: f′ is 0 there and has the "
                f"same sign on both sides."
            )
    return (
        f"f has an inflection at {where}: f″ changes its sign, so the curve turns from bending one "
        f"way to the other; the slope there is {_n(slope)}."
    )


def of_break(kind: str, at: float, value: float, left: float, right: float) -> str:
    """Return the sentence on a point at which f is not smooth."""
    where = f"x = {_n(at)}"
    match kind:
        case "kink":
            return (
                f"f has a kink at {where}: its slope is {_n(left)} on the left and {_n(right)} on "
                f"the right, so it has no derivative there.{_extremum(left, right)}"
            )
        case "vertical tangent":
            return f"f has a vertical tangent at {where}: its slope grows without bound."
        case "jump" if math.isnan(left) or math.isnan(right):
            side, other, limit = (
                ("right", "left", right) if math.isnan(left) else ("left", "right", left)
            )
            return (
                f"f is {_n(value)} at {where}, but tends to {_n(limit)} from the {side}; on the "
                f"{other} it is not defined."
            )
        case "jump" if math.isclose(left, right, rel_tol=1e-4, abs_tol=1e-4):
            return f"f is {_n(value)} at {where}, but tends to {_n(left)} from both sides."
        case "jump":
            return f"f jumps at {where} from {_n(left)} to {_n(right)}."
        case "pole":
            return (
                f"f has a pole at {where}: it tends to {_n(left)} on the left and {_n(right)} on "
                "the right."
            )
        case "gap":
            return (
                f"f is not defined at {where}, but tends to {_n(left)} from both sides: the gap "
                "can be removed."
            )
        case "edge":
            side, limit = ("right", right) if math.isnan(left) else ("left", left)
            tends = "has no limit" if math.isnan(limit) else f"tends to {_n(limit)}"
            return (
                f"f's domain ends at {where}: it is defined on the {side} only and {tends} there."
            )
    return f"f oscillates ever faster towards {where}: it has no limit there."


def of_overflow(at: float) -> str:
    """Return the sentence on where values leave the numbers of a computer."""
    return f"Beyond x = {_n(at)} f is too large for a number of 64 bits."


def _extremum(left: float, right: float) -> str:
    if left * right >= 0:
        return ""
    return f" It is a local {'minimum' if left < 0 else 'maximum'}."


def _n(value: float) -> str:
    return f"{value:.6g}".replace("-", "−").replace("inf", "∞")
