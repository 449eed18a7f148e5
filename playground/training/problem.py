"""From an experiment to arrays: data prepared, targets encoded, the fit of the parts checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.prepare import prepare
from playground.data.table import Part, Prepared
from playground.errors import SpecError
from playground.models.layout import Layout
from playground.models.losses import LOSSES, Loss, default_loss
from playground.models.model import Signature
from playground.objectives.learning import Learning
from playground.optimizers.optimizer import OPTIMIZERS, Optimizer, UpdateRule
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import schedule_refusal
from playground.randomness import generator
from playground.tasks import Task
from playground.training.encoded import Encoded
from playground.training.experiment import Experiment

MEMORY_SHARE = 0.5
"""Largest share of the machine's memory that one run may need."""


AVERAGED = "average/"
"""What the names of averaged weights begin with where they are saved beside the weights."""


@dataclass(frozen=True)
class Problem:
    """Data and layout of a run; what an experiment means once its data is known."""

    prepared: Prepared
    signature: Signature
    layout: Layout

    def encode_all(self, experiment: Experiment) -> dict[str, Encoded]:
        """Return the parts by name in the run's number type, targets encoded for the loss."""
        return {
            name: self._encode(self.prepared.part(name), experiment)
            for name in ("train", "validation", "test")
        }

    def _encode(self, part: Part, experiment: Experiment) -> Encoded:
        table, dtype = self.prepared.table, experiment.training.precision
        targets = experiment.loss.encode(part.targets, table.task, table.n_classes)
        return Encoded(
            np.ascontiguousarray(part.inputs, np.intp if table.is_text else dtype),
            np.ascontiguousarray(targets, np.intp if table.task.writes_text else dtype),
            part.targets,
        )


def pose(experiment: Experiment, prepared: Prepared | None = None) -> Problem:
    """Prepare the data of an experiment and check that its parts fit together.

    Raises
    ------
    SpecError
        Where the loss cannot do the task, or training would not fit in memory.
    DataError
        Where the data cannot be used.
    """
    if prepared is None:
        prepared = prepare(
            experiment.data, experiment.features, experiment.split, experiment.seeds.data
        )
    _check_loss(experiment.loss, prepared.table.task)
    signature = signature_of(prepared, experiment.loss)
    refusal = experiment.model.refuses(signature)
    if refusal:
        raise SpecError(f"model.kind: {experiment.model.name()} cannot learn this: {refusal}")
    _check_memory(experiment, prepared, signature)
    return Problem(prepared, signature, experiment.model.layout(signature))


def signature_of(prepared: Prepared, loss: Loss) -> Signature:
    """Return what a model has to read and to put out."""
    table, task = prepared.table, prepared.table.task
    return Signature(
        n_inputs=len(prepared.feature_names),
        n_outputs=len(table.target_vocabulary or ()) or loss.n_outputs(task, table.n_classes),
        image_shape=table.image_shape,
        n_symbols=len(table.source_vocabulary or ()),
        n_target_positions=table.targets.shape[1] if task.writes_text else 0,
        is_continuation=task is Task.CONTINUATION,
    )


def first_arrays(
    experiment: Experiment, problem: Problem, initial: Mapping[str, NDArray[Any]] | None = None
) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Return the first θ and running statistics in the run's number type.

    Parameters
    ----------
    experiment, problem
        What is trained, and what it means on its data.
    initial
        All weights by segment name, and running statistics where they are known; otherwise the
        model draws them.

    Raises
    ------
    SpecError
        Where the given weights are not exactly the model's.
    """
    model, dtype = experiment.model, experiment.training.precision
    running = model.running(problem.signature)
    if initial is None:
        theta = model.initial(problem.layout, generator(experiment.seeds.weights, "weights"))
    else:
        running |= {name: initial[name] for name in running if name in initial}
        weights = {
            name: array
            for name, array in initial.items()
            if name not in running and not name.startswith(AVERAGED)
        }
        try:
            theta = problem.layout.pack(weights)
        except ValueError as error:
            raise SpecError(f"initial: {error}") from None
    return theta.astype(dtype), {name: a.astype(dtype) for name, a in running.items()}


def fitting_loss(loss: Loss, task: Task) -> Loss:
    """Return the loss itself where it can do the task, else the task's default."""
    return loss if task in loss.TASKS else default_loss(task)


def learning_of(experiment: Experiment, layout: Layout) -> Learning:
    """Return the objective of an experiment."""
    return Learning(experiment.model, experiment.loss, experiment.penalties, layout)


def recipe_of(experiment: Experiment) -> Recipe:
    """Return the optimizer of an experiment with what surrounds it."""
    return Recipe(
        experiment.optimizer,
        experiment.clipping,
        experiment.schedule,
        experiment.wrappers,
        experiment.constraints,
    )


def refusal_of(optimizer: Optimizer, experiment: Experiment, problem: Problem, n_train: int) -> str:
    """Return why an optimizer cannot train a posed experiment; empty where it can."""
    refusal = schedule_refusal(experiment.schedule, optimizer)
    recipe = replace(recipe_of(experiment), optimizer=optimizer)
    refusal = refusal or recipe.refuses() or _accumulation_refusal(experiment, recipe)
    if refusal:
        return refusal
    offers = learning_of(experiment, problem.layout).function(problem.signature).offers()
    has_one_loss = is_deterministic(experiment, problem, n_train)
    return optimizer.refuses(problem.layout.size, offers, is_deterministic=has_one_loss)


def _accumulation_refusal(experiment: Experiment, recipe: Recipe) -> str:
    if experiment.training.accumulated == 1:
        return ""
    if not isinstance(recipe.optimizer, UpdateRule):
        return "gradients are accumulated (training), which only first-order rules take part in"
    if recipe.wrappers.gradients_per_step > 1:
        return "gradients are accumulated (training), and SAM needs a second one of each batch"
    return ""


def refusals(experiment: Experiment, problem: Problem) -> dict[str, str]:
    """Return the optimizers that cannot train a posed experiment, each with the reason."""
    n_train = len(problem.prepared.train)
    found = {}
    for kind in OPTIMIZERS:
        reason = refusal_of(kind(), experiment, problem, n_train)
        if reason:
            found[kind.name()] = f"Cannot be used here: {reason}."
    return found


def is_deterministic(experiment: Experiment, problem: Problem, n_train: int) -> bool:
    """Whether every step of a posed experiment has the same loss: full batches and no noise."""
    batch_size = min(experiment.training.batch_size, n_train)
    return batch_size == n_train and not experiment.model.noise(problem.signature, batch_size)


def _check_loss(loss: Loss, task: Task) -> None:
    if task not in loss.TASKS:
        fitting = ", ".join(cls.name() for cls in LOSSES if task in cls.TASKS)
        raise SpecError(f"loss.kind: must be one of {fitting} for {task}, got {loss.name()}")


def _check_memory(experiment: Experiment, prepared: Prepared, signature: Signature) -> None:
    itemsize = np.dtype(experiment.training.precision).itemsize
    n_samples = min(experiment.training.batch_size, len(prepared.train))
    needed = experiment.model.peak_bytes(signature, n_samples, itemsize)
    allowed = MEMORY_SHARE * physical_memory_bytes()
    if needed > allowed:
        raise SpecError(
            f"model: must need at most {_size(allowed)} of memory (half of this machine's), "
            f"got an estimate of {_size(needed)} for a batch of {n_samples}"
        )


def physical_memory_bytes() -> int:
    """Return the machine's memory; 8 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return 8 * 2**30


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:.0f} MiB"
