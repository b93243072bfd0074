"""What counts as image where there was none: a painted margin, or a random background."""

from __future__ import annotations

from dataclasses import dataclass, field

import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.transforms.affine import Size
from attrvis.transforms.batches import PLANE, checked
from attrvis.transforms.bounds import numbers_of, pixels_of
from attrvis.transforms.chain import Step, Transform
from attrvis.transforms.photometric import has_alpha

MODES = ("constant", "reflect", "uniform")


@dataclass(frozen=True)
class Margin(Transform):
    """Add a margin that is painted, and opaque; `Pad` adds one that is empty.

    A network sees it as part of the picture, `Chain.validity` knows that it is not. It is not
    fused with geometric neighbours.

    Args:
        pixels: width of the margin on each side; 0 or more.
        mode: `"constant"` paints `value`, `"uniform"` one random grey per image and step, and
            `"reflect"` mirrors the image.
        value: the grey of `"constant"`.
        alpha: whether the last channel is alpha; None: it is where there are 4 channels.

    Raises:
        BadValue: if `pixels` is negative, there is no such mode, or a reflection is wider than
            the image.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> Margin(2)(tf.ones([1, 4, 4, 3]), seeds.image_keys(0))[0, 0, 0].numpy().tolist()
        [0.5, 0.5, 0.5]
    """

    pixels: int = 12
    mode: str = "constant"
    value: float = 0.5
    alpha: bool | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", pixels_of("Margin", self.pixels))
        numbers_of("Margin(value=...)", (self.value,), -float("inf"), float("inf"))
        if self.mode not in MODES:
            raise BadValue(f"A margin has no mode {self.mode!r}; use one of {', '.join(MODES)}.")

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        if self.mode == "reflect":
            if self.pixels >= min(images.shape[axis] for axis in PLANE[images.shape.rank]):
                raise BadValue(
                    f"A reflection of {self.pixels} pixels is wider than images {images.shape}; "
                    "use a narrower margin."
                )
            return tf.pad(images, self._paddings(images), "REFLECT")
        border = tf.pad(tf.zeros_like(images), self._paddings(images), constant_values=1.0)
        grey: float | tf.Tensor = self.value
        if self.mode == "uniform":
            drawn = seeds.uniform(seeds.stream(keys, "Margin", step), [1])
            grey = tf.reshape(drawn, [-1] + [1] * (images.shape.rank - 1))
        painted = border * grey
        if has_alpha(images, self.alpha):
            painted = tf.concat([painted[..., :-1], border[..., -1:]], axis=-1)
        return tf.pad(images, self._paddings(images)) + painted

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        return size[0] + 2 * self.pixels, size[1] + 2 * self.pixels

    def mask(self, mask: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Put nothing that counts into the margin."""
        return tf.pad(mask, self._paddings(mask))

    def _paddings(self, images: tf.Tensor) -> list[list[int]]:
        axes = PLANE[images.shape.rank]
        return [[self.pixels * (axis in axes)] * 2 for axis in range(images.shape.rank)]


@dataclass(frozen=True)
class CollapseAlpha(Transform):
    """Lay images over random fractal noise, another at each step: what is left is opaque.

    An image learns to be transparent only where it does not matter what is behind it. In a
    rendering the background does the same; this is for chains that stand alone.

    Args:
        sd: standard deviation of the noise's spectrum.
        decay: power of 1 / f in the noise; larger is smoother.
        keep: whether alpha stays, as ones; else it is left out, so that RGB remains.
        alpha: whether the last channel is alpha; None: it is where there are 4 channels. Images
            without one are opaque and stay as they are.

    Raises:
        BadValue: if `sd` is negative, or what comes in is no image.

    Source: Mordvintsev et al., Differentiable Image Parameterizations, 2018.

    Example:
        >>> CollapseAlpha(keep=False)(tf.zeros([1, 4, 4, 4]), seeds.image_keys(0)).shape.as_list()
        [1, 4, 4, 3]
    """

    sd: float = 0.5
    decay: float = 1.0
    keep: bool = True
    alpha: bool | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        numbers_of("CollapseAlpha", (self.sd, self.decay), 0.0, float("inf"))

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        if not has_alpha(images, self.alpha):
            return images
        if images.shape.rank != 4:
            raise BadValue(f"Only images [B, h, w, C] have a background, not {images.shape}.")
        height, width, channels = images.shape[1:]
        own = seeds.stream(keys, "CollapseAlpha", step)
        behind = filters.fractal(own, height, width, self.sd, self.decay, channels - 1)
        colours, alpha = tf.split(images, [channels - 1, 1], axis=-1)
        laid = colours + (1.0 - alpha) * behind
        return tf.concat([laid, tf.ones_like(alpha)], axis=-1) if self.keep else laid
