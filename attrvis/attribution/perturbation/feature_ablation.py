"""Features taken away one by one, or mixed up one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.attribution.perturbation.over_features import FromBaseline, OverFeatures, drawing
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.rows import Rows
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class FeatureAblation(FromBaseline):
    """What the target loses when a feature is taken away, all others staying.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (default: every number gets its feature's loss) or `area` (an equal
            share of it).
        batch_size: rows at once, or `auto`.
        baseline: what takes a feature's place, default zero; words such as `blurred:0.1` will do.

    Raises:
        BadValue: features that cannot be.
        UnknownName: no such features, normalisation or baseline.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.

    Example:
        >>> FeatureAblation(features="slic:30").features
        Slic(segments=30, compactness=10.0)
    """

    name = "feature-ablation"

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], None]:
        """Give each feature its credit; see `OverFeatures`."""
        scores = parts.scores(scene, without, ground, _one_by_one, self.batch_size, self.name)
        return [row[0] - row[1:] for row in scores], None


@dataclass(frozen=True)
class FeaturePermutation(OverFeatures):
    """What the target loses, on average, when a feature's numbers come from elsewhere.

    Elsewhere is the same place of other images, where those are given, so that a feature has what
    it might have had; else other places of the image itself, the same permutation for all features.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (default: every number gets its feature's loss) or `area` (an equal
            share of it).
        batch_size: rows at once, or `auto`.
        samples: how many permutations, or other images drawn for each feature; default 4.
        others: images [N, H, W, C] in pixel space, default none.

    Raises:
        BadValue: not one sample, other images that do not fit, or a layer without positions and
            no other images.
        UnknownName: no such features or normalisation.

    Source: Fisher, Rudin and Dominici, All Models are Wrong, but Many are Useful, 2019.

    Example:
        >>> FeaturePermutation(samples=2).others is None
        True
    """

    samples: int = 4
    others: Data | None = None
    name = "feature-permutation"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("samples", samples=self.samples)
        if self.others is not None and not isinstance(self.others, Data):
            try:
                made = np.asarray(self.others, np.float32)
            except (TypeError, ValueError) as error:
                raise BadValue(
                    f"The other images are numbers [N, H, W, C], not {self.others!r:.60}."
                ) from error
            object.__setattr__(self, "others", Data(made))

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], None]:
        """Give each feature its credit; see `OverFeatures`."""
        rng = drawing(scene, self.name)
        place, elsewhere = (
            (moved, self._permutations(scene, rng))
            if self.others is None
            else (swapped, self._values(scene, self.others))
        )
        many = int(elsewhere.shape[0])

        def design(count: int) -> Mapping[str, np.ndarray]:
            every = np.repeat(np.arange(count, dtype=np.int32), self.samples)
            source = (
                np.tile(np.arange(self.samples), count)
                if self.others is None
                else drawing(scene, "others").integers(0, many, len(every))
            )
            return {
                "part": np.concatenate([[-1], every]).astype(np.int32),
                "source": np.concatenate([[0], source]).astype(np.int32),
            }

        scores = parts.scores(
            scene, place, ground, design, self.batch_size, self.name, {"elsewhere": elsewhere}
        )
        return [row[0] - row[1:].reshape(-1, self.samples).mean(1) for row in scores], None

    def _values(self, scene: Scene, others: Data) -> tf.Tensor:
        """Compute the layer's values of other images."""
        images = scene.net.packed(others.array)
        if images.shape[1:] != scene.images.shape[1:]:
            raise BadValue(
                f"The other images are {tuple(images.shape[1:])} and the image is "
                f"{tuple(scene.images.shape[1:])}; fit them to the network's size."
            )
        values, _ = scene.evaluator.head(tf.cast(images, tf.float32))
        return values

    def _permutations(self, scene: Scene, rng: np.random.Generator) -> np.ndarray:
        """Draw permutations of the places, int32 [samples, places]."""
        if scene.values.shape.rank < 3:
            raise BadValue(
                f"Layer {scene.layer!r} has no positions to permute; give others=, images that "
                "its values may come from."
            )
        count = int(np.prod(scene.values.shape[1:-1]))
        return np.stack([rng.permutation(count) for _ in range(self.samples)]).astype(np.int32)


def without(rows: Rows) -> tf.Tensor:
    """Look at each image with its part of number `part` taken from `ground`."""
    return _with(rows, rows.own["ground"])


def swapped(rows: Rows) -> tf.Tensor:
    """Look at each image with its part of number `part` taken from another image."""
    return _with(rows, tf.gather(rows.shared["elsewhere"], rows.each["source"]))


def moved(rows: Rows) -> tf.Tensor:
    """Look at each image with its part of number `part` taken from permuted places."""
    value = rows.own["value"]
    flat = tf.reshape(value, [tf.shape(value)[0], -1, value.shape[-1]])
    order = tf.gather(rows.shared["elsewhere"], rows.each["source"])
    return _with(rows, tf.reshape(tf.gather(flat, order, batch_dims=1), tf.shape(value)))


def _with(rows: Rows, other: tf.Tensor) -> tf.Tensor:
    """Put other values where a row's part is."""
    ids = rows.own["parts"]
    part = tf.reshape(rows.each["part"], [-1, *[1] * (ids.shape.rank - 1)])
    return tf.where(ids == part, other, rows.own["value"])


def _one_by_one(count: int) -> dict[str, Any]:
    """Take away nothing, then each part."""
    return {"part": np.arange(-1, count, dtype=np.int32)}
