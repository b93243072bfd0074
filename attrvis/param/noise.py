"""Backgrounds of noise of one strength, and one with a smoothed mask."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param.background import Background, Pool, over, unmultiply
from attrvis.param.pool import Levels, Pooled


@dataclass(frozen=True)
class NormalNoise(Background):
    """White noise, normal and cut off at black and white; never optimised.

    With the defaults half of the values are 0 and a sixth are 1.

    Args:
        mean: before the cut.
        sd: standard deviation before the cut.
        fresh: whether the noise is drawn anew at each step.

    Raises:
        BadValue: if `sd` is negative.

    Example:
        >>> rgb, alpha = tf.zeros([1, 4, 4, 3]), tf.ones([1, 4, 4, 1])
        >>> float(tf.reduce_max(NormalNoise().compose(rgb, alpha, seeds.image_keys(0))))
        0.0
    """

    mean: float = 0.0
    sd: float = 1.0

    def __post_init__(self) -> None:
        if self.sd < 0:
            raise BadValue(f"The sd of {self.sd} is outside its range; use 0 or more.")

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        drawn = self.mean + seeds.normal(keys, rgb.shape[1:], self.sd)
        return over(tf.clip_by_value(drawn, 0.0, 1.0), rgb, alpha, premultiplied)


@dataclass(frozen=True)
class FractalNoise(Pooled):
    """Fractal noise in the colours of natural photos.

    Args:
        sd: standard deviation of the spectrum.
        decay: power of 1 / f; larger is smoother.
        fresh: whether the noise is drawn anew at each step.
        pool: how many images `prepare` draws; 0 draws every step from scratch.
        pool_seed: seed of the pool, which all images of a batch share.

    Raises:
        BadValue: if `sd` or `pool` is negative.

    Example:
        >>> rgb, alpha = tf.zeros([1, 4, 6, 3]), tf.zeros([1, 4, 6, 1])
        >>> FractalNoise(sd=0.0).compose(rgb, alpha, seeds.image_keys(0))[0, 0, 0].numpy().tolist()
        [0.5, 0.5, 0.5]
    """

    sd: float = 0.19
    decay: float = 1.5

    def _levels(self) -> Levels:
        return ((self.sd, self.decay),)

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        table, index = self._noise(keys, rgb.shape[1], rgb.shape[2], pool)
        return over(tf.gather(table, index[..., 0]), rgb, alpha, premultiplied)


@dataclass(frozen=True)
class BlurredMask(FractalNoise):
    """Fractal noise behind a mask that is smoothed first, so that no edge of alpha is sharp.

    Args:
        sd: standard deviation of the spectrum.
        decay: power of 1 / f; larger is smoother.
        sigma: of the Gaussian that smooths alpha, in pixels.
        fresh: whether the noise is drawn anew at each step.
        pool: how many images `prepare` draws; 0 draws every step from scratch.
        pool_seed: seed of the pool, which all images of a batch share.

    Raises:
        BadValue: if `sd`, `sigma` or `pool` is negative.

    Example:
        >>> rgb, alpha = tf.ones([1, 4, 4, 3]), tf.ones([1, 4, 4, 1])
        >>> composed = BlurredMask(sigma=1.0).compose(rgb, alpha, seeds.image_keys(0))
        >>> round(float(tf.reduce_min(composed)), 4)
        1.0
    """

    sd: float = 0.2
    decay: float = 1.0
    sigma: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        filters.gaussian_kernel(self.sigma)

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        colour = unmultiply(rgb, alpha) if premultiplied else rgb
        smooth = filters.blur(alpha, self.sigma)
        return super()._over(colour, smooth, keys, pool, premultiplied=False)
