"""Numbers as they are read on axes and in readouts."""

from __future__ import annotations

import math
from collections.abc import Mapping

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_THIN_SPACE = "\u2009"


def power_of_ten(exponent: int) -> str:
    """Return ``10⁻³`` for -3."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def number(value: float, digits: int = 4) -> str:
    """Return a value to some significant digits: ``0.0123``, ``−4``, ``1.5·10⁻⁷``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        power = power_of_ten(int(exponent))
        text = power if mantissa == "1" else f"{mantissa}·{power}"
    return text.replace("-", "−")


def count(value: float, places: int = 0) -> str:
    """Return a number, by default a whole one, with its thousands apart: ``12 500``."""
    return f"{value:,.{places}f}".replace(",", _THIN_SPACE).replace("-", "−")


def percent(share: float, places: int = 0) -> str:
    """Return a share as it is read: ``93 %`` for 0.93."""
    return f"{100 * share:.{places}f} %"


def setting(value: object) -> str:
    """Return a setting's value for an edit's label."""
    if isinstance(value, Mapping) and "kind" in value:
        return str(value["kind"])
    if isinstance(value, list):
        return "1 entry" if len(value) == 1 else f"{len(value)} entries"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = getattr(value, "kind", None)
        return str(value if kind is None else kind)
    return count(value) if isinstance(value, int) else number(value)
