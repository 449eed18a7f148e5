import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import Vocabulary
from playground.tasks import END, PADDING

TEXTS = st.lists(st.text("abc-é ", max_size=12), min_size=1, max_size=8)


@given(TEXTS, st.booleans())
def test_texts_come_back_whatever_their_length(texts: list[str], ends: bool) -> None:
    vocabulary = Vocabulary.of(texts)
    rows = vocabulary.encode(texts, 13, ends=ends)
    assert rows.shape == (len(texts), 13)
    assert rows.max(initial=0) < len(vocabulary)
    assert vocabulary.decode(rows) == tuple(texts)
    for text, row in zip(texts, rows, strict=True):
        assert (row == END).sum() == ends
        assert (row[len(text) + ends :] == PADDING).all()


@given(st.lists(st.lists(st.sampled_from(["not", "dull", "the"]), max_size=5), min_size=1))
def test_words_are_symbols_too(sentences: list[list[str]]) -> None:
    texts = [" ".join(words) for words in sentences]
    vocabulary = Vocabulary.of(["the dull not"], separator=" ")
    assert vocabulary.symbols == ("dull", "not", "the")
    rows = vocabulary.encode(texts, 5)
    assert vocabulary.decode(rows) == tuple(texts)
    assert [(row != PADDING).sum() for row in rows] == [len(words) for words in sentences]


def test_what_is_written_after_the_end_does_not_count() -> None:
    vocabulary = Vocabulary.of(["ab"])
    assert vocabulary.decode(np.array([[3, 4, END, 3], [1, 4, 0, 3]])) == ("ab", "ba")


@pytest.mark.parametrize(
    ("text", "message"),
    [("abx", "'x' is not in the vocabulary"), ("abab", "≤ 4 symbols, got 5")],
)
def test_what_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary.of(["ab"]).encode([text], 4, ends=True)
