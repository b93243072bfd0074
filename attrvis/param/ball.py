"""A photo and what is near it: small changes that an optimisation may make."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.param.given import held, placed, repeated
from attrvis.param.parameterisation import Parameterisation, Size, Variables, checked, taken
from attrvis.param.resampling import clip_for_ascent, resize


@dataclass(frozen=True)
class Ball(Parameterisation):
    """`clip(photo + change)`, the change being held within a ball; it starts at 0.

    Args:
        images: the photos, [1 or B, *size, C] in [0, 1].
        radius: of the ball, above 0, in the photos' units.

    Raises:
        BadValue: if these are no photos, or the radius is not above 0.
    """

    images: Data
    radius: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", held(self.images))
        if not 0 < self.radius < math.inf:
            raise BadValue(f"The radius {self.radius} is outside its range; use above 0.")

    @property
    def channels(self) -> int:
        """How many channels the photos have."""
        return int(np.asarray(self.images).shape[-1])

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Start without a change, float32 [B, *size, C]; see the base."""
        rows = repeated(placed(self.images, checked(size)), keys)
        return {"change": tf.zeros_like(rows)}

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        size = checked(size)
        change = self._inside(taken(variables, "change", [*size, self.channels]))
        return clip_for_ascent(placed(self.images, size) + change, 0.0, 1.0)

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Resize the change linearly; see the base."""
        change = taken(variables, "change", [*checked(size), self.channels])
        return {"change": resize(change, checked(to))}

    @abstractmethod
    def _inside(self, change: tf.Tensor) -> tf.Tensor:
        """Project changes [B, *size, C], in units of the ball, into it."""


@dataclass(frozen=True)
class LInfBall(Ball):
    """Changes of each value by at most a radius.

    A value at the border still learns what brings it back, and nothing that would lead further
    out when the objective is maximised.

    Args:
        images: the photos, [1 or B, *size, C] in [0, 1].
        radius: the largest change of a value, above 0.

    Raises:
        BadValue: if these are no photos, or the radius is not above 0.

    Source: Madry, Makelov, Schmidt, Tsipras and Vladu, Towards Deep Learning Models Resistant to
    Adversarial Attacks, 2018.

    Example:
        >>> param = LInfBall(np.full([1, 4, 4, 3], 0.5), 0.1)
        >>> image = param.image({"change": tf.fill([1, 4, 4, 3], 7.0)}, (4, 4))
        >>> round(float(tf.reduce_max(image)), 4)
        0.6
    """

    radius: float = 8 / 255

    def _inside(self, change: tf.Tensor) -> tf.Tensor:
        return self.radius * clip_for_ascent(change, -1.0, 1.0)


@dataclass(frozen=True)
class L2Ball(Ball):
    """Changes of all values of an image together, of at most a length.

    The variables are scaled so that equal steps of all of them move the image by as much at any
    size. At the border the gradient that would lead out of the ball is left out.

    Args:
        images: the photos, [1 or B, *size, C] in [0, 1].
        radius: the largest Euclidean length of an image's change, above 0.

    Raises:
        BadValue: if these are no photos, or the radius is not above 0.

    Source: Madry, Makelov, Schmidt, Tsipras and Vladu, Towards Deep Learning Models Resistant to
    Adversarial Attacks, 2018.

    Example:
        >>> param = L2Ball(np.full([1, 4, 4, 3], 0.5), 0.1)
        >>> image = param.image({"change": tf.fill([1, 4, 4, 3], 7.0)}, (4, 4))
        >>> round(float(tf.norm(image - 0.5)), 4)
        0.1
    """

    radius: float = 3.0

    def _inside(self, change: tf.Tensor) -> tf.Tensor:
        axes = list(range(1, change.shape.rank))
        count = math.prod(change.shape[1:])

        @tf.custom_gradient
        def project(x: tf.Tensor) -> tuple[tf.Tensor, object]:
            square = tf.reduce_sum(x * x, axes, keepdims=True)
            shrink = tf.math.rsqrt(tf.maximum(square, 1.0))

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                along = tf.reduce_sum(x * upstream, axes, keepdims=True)
                outward = tf.where(square >= 1.0, tf.maximum(along, 0.0), tf.zeros_like(along))
                return upstream - x * outward / tf.maximum(square, 1.0)

            return x * shrink, gradient

        return self.radius * project(change / math.sqrt(count))
