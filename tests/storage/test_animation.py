"""Animations are read back with the libraries that know them."""

import sys

import numpy as np
import pytest

from playground.errors import StorageError
from playground.storage.animation import steps_shown, write_animation

HEIGHT, WIDTH = 61, 80


def frames(n, channels=3):
    """A gradient on which a small square of another colour each time moves to the right."""
    colors = [(255, 0, 0), (0, 90, 255), (0, 0, 0), (255, 160, 0)]
    for i in range(n):
        frame = np.full((HEIGHT, WIDTH, channels), 255, np.uint8)
        frame[:, :, :3] = np.linspace(40, 220, WIDTH, dtype=np.uint8)[None, :, None]
        frame[20:23, 5 + 4 * i : 8 + 4 * i, :3] = colors[i % len(colors)]
        yield frame


@pytest.mark.parametrize("channels", [3, 4])
def test_gif(tmp_path, channels):
    from PIL import Image

    write_animation(tmp_path / "race.gif", frames(8, channels), frames_per_s=25)
    with Image.open(tmp_path / "race.gif") as image:
        assert image.n_frames == 8
        assert image.info["duration"] == 40
        assert image.info["loop"] == 0
        for i, frame in enumerate(frames(8)):
            image.seek(i)
            read = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(read - frame).max() <= 12


def test_gif_is_not_faster_than_viewers_are(tmp_path):
    from PIL import Image

    write_animation(tmp_path / "race.gif", frames(2), frames_per_s=500)
    with Image.open(tmp_path / "race.gif") as image:
        assert image.info["duration"] == 20


def test_mp4(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    write_animation(tmp_path / "race.mp4", frames(12), frames_per_s=10)
    assert ffmpeg.count_frames_and_secs(str(tmp_path / "race.mp4")) == (12, pytest.approx(1.2))
    reader = ffmpeg.read_frames(str(tmp_path / "race.mp4"))
    facts = next(reader)
    assert facts["size"] == (WIDTH, HEIGHT - 1)
    first = np.frombuffer(next(reader), np.uint8).reshape(HEIGHT - 1, WIDTH, 3).astype(int)
    reader.close()
    wanted = next(frames(1))[: HEIGHT - 1].astype(int)
    assert np.abs(first - wanted).mean() < 8


def test_mp4_without_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(StorageError, match=r"race.mp4: an MP4 needs the package imageio-ffmpeg"):
        write_animation(tmp_path / "race.mp4", frames(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["race.webm", "race"])
def test_other_formats_are_refused(tmp_path, name):
    with pytest.raises(StorageError, match="must end in .gif, .mp4"):
        write_animation(tmp_path / name, frames(2))


@pytest.mark.parametrize("name", ["race.gif", "race.mp4"])
def test_what_fails_leaves_no_file(tmp_path, name):
    def failing():
        yield from frames(2)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_animation(tmp_path / name, failing())
    with pytest.raises(StorageError, match="no frame"):
        write_animation(tmp_path / name, [])
    with pytest.raises(ValueError, match="one size"):
        write_animation(tmp_path / name, [next(frames(1)), np.zeros((4, 4, 3), np.uint8)])
    with pytest.raises(ValueError, match="uint8"):
        write_animation(tmp_path / name, [np.zeros((4, 4, 3))])
    assert list(tmp_path.iterdir()) == []


def test_steps_shown():
    assert steps_shown(500, 4.0, 25).tolist()[:3] == [0, 5, 10]
    assert steps_shown(500, 4.0, 25)[-1] == 500
    assert len(steps_shown(500, 4.0, 25)) == 100
    assert steps_shown(3, 10.0).tolist() == [0, 1, 2, 3]
