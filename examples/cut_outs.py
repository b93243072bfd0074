"""Squares cut out of the photos that come along, for examples that ask for many photos."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attrvis import images


def cut_outs(count: int, side: int = 96) -> Iterator[np.ndarray]:
    """Cut random squares out of the bundled photos in turn; any iterable of photos will do."""
    draw = np.random.default_rng(0)
    photos = [images.read(images.bundled(name)) for name in ("coffee", "chelsea")]
    for number in range(count):
        photo = photos[number % 2]
        top, left = (int(draw.integers(length - side)) for length in photo.shape[:2])
        yield photo[top : top + side, left : left + side]
