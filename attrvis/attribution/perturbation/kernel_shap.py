"""KernelSHAP: Shapley values by a weighted regression over coalitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import tensorflow as tf

from attrvis.attribution.perturbation.over_features import FromBaseline, drawing, kept, through
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.perturbation.shapley import coalitions
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class KernelSHAP(FromBaseline):
    """Shapley values by a regression of the target on which features are there.

    The sum is held to the target's change exactly, as a constraint of the regression. Where all
    coalitions are affordable they are all looked at, and the values are the exact ones; else
    coalitions are drawn in pairs of complements, their sizes as the kernel weighs them.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `area` (default: a feature's value is shared among its numbers, so that all sum
            up to the target's change) or `count` (every number gets all of it).
        batch_size: rows at once, or `auto`.
        baseline: what stands where a feature is missing, default zero; words such as `blurred:0.1`
            will do.
        samples: coalitions besides none and all, default 1000; at least two a feature.

    Raises:
        BadValue: features that cannot be, or too few samples.
        UnknownName: no such features, normalisation or baseline.

    Source: Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, 2017.

    Example:
        >>> KernelSHAP(samples=500).samples
        500
    """

    normalize: str = "area"
    samples: int = 1000
    name = "kernel-shap"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("samples", 2, samples=self.samples)

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], np.ndarray]:
        """Give each feature its credit; see `OverFeatures`."""
        designs = {}
        for count in map(int, np.unique(parts.counts)):
            # A pair of complements is one equation.
            least = min(2 * count, 2**count - 2)
            self.counted(f"samples for {count} features", least, samples=self.samples)
            designs[count] = shapley_design(count, self.samples, drawing(scene, self.name))

        def rows(count: int) -> dict[str, np.ndarray]:
            ends = np.repeat([[0], [1]], count, axis=1)
            return dict(kept(parts, np.concatenate([ends, designs[count][0]])))

        scores = parts.scores(scene, through, ground, rows, self.batch_size, self.name)
        found = [
            constrained(*designs[int(count)], row[2:] - row[0], row[1] - row[0])
            for count, row in zip(parts.counts, scores, strict=True)
        ]
        return found, np.array([row[1] - row[0] for row in scores])


def shapley_design(
    count: int, samples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose coalitions of features, without those of none and of all, and their weights.

    Args:
        count: how many features.
        samples: how many coalitions; all there are, where that is not more.
        rng: draws them.

    Returns:
        1 where a feature is in, [coalitions, count]; weights, [coalitions].
    """
    if count < 60 and 2**count - 2 <= samples:
        every = coalitions(count)[1:-1]
        sizes = every.sum(1)
        chosen = [1.0 / (comb(count, k) * k * (count - k)) for k in range(1, count)]
        return every, np.array(chosen)[sizes - 1] if count > 1 else np.zeros(0)
    sizes = np.arange(1, count)
    share = 1.0 / (sizes * (count - sizes))
    drawn = rng.choice(sizes, size=samples // 2, p=share / share.sum())
    ranks = rng.random([samples // 2, count]).argsort(1).argsort(1)
    half = (ranks < drawn[:, None]).astype(np.int64)
    return np.concatenate([half, 1 - half]), np.ones(2 * len(half))


def constrained(
    inside: np.ndarray, weights: np.ndarray, gains: np.ndarray, total: float
) -> np.ndarray:
    """Regress gains on which features are in, such that the coefficients sum up to the total.

    Args:
        inside: 1 where a feature is in, [coalitions, features].
        weights: of the coalitions.
        gains: over the empty coalition, [coalitions].
        total: what the coefficients sum up to.

    Returns:
        float64 [features]; of several solutions the one with the least deviation from equal ones.
    """
    count = inside.shape[1]
    equal = np.full(count, total / count)
    if count == 1:
        return equal
    # Deviations from equal shares sum up to zero: their coordinates in an orthonormal basis.
    basis = np.linalg.qr(np.column_stack([np.ones(count), np.eye(count)[:, 1:]]))[0][:, 1:]
    root = np.sqrt(weights)[:, None]
    solved = np.linalg.lstsq(
        root * (inside @ basis), root[:, 0] * (gains - inside @ equal), rcond=None
    )[0]
    return equal + basis @ solved
