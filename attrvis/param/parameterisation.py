"""What every parameterisation keeps: an image is a function of variables."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.optimisers import Optimizer
from attrvis.param.resampling import resize

Size: TypeAlias = tuple[int, ...]
Variables = Mapping[str, tf.Tensor]

_EDGE = 1e-4
"""How far from 0 and 1 values are kept before a logit is taken of them."""


@dataclass(frozen=True)
class Parameterisation(ABC):
    """An image as a function of variables, which an optimisation moves.

    It holds hyper-parameters alone: the same one serves any number of images of any size. A size
    is a signal's (n,), an image's (height, width) or a volume's (depth, height, width).

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis import seeds
        >>> from attrvis.param import PixelImage
        >>> param = PixelImage()
        >>> param.image(param.init(seeds.image_keys(0, 2), (9, 7)), (9, 7)).shape.as_list()
        [2, 9, 7, 3]
    """

    @property
    @abstractmethod
    def channels(self) -> int:
        """How many channels the image has, alpha included."""

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels == 4

    @property
    def shared(self) -> frozenset[str]:
        """Names of the variables that all images share; every other one has one row an image."""
        return frozenset()

    @property
    def optimizer(self) -> Optimizer | None:
        """What suits its variables, where the usual learning rate does not; None: it does."""
        return None

    @property
    def decoder(self) -> Parameterisation:
        """What decodes the variables once they are made; equal decoders can share a trace.

        Two that differ only in the photo at which they start have equal decoders.
        """
        changed: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, Parameterisation):
                changed[entry.name] = value.decoder
            elif isinstance(value, tuple) and any(isinstance(v, Parameterisation) for v in value):
                changed[entry.name] = tuple(v.decoder for v in value)
        return replace(self, **changed) if changed else self

    @abstractmethod
    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw the variables at which an optimisation starts.

        Args:
            keys: int32 [B, 2]; the variables of image i depend on key i alone, but for those
                that are `shared`.
            size: of the image, in pixels.

        Returns:
            float32 tensors by name, [B, ...] each, but for those that are `shared`.

        Raises:
            BadValue: if no image of that size can be made.
        """

    @abstractmethod
    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables.

        Args:
            variables: as `init`, `invert` or `resized` made them for this size.
            size: of the image, in pixels.

        Returns:
            float32 [B, *size, C] in [0, 1].

        Raises:
            BadValue: if these are not variables of such an image.
        """

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid turns into the image.

        Args:
            variables: as for `image`.
            size: of the image, in pixels.

        Returns:
            float32 [B, *size, C]; within ±9.2 where the image is not made by a sigmoid.
        """
        return logit(self.image(variables, size))

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the variables that decode to given images, to start from a photo.

        Args:
            images: float32 [B, *size, C] in [0, 1].

        Returns:
            Variables as from `init`; decoding them gives the images within 1e-3, mostly nearer.

        Raises:
            BadValue: if this parameterisation cannot start from an image, or the images have
                another number of channels.
        """
        raise BadValue(
            f"{type(self).__name__} cannot start from an image; use one that can, such as "
            "FourierImage, or fit it to the image."
        )

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Carry variables over to another size, to go on from a coarse image with a finer one.

        Args:
            variables: as for `image`.
            size: the size that they are of.
            to: the new size, in pixels, of as many dimensions.

        Returns:
            Variables of the new size, which decode to the same image, resized.

        Raises:
            BadValue: if this parameterisation cannot be resized.
        """
        return self.invert(resize(self.image(variables, size), to))


def checked(size: Sequence[int]) -> Size:
    """Check a size.

    Args:
        size: one, two or three sides in pixels.

    Returns:
        The size as a tuple.

    Raises:
        BadValue: if it has other than one to three sides, or one below 1.

    Example:
        >>> checked([9, 7])
        (9, 7)
    """
    sides = tuple(int(side) for side in size)
    if not 1 <= len(sides) <= 3 or min(sides) < 1:
        raise BadValue(
            f"A size of {'x'.join(map(str, sides)) or 'nothing'} is not supported; give one side "
            "(a signal), two (an image) or three (a volume), each at least 1."
        )
    return sides


def taken(variables: Variables, name: str, shape: Sequence[int]) -> tf.Tensor:
    """Take one variable and check its shape.

    Args:
        variables: by name.
        name: of the one wanted.
        shape: what its shape should be behind the first axis.

    Returns:
        float32 [B, *shape].

    Raises:
        BadValue: if it is not there, or of another shape.

    Example:
        >>> taken({"pixels": tf.zeros([2, 3])}, "pixels", [3]).shape.as_list()
        [2, 3]
    """
    if name not in variables:
        raise BadValue(
            f"The variables hold {sorted(variables)} where {name!r} belongs; take them from this "
            "parameterisation's own init, invert or resized."
        )
    found = tf.convert_to_tensor(variables[name])
    if found.shape.rank != len(shape) + 1 or tuple(found.shape[1:]) != tuple(shape):
        raise BadValue(
            f"The variable {name!r} has the shape {found.shape} where [B, "
            f"{', '.join(map(str, shape))}] belongs; decode it at the size that it was made for."
        )
    return found


def with_channels(images: tf.Tensor, channels: int) -> tf.Tensor:
    """Check that images have so many channels.

    Args:
        images: numbers [B, *size, channels].
        channels: how many there should be.

    Returns:
        float32 [B, *size, channels].

    Raises:
        BadValue: if they have another number.

    Example:
        >>> with_channels(tf.ones([1, 4, 4, 3]), 3).dtype
        tf.float32
    """
    images = tf.cast(tf.convert_to_tensor(images), tf.float32)
    if not images.shape.rank or not 3 <= images.shape.rank <= 5 or images.shape[-1] != channels:
        raise BadValue(
            f"The images have the shape {images.shape}; this parameterisation takes [B, *size, "
            f"{channels}]."
        )
    return images


def logit(values: tf.Tensor, edge: float = _EDGE) -> tf.Tensor:
    """Undo a sigmoid.

    Args:
        values: in [0, 1].
        edge: values are kept this far from 0 and 1, which no sigmoid reaches.

    Returns:
        `log(p / (1 - p))`, of the same type and shape.

    Example:
        >>> logit(tf.constant([0.0, 0.5, 0.75])).numpy().round(3).tolist()
        [-9.210000038146973, 0.0, 1.0989999771118164]
    """
    kept = tf.clip_by_value(values, edge, 1 - edge)
    return tf.math.log(kept) - tf.math.log1p(-kept)


def level(share: float) -> float:
    """Give the logit of one number strictly between 0 and 1.

    Raises:
        BadValue: if it is outside.
    """
    if not 0 < share < 1:
        raise BadValue(f"The alpha of {share} is outside its range; use 0 < alpha < 1.")
    return math.log(share) - math.log1p(-share)
