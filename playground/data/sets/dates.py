"""Dates in many English spellings, to be written as ISO 8601."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import islice
from typing import ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource, declare_n_samples
from playground.data.table import Table
from playground.data.texts import distinct, position_names
from playground.data.vocabulary import Vocabulary
from playground.tasks import Task

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
# Everybody reads these alike: with the month in figures, the year comes first.
_SPELLINGS = (
    "{day} {month} {year}",
    "{day}. {month} {year}",
    "{nth} {month} {year}",
    "{nth} of {month} {year}",
    "the {nth} of {month}, {year}",
    "{day} {mon} {year}",
    "{dd}-{mon}-{year}",
    "{dd}/{mon}/{year}",
    "{day}.{roman}.{year}",
    "{month} {day}, {year}",
    "{month} {day} {year}",
    "{month} {nth}, {year}",
    "{mon} {day}, {year}",
    "{mon} {dd} {year}",
    "{year} {month} {day}",
    "{year}, {mon} {day}",
    "{year}/{mm}/{dd}",
    "{year}.{number}.{day}",
    "{year}{mm}{dd}",
    "{weekday}, {day} {month} {year}",
    "{weekday}, {month} {nth}, {year}",
    "{wd} {day} {mon} {year}",
    "{wd}, {mon} {day}, {year}",
)
_CASES = (str, str.lower, str.upper)


def spelled(day: date, spelling: str) -> str:
    """Return a date in one of the spellings."""
    month, weekday = _MONTHS[day.month - 1], _WEEKDAYS[day.weekday()]
    return spelling.format(
        day=day.day,
        dd=f"{day.day:02}",
        nth=f"{day.day}{_ordinal_ending(day.day)}",
        number=day.month,
        mm=f"{day.month:02}",
        month=month,
        mon=month[:3],
        roman=_ROMAN[day.month - 1],
        weekday=weekday,
        wd=weekday[:3],
        year=day.year,
    )


def _ordinal_ending(number: int) -> str:
    if number in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


@DATASETS.register
class Dates(DataSource):
    """Dates as people write them, "Tue, Mar 3, 1998", to be written as "1998-03-03"."""

    LABEL: ClassVar[str] = "Dates in many spellings"
    kind: Literal["dates"] = "dates"
    n_samples: int = declare_n_samples(10_000)

    def load(self, rng: np.random.Generator) -> Table:
        days: list[date] = []
        sources: list[str] = []

        def draw() -> str:
            days.append(_random_day(rng))
            spelling = _SPELLINGS[rng.integers(len(_SPELLINGS))]
            return _CASES[rng.integers(len(_CASES))](spelled(days[-1], spelling))

        targets: list[str] = []
        for text in islice(distinct(draw, set()), self.n_samples):
            sources.append(text)
            targets.append(days[-1].isoformat())
        source_symbols, n_positions = _symbols_and_length()
        target_symbols = Vocabulary.of(["-0123456789"])
        return Table(
            inputs=source_symbols.encode(sources, n_positions),
            targets=target_symbols.encode(targets, len("1998-03-03") + 1, ends=True),
            task=Task.SEQUENCE,
            feature_names=position_names(n_positions),
            target_name="ISO date",
            source_vocabulary=source_symbols,
            target_vocabulary=target_symbols,
        )

    def expected_shape(self) -> tuple[int, int]:
        return self.n_samples, _symbols_and_length()[1]


def _random_day(rng: np.random.Generator) -> date:
    return date.fromordinal(int(rng.integers(FIRST.toordinal(), LAST.toordinal() + 1)))


@cache
def _symbols_and_length() -> tuple[Vocabulary, int]:
    """Return the symbols of all spellings, and how long the longest one is."""
    # Among the days of one year every month has every weekday on a day of two figures.
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + n) for n in range(366)]
    texts = {case(spelled(day, s)) for day in days for s in _SPELLINGS for case in _CASES}
    return Vocabulary.of(texts), max(map(len, texts))
