"""Floats to 8-bit pictures and PNG files, the same bytes every time."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from attrvis import folders
from attrvis.errors import BadValue

_SLACK = 1e-3


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Turn a picture in [0, 1] into 8-bit values.

    Args:
        array: floats in [0, 1] of any shape (rounding noise of 0.001 outside is cut off), bools,
            or uint8, which passes unchanged.

    Returns:
        uint8 of the same shape, each value rounded to the nearest.

    Raises:
        BadValue: values are not finite or clearly outside [0, 1].

    Example:
        >>> to_uint8(np.array([0.0, 0.5, 1.0]))
        array([  0, 128, 255], dtype=uint8)
    """
    values = np.asarray(array)
    if values.dtype == np.uint8:
        return values.copy()
    if values.dtype.kind not in "bf":
        raise BadValue(f"A picture holds floats in [0, 1] or uint8, not {values.dtype}.")
    values = values.astype(np.float32)
    if values.size and not np.isfinite(values).all():
        raise BadValue("A picture with NaN or infinite values cannot be written.")
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low < -_SLACK or high > 1 + _SLACK:
        raise BadValue(
            f"A picture holds floats in [0, 1], this one runs from {low:.3g} to {high:.3g}; "
            "scale it, or draw signed values with attrvis.plots.heatmap."
        )
    return np.floor(np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def composite(rgba: np.ndarray, background: float | np.ndarray = 0.55) -> np.ndarray:
    """Lay a picture with transparency on an opaque ground.

    Args:
        rgba: [h, w, 4] floats in [0, 1], colours not premultiplied.
        background: a grey in [0, 1] (default 0.55), an RGB triple, or a picture [h, w, 3].

    Returns:
        float32 [h, w, 3] in [0, 1]: `alpha * rgb + (1 - alpha) * background`.

    Raises:
        BadValue: the shape or range is not as above.

    Example:
        >>> composite(np.array([[[1.0, 0.0, 0.0, 0.5]]]), 1.0)[0, 0].tolist()
        [1.0, 0.5, 0.5]
    """
    values = np.asarray(rgba)
    if values.ndim != 3 or values.shape[2] != 4 or values.dtype.kind != "f":
        raise BadValue(
            f"A picture to be laid on a ground is float [h, w, 4]; this one is {values.dtype} of "
            f"shape {list(values.shape)}."
        )
    values = values.astype(np.float32)
    ground = np.asarray(background, np.float32)
    for name, part in (("picture", values), ("background", ground)):
        if part.size and not (float(part.min()) >= -_SLACK and float(part.max()) <= 1 + _SLACK):
            raise BadValue(f"The {name}'s values must be finite and lie in [0, 1].")
    if ground.shape not in ((), (1,), (3,), (*values.shape[:2], 3)):
        raise BadValue(
            f"A background is a grey, an RGB triple or [h, w, 3]; got {list(ground.shape)}."
        )
    alpha = values[:, :, 3:]
    return np.clip(alpha * values[:, :, :3] + (1 - alpha) * ground, 0.0, 1.0).astype(np.float32)


def encode_png(array: np.ndarray, text: Mapping[str, str] | None = None) -> bytes:
    """Encode a picture as PNG.

    Args:
        array: [h, w] grey, [h, w, 3] or [h, w, 4]; floats in [0, 1], bools or uint8.
        text: notes for the file's text chunks, sorted by key; keys are 1 to 79 Latin-1 letters.

    Returns:
        The file's bytes; the same input gives the same bytes.

    Raises:
        BadValue: the picture's shape or range, or a key, is not valid.

    Example:
        >>> encode_png(np.zeros((2, 2)))[1:4]
        b'PNG'
    """
    values = to_uint8(array)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if 0 in values.shape or not (
        values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))
    ):
        raise BadValue(
            f"A picture is [h, w], [h, w, 3] or [h, w, 4]; this one is {list(values.shape)}."
        )
    info = PngInfo()
    for key, note in sorted((text or {}).items()):
        try:
            name = key.encode("latin-1", "strict")
        except UnicodeEncodeError:
            name = b""
        if not 1 <= len(name) <= 79 or not key.isprintable():
            raise BadValue(f"A PNG note's key is 1 to 79 Latin-1 letters; got {key!r}.")
        info.add_text(key, str(note).replace("\0", ""))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(values)).save(
        buffer, format="PNG", compress_level=6, pnginfo=info
    )
    return buffer.getvalue()


def write_png(
    target: str | os.PathLike[str] | BinaryIO,
    array: np.ndarray,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write a picture as a PNG file, whole or not at all.

    Args:
        target: a path, or a file open for binary writing.
        array: as for `encode_png`.
        text: as for `encode_png`.

    Raises:
        BadValue: the picture or a key is not valid.
        OutputError: the file cannot be written there.

    Example:
        >>> file = io.BytesIO()
        >>> write_png(file, np.zeros((2, 2, 3)))
    """
    data = encode_png(array, text)
    if isinstance(target, (str, os.PathLike)):
        folders.write_file(target, data)
    else:
        target.write(data)
