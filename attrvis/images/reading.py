"""Reading of photos under guard: whatever comes in, float32 RGB in [0, 1] comes out, upright."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageOps

from attrvis.errors import ImageError
from attrvis.images.profiles import to_srgb

ImageSource: TypeAlias = "str | os.PathLike[str] | Image.Image | np.ndarray"

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 50_000_000
GROUND = 1.0
_SLACK = 1e-4


def read(source: ImageSource) -> np.ndarray:
    """Read one photo from a file, a PIL image or an array.

    Files are PNG, JPEG, WebP, GIF, BMP or TIFF of at most 50 million pixels, checked before they
    are decoded. They are turned upright (EXIF), brought to sRGB (ICC), the first frame is taken
    of an animation, 16 bits are scaled by 65535, and transparency is laid on white.

    Args:
        source: a path; a PIL image; or an array [H, W], [H, W, 1], [H, W, 3] or [H, W, 4]
            (a leading axis of 1 is dropped): uint8, uint16, bool, or floats in [0, 1].

    Returns:
        float32 [H, W, 3], RGB in [0, 1].

    Raises:
        ImageError: the source is missing, not a picture, damaged, too large, out of range or of
            another shape; the text names it and the cure.

    Example:
        >>> read(np.full((2, 3), 255, np.uint8)).shape
        (2, 3, 3)
    """
    if isinstance(source, (str, os.PathLike)):
        return _from_file(source)
    if isinstance(source, Image.Image):
        return _guarded(source, "the PIL image")
    if hasattr(source, "__array__"):
        return _from_array(np.asarray(source))
    raise ImageError(f"A photo is a path, a PIL image or an array, not a {type(source).__name__}.")


def batch(images: ImageSource | Iterable[ImageSource]) -> np.ndarray:
    """Read one or many photos of one size into a batch.

    Args:
        images: what `read` takes, a sequence of it, or an array [B, H, W, C].

    Returns:
        float32 [B, H, W, 3], RGB in [0, 1].

    Raises:
        ImageError: there is none, one cannot be read, or their sizes differ.

    Example:
        >>> batch([np.zeros((4, 4, 3)), np.ones((4, 4))]).shape
        (2, 4, 4, 3)
    """
    if isinstance(images, (str, os.PathLike, Image.Image)):
        return read(images)[None]
    if hasattr(images, "__array__"):
        values = np.asarray(images)
        listed: Sequence[Any] = list(values) if values.ndim == 4 else [values]
        if values.ndim == 4 and values.shape[-1] not in (1, 3, 4):
            raise ImageError(_shape_message(values.shape))
    elif isinstance(images, Iterable):
        listed = list(images)
    else:
        listed = [images]
    if not listed:
        raise ImageError("There is no image in the batch; pass at least one.")
    made = [read(image) for image in listed]
    for index, image in enumerate(made):
        if image.shape != made[0].shape:
            raise ImageError(
                f"The images of a batch must have one size, but image 0 is {_size(made[0])} and "
                f"image {index} is {_size(image)}; fit them first with attrvis.images.fit."
            )
    return np.stack(made)


def _from_file(source: str | os.PathLike[str]) -> np.ndarray:
    path = Path(source).expanduser()
    name = repr(str(path))
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise ImageError(f"There is no photo {name}; check the path.") from error
    if stat.S_ISDIR(found.st_mode):
        raise ImageError(f"{name} is a folder; name a photo in it.")
    if not stat.S_ISREG(found.st_mode):
        raise ImageError(f"{name} is not a regular file; name a photo.")
    if found.st_size == 0:
        raise ImageError(f"The file {name} is empty; choose another photo or fetch it again.")
    try:
        file = path.open("rb")
    except OSError as error:
        raise ImageError(f"{name} cannot be opened: {error.strerror}.") from error
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(file, formats=FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageError(_huge_message(name)) from error
        except Exception as error:
            raise ImageError(
                f"{name} is not a picture that can be read; give a PNG, JPEG, WebP, GIF, BMP or "
                "TIFF file."
            ) from error
        return _guarded(picture, name)


def _guarded(picture: Image.Image, name: str) -> np.ndarray:
    """Decode with every failure of the decoder turned into one ImageError."""
    width, height = picture.size
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels; choose another photo.")
    if width * height > MAX_PIXELS:
        raise ImageError(_huge_message(name, (height, width)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture.load()
            return _decode(picture, name)
        except ImageError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageError(_huge_message(name)) from error
        except MemoryError as error:
            raise ImageError(f"There is not enough memory to decode {name}.") from error
        except Exception as error:
            raise ImageError(
                f"{name} is damaged or cut short ({type(error).__name__}); fetch it again or save "
                "it anew as PNG."
            ) from error


def _decode(picture: Image.Image, name: str) -> np.ndarray:
    picture = _upright(picture)
    if picture.mode == "F" or picture.mode.startswith("I"):
        return _deep(np.asarray(picture), picture, name)
    picture = to_srgb(picture)
    values = np.divide(np.asarray(picture), np.float32(255), dtype=np.float32)
    return _on_ground(values) if values.shape[2] == 4 else values


def _upright(picture: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF orientation says; a damaged EXIF block is left aside."""
    try:
        return ImageOps.exif_transpose(picture)
    except MemoryError:
        raise
    except Exception:
        return picture


def _deep(values: np.ndarray, picture: Image.Image, name: str) -> np.ndarray:
    """Scale grey pictures of more than 8 bits: by 65535, or by 255 where an 8-bit one was cast."""
    sixteen = picture.mode.startswith("I;16") or picture.format == "PNG"
    grey = values.astype(np.float64)
    if not np.isfinite(grey).all():
        raise ImageError(f"{name} holds NaN or infinite values; replace them first.")
    low, high = float(grey.min()), float(grey.max())
    tops = (65535.0,) if sixteen else (1.0, 255.0) if picture.mode == "F" else (255.0, 65535.0)
    for top in tops:
        if low >= -_SLACK * top and high <= top * (1 + _SLACK):
            return _grey((np.clip(grey / top, 0.0, 1.0)).astype(np.float32))
    raise ImageError(
        f"The values of {name} run from {low:.4g} to {high:.4g}, beyond 0 to {tops[-1]:.0f}; "
        "scale them to [0, 1] and pass the array."
    )


def _from_array(values: np.ndarray) -> np.ndarray:
    if values.ndim == 4 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in (1, 3, 4):
        raise ImageError(_shape_message(values.shape))
    height, width = values.shape[:2]
    if height < 1 or width < 1:
        raise ImageError(f"An image of shape {list(values.shape)} has no pixels.")
    if height * width > MAX_PIXELS:
        raise ImageError(_huge_message("The array", (height, width)))
    if values.dtype in (np.uint8, np.uint16):
        top = np.float32(np.iinfo(values.dtype).max)
        pixels = np.divide(values, top, dtype=np.float32)
    elif values.dtype == np.bool_ or values.dtype.kind == "f" or "float" in values.dtype.name:
        pixels = _checked(values.astype(np.float32))
    else:
        raise ImageError(
            f"An image array holds uint8 in 0..255 or floats in [0, 1], not {values.dtype}; "
            "convert it first."
        )
    if pixels.shape[2] == 4:
        return _on_ground(pixels)
    return _grey(pixels[:, :, 0]) if pixels.shape[2] == 1 else np.ascontiguousarray(pixels)


def _checked(pixels: np.ndarray) -> np.ndarray:
    """Refuse floats that are not finite or not in [0, 1]; cut off rounding noise."""
    low, high = float(pixels.min()), float(pixels.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError("An image array holds NaN or infinite values; replace them first.")
    if low < -_SLACK or high > 1 + _SLACK:
        if low >= 0 and high <= 255:
            cure = "divide it by 255"
        elif low >= -1 - _SLACK and high <= 1 + _SLACK:
            cure = "map it by (x + 1) / 2"
        else:
            cure = "undo the preprocessing of the network, which attrvis applies itself"
        raise ImageError(
            f"An image array of floats must lie in [0, 1], this one runs from {low:.4g} to "
            f"{high:.4g}; {cure}."
        )
    return np.clip(pixels, 0.0, 1.0)


def _on_ground(rgba: np.ndarray) -> np.ndarray:
    """Lay straight RGBA on the stated ground (white)."""
    alpha = rgba[:, :, 3:]
    return np.ascontiguousarray(rgba[:, :, :3] * alpha + np.float32(GROUND) * (1 - alpha))


def _grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[:, :, None], 3, axis=2)


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]} x {image.shape[1]}"


def _huge_message(name: str, size: tuple[int, int] | None = None) -> str:
    pixels = f"{size[0]} x {size[1]} pixels" if size else "too many pixels"
    return (
        f"{name} has {pixels}, more than the {MAX_PIXELS // 1_000_000} million that are allowed; "
        "scale it down first."
    )


def _shape_message(shape: tuple[int, ...]) -> str:
    if len(shape) in (3, 4) and shape[-3] in (1, 3, 4) and shape[-1] not in (1, 3, 4):
        cure = "its channels seem to come first: move them last, as by np.moveaxis(x, -3, -1)"
    elif len(shape) == 4:
        cure = "it holds several images: pass them one by one"
    else:
        cure = "reshape it"
    return f"An image array is [H, W], [H, W, 3] or [H, W, 4], not {list(shape)}; {cure}."
