"""The text data sets against readers of their own."""

import re
from pathlib import Path

import numpy as np
import pytest

from playground.data import DATASETS, Features, Split, Table, prepare
from playground.data.sets import sentiment as grammar
from playground.data.sets.character_model import CharacterModel
from playground.errors import DataError
from playground.resources import resource_path
from playground.storage.experiments import read_experiment, write_experiment
from playground.tasks import PADDING
from playground.training import Experiment

GENERATED = ["dates", "sentiment", "addition"]


def load(name: str, seed: int = 0, **settings: object) -> Table:
    return DATASETS[name](**settings).load(np.random.default_rng(seed))


def sources(table: Table) -> tuple[str, ...]:
    return table.source_vocabulary.decode(table.inputs)


def targets(table: Table) -> tuple[str, ...]:
    return table.target_vocabulary.decode(table.targets)


@pytest.mark.parametrize("name", [*GENERATED, "character_model"])
def test_no_text_is_in_two_parts(name: str) -> None:
    prepared = prepare(DATASETS[name](), Features(), Split(train=60, test=20), 0)
    parts = [prepared.train, prepared.validation, prepared.test]
    texts = [prepared.table.source_vocabulary.decode(part.inputs) for part in parts]
    assert all(texts)
    assert len({text for part in texts for text in part}) == sum(map(len, texts))


@pytest.mark.parametrize("name", GENERATED)
def test_symbols_and_shapes_do_not_depend_on_the_sample(name: str) -> None:
    few, many = load(name, n_samples=10), load(name, seed=1, n_samples=300)
    assert few.source_vocabulary == many.source_vocabulary
    assert few.target_vocabulary == many.target_vocabulary
    assert few.inputs.shape[1:] == many.inputs.shape[1:]
    assert few.targets.shape[1:] == many.targets.shape[1:]
    assert len(few.inputs) == 10


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def read_date(text: str) -> str:
    """Read a date as a person would: the year has four figures, words name the month."""
    words = re.findall(r"[a-z]+|\d+", text.lower())
    if re.fullmatch(r"\d{8}", text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    numbers = [int(word) for word in words if word.isdigit()]
    named = [MONTHS.index(word[:3]) + 1 for word in words if word[:3] in MONTHS]
    named = named or [ROMAN.index(word) + 1 for word in words if word in ROMAN]
    if named:
        year, day = max(numbers), min(numbers)
        return f"{year}-{named[0]:02}-{day:02}"
    year, month, day = numbers
    return f"{year}-{month:02}-{day:02}"


def test_dates_are_read_as_people_read_them() -> None:
    table = load("dates", n_samples=3000)
    pairs = list(zip(sources(table), targets(table), strict=True))
    assert [true for _, true in pairs] == [read_date(source) for source, _ in pairs]
    weekdays = [source for source, _ in pairs if re.match(r"[A-Za-z]{3}\w*,? ", source)]
    assert len(weekdays) > 100
    years = {int(true[:4]) for _, true in pairs}
    assert min(years) < 1905
    assert max(years) > 2095


def test_the_names_of_days_are_those_of_the_dates() -> None:
    table = load("dates", n_samples=3000)
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    seen = 0
    for source, true in zip(sources(table), targets(table), strict=True):
        name = source[:3].lower()
        if name in names:
            weekday = (np.datetime64(true) - np.datetime64("1970-01-01")).astype(int) + 3
            assert names[weekday % 7] == name
            seen += 1
    assert seen > 300


def is_good(clause: list[str]) -> bool:
    """Count what turns a clause around."""
    good = {*grammar.GOOD, *grammar.LIKE}
    assert len(good & set(clause)) + len({*grammar.BAD, *grammar.DISLIKE} & set(clause)) == 1
    text = " ".join(clause)
    flips = sum(text.count(word) for word in (" not ", " never ", " hardly ", "far from"))
    flips += text.count("anything but") + text.count("nobody")
    return bool(good & set(clause)) == (flips % 2 == 0)


def read_sentiment(sentence: str) -> bool:
    text = sentence.replace("anything but", "never").replace("and yet", "but")
    text = text.replace("even though", "although").replace("it is not true", "nobody says")
    text = text.replace("i would not say", "nobody says")
    if text.startswith("although "):
        # The second clause begins with its subject, after the first one's judgement.
        starts = re.finditer(r" (the (?=\w+ (was|felt|seemed))|(i|we|critics|children) )", text)
        first, second = text[: (cut := list(starts)[-1].start())], text[cut:]
        assert is_good(first.split()) != is_good(second.split())
        return is_good(second.split())
    for joint, deciding, agree in (
        (" but ", 1, False),
        (" although ", 0, False),
        (" and ", 0, True),
    ):
        if joint in text:
            clauses = [is_good(part.split()) for part in text.split(joint)]
            assert (clauses[0] == clauses[1]) == agree
            return clauses[deciding]
    return is_good(text.split())


def test_sentiment_is_what_the_words_say() -> None:
    table = load("sentiment", n_samples=2000)
    said = [read_sentiment(sentence) for sentence in sources(table)]
    np.testing.assert_array_equal(said, table.targets == 1)
    assert np.bincount(table.targets).tolist() == [1000, 1000]
    assert (table.inputs[:, -1] != PADDING).any()


def test_counting_words_does_not_tell_the_sentiment() -> None:
    table = load("sentiment", n_samples=3000)
    counts = np.zeros((3000, len(table.source_vocabulary)))
    for position in range(table.inputs.shape[1]):
        counts[np.arange(3000), table.inputs[:, position]] += 1
    signs = np.where(table.targets == 1, 1.0, -1.0)
    weights = np.linalg.lstsq(counts[:2000], signs[:2000], rcond=None)[0]
    assert ((counts[2000:] @ weights > 0) == (signs[2000:] > 0)).mean() < 0.6


@pytest.mark.parametrize("units_first", [False, True])
def test_sums_are_right(units_first: bool) -> None:
    table = load("addition", n_samples=500, n_digits=3, units_first=units_first)
    for source, written in zip(sources(table), targets(table), strict=True):
        left, right = source.split("+")
        assert int(left) + int(right) == int(written[::-1] if units_first else written)
        assert len(written) == len(str(int(left) + int(right)))


def test_there_are_only_so_many_sums() -> None:
    table = load("addition", n_digits=1, n_samples=1000)
    assert sorted(sources(table)) == sorted(f"{a}+{b}" for a in range(10) for b in range(10))


def test_windows_are_the_text_and_are_continued_by_one() -> None:
    table = load("character_model")
    text = resource_path("texts", "hills.txt").read_text(encoding="utf-8")
    assert text.startswith("".join(sources(table)))
    assert len(text) - len("".join(sources(table))) <= 64
    np.testing.assert_array_equal(table.inputs[:, 1:], table.targets[:, :-1])
    np.testing.assert_array_equal(table.inputs[1:, 0], table.targets[:-1, -1])


def test_a_text_of_ones_own_is_cut_likewise(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("\ufeffgrüße " * 2 + "abcdefghijklmnopqrstuvwxyz" + "ab" * 400, "utf-8")
    table = load("character_model", path=path, length=8, n_characters=500)
    assert len(set(sources(table))) == len(sources(table)) < 20
    assert "ü" in table.source_vocabulary.symbols
    assert len(table.sha256) == 64


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("short.txt", b"just a line", "more than 128 characters"),
        ("latin.txt", b"caf\xe9 " * 100, "must be text in UTF-8, got the byte 0xe9"),
        ("photo.jpg", b"\xff\xd8" * 100, "must end in one of .txt"),
        ("empty.txt", b"", "is empty"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load("character_model", path=tmp_path / name)


def test_an_empty_path_is_the_text_that_ships(tmp_path: Path) -> None:
    assert CharacterModel(path="").path is CharacterModel(path=Path()).path is None
    write_experiment(tmp_path / "e.toml", Experiment(data=CharacterModel(length=32)))
    assert read_experiment(tmp_path / "e.toml").data == CharacterModel(length=32)
    own = CharacterModel(path=tmp_path / "own.txt")
    write_experiment(tmp_path / "e.toml", Experiment(data=own))
    assert read_experiment(tmp_path / "e.toml").data == own
