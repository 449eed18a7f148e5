"""Pictures of one moment of a run that somebody looks at; immutable, made without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Quantity = Literal["weights", "gradients", "activations"]


@dataclass(frozen=True)
class LayerHistogram:
    """Counts of one layer's numbers between true bin edges.

    Attributes
    ----------
    edges, counts
        Arrays of shape (n_bins + 1,) and (n_bins,). Zeros are in the bins as well.
    zeros, nonfinite
        How many of ``size`` numbers are exactly zero, and how many are NaN or infinite; the
        latter are in no bin.
    mean, std
        Of the finite numbers.
    """

    layer: str
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    zeros: int
    nonfinite: int
    size: int
    mean: float
    std: float


@dataclass(frozen=True)
class Histograms:
    """One quantity's histograms at one step, a layer each from input to output."""

    quantity: Quantity
    step: int
    layers: tuple[LayerHistogram, ...]


@dataclass(frozen=True)
class PlaneView:
    """What the model says over the plane of two raw columns.

    Attributes
    ----------
    extent
        (x low, x high, y low, y high) of the plane's edges.
    values
        Regression: array of shape (height, width) in the target's own unit. Classification: array
        of shape (height, width, n_classes) of class shares that sum to one. Row 0 is y low.
    """

    step: int
    extent: tuple[float, float, float, float]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class CurveView:
    """What the model says along one raw column, both arrays of shape (n_points,)."""

    step: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True)
class ConfusionView:
    """Predictions of a classifier on one part.

    Attributes
    ----------
    part
        ``"validation"``, or ``"train"`` where there is no validation part.
    counts
        Array of shape (n_classes, n_classes): rows are true classes, columns predicted ones.
    wrong
        Table rows that were misclassified, the most confident mistake first; ``true``,
        ``predicted`` and ``confidence`` go with it.
    """

    step: int
    part: str
    counts: NDArray[np.int64]
    wrong: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]


@dataclass(frozen=True)
class ScatterView:
    """Predicted against true targets of a tabular regression, in the target's own unit."""

    step: int
    part: str
    true: NDArray[np.float64]
    predicted: NDArray[np.float64]


@dataclass(frozen=True)
class TextView:
    """Texts that the model writes for some rows of one part.

    Attributes
    ----------
    part
        ``"validation"``, or ``"train"`` where there is no validation part.
    rows
        (source, true, written) a row. Of a model that continues texts the source is the beginning
        of a text, and what is written is drawn symbol by symbol.
    exact_match
        Share of the rows that are written right in every symbol; None where texts are continued.
    perplexity
        exp(mean loss a symbol) on the part, on at most 256 of its rows.
    """

    step: int
    part: str
    rows: tuple[tuple[str, str, str], ...]
    exact_match: float | None
    perplexity: float


@dataclass(frozen=True)
class NeuronColumn:
    """One layer's neurons, or the inputs; of many the strongest alone.

    Attributes
    ----------
    name
        The layer's name; ``"inputs"`` for the inputs.
    size
        How many neurons there are in all.
    shown
        Numbers of the described ones, shape (n,), those with the greatest norm of the weights
        that touch them first.
    shades
        What each puts out over the plane or line of raw columns, shape (n, height, width), row 0
        being y low; for other data its mean over training rows, shape (n, 1, 1). 0 stands for
        the column's most negative number, 255 for the most positive one, 127 for zero.
    low, mean, high
        The least, mean and greatest of those numbers for each neuron, shape (n,).
    weights
        Shape (n of the column before, n); None for the inputs.
    biases
        Shape (n,); None for the inputs.
    """

    name: str
    size: int
    shown: NDArray[np.intp]
    shades: NDArray[np.uint8]
    low: NDArray[np.float64]
    mean: NDArray[np.float64]
    high: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    biases: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class NeuronsView:
    """A perceptron's neurons and weights, a column for the inputs and for each layer."""

    step: int
    columns: tuple[NeuronColumn, ...]


@dataclass(frozen=True)
class LayerBox:
    """The arrays of one layer: (role, shape) each, and how many parameters they hold."""

    name: str
    arrays: tuple[tuple[str, tuple[int, ...]], ...]
    n_parameters: int


@dataclass(frozen=True)
class LayersView:
    """The layers of a model whose single neurons are not drawn."""

    step: int
    layers: tuple[LayerBox, ...]


NetworkView = NeuronsView | LayersView


@dataclass(frozen=True)
class BlockMaps:
    """One convolution: its filters, and what they find in one picture.

    Attributes
    ----------
    filters
        Shape (n_channels, height, width), each the mean over the maps that the filter reads.
    maps
        The feature maps before pooling, shape (n_channels, height, width).
    """

    name: str
    filters: NDArray[Any]
    maps: NDArray[Any]


@dataclass(frozen=True)
class MapsView:
    """What a convolutional network makes of one picture.

    Attributes
    ----------
    part, row
        The part that it belongs to, and its row in the table.
    picture
        As in the table, shape (height, width).
    true, shares
        The number of its class, and the model's share of each class; None in a regression.
    """

    step: int
    part: str
    row: int
    picture: NDArray[Any]
    blocks: tuple[BlockMaps, ...]
    true: int | None
    shares: NDArray[np.float64] | None


@dataclass(frozen=True)
class AttentionMap:
    """Where one block reads: shares of shape (heads, n_queries, n_keys), a row's sum being one.

    ``queries`` and ``keys`` are the symbols at both sides; a query that writes is named after the
    symbol that it has to write.
    """

    name: str
    shares: NDArray[Any]
    queries: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class AttentionView:
    """Where a model reads while it goes through one text, block by block."""

    step: int
    part: str
    row: int
    maps: tuple[AttentionMap, ...]


@dataclass(frozen=True)
class OpaqueView:
    """A model that has no picture of its own."""

    step: int


@dataclass(frozen=True)
class Slot:
    """One array that an optimizer remembers.

    Attributes
    ----------
    norms
        Euclidean norm of each layer's part, shape (n_layers,); of the whole array, shape (1,),
        where it does not have an entry for each parameter.
    histograms
        Of the same parts; the layer of a whole array is "".
    """

    name: str
    norms: NDArray[np.float64]
    histograms: tuple[LayerHistogram, ...]

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class OptimizerView:
    """What an optimizer remembers, and what the coming update is.

    Attributes
    ----------
    layers
        Names from input to output.
    ratios
        Length of the update over that of the weights, of each layer, shape (n_layers,).
    effective_rates
        Length of the update over that of the gradient: the learning rate with which plain
        gradient descent would go as far.
    corrections
        By what averages are divided because they started at zero, by the decay's symbol.
    learning_rate
        Of the coming update; None where the optimizer has none.
    slots
        The arrays that it remembers.
    """

    step: int
    layers: tuple[str, ...]
    ratios: NDArray[np.float64]
    effective_rates: NDArray[np.float64]
    corrections: Mapping[str, float]
    learning_rate: float | None
    slots: tuple[Slot, ...]


ModelView = MapsView | AttentionView | OpaqueView

TaskView = PlaneView | CurveView | ConfusionView | ScatterView | TextView
