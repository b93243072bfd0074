"""Photos one after another, from wherever they come, and the few of them that are kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attrvis.errors import BadValue

_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def named_photos(photos: Any) -> Iterator[tuple[str, Any]]:
    """Go through photos without holding them.

    Args:
        photos: a folder, searched with its subfolders in the order of the names; a mapping from
            names to photos; a `tf.data.Dataset` of images, or of batches of images, alone or with
            labels; an array [N, H, W, C]; or any iterable of paths, PIL images and arrays.

    Yields:
        The name and the photo, still to be read.

    Raises:
        BadValue: there is no such folder, or it holds no photo; or a single photo was given.

    Example:
        >>> [name for name, _ in named_photos(np.zeros((2, 4, 4, 3)))]
        ['photo 0', 'photo 1']
    """
    if isinstance(photos, str | os.PathLike):
        yield from _in_folder(Path(photos).expanduser())
    elif isinstance(photos, Mapping):
        yield from ((str(name), photo) for name, photo in photos.items())
    elif hasattr(photos, "element_spec"):
        flat = (image for element in photos for image in _images_of(element))
        yield from ((f"photo {number}", image) for number, image in enumerate(flat))
    elif isinstance(photos, Iterable) and getattr(photos, "ndim", 4) == 4:
        for number, photo in enumerate(photos):
            path = isinstance(photo, str | os.PathLike)
            yield (Path(photo).name if path else f"photo {number}"), photo
    else:
        raise BadValue("Examples are sought in a folder or among several photos, not in one.")


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise BadValue(f"There is no folder '{folder}' to look for photos in; check the path.")
    empty = True
    for where, inner, names in os.walk(folder):
        inner.sort()
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                empty = False
                path = Path(where, name)
                yield path.relative_to(folder).as_posix(), path
    if empty:
        raise BadValue(
            f"The folder '{folder}' holds no photo; it is searched for {', '.join(_ENDINGS)}."
        )


def _images_of(element: Any) -> Iterator[np.ndarray]:
    """Take the images of a dataset's element: its first part, one image or a batch of them."""
    while isinstance(element, tuple | list | dict):
        element = next(iter(element.values() if isinstance(element, dict) else element))
    values = np.asarray(element)
    yield from values if values.ndim == 4 else [values]


@dataclass(frozen=True, eq=False)
class Example:
    """A photo that was kept for a unit.

    Args:
        name: of the photo.
        value: the unit's, in this photo.
        place: (row, column) where it is largest; None for a unit without positions.
        activation: the unit's map, [h, w], or None.
        photo: [H, W, 3], as the network saw it.
    """

    name: str
    value: float
    place: tuple[int, int] | None
    activation: np.ndarray | None
    photo: np.ndarray


class Best:
    """The few examples with the largest values of all that were offered.

    Args:
        count: how many are kept.
        sign: 1 for the largest values, -1 for the smallest.

    Example:
        >>> best = Best(2)
        >>> best.room(0.5)
        True
    """

    def __init__(self, count: int, sign: int = 1) -> None:
        self.count = count
        self.sign = sign
        self.kept: list[Example] = []
        """The best first; of equal ones the first that came."""

    def room(self, value: float) -> bool:
        """Tell whether a value would be kept."""
        if len(self.kept) < self.count:
            return True
        return self.sign * value > self.sign * self.kept[-1].value

    def offer(self, example: Example) -> None:
        """Keep an example if it is among the best so far, and drop the one that is not any more."""
        if self.room(example.value):
            self.kept.append(example)
            self.kept.sort(key=lambda one: -self.sign * one.value)
            del self.kept[self.count :]
