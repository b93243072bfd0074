"""Parameterisations that make planes, mix them to colours and squash those by a sigmoid."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis import filters
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.param.parameterisation import (
    Parameterisation,
    Size,
    Variables,
    checked,
    level,
    logit,
    with_channels,
)
from attrvis.param.resampling import resize


@dataclass(frozen=True)
class Coloured(Parameterisation):
    """An image made of planes that hardly correlate, as the colours of natural photos do not.

    Args:
        channels: of the image, from 1.
        decorrelated: whether the planes are mixed to colours; False: plane i is channel i.
        colours: columns: the directions of colour that the planes stand for, a square matrix for
            all channels but alpha, as `estimate_colours` finds it; default those of natural
            photos for three colours, and none for any other number.

    Raises:
        BadValue: if there is no channel, or the matrix does not fit or has no inverse.
    """

    channels: int = 3
    decorrelated: bool = field(default=True, kw_only=True)
    colours: Data | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.channels < 1:
            raise BadValue(f"An image of {self.channels} channels is not supported; use 1 or more.")
        if self.colours is not None:
            object.__setattr__(self, "colours", Data(np.asarray(self.colours, np.float64)))
            matrix, count = np.asarray(self.colours), self.channels - self.transparent
            if matrix.shape != (count, count) or not np.linalg.cond(matrix) < 1e6:
                raise BadValue(
                    f"The colours have the shape {matrix.shape}, or directions that are not "
                    f"independent; give {count} independent columns of {count}."
                )

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return False

    @abstractmethod
    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to planes, before colours are mixed and squashed.

        Args:
            variables: as for `image`.
            size: of the image, in pixels.

        Returns:
            float32 [B, C, *size].
        """

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the variables that decode to given planes.

        Args:
            planes: float32 or float64 [B, C, *size].

        Returns:
            Variables as from `init`.

        Raises:
            BadValue: if this parameterisation cannot start from an image.
        """
        return super().invert(planes)

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return tf.sigmoid(self.logits(variables, size))

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid squashes; see `Parameterisation.logits`."""
        size = checked(size)
        return self.mixed(self.planes(variables, size), size)

    def invert(self, images: tf.Tensor, edge: float = 1e-4) -> dict[str, tf.Tensor]:
        """Find the variables that decode to given images, to start from a photo.

        Args:
            images: float32 [B, *size, C] in [0, 1], C = `channels`.
            edge: values are kept this far from 0 and 1, which no sigmoid reaches.

        Returns:
            Variables as from `init`; decoding them gives the images within `edge`.

        Raises:
            BadValue: if the images have another number of channels, or this parameterisation
                cannot start from an image.
        """
        images = with_channels(images, self.channels)
        return self.from_planes(self.unmixed(logit(tf.cast(images, tf.float64), edge)))

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Carry variables over to another size, before any sigmoid; see `Parameterisation`."""
        return self.from_planes(resize(self.planes(variables, checked(size)), checked(to), first=2))

    def mixed(self, planes: tf.Tensor, size: Size) -> tf.Tensor:
        """Mix planes to colours.

        Args:
            planes: float32 [B, C, *size].
            size: of the image, in pixels.

        Returns:
            float32 [B, *size, C].
        """
        matrix = self._matrix().T.astype(np.float32)
        if len(size) == 2:
            return filters.mix_planes(planes, matrix)
        flat = tf.reshape(planes, [-1, self.channels, 1, math.prod(size)])
        return tf.reshape(filters.mix_planes(flat, matrix), [-1, *size, self.channels])

    def unmixed(self, colours: tf.Tensor) -> tf.Tensor:
        """Undo `mixed`.

        Args:
            colours: float64 [B, *size, C].

        Returns:
            float64 [B, C, *size].
        """
        planes = filters.mix(colours, np.linalg.inv(self._matrix()).T)
        rank = planes.shape.rank
        return tf.transpose(planes, [0, rank - 1, *range(1, rank - 1)])

    def _matrix(self) -> np.ndarray:
        matrix, count = np.eye(self.channels), self.channels - self.transparent
        if self.decorrelated and self.colours is not None:
            matrix[:count, :count] = self.colours
        elif self.decorrelated and count == 3:
            matrix[:3, :3] = filters.COLOUR
        return matrix


@dataclass(frozen=True)
class Translucent(Coloured):
    """Such an image, whose last channel may be alpha.

    Args:
        channels: of the image, alpha included.
        with_alpha: whether the last channel is alpha; default exactly when there are four.
        alpha: mean of the alpha channel at the start, between 0 and 1.

    Raises:
        BadValue: if alpha is outside its range, or what `Coloured` refuses.
    """

    with_alpha: bool | None = field(default=None, kw_only=True)
    alpha: float = field(default=0.5, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        level(self.alpha)

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels == 4 if self.with_alpha is None else self.with_alpha

    def start(self) -> np.ndarray:
        """Give the mean of each plane at the start: 0 for colours, a logit for alpha.

        Returns:
            float32 [C].
        """
        means = np.zeros(self.channels, np.float32)
        if self.transparent:
            means[-1] = level(self.alpha)
        return means


def not_negative(sd: float) -> None:
    """Check a standard deviation.

    Raises:
        BadValue: if it is negative or not finite.
    """
    if not 0 <= sd < math.inf:
        raise BadValue(f"The sd of {sd} is outside its range; use 0 or more.")
