"""An experiment: everything that decides a run, as one frozen declaration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import SerializeAsAny

from playground.data.features import Features
from playground.data.sets.tensorflow_playground import Spiral
from playground.data.source import DATASETS, DataSource
from playground.data.splits import Split
from playground.declarations import Declared, chosen_from, declare
from playground.models.losses import LOSSES, BinaryCrossEntropy, Loss
from playground.models.mlp import MultilayerPerceptron
from playground.models.model import MODELS, Model
from playground.objectives.penalties import Penalties
from playground.optimizers.adaptive import Adam
from playground.optimizers.clipping import Clipping
from playground.optimizers.constraints import Constraints
from playground.optimizers.optimizer import OPTIMIZERS, Optimizer
from playground.optimizers.schedule import SCHEDULES, Schedule
from playground.optimizers.schedules.basic import Constant
from playground.optimizers.wrappers import Wrappers


class Training(Declared):
    """How the data is fed and how often the model is evaluated."""

    batch_size: int = declare(
        32,
        ge=1,
        le=100_000,
        slider=(1, 1024),
        scale="log",
        live=True,
        unit="samples",
        help="Training samples in one update; as many as there are, or more, is full batch.",
    )
    accumulated: int = declare(
        1,
        ge=1,
        le=1000,
        slider=(1, 64),
        scale="log",
        live=True,
        unit="batches",
        advanced=True,
        label="Accumulated",
        help="Mini-batches whose gradients are averaged for one update. Steps and schedules count "
        "updates, evaluations count mini-batches.",
    )
    shuffle: bool = declare(True, help="Draw a new order of the training samples in every epoch.")
    leftover: Literal["smaller batch", "carry over", "drop"] = declare(
        "smaller batch",
        advanced=True,
        label="Leftover samples",
        help="What happens to the last samples of an epoch that fill no batch: a smaller batch of "
        "their own, part of the next epoch's first batch (TensorFlow Playground), or nothing.",
    )
    evaluate_every: int = declare(
        0,
        ge=0,
        slider=(0, 1000),
        live=True,
        unit="steps",
        help="Steps between two evaluations on the whole training and validation parts; "
        "0 evaluates after each epoch.",
    )
    diagnose_every: int = declare(
        10,
        ge=1,
        slider=(1, 1000),
        scale="log",
        live=True,
        unit="steps",
        advanced=True,
        help="Steps between two records of the gradient norm of each layer.",
    )
    precision: Literal["float32", "float64"] = declare(
        "float32", advanced=True, help="Number type of weights, data and gradients."
    )


class Stop(Declared):
    """When a run ends by itself; 0 leaves a rule out, and the first that holds ends the run."""

    steps: int = declare(
        0, ge=0, slider=(0, 1_000_000), live=True, unit="steps", help="Updates; 0 is off."
    )
    epochs: int = declare(
        0, ge=0, slider=(0, 10_000), live=True, unit="epochs", help="Epochs; 0 is off."
    )
    target_loss: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1),
        scale="log",
        live=True,
        help="Validation loss (training loss without a validation part) to reach; 0 is off.",
    )
    patience: int = declare(
        0,
        ge=0,
        slider=(0, 1000),
        live=True,
        unit="evaluations",
        help="Evaluations in a row without a new best validation loss; 0 is off.",
    )
    restore_best: bool = declare(
        False,
        live=True,
        help="Where patience ends the run, go back to the weights with the best validation loss.",
    )


class Seeds(Declared):
    """Where chance starts; one seed each, so that one can change while the others stay."""

    data: int = declare(0, ge=0, lt=2**63, slider=(0, 999), help="Generated data and its split.")
    weights: int = declare(0, ge=0, lt=2**63, slider=(0, 999), help="First weights.")
    batches: int = declare(
        0, ge=0, lt=2**63, slider=(0, 999), help="Order of the samples, dropout."
    )


class Experiment(Declared):
    """Data, model, loss, optimizer and everything else that decides a run."""

    title: str = declare("", help="What the experiment is called.", max_length=200)
    data: Annotated[SerializeAsAny[DataSource], chosen_from(DATASETS)] = declare(
        default_factory=Spiral, help="What is learned from."
    )
    split: Split = declare(default_factory=Split, help="Training, validation and test parts.")
    features: Features = declare(default_factory=Features, help="What the model sees of a point.")
    model: Annotated[SerializeAsAny[Model], chosen_from(MODELS)] = declare(
        default_factory=MultilayerPerceptron, help="What is trained."
    )
    loss: Annotated[SerializeAsAny[Loss], chosen_from(LOSSES)] = declare(
        default_factory=BinaryCrossEntropy, help="What is made small."
    )
    penalties: Penalties = declare(default_factory=Penalties, help="What is added to the loss.")
    optimizer: Annotated[SerializeAsAny[Optimizer], chosen_from(OPTIMIZERS)] = declare(
        default_factory=Adam, live=True, help="How the weights are moved."
    )
    schedule: Annotated[SerializeAsAny[Schedule], chosen_from(SCHEDULES)] = declare(
        default_factory=Constant, live=True, help="What the learning rate does over the run."
    )
    clipping: Clipping = declare(default_factory=Clipping, help="Bounds on the gradient.")
    wrappers: Wrappers = declare(default_factory=Wrappers, help="What surrounds the update rule.")
    constraints: Constraints = declare(
        default_factory=Constraints, help="What is done to the weights after each update."
    )
    training: Training = declare(default_factory=Training, help="Batches and evaluation.")
    stop: Stop = declare(default_factory=Stop, help="When a run ends by itself.")
    seeds: Seeds = declare(default_factory=Seeds, help="Where chance starts.")
