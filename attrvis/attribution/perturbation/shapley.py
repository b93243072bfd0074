"""Shapley values of features: over all coalitions, or over sampled orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.perturbation.features import Features, Grid
from attrvis.attribution.perturbation.over_features import FromBaseline, kept, through
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.rows import Rows
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

MOST = 16
"""Of how many features all coalitions are looked at, at most."""


@dataclass(frozen=True)
class ShapleyValues(FromBaseline):
    """What a feature adds to the target, on average over all orders in which features come.

    Exact: the network is run once for each of the `2 ** features` coalitions, so there are at most
    16 features; for more, `ShapleySampling` and `KernelSHAP` estimate the same.

    Args:
        features: which numbers go together: `grid:3` (default), `slic:8`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers; at most 16.
        normalize: `area` (default: a feature's value is shared among its numbers, so that all sum
            up to the target's change) or `count` (every number gets all of it).
        batch_size: rows at once, or `auto`.
        baseline: what stands where a feature is missing, default zero; words such as `blurred:0.1`
            will do.

    Raises:
        BadValue: features that cannot be, or too many.
        UnknownName: no such features, normalisation or baseline.

    Source: Shapley, A value for n-person games, 1953; for networks: Lundberg and Lee, A Unified
    Approach to Interpreting Model Predictions, 2017.

    Example:
        >>> ShapleyValues(features="grid:2").normalize
        'area'
    """

    features: Features | str = field(default_factory=lambda: Grid(3))
    normalize: str = "area"
    name = "shapley-values"

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], np.ndarray]:
        """Give each feature its credit; see `OverFeatures`."""
        if parts.counts.max() > MOST:
            raise BadValue(
                f"All coalitions of {parts.counts.max()} features are too many; give at most "
                f"{MOST} features, or use 'shapley-sampling' or 'kernel-shap'."
            )
        scores = parts.scores(
            scene,
            through,
            ground,
            lambda count: kept(parts, coalitions(count)),
            self.batch_size,
            self.name,
        )
        change = np.array([row[-1] - row[0] for row in scores])
        counts = parts.counts
        return [shapley_weights(n) @ row for n, row in zip(counts, scores, strict=True)], change


@dataclass(frozen=True)
class ShapleySampling(FromBaseline):
    """What a feature adds to the target, on average over sampled orders in which features come.

    Each order starts at the baseline and ends at the image, so the values sum up to the target's
    change however few orders there are. It costs `orders * (features - 1) + 2` passes.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `area` (default: a feature's value is shared among its numbers, so that all sum
            up to the target's change) or `count` (every number gets all of it).
        batch_size: rows at once, or `auto`.
        baseline: what stands where a feature is missing, default zero; words such as `blurred:0.1`
            will do.
        orders: how many, default 25.

    Raises:
        BadValue: features that cannot be, or no order.
        UnknownName: no such features, normalisation or baseline.

    Source: Castro, Gomez and Tejada, Polynomial calculation of the Shapley value based on
    sampling, 2009.

    Example:
        >>> ShapleySampling(orders=5).orders
        5
    """

    normalize: str = "area"
    orders: int = 25
    name = "shapley-sampling"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("orders", orders=self.orders)

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], np.ndarray]:
        """Give each feature its credit; see `OverFeatures`."""
        keys = scene.keys(self.orders, self.name)
        drawn = seeds.uniform(tf.constant(keys), [parts.room]).numpy()

        def design(count: int) -> Mapping[str, np.ndarray]:
            # The two ends are those of every order; between them lie the orders in turn.
            joined = np.tile(np.arange(1, count, dtype=np.int32), self.orders)
            ends = np.array([0, count], np.int32)
            order = np.repeat(np.arange(self.orders), count - 1)
            return {
                "joined": np.concatenate([ends, joined]),
                "key": keys[np.concatenate([[0, 0], order]).astype(int)],
            }

        scores = parts.scores(scene, joined_by_lot, ground, design, self.batch_size, self.name)
        found = []
        for count, row in zip(parts.counts, scores, strict=True):
            between = row[2:].reshape(self.orders, count - 1)
            path = np.column_stack(
                [np.full(self.orders, row[0]), between, np.full(self.orders, row[1])]
            )
            credit = np.zeros(count)
            for lots, gains in zip(drawn[:, :count], np.diff(path), strict=True):
                credit[np.argsort(lots, kind="stable")] += gains
            found.append(credit / self.orders)
        return found, np.array([row[1] - row[0] for row in scores])


def joined_by_lot(rows: Rows) -> tf.Tensor:
    """Look at each image with the parts of the `joined` smallest lots, the rest from `ground`."""
    exists = rows.own["exists"]
    lots = tf.where(exists, seeds.uniform(rows.each["key"], [exists.shape[1]]), 2.0)
    rank = tf.argsort(tf.argsort(lots, axis=1), axis=1)
    inside = tf.gather(rank, rows.own["parts"], batch_dims=1)
    joined = tf.reshape(rows.each["joined"], [-1, *[1] * (inside.shape.rank - 1)])
    return tf.where(inside < joined, rows.own["value"], rows.own["ground"])


def coalitions(count: int) -> np.ndarray:
    """List all coalitions of features, 1 where a feature is in, [2 ** count, count].

    Example:
        >>> coalitions(2).tolist()
        [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return np.arange(2**count)[:, None] >> np.arange(count) & 1


def shapley_weights(count: int) -> np.ndarray:
    """Weigh the scores of all coalitions for the Shapley value of each feature.

    Returns:
        float64 [count, 2 ** count], for coalitions in the order of `coalitions`.

    Example:
        >>> shapley_weights(2).tolist()
        [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]
    """
    inside = coalitions(count).T
    size = inside.sum(0)
    orders = np.array([math.factorial(k) for k in range(count + 1)], np.float64)
    with_it = orders[np.maximum(size - 1, 0)] * orders[count - size] / orders[count]
    without = orders[size] * orders[np.maximum(count - size - 1, 0)] / orders[count]
    return np.where(inside, with_it, -without)
