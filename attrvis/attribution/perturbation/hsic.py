"""HSIC: how strongly the target depends on whether a feature is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.perturbation.over_features import FromBaseline, drawing, kept, through
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class HSIC(FromBaseline):
    """The Hilbert-Schmidt independence criterion between a feature's being there and the target.

    Features come and go at even odds, each one there in half of the designs; the kernels are equal
    or not for a feature, and a Gaussian as wide as the median distance for the target. It has no
    sign, and costs one pass a design, however many features there are.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (default: every number gets its feature's value) or `area` (an equal
            share of it).
        batch_size: rows at once, or `auto`.
        baseline: what stands where a feature is missing, default zero; words such as `blurred:0.1`
            will do.
        designs: how many, default 500.

    Raises:
        BadValue: features that cannot be, or fewer than two designs.
        UnknownName: no such features, normalisation or baseline.

    Source: Novello, Fel and Vigouroux, Making Sense of Dependence: Efficient Black-box
    Explanations Using Dependence Measure, 2022.

    Example:
        >>> HSIC(designs=200).designs
        200
    """

    designs: int = 500
    name = "hsic"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("designs", 2, designs=self.designs)

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], None]:
        """Give each feature its credit; see `OverFeatures`."""
        designs = {
            int(count): balanced(int(count), self.designs, drawing(scene, self.name))
            for count in np.unique(parts.counts)
        }
        scores = parts.scores(
            scene,
            through,
            ground,
            lambda count: kept(parts, designs[count]),
            self.batch_size,
            self.name,
        )
        counts = parts.counts
        return [hsic(designs[int(n)], row) for n, row in zip(counts, scores, strict=True)], None


def balanced(count: int, designs: int, rng: np.random.Generator) -> np.ndarray:
    """Draw for each feature in which half of the designs it is there, 0 or 1 [designs, count]."""
    return rng.random([designs, count]).argsort(0).argsort(0) % 2


def hsic(inside: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Measure the dependence of scores on each of several numbers of two values.

    `trace(K H L H) / (n - 1)^2`, with `K = 1 where two samples are equal, else 0`,
    `L = exp(-d^2 / 2 m^2)` for the distance d of two scores and the median m of such distances
    that are not zero, and H the centring matrix.

    Args:
        inside: 0 or 1, [samples, features].
        scores: [samples].

    Returns:
        float64 [features].
    """
    apart = np.abs(scores[:, None] - scores)
    some = apart[np.triu_indices_from(apart, 1)]
    some = some[some > 0]
    if not len(some):
        return np.zeros(inside.shape[1])
    alike = np.exp(-((apart / np.median(some)) ** 2) / 2)
    centred = alike - alike.mean(0) - alike.mean(1)[:, None] + alike.mean()
    # Equal or not is (1 + s s') / 2 for signs s, and constants vanish by the centring.
    signs = 2.0 * inside - 1
    return np.einsum("if,ij,jf->f", signs, centred, signs, optimize=True) / (
        2 * (len(scores) - 1) ** 2
    )
