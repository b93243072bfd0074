"""Windows of an image, brought to a size: all of it, its middle, or random crops.

The centres of a window's corner pixels fall on those of the output's, so that nothing from
outside comes in. Sampling is bilinear: where it makes an image much smaller, blur it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Scalar, Size
from attrvis.transforms.batches import per_image
from attrvis.transforms.bounds import framed, numbers_of, pixels_of, range_of, size_of
from attrvis.transforms.chain import Geometric


@dataclass(frozen=True)
class Resize(Geometric):
    """Stretch to a size, such as the one that a network needs.

    Args:
        size: side or (height, width) in pixels; None: the size before all transforms.

    Raises:
        BadValue: if a side is below 1 or not whole.

    Example:
        >>> Resize((2, 3))(tf.ones([1, 5, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 3, 1]
    """

    size: int | Size | None = None
    inside: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of(type(self).__name__, self.size))

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        return framed(self.size, original)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        return _window((0.0, 0.0), (size[0] - 1, size[1] - 1), self.frame(size, original))


@dataclass(frozen=True)
class Fit(Resize):
    """Bring to a size without a change of proportions: what is over is cut off evenly.

    Args:
        size: side or (height, width) in pixels; None: the size before all transforms.

    Raises:
        BadValue: if a side is below 1 or not whole.

    Example:
        >>> Fit(2)(tf.ones([1, 5, 4, 1]), tf.zeros([1, 2], tf.int32)).shape.as_list()
        [1, 2, 2, 1]
    """

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        frame = self.frame(size, original)
        steps = [(s - 1) / (n - 1) for s, n in zip(size, frame, strict=True) if n > 1]
        height, width = (min(steps, default=0.0) * (n - 1) for n in frame)
        start = ((size[0] - 1 - height) / 2, (size[1] - 1 - width) / 2)
        return _window(start, (height, width), frame)


@dataclass(frozen=True)
class RandomCrops(Geometric):
    """Make several images of each: square windows at random places, brought to one size.

    A window's centre is normal about the middle of the image, held back where the window would
    reach over the border. The crops of an image are side by side in the result: those of image i
    are the rows from `i * count` on. What follows draws for each of them anew.

    Args:
        size: side or (height, width) of the crops in pixels, such as the network's; None: the
            size before all transforms.
        count: how many are made of each image.
        low: least side of a window, as a share of the image's shorter side.
        high: largest share; in between all are equally likely.
        spread: standard deviation of the centre along each axis, as a share of that side.

    Raises:
        BadValue: if a value is out of its range.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> crops = RandomCrops(4, count=3)(tf.ones([2, 20, 30, 3]), tf.zeros([2, 2], tf.int32))
        >>> crops.shape.as_list()
        [6, 4, 4, 3]
    """

    size: int | Size | None = None
    count: int = 6
    low: float = 0.2
    high: float = 0.25
    spread: float = 0.15
    draws: ClassVar[int] = 3
    inside: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of("RandomCrops", self.size))
        object.__setattr__(self, "count", pixels_of("RandomCrops(count=...)", self.count, 1))
        range_of("RandomCrops", self.low, self.high, 0.0, 1.0)
        numbers_of("RandomCrops(spread=...)", (self.spread,), 0.0, float("inf"))
        if self.low <= 0:
            raise BadValue("RandomCrops of the share 0 hold nothing; use a share above 0.")

    @property
    def copies(self) -> int:
        """How many crops are made of each image."""
        return self.count

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the size of the crops."""
        return framed(self.size, original)

    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input."""
        last = (size[0] - 1.0, size[1] - 1.0)
        span = (self.low + (self.high - self.low) * draws[0]) * min(last)
        starts = []
        for draw, end in zip(draws[1:], last, strict=True):
            centre = end * (0.5 + self.spread * per_image(tf.math.ndtri, draw))
            starts.append(tf.clip_by_value(centre - span / 2.0, 0.0, end - span))
        return _window((starts[0], starts[1]), (span, span), self.frame(size, original))


def _window(start: tuple[Scalar, Scalar], span: tuple[Scalar, Scalar], size: Size) -> Affine:
    """Map an output's corner pixels to a window's, of which `span` tells the last from the first.

    An output of one pixel takes the window's middle.
    """
    step, first = [], []
    for begin, reach, count in zip(start, span, size, strict=True):
        step.append(reach / (count - 1.0) if count > 1 else 0.0)
        first.append(begin if count > 1 else begin + reach / 2.0)
    return Affine(a=step[1], c=first[1], e=step[0], f=first[0])
