"""What is done to the image of another parameterisation: grey to RGB, range, size, start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.optimisers import Optimizer
from attrvis.param.given import held, placed, repeated
from attrvis.param.parameterisation import (
    Parameterisation,
    Size,
    Variables,
    checked,
    with_channels,
)
from attrvis.param.resampling import resize


@dataclass(frozen=True)
class Wrapped(Parameterisation):
    """A parameterisation with the variables of another.

    Args:
        param: the other one.

    Raises:
        BadValue: if it is no parameterisation.
    """

    param: Parameterisation

    def __post_init__(self) -> None:
        if not isinstance(self.param, Parameterisation):
            raise BadValue(
                f"{type(self).__name__} takes a parameterisation, not {self.param!r:.80}."
            )

    @property
    def channels(self) -> int:
        """How many channels the image has, alpha included."""
        return self.param.channels

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.param.transparent

    @property
    def shared(self) -> frozenset[str]:
        """Names of the variables that all images share."""
        return self.param.shared

    @property
    def optimizer(self) -> Optimizer | None:
        """What suits the other's variables."""
        return self.param.optimizer

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw the other's variables; see the base."""
        return self.param.init(keys, size)

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Carry the other's variables over to another size; see the base."""
        return self.param.resized(variables, size, to)


@dataclass(frozen=True)
class Grey(Wrapped):
    """One channel, shown as three equal ones.

    Args:
        param: of one channel, or of one channel and alpha, which stays.

    Raises:
        BadValue: if it has more channels.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> from attrvis.param import FourierImage
        >>> Grey(FourierImage(1)).channels
        3
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.param.channels - self.param.transparent != 1:
            raise BadValue(
                f"Grey takes one channel of colour, not {self.param.channels} channels; use "
                "FourierImage(1) or the like."
            )

    @property
    def channels(self) -> int:
        """Three, and alpha where the other has it."""
        return self.param.channels + 2

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return self._tripled(self.param.image(variables, size))

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid turns into the image; see the base."""
        return self._tripled(self.param.logits(variables, size))

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Start from the mean of the three colours; see the base."""
        images = with_channels(images, self.channels)
        grey = tf.reduce_mean(images[..., :3], axis=-1, keepdims=True)
        return self.param.invert(tf.concat([grey, images[..., 3:]], axis=-1))

    def _tripled(self, drawn: tf.Tensor) -> tf.Tensor:
        return tf.concat([drawn[..., :1], drawn[..., :1], drawn], axis=-1)


@dataclass(frozen=True)
class Ranged(Wrapped):
    """The colours of another, kept away from black, from white, or from both; alpha stays.

    Args:
        param: the other one.
        low: the least value, from 0.
        high: the largest value, up to 1.

    Raises:
        BadValue: if not 0 <= low < high <= 1.

    Example:
        >>> from attrvis import seeds
        >>> from attrvis.param import PixelImage
        >>> param = Ranged(PixelImage(sd=100.0), 0.2, 0.7)
        >>> image = param.image(param.init(seeds.image_keys(0), (8, 8)), (8, 8)).numpy()
        >>> round(float(image.min()), 3), round(float(image.max()), 3)
        (0.2, 0.7)
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.low < self.high <= 1:
            raise BadValue(
                f"The range {self.low} to {self.high} cannot be; use 0 <= low < high <= 1."
            )

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        low, span = self._ends()
        return low + span * self.param.image(variables, size)

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Start from images, whose values outside the range are brought into it; see the base."""
        low, span = self._ends()
        images = with_channels(images, self.channels)
        return self.param.invert(tf.clip_by_value((images - low) / span, 0.0, 1.0))

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        low, span = np.zeros(self.channels, np.float32), np.ones(self.channels, np.float32)
        colours = self.channels - self.transparent
        low[:colours], span[:colours] = self.low, self.high - self.low
        return low, span


@dataclass(frozen=True)
class Lowres(Wrapped):
    """The image of another at a fixed size, resized linearly to the one wanted.

    Args:
        param: the other one.
        size: of its image, in pixels.

    Raises:
        BadValue: if a side is below 1.

    Source: Fong and Vedaldi, Interpretable Explanations of Black Boxes by Meaningful
    Perturbation, 2017, for masks.

    Example:
        >>> from attrvis import seeds
        >>> from attrvis.param import Mask
        >>> param = Lowres(Mask(), (7, 7))
        >>> param.image(param.init(seeds.image_keys(0), (28, 20)), (28, 20)).shape.as_list()
        [1, 28, 20, 1]
    """

    size: tuple[int, ...] = (28, 28)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", checked(self.size))

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw the other's variables at its own size; see the base."""
        self._fits(checked(size))
        return self.param.init(keys, self.size)

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        self._fits(checked(size))
        return resize(self.param.image(variables, self.size), size)

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Give the same variables, whose size stays; see the base."""
        self._fits(checked(to))
        return {name: tf.convert_to_tensor(value) for name, value in variables.items()}

    def _fits(self, size: Size) -> None:
        if len(size) != len(self.size):
            raise BadValue(f"A size of {self.size} cannot become {size}; give as many sides.")


@dataclass(frozen=True)
class StartFrom(Wrapped):
    """Another parameterisation that starts exactly at given images.

    Args:
        param: the other one, of those that can start from an image.
        images: [1 or B, *size, C] in [0, 1]; resized linearly where another size is wanted.

    Raises:
        BadValue: if the images have another number of channels.

    Example:
        >>> from attrvis import seeds
        >>> from attrvis.param import FourierImage
        >>> param = StartFrom(FourierImage(3), np.full([1, 8, 6, 3], 0.25))
        >>> start = param.image(param.init(seeds.image_keys(0), (8, 6)), (8, 6))
        >>> bool(tf.reduce_max(tf.abs(start - 0.25)) < 1e-5)
        True
    """

    images: Data

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "images", held(self.images))
        with_channels(np.asarray(self.images), self.channels)

    @property
    def decoder(self) -> Parameterisation:
        """The other one, without the images, which only say where to start."""
        return self.param.decoder

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Find the other's variables for the images; see the base."""
        return self.param.invert(repeated(placed(self.images, checked(size)), keys))

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return self.param.image(variables, size)

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid turns into the image; see the base."""
        return self.param.logits(variables, size)

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the other's variables for other images; see the base."""
        return self.param.invert(images)
