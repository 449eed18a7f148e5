"""The values at which a slider stops, and the text of a number."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from playground.declarations import Setting

# Renard's preferred numbers, rounded so that people like to read them: 20 stops a decade, each
# within 6 % of an even division of the logarithm.
_MANTISSAS = (
    *(1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.5, 2.8),
    *(3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0),
)
_LINEAR_STOPS = 150
_FINE_INTEGERS = 1000


@dataclass(frozen=True)
class Stops:
    """Ascending values of a slider; its position is the index.

    A slider over indices moves in readable values, on a log scale as well as on a linear one, and
    never stops twice at the same integer.
    """

    values: tuple[float, ...]
    is_log: bool

    def index(self, value: float) -> int:
        """Return the stop nearest to ``value`` (on a log scale by ratio); ends pin."""
        right = bisect_left(self.values, value)
        if right == 0 or right == len(self.values):
            return min(right, len(self.values) - 1)
        below, above = self.values[right - 1], self.values[right]
        if self.is_log and below > 0:
            return right if value * value > below * above else right - 1
        return right if value - below > above - value else right - 1

    def beside(self, value: float, direction: int) -> float | None:
        """Return the next stop above or below ``value``; None where there is none."""
        position = bisect_right(self.values, value) if direction > 0 else -1
        if direction < 0:
            position = bisect_left(self.values, value) - 1
        return self.values[position] if 0 <= position < len(self.values) else None


def stops_of(setting: Setting) -> Stops | None:
    """Return the slider stops of a number or integer, or None when it declares no slider."""
    if setting.hints.slider is None:
        return None
    low, high = setting.hints.slider
    whole = setting.form == "integer"
    if setting.hints.scale == "log":
        positive = low if low > 0 else (1.0 if whole else high * 1e-6)
        values = set(_log_integers(positive, high) if whole else _log_values(positive, high))
        values |= {0} if setting.zero_stop else set()
        return Stops(tuple(sorted(values)), is_log=True)
    return Stops(tuple(_linear_values(low, high, whole)), is_log=False)


def _log_values(low: float, high: float) -> Iterator[float]:
    yield low
    for exponent in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for mantissa in _MANTISSAS:
            value = float(f"{mantissa}e{exponent}")
            # Rounding must not leave a second stop beside an end.
            if low * (1 + 1e-9) < value < high * (1 - 1e-9):
                yield value
    yield high


def _log_integers(low: float, high: float) -> Iterator[int]:
    yield from range(math.ceil(low), min(10, int(high)) + 1)
    yield from (round(value) for value in _log_values(low, high))
    power = 1
    while power <= high:
        if power >= low:
            yield power
        power *= 2


def _linear_values(low: float, high: float, whole: bool) -> Iterator[float]:
    step = _readable_step((high - low) / _LINEAR_STOPS)
    if whole:
        step = 1 if high - low <= _FINE_INTEGERS else max(1, round(step))
    count = math.ceil((high - low) / step - 1e-9)
    yield round(low) if whole else low
    for position in range(1, count):
        value = low + position * step
        yield round(value) if whole else float(f"{value:.10g}")
    yield int(high) if whole else high


def _readable_step(width: float) -> float:
    exponent = math.floor(math.log10(width))
    mantissa = next(m for m in (1, 2, 5, 10) if width <= m * 10.0**exponent * (1 + 1e-9))
    return float(f"{mantissa}e{exponent}")


def step_from(value: float, setting: Setting, stops: Stops | None, direction: int) -> float:
    """Return the value one step up (+1) or down (−1) from ``value``, within the hard bounds."""
    beside = stops.beside(value, direction) if stops else None
    if beside is None:
        beside = value + direction * _size_at(value, setting)
    return beside if is_allowed(beside, setting) else value


def _size_at(value: float, setting: Setting) -> float:
    """Return a tenth of the value's own decade: a step is seen and never leaps over zero."""
    if setting.form == "integer":
        return 1 if abs(value) < 100 else int(10 ** (math.floor(math.log10(abs(value))) - 1))
    return 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.1


def is_allowed(value: float, setting: Setting) -> bool:
    """Whether a number is within the hard bounds of its setting."""
    low, high = setting.minimum, setting.maximum
    if low is not None and (value < low or (setting.exclusive_minimum and value == low)):
        return False
    return high is None or not (value > high or (setting.exclusive_maximum and value == high))


def number_text(value: float | None) -> str:
    """Return a number as short as a box shows it: ``0.001``, ``3e-05``, ``1000``."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def value_text(value: float | None, setting: Setting) -> str:
    """Return a number with its unit where that is as short as a percent sign."""
    unit = setting.hints.unit if len(setting.hints.unit) == 1 else ""
    return f"{number_text(value)} {unit}".strip()


def read_number(text: str, setting: Setting) -> float | None:
    """Return the number that somebody typed; a comma may be the decimal point.

    Raises
    ------
    ValueError
        Where it is none, or outside the hard bounds; the message says what is allowed.
    """
    plain = text.strip().removesuffix(setting.hints.unit or " ").strip()
    plain = plain.replace("−", "-").replace(",", ".")
    if not plain and setting.optional:
        return None
    whole = setting.form == "integer"
    try:
        value = int(plain) if whole and plain.lstrip("+-").isdecimal() else float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (whole and value != int(value)):
        raise ValueError(f"must be a {'whole ' if whole else ''}number, got {text.strip()!r}")
    if not is_allowed(value, setting):
        raise ValueError(f"must be {setting.bounds_text}, got {text.strip()}")
    return int(value) if whole else value
