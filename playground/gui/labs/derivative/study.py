"""What is studied: a formula, a point on it, a step, and a function of two variables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from playground.calculus.analysis import Analysis, Feature, analyze
from playground.calculus.derivation import Step, derive, differentiate
from playground.calculus.evaluation import Calculation
from playground.calculus.formula import Formula, parse
from playground.calculus.gallery import Example
from playground.calculus.plane import LocalQuadratic, Plane
from playground.calculus.situation import LEAST_STEP, PLANE, VARIABLE, Situation
from playground.declarations import Setting, settings_of
from playground.gui.labs.background import Improver, Job, ShouldStop
from playground.gui.undoing import Travel

ROUGH = ("kink", "vertical tangent", "jump", "pole", "gap", "oscillation", "edge")
"""Features at which there is no derivative."""

SAME = 1e-9
"""Share of the width in sight within which the point is taken to be at a feature."""

SETTINGS: dict[str, Setting] = {setting.name: setting for setting in settings_of(Situation)}

_NAMES = {"x": "point", "y": "point", "step": "step h", "from_left": "side of h"}


class Slopes:
    """A formula of one variable with its first two derivatives, evaluated together.

    Attributes
    ----------
    formula, first, second : Formula
    """

    def __init__(self, formula: Formula, first: Formula) -> None:
        self.formula = formula
        self.first = first
        self.second = differentiate(first)
        roots = [formula.root, self.first.root, self.second.root]
        self._calculation = Calculation(roots, formula.variables)

    def __call__(self, x: Any) -> list[Any]:
        """Return f, f′ and f″ at x, NaN where there is none.

        The formula of f′ may mean something where f does not, as 1/x does left of log(x).
        """
        y, *slopes = self._calculation(x)
        return [y, *(np.where(np.isnan(y), np.nan, slope) for slope in slopes)]


@dataclass(frozen=True)
class Secant:
    """The line through two points of the curve.

    Attributes
    ----------
    a, b, fb : float
        The two places, and the height at the second.
    at_point : tuple of float
        f, f′ and f″ at a.
    slope : float
        The difference quotient, in floating point as it comes.
    """

    a: float
    b: float
    fb: float
    at_point: tuple[float, float, float]
    slope: float


class Study(QObject):
    """The one object that panel and views of the workspace know.

    Attributes
    ----------
    situation
        The present values.
    formula, surface : Formula
        The functions of one and of two variables.
    analysis
        What the formula does on the stretch in sight; None until it is known.
    stack
        What was changed, to be taken back.
    """

    changed = Signal(object)
    """The names of what is different now, a frozenset."""
    crashed = Signal(object)
    """An exception that is a defect of the program."""

    def __init__(self, situation: Situation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.situation = situation
        self.formula = parse(situation.formula, VARIABLE)
        self.surface = parse(situation.surface, PLANE)
        self.analysis: Analysis | None = None
        self._sight = (situation.low, situation.high)
        self._ticket = -1
        self._analyst = Improver("analysis")
        self._analyst.improved.connect(self._on_analyzed)
        self._analyst.crashed.connect(self.crashed)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)

    @cached_property
    def step(self) -> Step:
        """How the formula's derivative is found."""
        return derive(self.formula)

    @cached_property
    def slopes(self) -> Slopes:
        """The formula and its derivatives."""
        return Slopes(self.formula, self.step.result)

    @cached_property
    def plane(self) -> Plane:
        """The function of two variables with its derivatives."""
        return Plane(self.surface)

    @cached_property
    def local(self) -> LocalQuadratic:
        """The function of two variables near the point."""
        return self.plane.at((self.situation.x, self.situation.y))

    @property
    def secant(self) -> Secant:
        """The secant of the present point and step."""
        situation, slopes = self.situation, self.slopes
        h = -situation.step if situation.from_left else situation.step
        a, b = situation.point, situation.point + h
        fa, first, second = (float(y) for y in slopes(a))
        fb = float(self.formula(b))
        return Secant(a, b, fb, (fa, first, second), (fb - fa) / h)

    def set(self, **changes: Any) -> None:
        """Change some values, so that they can be taken back; formulas are texts.

        Raises
        ------
        FormulaError
            Where a formula cannot be read; nothing has changed then.
        """
        before = self.situation
        after = before.model_copy(update=changes)
        if after == before:
            return
        self._travel(after)
        self.stack.push(_Change(before, after, self._travel))

    def take(self, example: Example) -> None:
        """Study a function of the gallery, where it is worth looking at."""
        low, high = example.interval
        if example.variables == PLANE:
            share = 0.35 * high
            self.set(surface=example.text, reach=high, x=0.6 * share, y=share)
            return
        point = self.situation.point
        if not low < point < high:
            point = float(f"{low + 0.65 * (high - low):.3g}")
        self.set(formula=example.text, low=low, high=high, point=point)

    def begin(self, situation: Situation) -> None:
        """Take over a situation, with nothing to be taken back."""
        self._travel(situation)
        self.stack.clear()

    def load(self, situation: Situation) -> None:
        """Go over to another situation, so that it can be taken back, and show its axes."""
        self.set(**{name: getattr(situation, name) for name in Situation.model_fields})
        # Somebody may have moved them from where the situation has them.
        self.look_at(situation.low, situation.high)
        self.changed.emit(frozenset({"low", "high", "reach"}))

    def in_sight(self) -> Situation:
        """Return the situation with the stretch of the axis that is in sight."""
        low, high = self._sight
        if not 0.0 < high - low < math.inf:
            return self.situation
        digits = max(5 - math.floor(math.log10(high - low)), 0)
        changes = {"low": round(low, digits), "high": round(high, digits)}
        return self.situation.model_copy(update=changes)

    def look_at(self, low: float, high: float) -> None:
        """Analyse the formula on the stretch in sight, on a thread: it may take a tenth of a s."""
        self._sight = (low, high)
        if self.is_analyzed:
            # An analysis of another stretch may be under way.
            self._ticket = -1
        else:
            self._ticket = self._analyst.ask(_job(self.slopes, low, high))

    @property
    def is_analyzed(self) -> bool:
        """Whether the analysis is that of the stretch in sight."""
        known = self.analysis
        return known is not None and (known.lower, known.upper) == self._sight

    def close(self) -> None:
        """End the thread."""
        self._analyst.close()

    @Slot(int, object)
    def _on_analyzed(self, ticket: int, analysis: Analysis) -> None:
        if ticket == self._ticket:
            self.analysis = analysis
            self.changed.emit(frozenset({"analysis"}))

    @property
    def corner(self) -> Feature | None:
        """The place at the point at which f has no derivative, if it is one."""
        if self.analysis is None:
            return None
        at, width = self.situation.point, self.analysis.upper - self.analysis.lower
        near = (f for f in self.analysis.of_kind(*ROUGH) if abs(f.at - at) <= SAME * width)
        return next(near, None)

    def set_far_end(self, x: float) -> None:
        """Put the secant's second point somewhere, on either side of the first."""
        h = x - self.situation.point
        step = min(max(abs(h), LEAST_STEP), 1.0)
        self.set(step=step, from_left=h < 0)

    def _travel(self, situation: Situation) -> None:
        before = self.situation
        names = _differing(before, situation)
        if "formula" in names:
            self.formula = parse(situation.formula, VARIABLE)
            self.analysis = None
            for name in ("slopes", "step"):
                self.__dict__.pop(name, None)
        if "surface" in names:
            self.surface = parse(situation.surface, PLANE)
            self.__dict__.pop("plane", None)
        if names & {"surface", "x", "y"}:
            self.__dict__.pop("local", None)
        if names & {"low", "high"}:
            self._sight = (situation.low, situation.high)
        self.situation = situation
        self.changed.emit(names)
        if "formula" in names:
            # After the views: they are drawn first and marked later.
            self.look_at(*self._sight)


class _Change(Travel[Situation]):
    """From one situation to another."""

    def about(self) -> frozenset[str]:
        return _differing(self.before, self.after)

    def words(self) -> str:
        words = {_NAMES.get(name, name.partition("_")[0]) for name in self.about()}
        # A function of the gallery brings its point and its axes with it.
        return next((name for name in ("formula", "surface") if name in words), None) or ", ".join(
            sorted(words)
        )


def _job(slopes: Slopes, low: float, high: float) -> Job:
    def work(should_stop: ShouldStop) -> Iterator[Analysis]:
        yield analyze(slopes.formula, low, high, first=slopes.first, second=slopes.second)

    return work


def _differing(before: Situation, after: Situation) -> frozenset[str]:
    names = Situation.model_fields
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))
