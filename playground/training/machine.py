"""What one step reads and moves: θ, optimizer state, running statistics, batch order, noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.batches import BatchCursor
from playground.errors import SpecError
from playground.optimizers.minimization import CHANCE
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import Method, Optimizer, State
from playground.optimizers.schedule import Rates
from playground.optimizers.wrappers import GRADIENT_NOISE, STATES
from playground.randomness import Stream
from playground.training.accumulation import AccumulatedStep, Accumulation
from playground.training.checkpoint import Position
from playground.training.encoded import Encoded
from playground.training.experiment import Experiment
from playground.training.problem import (
    Problem,
    is_deterministic,
    learning_of,
    recipe_of,
    refusal_of,
)
from playground.training.programs import Arrays, Programs, Rules
from playground.training.threads import team_for


class Machine:
    """Moves θ one step at a time; deterministic from any position.

    Parameters
    ----------
    experiment, problem
        What is trained, and on what.
    train
        The training part as the programs take it.
    theta, running
        First weights of shape (n,) and running statistics by name, kept and moved in place.
    """

    def __init__(
        self,
        experiment: Experiment,
        problem: Problem,
        train: Encoded,
        theta: NDArray[Any],
        running: dict[str, NDArray[Any]],
    ) -> None:
        training = experiment.training
        self.theta = theta
        self.running = running
        self.step = 0
        self.evaluations = 0
        self.cursor = BatchCursor(
            len(train.inputs),
            experiment.seeds.batches,
            shuffle=training.shuffle,
            leftover=training.leftover,
        )
        self._problem = problem
        self.check(experiment)
        self._train = train
        self.rates = Rates(experiment.schedule)
        self._noise: dict[str, Stream] = {}
        self._gradient: NDArray[Any] | None = None
        self._total = Accumulation(theta.size, theta.dtype)
        self.team = team_for(len(theta), len(train.inputs))
        self._state: State = {}
        self._configure(experiment)
        self._renew_state()
        self._renew_programs()

    def check(self, experiment: Experiment) -> None:
        """Raise a SpecError where the data cannot be fed so, or the optimizer cannot move this."""
        batch_size = experiment.training.batch_size
        self.cursor.check(batch_size)
        optimizer = experiment.optimizer
        refusal = refusal_of(optimizer, experiment, self._problem, self.cursor.n_samples)
        if refusal:
            raise SpecError(f"optimizer.kind: {optimizer.name()} cannot train this: {refusal}")

    def configure(
        self,
        experiment: Experiment,
        *,
        renew_optimizer: bool = False,
        renew_schedule: bool = False,
    ) -> None:
        """Take over edited settings, from the next step on."""
        structure = self._rules.recipe.structure()
        self._configure(experiment)
        self.rates.follow(experiment.schedule, self.step, is_new=renew_schedule)
        is_another = renew_optimizer or structure != self._rules.recipe.structure()
        if renew_optimizer:
            self._renew_state()
        elif is_another:
            self._adapt_state()
        if is_another or not self.programs.set_live(self._rules.live_numbers()):
            self._renew_programs()

    @property
    def optimizer(self) -> Optimizer:
        """What moves the weights now."""
        return self._rules.recipe.optimizer

    @property
    def state(self) -> State:
        """What the optimizer remembers; not to be written to."""
        return self._state

    @property
    def averaged(self) -> NDArray[Any] | None:
        """The weights with which the model is evaluated, where they are not θ itself."""
        return self._rules.recipe.averaged(self._state)

    @property
    def optimizer_step(self) -> int:
        """Updates since its state was new."""
        return self._optimizer_step

    def trial(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return what the coming update adds to θ, and its gradient; everything stays as it is."""
        position, own = self.position(), self._gradient
        kept = None if own is None else own.copy()
        self.move()
        assert self._gradient is not None
        update, gradient = self.theta - position.theta, self._gradient.copy()
        self.return_to(position)
        self._gradient = kept
        return update, gradient

    def learning_rate(self, step: int) -> float | None:
        """Return the rate of the update that follows ``step``; None for optimizers without."""
        rate = getattr(self._rules.recipe.optimizer, "learning_rate", None)
        return None if rate is None else rate * self.rates.at(step)

    def corrections(self) -> dict[str, float]:
        """Return by what the coming update divides averages; see :meth:`Optimizer.corrections`."""
        optimizer = self._rules.recipe.optimizer_at(self.rates, self.step)
        return optimizer.corrections(self._optimizer_step + 1)

    def move(self) -> Any:
        """Do one update and return its bound program, whose outputs belong to the row before."""
        recipe = self._rules.recipe
        if isinstance(recipe.optimizer, Method):
            return self._move_by(recipe.method_at(self.rates, self.step))
        if self._n_accumulated > 1:
            return self._move_by_several()
        bound = self._fill(self.programs.step)
        self.evaluations += self._gradients_per_step
        self._update(bound)
        self._gradient = bound.outputs["gradient"]
        return bound

    def _move_by_several(self) -> AccumulatedStep:
        """Average the gradients of several mini-batches and do one update."""
        total = self._total
        total.clear()
        for number in range(self._n_accumulated):
            bound = self._fill(self.programs.gradient, number)
            bound.run()
            total.add(bound)
            self._take_running(bound)
        self.evaluations += self._n_accumulated
        update = self.programs.update()
        update.inputs["gradient"][...] = total.gradient
        update.inputs["loss"][()] = total.value
        self._update(update)
        self._gradient = total.gradient
        return total.step()

    def _update(self, bound: Any) -> None:
        """Run a program that moves θ, this step's numbers written into it."""
        self._optimizer_step += 1
        bound.inputs["step"][()] = self._optimizer_step
        if self._is_noisy:
            noise = bound.inputs["gradient_noise"]
            stream = self._noise_of(GRADIENT_NOISE)
            stream.at(self.step).standard_normal(out=noise, dtype=noise.dtype)
        if self._is_scheduled:
            bound.inputs["scheduled"][()] = self._told(self.step)
        bound.run()
        self.step += 1

    def _take_running(self, bound: Any) -> None:
        for name, array in self.running.items():
            array[...] = bound.outputs["running"][name]

    def _move_by(self, method: Method) -> Any:
        """Let a method that asks the loss as often as it likes do one step on the next batch."""
        bound = self._fill(self.programs.gradient)
        bound.run()
        outputs = bound.outputs
        objective = self.programs.objective(bound)
        objective.inform(self.theta, outputs["value"].item(), outputs["gradient"])
        before = objective.counts.values
        rng = self._noise_of(CHANCE).at(self.step)
        self.theta[...] = method.step(objective, self.theta.copy(), self._state, rng)
        self.evaluations += objective.counts.values - before
        self._take_running(bound)
        self._optimizer_step += 1
        self.step += 1
        self._gradient = outputs["gradient"]
        return bound

    def gradient(self) -> NDArray[Any]:
        """Return the gradient of the last step, or of the coming one where none was done."""
        if self._gradient is None:
            position = self.cursor.position()
            bound = self._fill(self.programs.gradient)
            self.cursor.seek(position)
            bound.run()
            self._gradient = bound.outputs["gradient"]
        return self._gradient

    def objective(self) -> Objective:
        """Return the loss on the coming mini-batch as a function of any θ."""
        position = self.cursor.position()
        bound = self._fill(self.programs.gradient)
        self.cursor.seek(position)
        objective = self.programs.objective(bound)
        objective.renew()
        return objective

    def is_deterministic(self) -> bool:
        """Whether every step has the same loss: full batches and no noise."""
        return is_deterministic(self._experiment, self._problem, self.cursor.n_samples)

    def is_finite(self) -> bool:
        """Whether every weight is finite."""
        return bool(np.isfinite(self.theta).all())

    def position(self) -> Position:
        """Return a copy of all that :meth:`return_to` needs."""
        return Position(
            theta=self.theta.copy(),
            state={name: array.copy() for name, array in self._state.items()},
            running={name: array.copy() for name, array in self.running.items()},
            optimizer_step=self._optimizer_step,
            step=self.step,
            evaluations=self.evaluations,
            cursor=self.cursor.position(),
        )

    def return_to(self, position: Position) -> None:
        """Stand where :meth:`position` was taken."""
        self.theta[...] = position.theta
        if isinstance(self._rules.recipe.optimizer, Method):
            self._state = {name: array.copy() for name, array in position.state.items()}
        else:  # the programs move these very arrays
            for name, array in position.state.items():
                self._state[name][...] = array
        for name, array in position.running.items():
            self.running[name][...] = array
        self._optimizer_step = position.optimizer_step
        self.step = position.step
        self.evaluations = position.evaluations
        self.cursor.seek(position.cursor)

    def take_weights(self, position: Position) -> None:
        """Take over a position's weights, their average and the running statistics alone."""
        self.theta[...] = position.theta
        for name, array in position.running.items():
            self.running[name][...] = array
        now, then = self.averaged, self._rules.recipe.averaged(position.state)
        if now is not None:
            now[...] = position.theta if then is None else then
        self._gradient = None

    def _configure(self, experiment: Experiment) -> None:
        self._experiment = experiment
        learning = learning_of(experiment, self._problem.layout)
        recipe = recipe_of(experiment)
        self._rules = Rules(learning, recipe)
        # Asked for at each step, where an answer takes as long as a small matrix product.
        self._is_scheduled, self._is_noisy = recipe.is_scheduled, recipe.wrappers.is_noisy
        self._told = recipe.told_by(self.rates)
        self._gradients_per_step = recipe.wrappers.gradients_per_step
        self._batch_size = experiment.training.batch_size
        self._n_accumulated = experiment.training.accumulated
        self._noise_seed = experiment.seeds.batches

    def _renew_state(self) -> None:
        fresh = self._rules.recipe.initial(self.theta, self._problem.layout)
        # Another optimizer knows nothing of the one before, but what surrounds it goes on.
        kept = {name: a for name, a in self._state.items() if name in STATES and name in fresh}
        self._state = fresh | kept
        self._optimizer_step = 0

    def _adapt_state(self) -> None:
        """Start what an edit has switched on, drop what it has switched off, keep all the rest."""
        if not isinstance(self._rules.recipe.optimizer, Method):
            fresh = self._rules.recipe.initial(self.theta, self._problem.layout)
            self._state = {name: self._state.get(name, array) for name, array in fresh.items()}

    def _renew_programs(self) -> None:
        arrays = Arrays(self.theta, self._state, self.running, self.averaged)
        signature = self._problem.signature
        self.programs = Programs(self._rules, signature, arrays, self._train, self.team)

    def _fill(self, program: Callable[[int], Any], number: int = 0) -> Any:
        """Return a bound program with the next mini-batch and this step's noise written into it.

        A step's further mini-batches are numbered, and take the noise that comes after.
        """
        rows = self.cursor.next(self._batch_size)
        bound = program(len(rows))
        inputs = bound.inputs
        # "clip" and not "raise", which would buffer the output.
        self._train.inputs.take(rows, 0, inputs["inputs"], "clip")
        self._train.targets.take(rows, 0, inputs["targets"], "clip")
        for name, buffer in inputs["noise"].items():
            stream = self._noise_of(name)
            generator = stream.further() if number else stream.at(self.step)
            generator.random(out=buffer, dtype=buffer.dtype)
        return bound

    def _noise_of(self, name: str) -> Stream:
        if name not in self._noise:
            self._noise[name] = Stream(self._noise_seed, f"noise {name}")
        return self._noise[name]
