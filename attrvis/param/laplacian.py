"""An image as a sum of ever coarser ones."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param.coloured import Translucent, not_negative
from attrvis.param.parameterisation import Size, Variables, checked, taken
from attrvis.param.resampling import resize


@dataclass(frozen=True)
class LaplacianPyramid(Translucent):
    """A sum of levels, each of half the size of the one before, enlarged linearly.

    Args:
        channels: of the image, alpha included.
        levels: how many, at least 1; the first is of full size.
        sd: standard deviation of each level's variables at the start.
        with_alpha: whether the last channel is alpha; default exactly when there are four.
        alpha: mean of the alpha channel at the start, between 0 and 1.
        decorrelated: whether the colours are those of natural photos, or of `colours`.
        colours: other directions of colour, as columns; see `estimate_colours`.

    Raises:
        BadValue: if a value is outside its range.

    Source: Burt and Adelson, The Laplacian Pyramid as a Compact Image Code, 1983.

    Example:
        >>> param = LaplacianPyramid(levels=2)
        >>> variables = param.init(seeds.image_keys(0), (8, 6))
        >>> {name: value.shape.as_list() for name, value in variables.items()}
        {'level0': [1, 3, 8, 6], 'level1': [1, 3, 4, 3]}
    """

    levels: int = 4
    sd: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        not_negative(self.sd)
        if self.levels < 1:
            raise BadValue(f"A pyramid of {self.levels} levels is empty; use 1 or more.")

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw white noise for each level, float32 [B, C, *its size]; see the base."""
        size = checked(size)
        drawn = {
            f"level{n}": seeds.normal(
                seeds.stream(keys, f"LaplacianPyramid {n}"), [self.channels, *sides], self.sd
            )
            for n, sides in enumerate(self._sizes(size))
        }
        drawn["level0"] += self.start().reshape([-1, *[1] * len(size)])
        return drawn

    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Add up the levels, [B, C, *size]; see `Coloured.planes`."""
        levels = [
            taken(variables, f"level{n}", [self.channels, *sides])
            for n, sides in enumerate(self._sizes(size))
        ]
        total = levels[-1]
        for finer in reversed(levels[:-1]):
            total = finer + resize(total, tuple(finer.shape[2:]), first=2)
        return total

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Part planes into levels: each holds what the coarser ones cannot."""
        left, levels = tf.cast(planes, tf.float32), []
        for sides in self._sizes(tuple(planes.shape[2:]))[1:]:
            coarse = resize(left, sides, first=2)
            levels.append(left - resize(coarse, tuple(left.shape[2:]), first=2))
            left = coarse
        return {f"level{n}": level for n, level in enumerate([*levels, left])}

    def _sizes(self, size: Size) -> list[Size]:
        return [tuple(max(side // 2**n, 1) for side in size) for n in range(self.levels)]
