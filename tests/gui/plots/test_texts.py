import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from playground.gui import theme
from playground.gui.plots.text_picture import TextPicture, Texts, runs
from playground.training.views import TextView


def painted(view, width=420, height=200):
    """Return the colours of all pixels of a view, as painted on white."""
    texts = Texts()
    texts.resize(width, height)
    texts.show_view(view)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    texts.paint(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4)
    return pixels[..., 2::-1].astype(int)


def reddest(pixels):
    return (pixels[..., 0] - pixels[..., 1]).max()


def greenest(pixels):
    return (pixels[..., 1] - pixels[..., 0]).max()


@pytest.mark.parametrize(("written", "is_right"), [("432", True), ("431", False)])
def test_what_is_written_wrong_is_red(written, is_right):
    colors = theme.current_theme()
    assert reddest(np.array(QColor(colors.danger).getRgb()[:3])) > 50
    pixels = painted(TextView(7, "validation", (("347+85", "432", written),), is_right, 1.01))
    assert (greenest(pixels) > 50) == is_right
    assert (reddest(pixels) > 50) == (not is_right)


@pytest.mark.parametrize(
    ("true", "written", "expected"),
    [
        ("1998-03-03", "1998-05-03", [("1998-0", True), ("5", False), ("-03", True)]),
        ("432", "43", [("43", True), ("_", False)]),
        ("43", "432", [("43", True), ("2", False)]),
        ("43", "", [("__", False)]),
        ("43", "43", [("43", True)]),
    ],
)
def test_mistakes_are_marked_symbol_by_symbol(true, written, expected):
    assert runs(true, written) == expected


def test_the_heading_counts_what_is_right():
    rows = (("1+1", "2", "2"), ("1+2", "3", "4"), ("2+2", "4", "4"))
    assert Texts().heading(TextView(0, "train", rows, 2 / 3, 1.5)).endswith("· 2 of 3 right")
    assert Texts().heading(TextView(0, "train", rows, None, 1.5)) == "train · perplexity 1.5"


def test_no_more_lines_than_there_is_room_for():
    rows = tuple(("x" * 300, "y", "z") for _ in range(500))
    pixels = painted(TextView(0, "train", rows, 0.0, 9.9), width=200, height=100)
    assert (pixels[-3:] == 255).all()
    assert (pixels[:, -3:] == 255).all()


def test_a_text_that_is_continued_has_its_picture(open_desk, train):
    desk = open_desk("character-model")
    train(desk)
    assert isinstance(desk.task.picture, TextPicture)
    shown = desk.task.picture.texts.view
    assert shown is desk.session.snapshot.task
    assert shown.exact_match is None
    assert QRectF(desk.task.picture.texts.rect()).height() > 60
    assert desk.loss.scores.text() == "Perplexity"


def test_sentences_that_are_misread_are_quoted(open_desk):
    desk = open_desk("sentiment")
    mistakes = desk.task.picture.mistakes
    table, view = desk.session.run.prepared.table, mistakes.view
    assert len(view.wrong) > 100
    drawn = []

    class Watching(QPainter):
        def drawText(self, *args):
            drawn.append(args[-1])
            return super().drawText(*args)

    image = QImage(300, 500, QImage.Format.Format_RGB32)
    painter = Watching(image)
    mistakes.paint_view(painter, QRectF(0, 0, 300, 500), 14.0, view)
    painter.end()
    sentences = table.source_vocabulary.decode(table.inputs[view.wrong[:5]])
    assert set(sentences) <= set(drawn)
