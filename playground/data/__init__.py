"""Data: sets, files, features, splits and mini-batches."""

from playground.data.batches import BatchCursor, Leftover
from playground.data.features import Features
from playground.data.prepare import estimate_bytes, prepare
from playground.data.preview import ColumnPreview, Preview, preview
from playground.data.source import DATASETS, DataSource
from playground.data.splits import Split
from playground.data.table import Part, Prepared, Scaling, Table
from playground.data.vocabulary import Vocabulary
from playground.tasks import Task

__all__ = [
    "DATASETS",
    "BatchCursor",
    "ColumnPreview",
    "DataSource",
    "Features",
    "Leftover",
    "Part",
    "Prepared",
    "Preview",
    "Scaling",
    "Split",
    "Table",
    "Task",
    "Vocabulary",
    "estimate_bytes",
    "prepare",
    "preview",
]
