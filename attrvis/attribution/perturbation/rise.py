"""RISE: the target's score of the image seen through random soft masks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class RISE(Method):
    """The mean of random masks, each weighed by the target's score of the image behind it.

    A mask is a small grid of random 0 and 1, enlarged smoothly to one cell more than the image and
    cut out at a random place. `values = sum of score * mask / (masks * keep)`: what the target is
    on average where a position is seen, one number for all its channels.

    Args:
        masks: how many, default 4000.
        cells: of the grid along each axis of positions, default 7; a layer without positions has
            each unit kept or not on its own.
        keep: the share of cells that are kept, default 0.5.
        baseline: what is seen where the mask is 0, default zero; words such as `blurred:0.1` will
            do.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no mask, no cell, or a share that is not between 0 and 1.
        UnknownName: no such baseline.

    Source: Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box
    Models, 2018.

    Example:
        >>> RISE(masks=1000).keep
        0.5
    """

    masks: int = 4000
    cells: int = 7
    keep: float = 0.5
    baseline: BaselineMethod | str = field(default_factory=Zero)
    batch_size: int | str = "auto"
    name = "rise"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        for what, number in (("masks", self.masks), ("cells", self.cells)):
            if isinstance(number, bool) or int(number) != number or number < 1:
                raise BadValue(f"RISE needs a whole number of {what} from 1, not {number}.")
        if not 0 < self.keep < 1:
            raise BadValue(f"RISE keeps a share between 0 and 1, not {self.keep}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        ground = self.baseline.values(scene)  # type: ignore[union-attr]
        samples = Samples(
            Behind(self.cells),
            self.masks,
            {"key": scene.keys(self.masks, self.name)},
            {"ground": ground},
            {"keep": np.float32(self.keep)},
        )
        sums, _ = scene.fold(
            samples,
            Weighed(self.cells),
            gradients=False,
            batch_size=self.batch_size,
            stage=self.name,
        )
        found = sums["mask"] / (self.masks * self.keep)
        return Found(found if scene.values.shape.rank == 2 else found[..., None], ground)


@dataclass(frozen=True)
class Behind:
    """Looks at each image behind a mask.

    Args:
        cells: of the masks' grids.
    """

    cells: int

    def __call__(self, rows: Rows) -> tf.Tensor:
        """Make the rows, see `Place`."""
        value, ground = rows.own["value"], rows.own["ground"]
        mask = soft_masks(rows, self.cells)
        mask = mask if value.shape.rank == 2 else mask[..., None]
        return ground + mask * (value - ground)


@dataclass(frozen=True)
class Weighed:
    """Sums up the masks, each times the objective behind it.

    Args:
        cells: of the masks' grids.
    """

    cells: int

    def __call__(
        self, rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor
    ) -> Tensors:
        """Sum up, see `Collect`."""
        return {"mask": times(values, soft_masks(rows, self.cells))}


def soft_masks(rows: Rows, cells: int) -> tf.Tensor:
    """Draw a mask in [0, 1] for each row from its `key`, over the positions of its image.

    Returns:
        float32 [rows, ...].
    """
    shape = rows.own["value"].shape[1:].as_list()
    if len(shape) == 1:
        drawn = seeds.uniform(rows.each["key"], shape)
        return tf.cast(drawn < rows.shared["keep"], tf.float32)
    sides = shape[:-1]
    counts = [min(cells, side) for side in sides]
    total = math.prod(counts)
    drawn = seeds.uniform(rows.each["key"], [total + len(sides)])
    kept = tf.cast(drawn[:, :total] < rows.shared["keep"], tf.float32)
    mask = tf.reshape(kept, [-1, *counts])
    for axis, (side, count) in enumerate(zip(sides, counts, strict=True)):
        mask = _enlarged(mask, axis + 1, side, count, drawn[:, total + axis])
    return mask


def _enlarged(mask: tf.Tensor, axis: int, side: int, count: int, place: tf.Tensor) -> tf.Tensor:
    """Enlarge one axis of grids linearly to a cell more than a side, and cut the side out of it.

    Args:
        mask: [rows, ...].
        axis: which.
        side: its new length.
        count: its cells.
        place: where the cut starts within the first cell, from 0 to 1, [rows].
    """
    cell = -(-side // count)
    start = tf.floor(place * cell)[:, None]
    middle = (tf.range(side, dtype=tf.float32) + 0.5 + start) * count / ((count + 1) * cell) - 0.5
    middle = tf.clip_by_value(middle, 0.0, count - 1.0)
    near = tf.nn.relu(1 - tf.abs(middle[:, :, None] - tf.range(count, dtype=tf.float32)))
    letters = "abcdefgh"[: mask.shape.rank - 1]
    new = letters.replace(letters[axis - 1], "y")
    return tf.einsum(f"r{letters},ry{letters[axis - 1]}->r{new}", mask, near)
