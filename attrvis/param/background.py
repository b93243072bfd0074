"""What is seen where an image is transparent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue

Pool = Mapping[str, tf.Tensor]
Step: TypeAlias = int | tf.Tensor | None

_ALPHA = np.array([[0, 0, 0, 1]], np.float32)
_SPREAD = _ALPHA.T @ (1 - _ALPHA)
"""Carries alpha to the three colours; transposed, the sum of the colours to alpha."""

_FAINT = 1e-3
"""Alpha below which a premultiplied colour fades to grey when it is divided by alpha again."""


def premultiply(rgba: tf.Tensor) -> tf.Tensor:
    """Multiply colour by alpha, as is right before any resampling.

    Bilinear sampling mixes neighbours; premultiplied, a transparent neighbour adds no colour, so
    borders do not darken.

    Args:
        rgba: float32 [B, h, w, 4].

    Returns:
        float32 [B, h, w, 4]: `rgb * alpha`, and alpha.

    Example:
        >>> premultiply(tf.constant([[[[0.5, 1.0, 0.0, 0.5]]]])).numpy().ravel().tolist()
        [0.25, 0.5, 0.0, 0.5]
    """
    return premultiply_and_alpha(rgba)[0]


def premultiply_and_alpha(rgba: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Multiply colour by alpha, and give alpha by itself.

    Args:
        rgba: float32 [B, h, w, 4].

    Returns:
        As from `premultiply`, and float32 [B, h, w, 1]; the two share one gradient, which is
        faster than a slice's beside it.

    Example:
        >>> both = premultiply_and_alpha(tf.constant([[[[0.5, 1.0, 0.0, 0.5]]]]))
        >>> both[1].numpy().item()
        0.5
    """

    @tf.custom_gradient
    def multiply(image: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], object]:
        # Products with small matrices move numbers between channels several times faster than
        # broadcasts along the last axis; so does adding an array that needs none.
        only_alpha = np.broadcast_to(_ALPHA[0], image.shape[1:])
        factor = filters.mix(image, _SPREAD) + only_alpha

        def gradient(upstream: tf.Tensor, upstream_alpha: tf.Tensor) -> tf.Tensor:
            through = filters.mix(upstream * image, _SPREAD.T)
            return upstream * factor + through + filters.mix(upstream_alpha, _ALPHA)

        return (image * factor, image[..., 3:]), gradient

    return multiply(rgba)


def split(rgba: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Part colour from alpha; its gradient is faster than that of two slices.

    Args:
        rgba: float32 [B, h, w, 4].

    Returns:
        rgb, float32 [B, h, w, 3], and alpha, float32 [B, h, w, 1].

    Example:
        >>> [part.shape.as_list() for part in split(tf.ones([1, 2, 2, 4]))]
        [[1, 2, 2, 3], [1, 2, 2, 1]]
    """
    rgb, alpha = tf.split(rgba, [3, 1], axis=3)
    return rgb, alpha


@dataclass(frozen=True)
class Background(ABC):
    """What lies behind; alpha 1 shows the image, alpha 0 the background alone."""

    fresh: bool = field(default=True, kw_only=True)

    def prepare(self, keys: tf.Tensor, height: int, width: int) -> dict[str, tf.Tensor]:
        """Make what `compose` needs at every step, once and before the loop.

        Args:
            keys: int32 [B, 2].
            height: of the network's input, in pixels.
            width: of the network's input, in pixels.

        Returns:
            Tensors by name; empty where nothing is needed. Give them to `compose` as `pool`.
        """
        return {}

    def compose(
        self,
        rgb: tf.Tensor,
        alpha: tf.Tensor,
        keys: tf.Tensor,
        step: Step = None,
        pool: Pool | None = None,
        premultiplied: bool = False,
    ) -> tf.Tensor:
        """Lay images over the background.

        Args:
            rgb: float32 [B, h, w, 3] in [0, 1].
            alpha: float32 [B, h, w, 1] in [0, 1].
            keys: int32 [B, 2]; the background of image i depends on key i (and the step) alone.
            step: a whole number or an integer tensor; a fixed background (`fresh=False`) does
                not look at it.
            pool: what `prepare` returned.
            premultiplied: whether `rgb` was multiplied by `alpha` already.

        Returns:
            float32 [B, h, w, 3] in [0, 1]; gradients reach `rgb` and `alpha`.

        Raises:
            BadValue: if the shapes do not fit.
        """
        if rgb.shape.rank != 4 or rgb.shape[3] != 3 or alpha.shape[3] != 1:
            raise BadValue(
                f"A background takes rgb [B, h, w, 3] and alpha [B, h, w, 1], not {rgb.shape} "
                f"and {alpha.shape}."
            )
        own = seeds.stream(keys, type(self).__name__, step if self.fresh else None)
        return self._over(rgb, alpha, own, pool or {}, premultiplied)

    @abstractmethod
    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        """Lay images over this background, whose keys are its own."""


def over(
    paint: tf.Tensor | float, rgb: tf.Tensor, alpha: tf.Tensor, premultiplied: bool
) -> tf.Tensor:
    """Lay images over a painted background: `rgb alpha + paint (1 - alpha)`.

    Args:
        paint: one grey, or float32 [B, h, w, 3].
        rgb: float32 [B, h, w, 3].
        alpha: float32 [B, h, w, 1].
        premultiplied: whether `rgb` was multiplied by `alpha` already.

    Returns:
        float32 [B, h, w, 3].

    Example:
        >>> over(0.5, tf.ones([1, 1, 1, 3]), tf.zeros([1, 1, 1, 1]), False).numpy().max()
        np.float32(0.5)
    """
    return (rgb if premultiplied else rgb * alpha) + paint * (1.0 - alpha)


@dataclass(frozen=True)
class Constant(Background):
    """One grey everywhere.

    Args:
        grey: in [0, 1].
        fresh: has no effect here.

    Example:
        >>> rgb, alpha = tf.ones([1, 2, 2, 3]), tf.zeros([1, 2, 2, 1])
        >>> Constant(0.5).compose(rgb, alpha, seeds.image_keys(0))[0, 0, 0].numpy().tolist()
        [0.5, 0.5, 0.5]
    """

    grey: float = 0.55

    def __post_init__(self) -> None:
        if not 0 <= self.grey <= 1:
            raise BadValue(f"The grey {self.grey} is outside its range; use 0 to 1.")

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        return over(self.grey, rgb, alpha, premultiplied)


def unmultiply(rgb: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """Divide premultiplied colour by alpha; where alpha is 0 the colour is grey.

    Args:
        rgb: float32 [B, h, w, 3], multiplied by alpha.
        alpha: float32 [B, h, w, 1].

    Returns:
        float32 [B, h, w, 3].

    Example:
        >>> unmultiply(tf.zeros([1, 1, 1, 3]), tf.zeros([1, 1, 1, 1])).numpy().ravel().tolist()
        [0.5, 0.5, 0.5]
    """
    return (rgb + 0.5 * _FAINT) / (alpha + _FAINT)
