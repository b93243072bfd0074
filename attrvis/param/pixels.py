"""An image as its own pixels: every pixel learns by itself, so it comes out rough."""

from __future__ import annotations

from dataclasses import dataclass, field

import tensorflow as tf

from attrvis import seeds
from attrvis.param.coloured import Translucent, not_negative
from attrvis.param.parameterisation import (
    Parameterisation,
    Size,
    Variables,
    checked,
    taken,
    with_channels,
)
from attrvis.param.resampling import clip_for_ascent


@dataclass(frozen=True)
class PixelImage(Translucent):
    """A variable for every pixel and channel, squashed by a sigmoid or clipped.

    Args:
        channels: of the image, alpha included.
        sd: standard deviation of the variables at the start.
        squash: True: a sigmoid; False: 0.5 is added, and values are clipped to [0, 1]. A clipped
            value still follows a gradient that brings it back when it is maximised.
        with_alpha: whether the last channel is alpha; default exactly when there are four.
        alpha: mean of the alpha channel at the start, between 0 and 1.
        decorrelated: whether the colours are those of natural photos, or of `colours`.
        colours: other directions of colour, as columns; see `estimate_colours`.

    Raises:
        BadValue: if a value is outside its range.

    Source: Erhan, Bengio, Courville and Vincent, Visualizing Higher-Layer Features of a Deep
    Network, 2009.

    Example:
        >>> param = PixelImage(squash=False, sd=0.0)
        >>> float(tf.reduce_max(param.image(param.init(seeds.image_keys(0), (4, 4)), (4, 4))))
        0.5
    """

    sd: float = 0.01
    squash: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        not_negative(self.sd)

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw white noise, float32 [B, C, *size]; see `Parameterisation.init`."""
        size = checked(size)
        drawn = seeds.normal(seeds.stream(keys, "PixelImage"), [self.channels, *size], self.sd)
        means = self.start().reshape([-1, *[1] * len(size)])
        if self.transparent and not self.squash:
            means[-1] = self.alpha - 0.5
        return {"pixels": drawn + means}

    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Give the variables themselves, [B, C, *size]; see `Coloured.planes`."""
        return taken(variables, "pixels", [self.channels, *size])

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Take planes as they are; see `Coloured.from_planes`."""
        return {"pixels": tf.cast(planes, tf.float32)}

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        if self.squash:
            return super().image(variables, size)
        size = checked(size)
        return clip_for_ascent(0.5 + self.mixed(self.planes(variables, size), size), 0.0, 1.0)

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid turns into the image; see the base."""
        if self.squash:
            return super().logits(variables, size)
        return Parameterisation.logits(self, variables, size)

    def invert(self, images: tf.Tensor, edge: float = 1e-4) -> dict[str, tf.Tensor]:
        """Find the variables that decode to given images; see `Coloured.invert`."""
        if self.squash:
            return super().invert(images, edge)
        images = with_channels(images, self.channels)
        return self.from_planes(self.unmixed(tf.cast(images, tf.float64) - 0.5))
