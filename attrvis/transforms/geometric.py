"""Pad, jitter, crop, flip: whole pixels move, so that no value changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Size
from attrvis.transforms.bounds import framed, pixels_of, range_of, size_of
from attrvis.transforms.chain import Geometric


@dataclass(frozen=True)
class Pad(Geometric):
    """Add a margin, which counts as outside: it holds the fill value, zero by default.

    Args:
        pixels: width of the margin on each side; 0 or more.

    Raises:
        BadValue: if it is negative or not whole.

    Example:
        >>> Pad(3)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 10, 10, 1]
    """

    pixels: int = 12
    whole: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", pixels_of("Pad", self.pixels))

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        return size[0] + 2 * self.pixels, size[1] + 2 * self.pixels

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        return Affine(c=-float(self.pixels), f=-float(self.pixels))


@dataclass(frozen=True)
class Jitter(Geometric):
    """Shift by whole pixels at random, by cutting `pixels` off the frame's borders.

    Args:
        pixels: how much smaller the frame gets; shifts are 0 to `pixels` along each side, all
            equally likely, so that the mean shift is that of a central crop.

    Raises:
        BadValue: if it is negative or not whole.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> Jitter(2)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 2, 1]
    """

    pixels: int = 8
    draws: ClassVar[int] = 2
    whole: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", pixels_of("Jitter", self.pixels))

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        if min(size) <= self.pixels:
            raise BadValue(
                f"Jitter({self.pixels}) leaves nothing of {size[0]}x{size[1]} pixels; use a "
                "smaller one or pad first."
            )
        return size[0] - self.pixels, size[1] - self.pixels

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        y, x = (
            tf.minimum(tf.floor(draw * (self.pixels + 1.0)), float(self.pixels)) for draw in draws
        )
        return Affine(c=x, f=y)


@dataclass(frozen=True)
class Crop(Geometric):
    """Keep the centre, or add a margin where the frame is smaller than asked for.

    Args:
        size: side or (height, width) in pixels; None: the size before all transforms.

    Raises:
        BadValue: if a side is below 1 or not whole.

    Example:
        >>> Crop(2)(tf.ones([1, 5, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 2, 1]
    """

    size: int | Size | None = None
    whole: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of("Crop", self.size))

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        return framed(self.size, original)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        height, width = self.frame(size, original)
        return Affine(c=float((size[1] - width) // 2), f=float((size[0] - height) // 2))


@dataclass(frozen=True)
class Flip(Geometric):
    """Mirror at random.

    Args:
        axis: `"x"` swaps left and right, `"y"` top and bottom; a signal lies along x.
        probability: of mirroring, in [0, 1].

    Raises:
        BadValue: if there is no such axis or probability.

    Example:
        >>> Flip(probability=1.0)(tf.constant([[[[1.0], [2.0]]]]), tf.zeros([1, 2], tf.int32))[
        ...     0, 0, :, 0
        ... ].numpy().tolist()
        [2.0, 1.0]
    """

    axis: str = "x"
    probability: float = 0.5
    draws: ClassVar[int] = 1
    whole: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.axis not in ("x", "y"):
            raise BadValue(f"Flip has no axis {self.axis!r}; use 'x' or 'y'.")
        low, _ = range_of("Flip(probability=...)", self.probability, self.probability, 0.0, 1.0)
        object.__setattr__(self, "probability", low)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        back = draws[0] < self.probability
        sign, last = tf.where(back, -1.0, 1.0), size[1] if self.axis == "x" else size[0]
        start = tf.where(back, last - 1.0, 0.0)
        return Affine(a=sign, c=start) if self.axis == "x" else Affine(e=sign, f=start)
