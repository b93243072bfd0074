"""Transforms of colours, which move no pixel; and noise, the simplest of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms.batches import checked
from attrvis.transforms.bounds import numbers_of
from attrvis.transforms.chain import Step, Transform


@dataclass(frozen=True)
class Photometric(Transform):
    """A transform of colours that leaves alpha alone.

    Colours that come with alpha are multiplied by it, so that what is transparent holds none:
    whatever is added to a colour is weighed by alpha, and transparent pixels stay empty. Values
    are never clipped, as a clipped colour has no gradient.

    Args:
        alpha: whether the last channel is alpha; None: it is where there are 4 channels.
    """

    alpha: bool | None = field(default=None, kw_only=True)

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        own = seeds.stream(keys, type(self).__name__, step)
        if not has_alpha(images, self.alpha):
            return self.recoloured(images, None, own)
        colours, alpha = tf.split(images, [images.shape[-1] - 1, 1], axis=-1)
        return tf.concat([self.recoloured(colours, alpha, own), alpha], axis=-1)

    @abstractmethod
    def recoloured(self, colours: tf.Tensor, alpha: tf.Tensor | None, keys: tf.Tensor) -> tf.Tensor:
        """Transform colours [B, ..., C] that are multiplied by alpha [B, ..., 1], or opaque."""


def has_alpha(images: tf.Tensor, alpha: bool | None) -> bool:
    """Tell whether the last channel is alpha.

    Args:
        images: float32 [B, ..., C].
        alpha: what the user said; None: 4 channels have alpha.

    Returns:
        Whether it is.

    Raises:
        BadValue: if the user said so, and there is no other channel.

    Example:
        >>> has_alpha(tf.ones([1, 2, 2, 4]), None), has_alpha(tf.ones([1, 2, 2, 3]), None)
        (True, False)
    """
    if alpha and images.shape[-1] < 2:
        raise BadValue("Images of one channel have no alpha beside a colour; leave alpha out.")
    return images.shape[-1] == 4 if alpha is None else alpha


@dataclass(frozen=True)
class GaussianNoise(Photometric):
    """Add normal noise, another for each pixel, channel and step.

    Args:
        sd: its standard deviation, in units of the images.
        alpha: whether the last channel is alpha; None: it is where there are 4 channels.

    Raises:
        BadValue: if `sd` is negative.

    Example:
        >>> GaussianNoise(0.1)(tf.ones([1, 2, 2, 1]), seeds.image_keys(0)).shape.as_list()
        [1, 2, 2, 1]
    """

    sd: float = 0.05

    def __post_init__(self) -> None:
        numbers_of("GaussianNoise", (self.sd,), 0.0, float("inf"))

    def recoloured(self, colours: tf.Tensor, alpha: tf.Tensor | None, keys: tf.Tensor) -> tf.Tensor:
        """Add the noise."""
        noise = seeds.normal(keys, colours.shape[1:], self.sd)
        return colours + (noise if alpha is None else noise * alpha)


@dataclass(frozen=True)
class UniformNoise(Photometric):
    """Add uniform noise, another for each pixel, channel and step.

    Args:
        width: of its range, which is from `-width / 2` to `width / 2`, in units of the images.
        alpha: whether the last channel is alpha; None: it is where there are 4 channels.

    Raises:
        BadValue: if `width` is negative.

    Example:
        >>> UniformNoise(0.1)(tf.ones([1, 2, 2, 1]), seeds.image_keys(0)).shape.as_list()
        [1, 2, 2, 1]
    """

    width: float = 0.05

    def __post_init__(self) -> None:
        numbers_of("UniformNoise", (self.width,), 0.0, float("inf"))

    def recoloured(self, colours: tf.Tensor, alpha: tf.Tensor | None, keys: tf.Tensor) -> tf.Tensor:
        """Add the noise."""
        noise = seeds.uniform(keys, colours.shape[1:], -self.width / 2, self.width / 2)
        return colours + (noise if alpha is None else noise * alpha)
