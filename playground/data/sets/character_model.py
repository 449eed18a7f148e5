"""A text of one's own, to be continued character by character."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator

from playground.data.reading import sha256_of
from playground.data.reading.checks import check_file, check_name, readable
from playground.data.source import DATASETS, DataSource
from playground.data.table import Table
from playground.data.texts import position_names
from playground.data.vocabulary import Vocabulary
from playground.declarations import declare
from playground.errors import DataError
from playground.resources import resource_path
from playground.tasks import Task

SUFFIXES = (".txt", ".text", ".md", ".rst", ".tex", ".py")


@DATASETS.register
class CharacterModel(DataSource):
    """A text cut into windows, each without what stands in another: name the next character."""

    LABEL: ClassVar[str] = "Text (next character)"
    kind: Literal["character_model"] = "character_model"
    path: Path | None = declare(
        None, help="A text file in UTF-8; an essay on hills and valleys where empty."
    )
    length: int = declare(
        64, ge=8, le=128, slider=(16, 128), unit="characters", help="Characters in a window."
    )
    n_characters: int = declare(
        100_000,
        ge=100,
        le=5_000_000,
        slider=(1000, 1_000_000),
        scale="log",
        label="Characters",
        help="How much of the text is used, from its beginning.",
    )

    @field_validator("path", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        # An empty box gives the path ".".
        return None if str(value or "") in ("", ".") else value

    @field_validator("path")
    @classmethod
    def _is_named(cls, path: Path | None) -> Path | None:
        return check_name(path) if path else None

    def load(self, rng: np.random.Generator) -> Table:
        text = self._text()
        starts = range(0, len(text) - self.length, self.length)
        # What stands twice in the text is kept once, so that no window is in two parts.
        windows = {text[i : i + self.length]: text[i + self.length] for i in starts}
        if len(windows) < 2:
            raise DataError(
                f"{self._file.name}: must have more than {2 * self.length} characters for two "
                f"different windows of {self.length}, got {len(text)}"
            )
        vocabulary = Vocabulary.of(text)
        numbers = vocabulary.encode([w + after for w, after in windows.items()], self.length + 1)
        return Table(
            inputs=numbers[:, :-1].copy(),
            targets=numbers[:, 1:].copy(),
            task=Task.CONTINUATION,
            feature_names=position_names(self.length),
            target_name="next character",
            source_vocabulary=vocabulary,
            target_vocabulary=vocabulary,
            sha256=sha256_of(self.path) if self.path else "",
        )

    def expected_shape(self) -> tuple[int, int]:
        check_file(self._file, SUFFIXES)
        n_characters = min(self._file.stat().st_size, self.n_characters)
        return max(1, (n_characters - 1) // self.length), self.length

    @property
    def _file(self) -> Path:
        return self.path or resource_path("texts", "hills.txt")

    def _text(self) -> str:
        check_file(self._file, SUFFIXES)
        try:
            with readable(self._file), self._file.open(encoding="utf-8-sig") as file:
                return file.read(self.n_characters)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self._file.name}: must be text in UTF-8, got the byte "
                f"0x{error.object[error.start]:02x}, which is none"
            ) from None
