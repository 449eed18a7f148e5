"""Many first-order paths down one surface in one program: several rules, several points each.

The gradient is computed once for all points; then each rule moves its own. A dozen rules thereby
cost little more than their own few operations, and one rule may move as many points as there are
pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.autodiff import Spec, lower, tree, value_and_grad, vmap
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.team import Team
from playground.declarations import live_values, with_nodes
from playground.descent.groups import LAYOUT, Group, initial_states, rates_of, structure_of
from playground.descent.records import Record
from playground.objectives.surface import Floats, Surface
from playground.optimizers.optimizer import State
from playground.optimizers.paths import NOISE
from playground.optimizers.wrappers import GRADIENT_NOISE
from playground.randomness import Stream

Bytes: TypeAlias = NDArray[np.uint8]


class Ensemble:
    """Points on a surface, moved by their groups' rules in one program.

    Parameters
    ----------
    surface
        What they descend.
    groups
        Who moves how many of them, in the order of the points.
    starts
        Shape (n_points, 2); copied.
    seed
        Of all noise, which is the same for all points.
    team
        Threads that do long operations side by side.

    Attributes
    ----------
    theta
        Where the points stand, shape (n_points, 2).
    loss, gradient_norm
        At the points that the last step left, shape (n_points,).
    states
        The rules' arrays by name, of shape (n_points of the group, …), a dict for each group.
    record
        All of these, in one piece of memory.
    n_steps
        Steps so far.
    evaluations
        How often each group's rule asks for value and gradient in a step.

    Notes
    -----
    A point whose loss or gradient is not finite stays where it is. All arrays are changed in
    place by :meth:`step`.
    """

    def __init__(
        self,
        surface: Surface,
        groups: Sequence[Group],
        starts: Floats,
        *,
        seed: int = 0,
        team: Team | None = None,
    ) -> None:
        self.surface = surface
        self.groups = tuple(groups)
        self.evaluations = [1] * len(self.groups)
        self._structure = structure_of(surface, groups)
        self._rows = _row_ranges(self.groups)
        self._rates = rates_of(self.groups)
        self._noise: dict[str, Stream] = {}
        self._seed(seed)
        starts = np.array(starts, np.float64)
        n = len(starts)
        self.record = Record(
            {
                "theta": starts,
                "loss": np.zeros(n),
                "gradient_norm": np.zeros(n),
                "states": self._initial(starts),
            }
        )
        self.theta: Floats = self.record.arrays["theta"]
        self.loss: Floats = self.record.arrays["loss"]
        self.gradient_norm: Floats = self.record.arrays["gradient_norm"]
        self.states: list[State] = self.record.arrays["states"]
        self.n_steps = 0
        self._bound = self._lower(team)
        self._fill()

    def step(self) -> None:
        """Do one update of every point."""
        inputs = self._bound.inputs
        for i, rates in self._rates.items():
            inputs["scheduled"][i][...] = rates.at(self.n_steps)
        for name, stream in self._noise.items():
            stream.at(self.n_steps).standard_normal(out=inputs[name])
        self.n_steps += 1
        inputs["step"][()] = self.n_steps
        self._bound.run()
        for i, rates in self._rates.items():
            rates.evaluated(self.n_steps, self.loss[self._rows[i]])

    def follow(self, rows: Bytes) -> None:
        """Do a step for each row, shape (n_steps, record's bytes), and write the record there."""
        memory = self.record.memory
        for row in rows:
            self.step()
            row[...] = memory

    def restart(self, starts: Floats, seed: int = 0) -> None:
        """Begin anew from other starts, of which there are as many."""
        self._seed(seed)
        self.theta[...] = starts
        for state, initial in zip(self.states, self._initial(self.theta), strict=True):
            for name, array in initial.items():
                state[name][...] = array
        self._rates = rates_of(self.groups)
        self.n_steps = 0

    def takes(self, surface: Surface, groups: Sequence[Group]) -> bool:
        """Take over other live numbers; False, and nothing done, where it takes another program."""
        if structure_of(surface, groups) != self._structure:
            return False
        self.surface, self.groups = surface, tuple(groups)
        self._rates = rates_of(self.groups)
        self._fill()
        return True

    def _seed(self, seed: int) -> None:
        """Begin the noise: of the surface, and of gradients on which a rule wants some."""
        if self.surface.N_NOISE:
            self._noise["noise"] = Stream(seed, NOISE)
        if any(group.recipe.wrappers.is_noisy for group in self.groups):
            self._noise["gradient_noise"] = Stream(seed, GRADIENT_NOISE)

    # --- the program ---------------------------------------------------------------------------

    def _initial(self, starts: Floats) -> list[State]:
        return [
            initial_states(group.recipe, starts[rows])
            for group, rows in zip(self.groups, self._rows, strict=True)
        ]

    def _fill(self) -> None:
        """Write the live numbers into the program."""
        inputs = self._bound.inputs
        for path, value in live_values(self.surface).items():
            inputs["surface"][path][()] = value
        for node, group in zip(inputs["live"], self.groups, strict=True):
            for path, value in group.live().items():
                node[path][...] = value
        self._bound.prepare()

    def _lower(self, team: Team | None) -> BoundProgram:
        arrays = self.record.arrays
        scalar = Spec((), np.float64)
        specs: dict[str, Any] = {
            name: tree.map_leaves(Spec.of, value) for name, value in arrays.items()
        }
        specs |= {
            "step": scalar,
            "surface": dict.fromkeys(live_values(self.surface), scalar),
            "live": [
                {path: Spec(np.shape(value), np.float64) for path, value in group.live().items()}
                for group in self.groups
            ],
            "scheduled": {i: _scheduled_spec(self.groups[i]) for i in self._rates},
        }
        sizes = {"noise": self.surface.N_NOISE, "gradient_noise": 2}
        specs |= {name: Spec((sizes[name],), np.float64) for name in self._noise}
        donate = {name: name for name in arrays}
        program = lower(self._trace, specs, donate=donate, hoist=("live", "surface"))
        return program.bind(team, **arrays)

    def _trace(
        self,
        theta: Any,
        loss: Any,
        gradient_norm: Any,
        states: Any,
        step: Any,
        surface: Any,
        live: Any,
        scheduled: Any,
        gradient_noise: Any = None,
        **noise: Any,
    ) -> dict[str, Any]:
        descended = with_nodes(self.surface, surface)
        both = value_and_grad(lambda t: descended.value(t, **noise))
        loss, gradient = vmap(both)(theta)
        norm = ad.sqrt(ad.sum(ad.square(gradient), axis=-1))
        moved, after = [], []
        for i, rows in enumerate(self._rows):
            points = theta[rows], loss[rows], gradient[rows], states[i], scheduled.get(i)
            new_theta, new_state, self.evaluations[i] = _advance(
                self.groups[i], both, step, live[i], gradient_noise, *points
            )
            moved.append(new_theta)
            after.append(new_state)
        # A number minus itself is zero exactly where it is finite.
        is_finite = ad.equal((loss + norm) - (loss + norm), 0.0)
        ahead = ad.concatenate(moved) if len(moved) > 1 else moved[0]
        return {
            "theta": ad.where(is_finite.reshape(-1, 1), ahead, theta),
            "loss": loss,
            "gradient_norm": norm,
            "states": after,
        }


def _advance(
    group: Group,
    both: Callable[[Any], Any],
    step: Any,
    live: Mapping[str, Any],
    noise: Any,
    theta: Any,
    loss: Any,
    gradient: Any,
    state: Any,
    told: Any,
) -> tuple[Any, Any, int]:
    """Return the next points and states of one group, and how often its rule evaluates.

    The rule is traced for a single point, so that numbers of the points' own meet losses of shape
    () and points of shape (2,) as in any other program.
    """
    own = {path: live[path] for path in group.own}
    shared = {path: node for path, node in live.items() if path not in own}
    n_evaluations = 0

    def one(theta: Any, loss: Any, gradient: Any, state: Any, told: Any, own: Any) -> Any:
        def evaluate(t: Any) -> Any:
            nonlocal n_evaluations
            n_evaluations += 1
            return (loss, gradient) if t is theta else both(t)

        recipe = group.recipe.with_nodes(shared | own)
        if told is not None:
            recipe = recipe.scheduled(told)
        own_noise = noise if group.recipe.wrappers.is_noisy else None
        return recipe.advance(theta, state, step, LAYOUT, evaluate, own_noise)

    moved, after = vmap(one)(theta, loss, gradient, state, told, own)
    return moved, after, n_evaluations


def _scheduled_spec(group: Group) -> Spec:
    return Spec((group.n_points, *group.recipe.scheduled_shape), np.float64)


def _row_ranges(groups: Sequence[Group]) -> list[slice]:
    ends = np.cumsum([group.n_points for group in groups]).tolist()
    return [slice(end - group.n_points, end) for group, end in zip(groups, ends, strict=True)]
