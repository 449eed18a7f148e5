"""Losses: what training makes small, a mean over the batch.

A loss says how many outputs the model needs for a task, how class numbers become targets, and what
the outputs mean as a prediction. Class numbers are encoded as ±1 (one output) or one-hot.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.declarations import Kind, Registry, declare, is_on
from playground.tasks import PADDING, Task

Floats = NDArray[np.floating[Any]]


class Loss(Kind):
    """A scalar from outputs and targets, both of shape (n_samples, n_outputs)."""

    TASKS: ClassVar[frozenset[Task]] = frozenset(task for task in Task if not task.writes_text)

    HAS_RESIDUALS: ClassVar[bool] = False
    """Whether it is a sum of squares; see :meth:`residuals`."""

    IS_MEAN_OF_SAMPLES: ClassVar[bool] = True
    """Whether it is the mean of the losses of the samples one by one."""

    HAS_LIKELIHOOD: ClassVar[bool] = False
    """Whether it is -log p(targets | outputs) but for a constant; see :meth:`draw`."""

    def __call__(self, outputs: Any, targets: Any) -> Any:
        """Return the mean loss over the batch as a scalar."""
        raise NotImplementedError

    def unsmoothed(self) -> Loss:
        """Return the loss that is shown and compared: with the targets as they are."""
        return self

    def residuals(self, outputs: Any, targets: Any) -> Any:
        """Return r of the outputs' shape with loss = ½ Σ r², for losses that are such a sum."""
        raise NotImplementedError

    def draw(self, outputs: Floats, rng: np.random.Generator) -> Floats:
        """Return targets of the outputs' shape, drawn from p(targets | outputs)."""
        raise NotImplementedError

    def n_outputs(self, task: Task, n_classes: int) -> int:
        """Return how many outputs the model needs."""
        return n_classes if task is Task.MULTICLASS else 1

    def encode(self, targets: NDArray[Any], task: Task, n_classes: int) -> NDArray[Any]:
        """Return targets of shape (n_samples, n_outputs) from numbers or class numbers."""
        if task is Task.REGRESSION:
            return np.asarray(targets, np.float64)[:, None]
        if task is Task.BINARY:
            return np.where(np.asarray(targets) == 1, 1.0, self._negative())[:, None]
        return np.eye(n_classes)[np.asarray(targets)]

    def probabilities(self, outputs: Floats) -> Floats:
        """Return class shares of shape (n_samples, n_classes) that sum to one.

        Where the loss has no probabilistic reading, they are the outputs' distances from the
        targets made comparable: good for colours and ranking, not calibrated.
        """
        if outputs.shape[-1] == 1:
            positive = np.clip((outputs + 1.0) / 2.0, 0.0, 1.0)
            return np.concatenate([1.0 - positive, positive], axis=-1)
        return np.asarray(ad.softmax(outputs, axis=-1))

    def decide(self, outputs: Floats) -> NDArray[np.int64]:
        """Return predicted class numbers of shape (n_samples,)."""
        if outputs.shape[-1] == 1:
            return (outputs[..., 0] >= 0.0).astype(np.int64)
        return np.argmax(outputs, axis=-1)

    def _negative(self) -> float:
        """Return the target that stands for class 0 with one output."""
        return -1.0


LOSSES: Registry[Loss] = Registry("loss", "playground.models.losses")


@LOSSES.register
class MeanSquaredError(Loss):
    """Mean of the squared differences."""

    HAS_RESIDUALS = True
    HAS_LIKELIHOOD = True
    kind: Literal["mean_squared_error"] = "mean_squared_error"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        return ad.mean(ad.square(outputs - targets))

    def residuals(self, outputs: Any, targets: Any) -> Any:
        return (2.0 / outputs.size) ** 0.5 * (outputs - targets)

    def draw(self, outputs: Floats, rng: np.random.Generator) -> Floats:
        # A sample's loss |o - y|² / k is that of a normal distribution with variance k / 2.
        noise: Floats = rng.standard_normal(outputs.shape)
        return outputs + np.sqrt(outputs.shape[-1] / 2.0) * noise


@LOSSES.register
class HalfMeanSquaredError(Loss):
    """Mean of half the squared differences, whose derivative is the difference itself."""

    LABEL = "Mean squared error ½"
    HAS_RESIDUALS = True
    HAS_LIKELIHOOD = True
    kind: Literal["half_mean_squared_error"] = "half_mean_squared_error"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        return 0.5 * ad.mean(ad.square(outputs - targets))

    def residuals(self, outputs: Any, targets: Any) -> Any:
        return (1.0 / outputs.size) ** 0.5 * (outputs - targets)

    def draw(self, outputs: Floats, rng: np.random.Generator) -> Floats:
        noise: Floats = rng.standard_normal(outputs.shape)
        return outputs + np.sqrt(outputs.shape[-1]) * noise


@LOSSES.register
class MeanAbsoluteError(Loss):
    """Mean of the absolute differences; derivative 0 where they are 0."""

    kind: Literal["mean_absolute_error"] = "mean_absolute_error"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        return ad.mean(ad.abs(outputs - targets))


@LOSSES.register
class Huber(Loss):
    """Half the square within δ, linear beyond (Huber 1964)."""

    kind: Literal["huber"] = "huber"
    delta: float = declare(
        1.0,
        gt=0,
        slider=(1e-2, 10),
        scale="log",
        live=True,
        label="δ",
        help="Difference at which the square turns into a line.",
    )

    def __call__(self, outputs: Any, targets: Any) -> Any:
        # Without |·|, whose kink would take the second derivative at a difference of 0 away.
        difference = outputs - targets
        inner = ad.clip(difference, -self.delta, self.delta)
        return ad.mean(inner * (difference - 0.5 * inner))


class _Smoothed(Loss):
    """A cross-entropy whose targets may be moved a little towards all classes alike."""

    label_smoothing: float = declare(
        0.0,
        ge=0,
        lt=1,
        slider=(0.0, 0.5),
        live=True,
        zero_is_off=True,
        advanced=True,
        help="Share of each target that is spread over all classes in training; what is shown is "
        "measured without; 0 is off (Szegedy et al. 2016, section 7).",
    )

    def unsmoothed(self) -> Loss:
        if not is_on(self.label_smoothing):
            return self
        return self.model_copy(update={"label_smoothing": 0.0})


@LOSSES.register
class BinaryCrossEntropy(_Smoothed):
    """Cross-entropy of a sigmoid, computed from the logit; targets 0 and 1."""

    TASKS = frozenset({Task.BINARY})
    HAS_LIKELIHOOD = True
    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    positive_weight: float = declare(
        1.0,
        gt=0,
        slider=(0.1, 10),
        scale="log",
        live=True,
        advanced=True,
        help="Weight of class 1 against class 0, for unequal classes.",
    )

    def __call__(self, outputs: Any, targets: Any) -> Any:
        if is_on(self.label_smoothing):
            targets = (1.0 - self.label_smoothing) * targets + 0.5 * self.label_smoothing
        # -log σ(z) = softplus(-z) and -log(1 - σ(z)) = z + softplus(-z): no overflow at any logit.
        share = 1.0 + (self.positive_weight - 1.0) * targets
        return ad.mean((1.0 - targets) * outputs + share * ad.softplus(-outputs))

    def probabilities(self, outputs: Floats) -> Floats:
        positive = np.asarray(ad.sigmoid(outputs))
        return np.concatenate([1.0 - positive, positive], axis=-1)

    def draw(self, outputs: Floats, rng: np.random.Generator) -> Floats:
        # The weight of class 1 is left out: with it there is no likelihood.
        chosen: Floats = (rng.random(outputs.shape) < np.asarray(ad.sigmoid(outputs))).astype(float)
        return chosen

    def _negative(self) -> float:
        return 0.0


@LOSSES.register
class CrossEntropy(_Smoothed):
    """Cross-entropy of a softmax, computed from the logits; targets one-hot."""

    TASKS = frozenset({Task.MULTICLASS})
    HAS_LIKELIHOOD = True
    kind: Literal["cross_entropy"] = "cross_entropy"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        n_samples, n_classes = outputs.shape
        if is_on(self.label_smoothing):
            spread = self.label_smoothing / n_classes
            targets = (1.0 - self.label_smoothing) * targets + spread
        return ad.sum(targets * ad.log_softmax(outputs, axis=-1)) * (-1.0 / n_samples)

    def draw(self, outputs: Floats, rng: np.random.Generator) -> Floats:
        # Gumbel 1954: the largest of logits with Gumbel noise is drawn from their softmax.
        noisy = outputs + rng.gumbel(size=outputs.shape)
        return np.eye(outputs.shape[-1])[np.argmax(noisy, axis=-1)]


@LOSSES.register
class Hinge(Loss):
    """max(0, 1 - y z) on one output; Weston & Watkins 1999 (mean over classes) on several."""

    TASKS = frozenset({Task.BINARY, Task.MULTICLASS})
    kind: Literal["hinge"] = "hinge"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        if outputs.shape[-1] == 1:
            return ad.mean(ad.relu(1.0 - targets * outputs))
        own = ad.sum(targets * outputs, axis=-1, keepdims=True)
        # The own class contributes max(0, 1) = 1, which Weston & Watkins leave out.
        return ad.mean((1.0 - targets) * ad.relu(1.0 + outputs - own))


@LOSSES.register
class SequenceCrossEntropy(_Smoothed):
    """Cross-entropy of the next symbol, a mean over all symbols of the texts, padding left out.

    Outputs are logits of shape (n_samples, n_positions, n_symbols), targets symbol numbers of shape
    (n_samples, n_positions).
    """

    TASKS = frozenset(task for task in Task if task.writes_text)
    LABEL = "Text cross entropy"
    IS_MEAN_OF_SAMPLES = False
    kind: Literal["sequence_cross_entropy"] = "sequence_cross_entropy"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        n_samples, n_positions, n_symbols = outputs.shape
        firsts = n_symbols * np.arange(n_samples * n_positions)
        own = ad.take(outputs.reshape(-1), targets.reshape(-1) + firsts)
        if is_on(self.label_smoothing):
            own = (1.0 - self.label_smoothing) * own
            own = own + self.label_smoothing * ad.mean(outputs, axis=-1).reshape(-1)
        surprise = ad.logsumexp(outputs, axis=-1).reshape(-1) - own
        is_symbol = ad.not_equal(targets.reshape(-1), PADDING)
        n_terms = ad.maximum(ad.sum(ad.cast(is_symbol, outputs.dtype)), 1.0)
        return ad.sum(ad.where(is_symbol, surprise, 0.0)) / n_terms

    def encode(self, targets: NDArray[Any], task: Task, n_classes: int) -> NDArray[np.intp]:
        return np.asarray(targets, np.intp)

    def probabilities(self, outputs: Floats) -> Floats:
        return np.asarray(ad.softmax(outputs, axis=-1))

    def decide(self, outputs: Floats) -> NDArray[np.int64]:
        return np.argmax(outputs, axis=-1)


def default_loss(task: Task) -> Loss:
    """Return the loss that suits a task unless somebody chooses another."""
    match task:
        case Task.REGRESSION:
            return MeanSquaredError()
        case Task.BINARY:
            return BinaryCrossEntropy()
        case Task.MULTICLASS:
            return CrossEntropy()
        case Task.SEQUENCE | Task.CONTINUATION:
            return SequenceCrossEntropy()
