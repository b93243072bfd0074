"""Occlusion: what the target loses when a window slides over the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.perturbation.windows import (
    Windows,
    boxes,
    checked,
    fitting,
    occluded,
    per_axis,
)
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_PARTS = 8


@dataclass(frozen=True)
class Occlusion(Method):
    """What the target loses, on average, when a window that covers a number is taken away.

    The windows start at 0, stride, 2 stride, ...; the last one is cut at the border, and as many
    are laid as are needed to cover everything.

    Args:
        window: its sides: one number for all axes of positions, one for each of them, or one for
            every axis of the layer to slide over channels too; default an eighth of each side,
            over all channels.
        stride: how far the window moves, given likewise; default half the window.
        baseline: what takes the window's place, default zero; words such as `blurred:0.1` will do.
        normalize: `count` (each number gets the mean over its windows), `area` (the mean of what a
            window loses for each number in it) or `sum` (the sum over its windows).
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: a window larger than the layer, or a stride that leaves gaps.
        UnknownName: no such normalisation or baseline.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.

    Example:
        >>> Occlusion(window=56, stride=28).normalize
        'count'
    """

    window: int | tuple[int, ...] | None = None
    stride: int | tuple[int, ...] | None = None
    baseline: BaselineMethod | str = field(default_factory=Zero)
    normalize: str = "count"
    batch_size: int | str = "auto"
    name = "occlusion"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        for sizes in ("window", "stride"):
            if isinstance(getattr(self, sizes), list):
                object.__setattr__(self, sizes, tuple(getattr(self, sizes)))
        checked(self.normalize)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return occluded(
            scene,
            self.windows(scene.values.shape[1:].as_list(), scene.layer),
            self.baseline,  # type: ignore[arg-type]
            self.normalize,
            self.batch_size,
            self.name,
        )

    def windows(self, shape: Sequence[int], layer: str = "input") -> Windows:
        """Lay the windows over values of a shape, [...] without the batch.

        Raises:
            BadValue: a window larger than the shape, or a stride that leaves gaps.
        """
        places = shape[:-1] or shape
        sides = [max(1, -(-length // _PARTS)) for length in places]
        window = per_axis(sides if self.window is None else self.window, shape, shape[-1], "window")
        fitting(window, shape, layer)
        half = [max(1, size // 2) for size in window]
        stride = per_axis(half if self.stride is None else self.stride, shape, window[-1], "stride")
        for size, step, length in zip(window, stride, shape, strict=True):
            if step > size and size < length:
                raise BadValue(
                    f"A stride of {step} leaves gaps between windows of {size}; give a stride of "
                    "at most the window."
                )
        return boxes(list(map(_slid, shape, window, stride)))


def _slid(length: int, size: int, stride: int) -> list[tuple[int, int]]:
    """List the windows along one axis."""
    count = -(-(length - size) // stride) + 1
    return [(i * stride, min(i * stride + size, length)) for i in range(count)]
