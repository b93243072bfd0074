"""Images that agree where they can: all of a batch share coarse tensors."""

from __future__ import annotations

from dataclasses import dataclass, field

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param.coloured import Coloured, not_negative
from attrvis.param.fourier import FourierImage
from attrvis.param.parameterisation import Parameterisation, Size, Variables, checked, taken
from attrvis.param.resampling import resize

SHAPES = ((1, 64, 64), (1, 32, 32), (1, 16, 16), (2, 16, 16), (1, 8, 8), (2, 8, 8))


@dataclass(frozen=True)
class SharedImage(Parameterisation):
    """Each image's own planes, and coarse tensors that the batch shares, added before the sigmoid.

    What several images want alike is learnt by the shared tensors, so the images are laid out
    alike and can be blended into each other. A tensor is resized linearly in all of its axes, the
    batch's too: of two rows the first and the last image take one each, and those between them a
    mixture. The images of a batch therefore depend on each other, on purpose.

    Args:
        base: of each image's own planes; it gives the channels and the colours too.
        shapes: of the shared tensors: rows of the batch, then the sides.
        sd: standard deviation of the shared tensors at the start; they are drawn from the first
            image's key.

    Raises:
        BadValue: if there is no tensor or a side below 1, `sd` is negative, or `base` has no
            planes to add to.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> param = SharedImage(shapes=((1, 4, 4),))
        >>> variables = param.init(seeds.image_keys(0, 3), (8, 8))
        >>> param.image(variables, (8, 8)).shape.as_list(), sorted(param.shared)
        ([3, 8, 8, 3], ['shared0'])
    """

    base: Coloured = field(default_factory=lambda: FourierImage(3))
    shapes: tuple[tuple[int, ...], ...] = SHAPES
    sd: float = 0.01

    def __post_init__(self) -> None:
        not_negative(self.sd)
        if not isinstance(self.base, Coloured):
            raise BadValue(
                f"{type(self.base).__name__} makes no planes that could be added to; use "
                "FourierImage, PixelImage or LaplacianPyramid."
            )
        if not self.shapes or any(len(s) < 2 or min(s) < 1 for s in self.shapes):
            raise BadValue(
                f"The shapes {self.shapes} are none to share; give rows and sides of at least 1, "
                "as in ((1, 32, 32), (2, 16, 16))."
            )

    @property
    def channels(self) -> int:
        """How many channels the image has, alpha included."""
        return self.base.channels

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.base.transparent

    @property
    def shared(self) -> frozenset[str]:
        """Names of the variables that all images share."""
        return self.base.shared | set(self._names())

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw each image's own variables and the shared tensors, [rows, C, *sides]; see the base.

        Raises:
            BadValue: if the shared tensors have other dimensions than the image.
        """
        size = checked(size)
        if any(len(shape) != len(size) + 1 for shape in self.shapes):
            raise BadValue(
                f"The shapes {self.shapes} do not fit a size of {size}; give rows and "
                f"{len(size)} sides."
            )
        drawn = self.base.init(keys, size)
        for name, (rows, *sides) in self._names().items():
            key = seeds.stream(keys[:1], f"SharedImage {name}")
            drawn[name] = seeds.normal(key, [rows, self.channels, *sides], self.sd)[0]
        return drawn

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return tf.sigmoid(self.logits(variables, size))

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid squashes; see `Parameterisation.logits`."""
        size = checked(size)
        planes = self.base.planes(variables, size)
        count = tf.shape(planes)[0]
        for name, (_, *sides) in self._names().items():
            coarse = taken(variables, name, [self.channels, *sides])
            planes += _over_rows(resize(coarse, size, first=2), count)
        return self.base.mixed(planes, size)

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find each image's own variables, the shared tensors being 0; see the base."""
        found = self.base.invert(images)
        for name, (rows, *sides) in self._names().items():
            found[name] = tf.zeros([rows, self.channels, *sides])
        return found

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Resize what is each image's own; the shared tensors stay; see the base."""
        found = self.base.resized(variables, size, to)
        return {**found, **{name: variables[name] for name in self._names()}}

    def _names(self) -> dict[str, tuple[int, ...]]:
        return {f"shared{i}": shape for i, shape in enumerate(self.shapes)}


def _over_rows(values: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Resize the first axis linearly to a length that may be unknown until it is run."""
    rows = values.shape[0]
    if rows == 1:
        return values
    places = (tf.cast(tf.range(count), tf.float32) + 0.5) * rows / tf.cast(count, tf.float32) - 0.5
    places = tf.clip_by_value(places, 0.0, rows - 1.0)
    low = tf.minimum(tf.cast(places, tf.int32), rows - 2)
    share = tf.reshape(places - tf.cast(low, tf.float32), [-1, *[1] * (values.shape.rank - 1)])
    return tf.gather(values, low) * (1.0 - share) + tf.gather(values, low + 1) * share
