"""What an optimizer is, and the registry of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.declarations import Kind, Registry, declare, settings_of
from playground.declarations.symbols import symbol_pattern
from playground.models.layout import Layout

if TYPE_CHECKING:
    from playground.optimizers.objective import Objective

Array: TypeAlias = NDArray[Any]
State: TypeAlias = dict[str, Array]
"""What an optimizer remembers from step to step: arrays by name, and nothing else."""

Need: TypeAlias = Literal[
    "gradient", "hessian_product", "hessian", "gauss_newton", "residuals", "samples", "layers"
]
"""What an objective may offer beside its value; see :class:`Objective`."""

NEEDS: dict[Need, str] = {
    "gradient": "a gradient",
    "hessian_product": "products with the Hessian",
    "hessian": "the whole Hessian",
    "gauss_newton": "products with the Gauss-Newton matrix",
    "residuals": "residuals, as of a sum of squares",
    "samples": "independent samples, whose losses it is the mean of",
    "layers": "dense layers alone and a loss that is a likelihood",
}


@dataclass(frozen=True)
class Moment:
    """What a rule may know of the present step beside the gradient.

    Attributes
    ----------
    step
        Scalar node: 1 at the first update since the state was new.
    loss
        Node of shape (…): the objective at θ.
    layout
        Names of θ's segments.
    """

    step: Any
    loss: Any
    layout: Layout


class Optimizer(Kind):
    """Moves θ."""

    SOURCE: ClassVar[str] = ""
    """Paper and equation."""

    RULE: ClassVar[str] = ""
    """The update as LaTeX, one line a formula."""

    REQUIRES: ClassVar[frozenset[Need]] = frozenset()
    """What it asks of the objective beside its value."""

    LARGEST: ClassVar[int | None] = None
    """The most parameters that it can move in sensible time and memory."""

    FULL_BATCH: ClassVar[bool] = False
    """Whether it needs the same objective at every step."""

    @classmethod
    def group(cls) -> str:
        """Return what kind of derivatives it lives on."""
        if "gradient" not in cls.REQUIRES:
            return "Without derivatives"
        return "First order" if issubclass(cls, UpdateRule) else "Second order and line searches"

    @property
    def requires(self) -> frozenset[Need]:
        """What it asks of the objective beside its value, with its settings as they are."""
        return self.REQUIRES

    def initial(self, theta: Array, layout: Layout) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        theta
            Where the path starts, of shape (…, n).
        layout
            Names of θ's segments.
        """
        return {}

    def corrections(self, step: int) -> dict[str, float]:
        """Return by what averages are divided at a step since they started at zero, by symbol.

        They are the ``1 - β^t`` that the rule's formulas name.
        """
        found = {}
        for setting in settings_of(self):
            if setting.symbol and _corrects(setting.symbol, self.RULE):
                found[setting.symbol] = 1.0 - float(getattr(self, setting.name)) ** step
        return found

    def refuses(self, n_parameters: int, offers: frozenset[Need], *, is_deterministic: bool) -> str:
        """Return why it cannot move such an objective; empty where it can."""
        missing = [NEEDS[need] for need in sorted(self.requires - offers)]
        if missing:
            return f"it needs {' and '.join(missing)}, which this objective does not have"
        if self.LARGEST is not None and n_parameters > self.LARGEST:
            return f"it moves at most {self.LARGEST:,} parameters, and there are {n_parameters:,}"
        if self.FULL_BATCH and not is_deterministic:
            return "it needs the same loss at every step: the full batch, and no dropout"
        return ""


def _corrects(symbol: str, rule: str) -> bool:
    powers = symbol_pattern(symbol, power="t").finditer(rule)
    return any(rule[: power.start()].endswith("1 - ") for power in powers)


class UpdateRule(Optimizer):
    """A first-order rule, written as its textbook mathematics on graph nodes.

    Within :meth:`update` the live settings (``self.learning_rate`` …) are graph inputs, so a rule
    reads like the paper and a changed slider needs no new program. Every operation is elementwise
    on the last axis or reduces it, so one rule moves one point or many.
    """

    REQUIRES = frozenset({"gradient"})

    SLOTS: ClassVar[tuple[str, ...]] = ()
    """Names of the state arrays, each of θ's shape and zero at first; see :meth:`initial`."""

    AVERAGE: ClassVar[str] = ""
    """The state array that stands for θ where a model is evaluated; empty for θ itself."""

    def initial(self, theta: Array, layout: Layout) -> State:
        return {name: np.zeros_like(theta) for name in self.SLOTS}

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        """Return the next θ and the next state.

        Parameters
        ----------
        theta, gradient
            Nodes of shape (…, n).
        state
            A node for each array of :meth:`initial`.
        now
            Step, loss and layout.
        """
        raise NotImplementedError


class Method(Optimizer):
    """A rule that asks the objective as often as it needs: line searches, systems, populations.

    It is Python around compiled pieces and moves one point of shape (n,).
    """

    LIBRARY: ClassVar[str] = ""
    """A module that :meth:`initial` loads at first and that takes a while; empty for none."""

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        """Return the next θ, a new array of the same dtype, or θ itself where it stays.

        Parameters
        ----------
        objective
            The same function throughout the step; on mini-batches another one at the next step.
        theta
            Where the path stands, shape (n,); not to be written to.
        state
            What :meth:`initial` returned, changed by the steps before; arrays may be written to,
            replaced, added and dropped.
        rng
            The chance of this step.
        """
        raise NotImplementedError


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", "playground.optimizers")


def learning_rate(default: float) -> Any:
    """Declare a learning rate; only its default differs between rules."""
    return declare(
        default,
        gt=0,
        slider=(1e-5, 10.0),
        scale="log",
        live=True,
        label="Learning rate η",
        help="Length of a step along the (transformed) negative gradient, η.",
    )
