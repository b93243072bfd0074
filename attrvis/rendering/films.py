"""The film of a run: GIF through Pillow, MP4 through ffmpeg where that extra is installed."""

from __future__ import annotations

import importlib.util
import io
import tempfile
from pathlib import Path

import numpy as np

from attrvis import folders
from attrvis.errors import BadValue, OutputError
from attrvis.images import to_uint8

_CODECS = {".mp4": "libx264", ".mov": "libx264", ".webm": "libvpx-vp9"}
_EVEN = 2  # video codecs take sides of even length alone


def write_film(path: str | Path, frames: np.ndarray, rate: float = 8.0) -> None:
    """Write pictures one after the other as a film.

    Args:
        path: `.gif`, or `.mp4`, `.webm`, `.mov` where the extra `film` is installed.
        frames: RGB [N, h, w, 3], floats in [0, 1] or uint8, at least one.
        rate: frames a second, above 0.

    Raises:
        BadValue: no frames, a rate that is not positive, or another ending.
        OutputError: the file cannot be written, or nothing here can write it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as home:
        ...     write_film(Path(home, "run.gif"), np.zeros((2, 8, 8, 3)))
        ...     Path(home, "run.gif").read_bytes()[:3]
        b'GIF'
    """
    path = Path(path)
    if frames.ndim != 4 or not len(frames) or frames.shape[3] != 3 or not rate > 0:
        raise BadValue(
            f"A film takes RGB frames [N, h, w, 3] and a positive rate, not {frames.shape} and "
            f"{rate}; render with snapshots= to have frames."
        )
    shown = to_uint8(frames)
    if path.suffix.lower() == ".gif":
        import imageio.v3 as iio

        buffer = io.BytesIO()
        iio.imwrite(buffer, shown, extension=".gif", duration=1000.0 / rate, loop=0)
        folders.write_file(path, buffer.getvalue())
        return
    if path.suffix.lower() not in _CODECS:
        raise BadValue(f"A film is a .gif, .mp4, .webm or .mov file, not {path.name!r}.")
    _write_video(path, shown, rate)


def _write_video(path: Path, frames: np.ndarray, rate: float) -> None:
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        raise OutputError(
            f"The film {str(path)!r} needs ffmpeg: pip install 'attrvis[film]', or write a .gif."
        )
    import imageio.v3 as iio

    high, wide = (side - side % _EVEN for side in frames.shape[1:3])
    shown = frames[:, :high, :wide]
    # Written elsewhere first: a film that breaks off is none, and replaces none.
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, f"film{path.suffix.lower()}")
        try:
            codec = _CODECS[path.suffix.lower()]
            iio.imwrite(made, shown, plugin="FFMPEG", fps=rate, codec=codec, macro_block_size=_EVEN)
            if not (data := made.read_bytes()):
                raise OSError("ffmpeg wrote nothing")
        except (ImportError, OSError, ValueError, TypeError, RuntimeError) as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
            raise OutputError(
                f"The film {str(path)!r} cannot be written ({said}); write a .gif instead."
            ) from None
    folders.write_file(path, data)
