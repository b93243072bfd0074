"""Baselines of one's own: arrays in the shape of what is attributed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.attribution.baselines.baseline import BaselineMethod
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class FromArray(BaselineMethod):
    """An array of one's own: one for all images, or one for each.

    Args:
        array: of the layer's shape, [...] or [B, ...]; or the path of an `.npy` file of such.

    Raises:
        BadValue: an array that is not finite or does not fit the layer, or a file that cannot be
            read.

    Example:
        >>> FromArray(np.zeros([8, 8, 3])).array.array.shape
        (8, 8, 3)
    """

    array: Data
    kind = "array"

    def __post_init__(self) -> None:
        given = self.array
        if isinstance(given, str | Path):
            try:
                given = np.load(given, allow_pickle=False)
            except (OSError, ValueError) as error:
                raise BadValue(
                    f"The array '{given}' cannot be read ({error}); give an .npy file of numbers."
                ) from error
        if not isinstance(given, Data):
            try:
                given = Data(np.asarray(given, np.float32))
            except (TypeError, ValueError) as error:
                raise BadValue(f"A baseline is an array of numbers, not {given!r:.80}.") from error
        if not np.isfinite(given.array).all():
            raise BadValue("The baseline's array holds NaN or infinite values; mend it first.")
        object.__setattr__(self, "array", given)

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        shape = tuple(scene.values.shape)
        given = self.array.array
        if given.shape not in (shape, shape[1:]):
            raise BadValue(
                f"A baseline of shape {given.shape} does not fit layer {scene.layer!r} of "
                f"{shape[1:]} and {shape[0]} images; give one array for all, or one for each."
            )
        return tf.constant(np.broadcast_to(given, shape), scene.values.dtype)
