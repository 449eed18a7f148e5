"""Pictures one after the other as an animated GIF or an MP4."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.errors import StorageError
from playground.storage.files import replacing

Frame: TypeAlias = NDArray[np.uint8]
"""Shape (height, width, 3) or (height, width, 4), whose fourth channel is left out."""

PALETTE_FRAMES = 9
"""Frames from all over the animation whose colours make up a GIF's one palette."""

LEAST_DELAY_CS = 2
"""Viewers slow down GIFs whose frames follow each other faster, in hundredths of a second."""


def write_animation(path: Path, frames: Iterable[Frame], frames_per_s: float = 25.0) -> None:
    """Write an animation.

    Parameters
    ----------
    path
        Its suffix ``.gif`` or ``.mp4`` decides the format.
    frames
        Pictures of one size; drawn from while the file is written, so they can be made on the way.
    frames_per_s
        How fast they follow each other; a GIF counts in hundredths of a second.

    Raises
    ------
    StorageError
        Where the suffix is another one, there is no frame, the file cannot be written, or what
        writes MP4 is not installed.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise StorageError(f"{path}: must end in {', '.join(_WRITERS)}, got {path.suffix!r}")
    with replacing(path) as temporary:
        writer(path, temporary, _checked(path, frames), frames_per_s)


def steps_shown(n_steps: int, duration_s: float, frames_per_s: float = 25.0) -> NDArray[np.int64]:
    """Return the steps 0 … n_steps that an animation of about this length shows, in rising order.

    Where there are fewer steps than frames each is shown once, and the animation is shorter.
    """
    n_frames = max(2, round(duration_s * frames_per_s))
    return np.unique(np.linspace(0, n_steps, n_frames).round().astype(np.int64))


def _checked(path: Path, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield the frames with three channels, and see that there are some and all are alike."""
    shape: tuple[int, ...] = ()
    for frame in frames:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] not in (3, 4):
            raise ValueError(f"a frame is uint8 (h, w, 3 or 4), got {frame.dtype}{frame.shape}")
        if shape and frame.shape != shape:
            raise ValueError(f"frames must be of one size, got {frame.shape} after {shape}")
        shape = frame.shape
        yield np.ascontiguousarray(frame[:, :, :3])
    if not shape:
        raise StorageError(f"{path}: there is no frame to write")


def _write_gif(path: Path, temporary: Path, frames: Iterator[Frame], frames_per_s: float) -> None:
    from PIL import Image

    # The palette needs all colours before the first frame is written; pictures of plots shrink to
    # a fiftieth.
    kept: list[bytes] = []
    shape: tuple[int, ...] = ()
    for frame in frames:
        shape = frame.shape
        kept.append(zlib.compress(frame.tobytes(), 1))

    def picture(i: int) -> Any:
        pixels = np.frombuffer(zlib.decompress(kept[i]), np.uint8).reshape(shape)
        return Image.fromarray(pixels)

    chosen = np.unique(np.linspace(0, len(kept) - 1, PALETTE_FRAMES).round().astype(int))
    sample = np.concatenate([np.asarray(picture(i)) for i in chosen.tolist()])
    palette = _palette(sample)

    def indexed(i: int) -> Any:
        return picture(i).quantize(palette=palette, dither=Image.Dither.NONE)

    indexed(0).save(
        temporary,
        format="GIF",
        save_all=True,
        append_images=(indexed(i) for i in range(1, len(kept))),
        duration=10 * max(LEAST_DELAY_CS, round(100 / frames_per_s)),
        loop=0,
    )


def _palette(sample: Frame) -> Any:
    """Return a picture whose palette has the sample's most frequent colours and its rarest hues.

    Thin lines take few pixels; counted alone, they would lose their colours to a large map.
    """
    from PIL import Image

    # Sorting whole numbers is many times faster than sorting rows.
    numbers = sample.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    numbers, counts = np.unique(numbers, return_counts=True)
    colors = np.column_stack([numbers >> 16, numbers >> 8 & 255, numbers & 255]).astype(np.uint8)
    weights = np.maximum(1, np.sqrt(counts)).astype(int)
    row = np.repeat(colors, weights, axis=0)[None]
    return Image.fromarray(row).quantize(256, method=Image.Quantize.MEDIANCUT)


def _write_mp4(path: Path, temporary: Path, frames: Iterator[Frame], frames_per_s: float) -> None:
    ffmpeg = _ffmpeg(path)
    writer: Any = None
    try:
        for frame in frames:
            # Half as many colour samples as pixels: width and height are even.
            frame = np.ascontiguousarray(frame[: len(frame) & ~1, : frame.shape[1] & ~1])
            if writer is None:
                size = frame.shape[1], frame.shape[0]
                writer = ffmpeg.write_frames(
                    str(temporary), size, fps=frames_per_s, codec="libx264", macro_block_size=2
                )
                writer.send(None)
            writer.send(frame)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error}") from error
    finally:
        if writer is not None:
            writer.close()


def _ffmpeg(path: Path) -> Any:
    try:
        import imageio_ffmpeg

        imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        raise StorageError(
            f"{path}: an MP4 needs the package imageio-ffmpeg, which is not installed "
            "(pip install imageio-ffmpeg); a GIF does not"
        ) from None
    return imageio_ffmpeg


_WRITERS: dict[str, Callable[[Path, Path, Iterator[Frame], float], None]] = {
    ".gif": _write_gif,
    ".mp4": _write_mp4,
}
