"""Scale, rotate, shear: linear maps about the centre, of a frame that keeps its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Size, about
from attrvis.transforms.batches import per_image
from attrvis.transforms.bounds import numbers_of, range_of
from attrvis.transforms.chain import Geometric

_LEAST = 1e-3
"""Smallest magnification: at 0 nothing would be left."""


@dataclass(frozen=True)
class Scale(Geometric):
    """Magnify about the centre by a random factor; the frame keeps its size.

    Args:
        low: least factor.
        high: largest factor; in between all are equally likely.
        choices: factors of which one is drawn instead; one that is named twice is twice as
            likely.

    Raises:
        BadValue: if a factor is not a positive number, or there is no range.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> halved = Scale(0.5, 0.5)(tf.ones([1, 4, 4, 1]), tf.zeros([1, 2], tf.int32))
        >>> halved[0, :, 1, 0].numpy().tolist()
        [0.0, 1.0, 1.0, 0.0]
    """

    low: float = 0.9
    high: float = 1.2
    choices: tuple[float, ...] | None = field(default=None, kw_only=True)
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        range_of("Scale", self.low, self.high, _LEAST, math.inf)
        if self.choices is not None:
            listed = numbers_of("Scale(choices=...)", self.choices, _LEAST, math.inf)
            object.__setattr__(self, "choices", listed)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        inverse = 1.0 / self.factor(draws)
        return about(_centre(size), Affine(a=inverse, e=inverse))

    def factor(self, draws: Sequence[tf.Tensor]) -> tf.Tensor:
        """Tell the factors, [B], from one draw per image."""
        if self.choices is not None:
            return _chosen(self.choices, draws[0])
        return self.low + (self.high - self.low) * draws[0]


@dataclass(frozen=True)
class Rotate(Geometric):
    """Turn about the centre by a random angle; the frame keeps its size.

    Args:
        degrees: largest angle; or several, each of which spans a symmetric uniform range, so
            that angles near 0 are likelier.
        weights: how likely each range is; default: all alike.
        choices: angles in degrees of which one is drawn instead; one that is named twice is
            twice as likely.

    Raises:
        BadValue: if an angle is out of range, or weights do not fit the ranges.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> Rotate((12.0, 2.0)).weights is None
        True
    """

    degrees: float | tuple[float, ...] = 12.0
    weights: tuple[float, ...] | None = None
    choices: tuple[float, ...] | None = field(default=None, kw_only=True)
    draws: ClassVar[int] = 2

    def __post_init__(self) -> None:
        spans = numbers_of("Rotate", self.degrees, 0.0, 180.0)
        weights = numbers_of(
            "Rotate(weights=...)",
            (1.0,) * len(spans) if self.weights is None else self.weights,
            0.0,
            math.inf,
        )
        if len(weights) != len(spans) or sum(weights) <= 0:
            raise BadValue(
                f"Rotate has {len(spans)} ranges and the weights {self.weights}; give one weight "
                "of 0 or more for each range, and not 0 to all."
            )
        if not isinstance(self.degrees, (int, float)):
            object.__setattr__(self, "degrees", spans)
        if self.weights is not None:
            object.__setattr__(self, "weights", weights)
        if self.choices is not None:
            listed = numbers_of("Rotate(choices=...)", self.choices, -180.0, 180.0)
            object.__setattr__(self, "choices", listed)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        angle = self.angle(draws)
        cos, sin = per_image(tf.cos, angle), per_image(tf.sin, angle)
        return about(_centre(size), Affine(a=cos, b=-sin, d=sin, e=cos))

    def angle(self, draws: Sequence[tf.Tensor]) -> tf.Tensor:
        """Tell the angles in radians, [B], from two draws per image."""
        if self.choices is not None:
            return _chosen(tuple(math.radians(angle) for angle in self.choices), draws[0])
        spans = self.degrees if isinstance(self.degrees, tuple) else (self.degrees,)
        weights = (1.0,) * len(spans) if self.weights is None else self.weights
        total, below = sum(weights), 0.0
        span = tf.fill(tf.shape(draws[0]), math.radians(spans[-1]))
        for index in reversed(range(len(spans) - 1)):
            below = sum(weights[: index + 1]) / total
            span = tf.where(draws[0] < below, math.radians(spans[index]), span)
        return span * (2.0 * draws[1] - 1.0)


@dataclass(frozen=True)
class Shear(Geometric):
    """Lean about the centre by a random angle; the frame keeps its size.

    Args:
        degrees: largest angle either way, below 90; in between all are equally likely.
        axis: along which pixels move: `"x"` leans uprights, `"y"` leans levels.

    Raises:
        BadValue: if there is no such angle or axis.

    Example:
        >>> Shear(0.0)(tf.ones([1, 3, 3, 1]), tf.zeros([1, 2], tf.int32)).numpy().min()
        np.float32(1.0)
    """

    degrees: float = 10.0
    axis: str = "x"
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        numbers_of("Shear", (self.degrees,), 0.0, 89.0)
        if self.axis not in ("x", "y"):
            raise BadValue(f"Shear has no axis {self.axis!r}; use 'x' or 'y'.")

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        lean = per_image(tf.tan, self.angle(draws))
        return about(_centre(size), Affine(b=lean) if self.axis == "x" else Affine(d=lean))

    def angle(self, draws: Sequence[tf.Tensor]) -> tf.Tensor:
        """Tell the angles in radians, [B], from one draw per image."""
        return math.radians(self.degrees) * (2.0 * draws[0] - 1.0)


def _chosen(values: tuple[float, ...], draws: tf.Tensor) -> tf.Tensor:
    """Take one of some values by a draw in [0, 1)."""
    place = tf.cast(tf.floor(draws * float(len(values))), tf.int32)
    return tf.gather(tf.constant(values, tf.float32), tf.minimum(place, len(values) - 1))


def _centre(size: Size) -> tuple[float, float]:
    return (size[0] - 1) / 2, (size[1] - 1) / 2
