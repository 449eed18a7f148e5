"""Verdicts on films from a small grammar in which the order of words decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource, declare_n_samples, labels_in_turn
from playground.data.table import Table
from playground.data.texts import distinct, position_names
from playground.data.vocabulary import Vocabulary
from playground.tasks import Task

THINGS = (
    *("acting", "camera", "cast", "chase", "dialogue", "ending", "film", "humour", "lighting"),
    *("music", "opening", "pace", "plot", "sequel", "story", "villain"),
)
GOOD = (
    *("brilliant", "charming", "clever", "delightful", "fresh", "funny", "gripping", "lovely"),
    *("moving", "original", "superb", "warm"),
)
BAD = (
    *("awful", "bland", "boring", "clumsy", "dull", "flat", "lazy", "predictable", "sloppy"),
    *("tedious", "weak", "wooden"),
)
LIKE, DISLIKE = ("admire", "enjoy", "like", "love"), ("despise", "dislike", "hate", "regret")
PEOPLE = ("i", "we", "critics", "children")
AFFIRMED = ("was", "felt", "seemed", "was very", "was rather", "was truly")
DENIED = ("was not", "was never", "was hardly", "was far from", "was anything but")
AGREED = ("everyone agrees that", "i must say that")
REFUTED = ("nobody could say that", "it is not true that", "i would not say that")
LENGTH = 14
"""Words of the longest sentence: two clauses of six, joined by two."""


class _Writer:
    """Draws parts of sentences that have the sentiment asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def sentence(self, is_good: bool) -> str:
        """Return a sentence; in a contrast the main clause decides, wherever it stands."""
        main, same, contrary = (self._clause(good) for good in (is_good, is_good, not is_good))
        forms: tuple[Callable[[], str], ...] = (
            lambda: main,
            lambda: self._reported(is_good),
            lambda: f"{main} and {same}",
            lambda: f"{contrary} but {main}",
            lambda: f"{contrary} and yet {main}",
            lambda: f"although {contrary} {main}",
            lambda: f"{main} although {contrary}",
            lambda: f"{main} even though {contrary}",
        )
        return forms[self._rng.integers(len(forms))]()

    def _reported(self, is_good: bool) -> str:
        if self._either():
            return f"{self._one(AGREED)} {self._clause(is_good)}"
        return f"{self._one(REFUTED)} {self._clause(not is_good)}"

    def _clause(self, is_good: bool) -> str:
        is_denied = self._either()
        of_words = is_good != is_denied
        if self._rng.integers(4) == 0:
            verb = self._one(LIKE if of_words else DISLIKE)
            return f"{self._one(PEOPLE)} {'did not ' * is_denied}{verb} the {self._one(THINGS)}"
        copula = self._one(DENIED if is_denied else AFFIRMED)
        return f"the {self._one(THINGS)} {copula} {self._one(GOOD if of_words else BAD)}"

    def _either(self) -> bool:
        return bool(self._rng.integers(2))

    def _one(self, choices: Sequence[str]) -> str:
        return choices[int(self._rng.integers(len(choices)))]


@DATASETS.register
class Sentiment(DataSource):
    """Sentences such as "the plot was not dull but we did not like the ending"."""

    LABEL: ClassVar[str] = "Sentiment of sentences"
    kind: Literal["sentiment"] = "sentiment"
    n_samples: int = declare_n_samples(6000)

    def load(self, rng: np.random.Generator) -> Table:
        labels = labels_in_turn(self.n_samples, 2)
        writer, seen = _Writer(rng), set[str]()
        bad = distinct(lambda: writer.sentence(False), seen)
        good = distinct(lambda: writer.sentence(True), seen)
        sentences = [next(good if label else bad) for label in labels]
        vocabulary = _vocabulary()
        return Table(
            inputs=vocabulary.encode(sentences, LENGTH),
            targets=labels,
            task=Task.BINARY,
            feature_names=position_names(LENGTH),
            target_name="sentiment",
            class_names=("negative", "positive"),
            source_vocabulary=vocabulary,
        )

    def expected_shape(self) -> tuple[int, int]:
        return self.n_samples, LENGTH


def _vocabulary() -> Vocabulary:
    words = (*THINGS, *GOOD, *BAD, *LIKE, *DISLIKE, *PEOPLE, *AFFIRMED, *DENIED, *AGREED, *REFUTED)
    return Vocabulary.of((*words, "the did not and but yet although even though"), separator=" ")
