"""A race: optimizers that start together on one surface."""

from __future__ import annotations

from typing import Annotated

from pydantic import SerializeAsAny

from playground.declarations import Declared, chosen_from, declare
from playground.objectives.surface import SURFACES, Surface
from playground.objectives.surfaces.valleys import Rosenbrock
from playground.optimizers.adaptive import Adam
from playground.optimizers.clipping import Clipping
from playground.optimizers.gradient_descent import SGD, Momentum
from playground.optimizers.optimizer import OPTIMIZERS, Optimizer
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import SCHEDULES, Schedule, schedule_refusal
from playground.optimizers.schedules.basic import Constant
from playground.optimizers.wrappers import Wrappers

MOST_STEPS = 100_000
MOST_RACERS = 100


class Racer(Declared):
    """One optimizer in a race."""

    label: str = declare(
        "", max_length=80, label="Name", help="Its name in the race; empty is the optimizer's."
    )
    color: int = declare(0, ge=0, le=999, help="Which of the theme's series colours it has.")
    optimizer: Annotated[SerializeAsAny[Optimizer], chosen_from(OPTIMIZERS)] = declare(
        default_factory=Adam, help="What moves it."
    )
    schedule: Annotated[SerializeAsAny[Schedule], chosen_from(SCHEDULES)] = declare(
        default_factory=Constant, help="What its learning rate does over the steps."
    )
    clipping: Clipping = declare(
        default_factory=Clipping, help="Bounds on the gradient of a first-order rule."
    )
    wrappers: Wrappers = declare(
        default_factory=Wrappers, help="What surrounds a first-order rule."
    )

    @property
    def name(self) -> str:
        """What it is called."""
        return self.label or self.optimizer.label()

    @property
    def recipe(self) -> Recipe:
        """The optimizer with what surrounds it."""
        return Recipe(self.optimizer, self.clipping, self.schedule, self.wrappers)


def racers_of(*optimizers: Optimizer) -> tuple[Racer, ...]:
    """Return racers with these optimizers, each with a colour of its own."""
    return tuple(Racer(optimizer=o, color=i) for i, o in enumerate(optimizers))


def _first_racers() -> tuple[Racer, ...]:
    return racers_of(
        SGD(learning_rate=1e-3), Momentum(learning_rate=1e-3), Adam(learning_rate=0.05)
    )


class Race(Declared):
    """A surface, a start and who sets out from there."""

    title: str = declare("", max_length=200, help="What the race is called.")
    surface: Annotated[SerializeAsAny[Surface], chosen_from(SURFACES)] = declare(
        default_factory=Rosenbrock, help="What is descended."
    )
    start: tuple[float, float] = declare(
        Rosenbrock.START, help="Where all of them begin, x and y.", live=True
    )
    racers: tuple[Racer, ...] = declare(
        default_factory=_first_racers, max_length=MOST_RACERS, help="Who takes part."
    )
    steps: int = declare(
        500,
        ge=1,
        le=MOST_STEPS,
        slider=(10, 10_000),
        scale="log",
        unit="steps",
        help="How far each of them goes.",
    )
    seed: int = declare(
        0, ge=0, lt=2**63, slider=(0, 999), help="Noise of the surface, chance of the optimizers."
    )

    def on(self, surface: Surface) -> Race:
        """Return the race on another surface, from where paths on it begin."""
        return self.model_copy(update={"surface": surface, "start": surface.start})

    def starting_at(self, x: float, y: float) -> Race:
        """Return the race from another start."""
        return self.model_copy(update={"start": (float(x), float(y))})

    def refusal(self, racer: Racer) -> str:
        """Return why a racer cannot descend this surface; empty where it can."""
        function = self.surface.function()
        optimizer = racer.optimizer
        return (
            optimizer.refuses(2, function.offers(), is_deterministic=function.n_noise == 0)
            or schedule_refusal(racer.schedule, optimizer)
            or racer.recipe.refuses()
        )
