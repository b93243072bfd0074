"""What a transform is, and several as one: consecutive geometric ones cost one resampling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, TypeAlias

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Size, warp

Step: TypeAlias = int | tf.Tensor | None


@dataclass(frozen=True)
class Transform(ABC):
    """A random transform of images; image i's draw depends on key i and the step alone."""

    @abstractmethod
    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images.

        Args:
            images: float32 [B, h, w, C].
            keys: int32 [B, 2].
            step: a whole number or an integer tensor; None: the same draw each time.

        Returns:
            float32 [B, h', w', C], of a size that does not depend on the draw.

        Raises:
            BadValue: if the images have no such shape, or are too small.
        """

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size from the input's and from the size before all transforms."""
        return size

    def __or__(self, later: Transform) -> Chain:
        """Do this transform, then another."""
        return compose(self, later)


@dataclass(frozen=True)
class Geometric(Transform):
    """A transform that moves pixels by an affine map; consecutive ones are fused to one."""

    draws: ClassVar[int] = 0
    """How many uniform numbers one image takes."""

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        return Chain((self,))(images, keys, step)

    @abstractmethod
    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input, from draws [B] in [0, 1)."""


@dataclass(frozen=True)
class Chain(Transform):
    """Transforms one after the other.

    Args:
        steps: the transforms, first one first.
        fill: value outside the images; zero makes the outside of an RGBA image transparent.
        exact: whether resampling has the exact gradient, about twice as slow.

    Example:
        >>> Chain()(tf.ones([1, 4, 4, 1]), seeds.image_keys(0)).shape.as_list()
        [1, 4, 4, 1]
    """

    steps: tuple[Transform, ...] = ()
    fill: float = 0.0
    exact: bool = False

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        if images.shape.rank != 4 or None in images.shape[1:]:
            raise BadValue(f"Transforms take images [B, h, w, C], not {images.shape}.")
        original: Size = (images.shape[1], images.shape[2])
        for index, (fused, group) in enumerate(groupby(self.steps, _is_geometric)):
            own = seeds.stream(keys, f"transforms {index}", step)
            if fused:
                geometric: tuple[Any, ...] = tuple(group)
                where, size = _fuse(geometric, images.shape[1:3].as_list(), original, own)
                images = warp(images, where, size, self.fill, self.exact)
            else:
                for position, transform in enumerate(group):
                    images = transform(images, seeds.fold(own, position))
        return images

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        for step in self.steps:
            size = step.frame(size, original)
        return size

    def size(self, height: int, width: int) -> Size:
        """Tell the size of the output, (height, width), from the input's."""
        return self.frame((height, width), (height, width))

    def validity(self, height: int, width: int, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Tell which pixels of the output come from the image, 1, and not from outside, 0.

        Args:
            height: of the input, in pixels.
            width: of the input, in pixels.
            keys: int32 [B, 2], those of the call that transformed the images.
            step: the step of that call.

        Returns:
            float32 [B, h', w', 1], in between on the border; without a gradient.
        """
        ones = tf.ones([keys.shape[0] or tf.shape(keys)[0], height, width, 1])
        ones = tf.ensure_shape(ones, [keys.shape[0], height, width, 1])
        return tf.stop_gradient(Chain(self.steps, 0.0, self.exact)(ones, keys, step))


def compose(*transforms: Transform, fill: float | None = None, exact: bool | None = None) -> Chain:
    """Chain transforms; `a | b` is the same as `compose(a, b)`.

    Args:
        transforms: any number, first one first; chains among them are opened.
        fill: value outside the images; default: that of the first chain given, else 0.
        exact: whether the gradient is exact; default: as the first chain given, else not.

    Returns:
        The chain.

    Raises:
        BadValue: if something is not a transform.

    Example:
        >>> len(compose(compose(), compose()).steps)
        0
    """
    steps: list[Transform] = []
    for transform in transforms:
        if not isinstance(transform, Transform):
            raise BadValue(f"{transform!r} is not a transform; use Pad, Jitter, Scale, ... .")
        if isinstance(transform, Chain):
            fill = transform.fill if fill is None else fill
            exact = transform.exact if exact is None else exact
            steps.extend(transform.steps)
        else:
            steps.append(transform)
    return Chain(tuple(steps), fill or 0.0, bool(exact))


def _is_geometric(transform: Transform) -> bool:
    return isinstance(transform, Geometric)


def _fuse(
    group: tuple[Geometric, ...], size: list[int], original: Size, keys: tf.Tensor
) -> tuple[Affine, Size]:
    """Multiply the maps of a group, and tell the size of its output."""
    count = sum(transform.draws for transform in group)
    draws = tf.unstack(seeds.uniform(keys, [count]), num=count, axis=1) if count else []
    where, frame = Affine(), (size[0], size[1])
    for transform in group:
        own, draws = draws[: transform.draws], draws[transform.draws :]
        where = where @ transform.where(frame, original, own)
        frame = transform.frame(frame, original)
    return where, frame
