"""Pad, jitter, scale, rotate, crop: each states an affine map, none resamples by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Size, about
from attrvis.transforms.chain import Geometric


@dataclass(frozen=True)
class Pad(Geometric):
    """Add a margin, which counts as outside: it holds the fill value, zero by default.

    Args:
        pixels: width of the margin on each side; 0 or more.

    Example:
        >>> Pad(3)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 10, 10, 1]
    """

    pixels: int = 12

    def __post_init__(self) -> None:
        _not_negative("Pad", self.pixels)

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

    Example:
        >>> Jitter(2)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 2, 1]
    """

    pixels: int = 8
    draws: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _not_negative("Jitter", self.pixels)

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
class Scale(Geometric):
    """Magnify about the centre by a random factor; the frame keeps its size.

    Args:
        low: least factor.
        high: largest factor; in between all are equally likely.

    Example:
        >>> halved = Scale(0.5, 0.5)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32))
        >>> halved[0, :, 1, 0].numpy().tolist()
        [0.0, 1.0, 1.0, 0.0]
    """

    low: float = 0.9
    high: float = 1.2
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high < math.inf:
            raise BadValue(
                f"Scale({self.low}, {self.high}) is not a range of factors; use 0 < low <= high."
            )

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        inverse = 1.0 / (self.low + (self.high - self.low) * draws[0])
        return about(_centre(size), Affine(a=inverse, e=inverse))


@dataclass(frozen=True)
class Rotate(Geometric):
    """Turn about the centre by a random angle; the frame keeps its size.

    Args:
        degrees: largest angle; or several, each of which spans a symmetric uniform range, so
            that angles near 0 are likelier.
        weights: how likely each range is; default: all alike.

    Example:
        >>> Rotate((12.0, 2.0)).weights is None
        True
    """

    degrees: float | tuple[float, ...] = 12.0
    weights: tuple[float, ...] | None = None
    draws: ClassVar[int] = 2

    def __post_init__(self) -> None:
        spans, weights = self._ranges()
        if not spans or not all(0 <= span <= 180 for span in spans):
            raise BadValue(f"Rotate takes angles from 0 to 180 degrees, not {self.degrees}.")
        if len(weights) != len(spans) or min(weights) < 0 or sum(weights) <= 0:
            raise BadValue(
                f"Rotate has {len(spans)} ranges and the weights {self.weights}; give one weight "
                "of 0 or more for each range."
            )

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        angle = self.angle(draws)
        # One image at a time: a vectorised sine may differ in its last bit from a lone one.
        if angle.shape[0] is None:
            cos, sin = tf.map_fn(tf.cos, angle), tf.map_fn(tf.sin, angle)
        else:
            lone = tf.unstack(angle)
            cos, sin = tf.stack([tf.cos(a) for a in lone]), tf.stack([tf.sin(a) for a in lone])
        return about(_centre(size), Affine(a=cos, b=-sin, d=sin, e=cos))

    def angle(self, draws: Sequence[tf.Tensor]) -> tf.Tensor:
        """Tell the angles in radians, [B], from two draws per image."""
        spans, weights = self._ranges()
        total, below = sum(weights), 0.0
        span = tf.fill(tf.shape(draws[0]), math.radians(spans[-1]))
        for index in reversed(range(len(spans) - 1)):
            below = sum(weights[: index + 1]) / total
            span = tf.where(draws[0] < below, math.radians(spans[index]), span)
        return span * (2.0 * draws[1] - 1.0)

    def _ranges(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        spans = self.degrees if isinstance(self.degrees, tuple) else (self.degrees,)
        return spans, self.weights if self.weights is not None else (1.0,) * len(spans)


@dataclass(frozen=True)
class Crop(Geometric):
    """Keep the centre, or add a margin where the frame is smaller than asked for.

    Args:
        size: side or (height, width) in pixels; None: the size before all transforms.

    Example:
        >>> Crop(2)(tf.ones([1, 5, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 2, 1]
    """

    size: int | Size | None = None

    def __post_init__(self) -> None:
        sides = (self.size,) if isinstance(self.size, int) else self.size or ()
        if any(side < 1 for side in sides):
            raise BadValue(f"Crop({self.size}) leaves nothing; both sides must be at least 1.")

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        if self.size is None:
            return original
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        height, width = self.frame(size, original)
        return Affine(c=float((size[1] - width) // 2), f=float((size[0] - height) // 2))


def _centre(size: Size) -> tuple[float, float]:
    return (size[0] - 1) / 2, (size[1] - 1) / 2


def _not_negative(name: str, pixels: int) -> None:
    if pixels < 0:
        raise BadValue(f"{name}({pixels}) is impossible; use 0 pixels or more.")
